"""Which doses and values call for somebody while leukaemia or lymphoblastic lymphoma is being treated?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.holds_for import ANY
from cards.knowledge.sources import Citation
from cards.knowledge.tables import Row, Tables
from cards.model.protocol import Group, Protocol


class LeukaemiaLimitKind(StrEnum):
    """What a row limits. None of the limits is a ceiling of the dose: the protocol sets that."""

    STANDARD_DOSE = "standard dose of mercaptopurine"
    LOWEST_PHASE = "lowest dose of a phase of treatment"
    WARNING_DOSE = "dose that is a warning"
    SLIP = "dose that is a likely slip"
    LOW_DOSE = "dose that is too low"
    THIOGUANINE_HIGHEST = "highest dose of thioguanine"
    THIOGUANINE_BESIDE = "thioguanine beside mercaptopurine"
    CRITICAL_ANC = "critical ANC"
    CRITICAL_PLATELETS = "critical platelets"
    BAND_ANC = "ANC of the protocol's band"
    BAND_PLATELETS = "platelets of the protocol's band"
    BAND_WBC = "WBC of the protocol's band"
    CRITICAL_WBC = "critical WBC without ANC"
    WARNING_WBC = "WBC without ANC"
    BILIRUBIN = "bilirubin"
    REMISSION = "days of remission off treatment"


BANDS = (LeukaemiaLimitKind.BAND_WBC, LeukaemiaLimitKind.BAND_ANC, LeukaemiaLimitKind.BAND_PLATELETS)


@dataclass(frozen=True, slots=True)
class LeukaemiaLimit:
    """One number of one source."""

    limit: LeukaemiaLimitKind
    value: float
    unit: str
    citation: Citation
    study: str = ""  # the protocol that it is of; "" for any


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LeukaemiaLimits:
    """Every limit of the group."""

    rows: Mapping[tuple[LeukaemiaLimitKind, str], LeukaemiaLimit]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of leukaemia_limits.csv. Raises TableError for a study's row that is not of its counts."""
        rows = tuple(_limit(row) for row in tables.of_group(Group.LEUKAEMIA).rows("leukaemia_limits"))
        return cls({(row.limit, row.study): row for row in rows})

    @property
    def studies(self) -> frozenset[str]:
        """The protocols whose target counts a site may choose."""
        return frozenset(study for _, study in self.rows if study)

    def leukaemia_limit(self, limit: LeukaemiaLimitKind) -> LeukaemiaLimit:
        """The row of a limit that no protocol changes. Raises KeyError for one that the table lacks."""
        return self.rows[limit, ""]

    def band_limit(self, limit: LeukaemiaLimitKind, protocol: Protocol) -> LeukaemiaLimit | None:
        """Below which count a site's protocol sets the dose itself; None where nothing is said of the analyte."""
        return self.rows.get((limit, protocol.study or "")) or self.rows.get((limit, ""))


def _limit(row: Row) -> LeukaemiaLimit:
    study = "" if row.text("study") == ANY else row.text("study")
    limit = row.member("limit", LeukaemiaLimitKind)
    if study and limit not in BANDS:
        raise row.error(
            "study", f"holds {study!r}: expected any, since a site changes only the counts it aims for"
        )
    return LeukaemiaLimit(limit, row.number("value"), row.text("unit"), row.citation(), study)
