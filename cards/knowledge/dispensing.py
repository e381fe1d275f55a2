"""Which doses can a pharmacy dispense?"""

from functools import cache

from cards.knowledge.tables import read_table
from cards.model.therapy import Drug


@cache
def _steps() -> dict[Drug, float]:
    return {row.member("drug", Drug): row.number("smallest_step_mg") for row in read_table("dispensing")}


def smallest_step_mg(drug: Drug) -> float | None:
    """The smallest difference between two doses of a drug whose product the order does not name."""
    return _steps().get(drug)
