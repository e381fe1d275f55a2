"""What do 6-TGN and 6-MMP mean, by what the thiopurine is given for?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from cards.card import Indicator
from cards.knowledge.sentences import Sentences
from cards.knowledge.sources import Citation
from cards.knowledge.tables import Row, Tables
from cards.model.conditions import Indication


class RangeGroup(StrEnum):
    """Indications that share one range."""

    IBD = "inflammatory bowel disease"
    TRANSPLANT = "kidney transplantation"
    LUPUS = "lupus"


class Band(StrEnum):
    """Where a level lies."""

    UNDETECTABLE = "undetectable"
    LOW = "low"
    IN_RANGE = "in range"
    HIGH = "high"
    VERY_HIGH = "very high"
    UNKNOWN = "unknown"
    ANY = "any"  # in the table: it does not matter


class LevelMeaning(StrEnum):
    """What a pair of levels is a sign of."""

    NOT_TAKEN = "not taken"
    UNDER_DOSED = "under-dosed"
    HYPERMETHYLATOR = "hypermethylator"
    UNCLEAR = "unclear"
    MAYBE_TOO_HIGH = "maybe too high"
    TOO_HIGH = "too high"
    LOW_TPMT = "low TPMT pattern"
    LOW = "low"
    ABOVE_TARGET = "above target"


class NoteTopic(StrEnum):
    """What a note is about."""

    IBD = "inflammatory bowel disease"
    TRANSPLANT = "kidney transplantation"
    NUDT15 = "NUDT15"
    THIOGUANINE = "thioguanine"
    ASSAY = "assay"
    UNKNOWN_INDICATION = "unknown indication"
    NOT_RAISED = "not raised"
    NO_ALLOPURINOL = "no allopurinol"


class MetaboliteLimit(StrEnum):
    """Limits that hold for every group."""

    HIGH_MMP = "high 6-MMP"
    HIGH_RATIO = "high ratio"
    STEADY_STATE_DAYS = "days to steady state"
    LEAST_UPPER = "least usual upper limit"
    GREATEST_UPPER = "greatest usual upper limit"


@dataclass(frozen=True, slots=True)
class TgnRange:
    """The range of 6-TGN in one group, pmol/8x10^8 RBC."""

    group: RangeGroup
    low: float
    high: float
    very_high: float | None
    words: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class LevelVerdict:
    """What a pair of levels means, and what to do."""

    group: RangeGroup
    tgn: Band
    mmp: Band
    on_allopurinol: bool | None  # None: it does not matter
    meaning: LevelMeaning
    indicator: Indicator
    summary: str
    advice: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class MetaboliteNote:
    """One sentence with its source."""

    text: str
    citation: Citation


_GROUP_OF = MappingProxyType(
    {
        Indication.CROHNS: RangeGroup.IBD,
        Indication.ULCERATIVE_COLITIS: RangeGroup.IBD,
        Indication.IBD: RangeGroup.IBD,
        Indication.KIDNEY_TRANSPLANT: RangeGroup.TRANSPLANT,
        Indication.LUPUS: RangeGroup.LUPUS,
        Indication.LUPUS_NEPHRITIS: RangeGroup.LUPUS,
    }
)


def group_of(indications: tuple[Indication, ...]) -> RangeGroup | None:
    """The group of the indications; None when they are not stated, have no range, or belong to several."""
    groups = {_GROUP_OF.get(indication) for indication in indications}
    return groups.pop() if len(groups) == 1 else None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Metabolites:
    """The ranges of 6-TGN and 6-MMP, and what a pair of levels means in each group."""

    tgn_ranges: Mapping[RangeGroup, TgnRange]
    limits: Mapping[MetaboliteLimit, float]
    citations: Mapping[MetaboliteLimit, Citation]  # of the limits
    notes: Mapping[NoteTopic, MetaboliteNote]
    matrix: tuple[LevelVerdict, ...]

    @classmethod
    def read(cls, tables: Tables, sentences: Sentences) -> Self:
        """The rows of the four tables of metabolites."""
        limits = {row.member("name", MetaboliteLimit): row for row in tables.rows("metabolite_limits")}
        rows = (_range(row, sentences) for row in tables.rows("metabolite_ranges"))
        ranges = {one.group: one for one in rows}
        return cls(
            tgn_ranges=ranges,
            limits={name: row.number("value") for name, row in limits.items()},
            citations={name: row.citation() for name, row in limits.items()},
            notes={
                row.member("topic", NoteTopic): MetaboliteNote(said.text(), said.citation)
                for row in tables.rows("metabolite_notes")
                for said in (sentences.of(row, "sentence"),)
            },
            matrix=tuple(_verdict(row, ranges, sentences) for row in tables.rows("metabolite_matrix")),
        )

    def metabolite_limit(self, name: MetaboliteLimit) -> float:
        """A limit that applies to every group."""
        return self.limits[name]

    def limit_citation(self, name: MetaboliteLimit) -> Citation:
        """Where such a limit comes from."""
        return self.citations[name]

    def note(self, topic: NoteTopic) -> MetaboliteNote:
        """The note on a topic."""
        return self.notes[topic]

    def verdict(
        self, group: RangeGroup, tgn: Band, mmp: Band, *, on_allopurinol: bool
    ) -> LevelVerdict | None:
        """What a pair of levels means; None for a pair that needs no action."""
        return next(
            (
                row
                for row in self.matrix
                if (row.group, row.tgn) == (group, tgn)
                and row.mmp in (mmp, Band.ANY)
                and row.on_allopurinol in (on_allopurinol, None)
            ),
            None,
        )


def _range(row: Row, sentences: Sentences) -> TgnRange:
    return TgnRange(
        row.member("group", RangeGroup),
        row.number("low"),
        row.number("high"),
        row.number_or_none("very_high"),
        sentences.of(row, "sentence").text(),
        row.citation(),
    )


def _verdict(row: Row, ranges: Mapping[RangeGroup, TgnRange], sentences: Sentences) -> LevelVerdict:
    group = row.member("group", RangeGroup)
    limits = {"low": ranges[group].low, "high": ranges[group].high}
    return LevelVerdict(
        group=group,
        tgn=row.member("tgn", Band),
        mmp=row.member("mmp", Band),
        on_allopurinol=None if row.text("on_allopurinol") == "any" else row.flag("on_allopurinol"),
        meaning=row.member("verdict", LevelMeaning),
        indicator=row.member("indicator", Indicator),
        summary=sentences.of(row, "in_short", *limits).text(**limits),
        advice=sentences.of(row, "sentence", *limits).text(**limits),
        citation=row.citation(),
    )
