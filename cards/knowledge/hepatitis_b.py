"""How likely does hepatitis B come back under a drug, by what the serology shows?"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from cards.knowledge.sources import Citation
from cards.knowledge.tables import read_table


class Agent(StrEnum):
    """Parts of an immunosuppressive regimen that the guideline grades."""

    THIOPURINE = "thiopurine"
    STEROID_HIGH = "steroid at moderate or high dose"  # for 4 weeks or more
    STEROID_LOW = "steroid at low dose"  # for 4 weeks or more
    TNF_INHIBITOR = "TNF inhibitor"


class Serology(StrEnum):
    """What the tests show."""

    SURFACE_ANTIGEN = "HBsAg positive"
    CORE_ANTIBODY = "anti-HBc positive only"


@dataclass(frozen=True, slots=True)
class ReactivationRisk:
    """One cell of the guideline's table."""

    agent: Agent
    risk: str  # "low", "moderate", "high"
    advice: str
    citation: Citation


class Occasion(StrEnum):
    """The occasion for a sentence from a source or from the project."""

    REGIMEN = "regimen"
    RAISED_ALT = "raised ALT"


@dataclass(frozen=True, slots=True)
class View:
    """A sentence beside, or instead of, the risk."""

    text: str
    citation: Citation


class AltMeasure(StrEnum):
    """What a transaminase is compared with."""

    TIMES_UPPER = "times the upper limit"
    TIMES_BEFORE = "times the value before the first dose"


@cache
def _risks() -> dict[tuple[Agent, Serology], ReactivationRisk]:
    return {
        (row.member("agent", Agent), row.member("serology", Serology)): ReactivationRisk(
            row.member("agent", Agent), row.text("risk"), row.text("advice"), row.citation()
        )
        for row in read_table("hepatitis_b")
    }


def reactivation_risk(agent: Agent, serology: Serology) -> ReactivationRisk:
    """The risk of reactivation, and what the guideline advises. Raises KeyError for a missing row."""
    return _risks()[agent, serology]


@cache
def views(serology: Serology, occasion: Occasion) -> tuple[View, ...]:
    """Further sentences on a serology on an occasion; () when there are none."""
    return tuple(
        View(row.text("text"), row.citation())
        for row in read_table("hepatitis_b_views")
        if (row.member("serology", Serology), row.member("occasion", Occasion)) == (serology, occasion)
    )


@cache
def alt_times(measure: AltMeasure) -> float:
    """The multiple of the upper limit, or of the earlier value, at which a transaminase is shown with hepatitis B.

    Raises KeyError for a measure that the table lacks.
    """
    return {row.member("measure", AltMeasure): row.number("above") for row in read_table("hepatitis_b_alt")}[
        measure
    ]
