"""Which doses and values call for somebody while leukaemia or lymphoblastic lymphoma is being treated?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables
from cards.model.protocol import Group


class LeukaemiaLimitKind(StrEnum):
    """What a row limits. None of the limits is a ceiling of the dose: the protocol sets that."""

    STANDARD_DOSE = "standard dose of mercaptopurine"
    LOWEST_PHASE = "lowest dose of a phase of treatment"
    WARNING_DOSE = "dose that is a warning"
    SLIP = "dose that is a likely slip"
    LOW_DOSE = "dose that is too low"
    THIOGUANINE_BESIDE = "thioguanine beside mercaptopurine"
    CRITICAL_ANC = "critical ANC"
    CRITICAL_PLATELETS = "critical platelets"
    BAND_ANC = "ANC of the protocol's band"
    BAND_PLATELETS = "platelets of the protocol's band"
    CRITICAL_WBC = "critical WBC without ANC"
    WARNING_WBC = "WBC without ANC"
    BILIRUBIN = "bilirubin"
    REMISSION = "days of remission off treatment"


@dataclass(frozen=True, slots=True)
class LeukaemiaLimit:
    """One number of one source."""

    limit: LeukaemiaLimitKind
    value: float
    unit: str
    citation: Citation


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LeukaemiaLimits:
    """Every limit of the group."""

    rows: Mapping[LeukaemiaLimitKind, LeukaemiaLimit]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of leukaemia_limits.csv."""
        rows = (
            LeukaemiaLimit(
                row.member("limit", LeukaemiaLimitKind), row.number("value"), row.text("unit"), row.citation()
            )
            for row in tables.of_group(Group.LEUKAEMIA).rows("leukaemia_limits")
        )
        return cls({row.limit: row for row in rows})

    def leukaemia_limit(self, limit: LeukaemiaLimitKind) -> LeukaemiaLimit:
        """The row of a limit. Raises KeyError for one that the table lacks."""
        return self.rows[limit]
