"""How likely does hepatitis B come back under a drug, by what the serology shows?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.sentences import Sentences
from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables


class Agent(StrEnum):
    """Parts of an immunosuppressive regimen that the guideline grades."""

    THIOPURINE = "thiopurine"
    STEROID_HIGH = "steroid at moderate or high dose"
    STEROID_LOW = "steroid at low dose"
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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class HepatitisB:
    """The risk of reactivation, what else is said of it, and when a transaminase is shown with it."""

    risks: Mapping[tuple[Agent, Serology], ReactivationRisk]
    all_views: Mapping[tuple[Serology, Occasion], tuple[View, ...]]
    alt: Mapping[AltMeasure, float]

    @classmethod
    def read(cls, tables: Tables, sentences: Sentences) -> Self:
        """The rows of hepatitis_b.csv, hepatitis_b_views.csv and hepatitis_b_alt.csv."""
        return cls(
            risks={
                (row.member("agent", Agent), row.member("serology", Serology)): ReactivationRisk(
                    row.member("agent", Agent),
                    row.text("risk"),
                    sentences.of(row, "sentence").text(),
                    row.citation(),
                )
                for row in tables.rows("hepatitis_b")
            },
            all_views=_views(tables, sentences),
            alt={
                row.member("measure", AltMeasure): row.number("above")
                for row in tables.rows("hepatitis_b_alt")
            },
        )

    def reactivation_risk(self, agent: Agent, serology: Serology) -> ReactivationRisk:
        """The risk of reactivation, and what the guideline advises. Raises KeyError for a missing row."""
        return self.risks[agent, serology]

    def views(self, serology: Serology, occasion: Occasion) -> tuple[View, ...]:
        """Further sentences on a serology on an occasion; () when there are none."""
        return self.all_views.get((serology, occasion), ())

    def alt_times(self, measure: AltMeasure) -> float:
        """The multiple of the upper limit, or of the earlier value, above which a transaminase is shown.

        Raises KeyError for a measure that the table lacks.
        """
        return self.alt[measure]


def _views(tables: Tables, sentences: Sentences) -> Mapping[tuple[Serology, Occasion], tuple[View, ...]]:
    found: dict[tuple[Serology, Occasion], tuple[View, ...]] = {}
    for row in tables.rows("hepatitis_b_views"):
        key = (row.member("serology", Serology), row.member("occasion", Occasion))
        said = sentences.of(row, "sentence")
        found[key] = (*found.get(key, ()), View(said.text(), said.citation))
    return found
