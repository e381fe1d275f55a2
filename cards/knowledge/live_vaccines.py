"""How long before a thiopurine may a live vaccine be given, and what counts as low-level immunosuppression?"""

from dataclasses import dataclass
from functools import cache

from cards.knowledge.sources import Citation
from cards.knowledge.tables import read_table
from cards.model.therapy import Drug


@dataclass(frozen=True, slots=True)
class VaccineLimit:
    """One number about live vaccines, and who says so; None for a plain statement."""

    value: float | None
    citation: Citation


@cache
def _limits() -> dict[tuple[str, str], VaccineLimit]:
    return {
        (row.text("statement"), row.text("drug")): VaccineLimit(row.number_or_none("value"), row.citation())
        for row in read_table("live_vaccines")
    }


def days_before_starting() -> tuple[int, Citation]:
    """For how many days after a live vaccine a thiopurine should not be started."""
    limit = _limits()["days before starting", ""]
    return int(limit.value or 0), limit.citation


def months_after_the_end(drug: Drug) -> tuple[int, Citation]:
    """For how many months after the last dose of a thiopurine no live vaccine should be given."""
    limit = _limits()["months after the end", drug.value]
    return int(limit.value or 0), limit.citation


def hold_in_the_background_days() -> int:
    """How long after the last dose a therapy on hold becomes a note instead of a warning: a project choice."""
    return int(_limits()["hold in the background after", ""].value or 0)


def end_at_the_latest_days() -> int:
    """The longest time after an order was written at which an undated stop is assumed: a project choice."""
    return int(_limits()["end at the latest after", ""].value or 0)


def low_level_mg_per_kg(drug: Drug) -> VaccineLimit | None:
    """Up to which dose ACIP calls a thiopurine low-level immunosuppression; None where it names none."""
    return _limits().get(("low level at most", drug.value))


def contraindicated() -> Citation:
    """The sources that advise against live vaccines on a thiopurine."""
    return _limits()["contraindicated on the drug", ""].citation
