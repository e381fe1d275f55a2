"""What was measured: analytes, results in one fixed unit each, and their series."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import inf
from typing import cast

from cards.model.dates import ClinicalDate, sort_key
from cards.model.facts import FactKind


@dataclass(frozen=True, slots=True)
class Plausible:
    """The numbers that are plausible, and why; any other is a slip of value or unit."""

    low: float
    high: float
    why: str


@dataclass(frozen=True, slots=True)
class AnalyteRow:
    """All that is known of an analyte besides its codes and its limits, in one place."""

    concept: str  # as the code table names it
    kind: FactKind
    plain_name: str
    on_card: str = ""  # the name as a card prints it, where it differs
    units: str = ""  # the group of units in the table of units; "" if reported in words alone
    unit: str = ""  # the one unit of its values, UCUM
    plausible: Plausible = Plausible(0.0, inf, "")
    in_words: bool = False  # laboratories also report it as positive or negative
    is_read: bool = True  # False: no rule reads it, and no EHR is asked for it


class Analyte(StrEnum):
    """What a result is about, one row each."""

    row: AnalyteRow

    def __new__(cls, row: AnalyteRow | str) -> "Analyte":
        """A member from its row; `Analyte("wbc")` finds it again by its concept, and never comes here."""
        of = cast("AnalyteRow", row)
        member = str.__new__(cls, of.concept)
        member._value_ = of.concept
        member.row = of
        return member

    WBC = AnalyteRow(
        "wbc",
        FactKind.COUNTS,
        "white cell count",
        on_card="WBC",
        units="cell count",
        unit="10*9/L",
        plausible=Plausible(
            0,
            2000,
            "hyperleukocytosis stays below; 3400 is cells per microlitre sent with a unit of thousands",
        ),
    )
    ANC = AnalyteRow(
        "anc",
        FactKind.COUNTS,
        "neutrophil count",
        on_card="ANC",
        units="cell count",
        unit="10*9/L",
        plausible=Plausible(0, 2000, "likewise"),
    )
    ALC = AnalyteRow(
        "alc",
        FactKind.COUNTS,
        "lymphocyte count",
        on_card="lymphocytes",
        units="cell count",
        unit="10*9/L",
        plausible=Plausible(0, 2000, "likewise"),
    )
    PLATELETS = AnalyteRow(
        "platelets",
        FactKind.COUNTS,
        "platelet count",
        on_card="platelets",
        units="cell count",
        unit="10*9/L",
        plausible=Plausible(0, 10000, "extreme thrombocytosis stays below; 180000 is cells per microlitre"),
    )
    HEMOGLOBIN = AnalyteRow(
        "hemoglobin",
        FactKind.COUNTS,
        "haemoglobin",
        units="hemoglobin",
        unit="g/dL",
        plausible=Plausible(0.5, 30, "130 is g/L sent as g/dL"),
    )
    MCV = AnalyteRow(
        "mcv",
        FactKind.COUNTS,
        "MCV",
        units="volume",
        unit="fL",
        plausible=Plausible(30, 200, "no red cell is smaller or larger"),
    )
    ALT = AnalyteRow(
        "alt",
        FactKind.LIVER,
        "ALT",
        units="enzyme",
        unit="U/L",
        plausible=Plausible(0, 100_000, "the worst acute liver failure stays far below"),
    )
    AST = AnalyteRow(
        "ast",
        FactKind.LIVER,
        "AST",
        units="enzyme",
        unit="U/L",
        plausible=Plausible(0, 100_000, "likewise"),
    )
    ALP = AnalyteRow("alp", FactKind.LIVER, "ALP", on_card="alkaline phosphatase", units="enzyme", unit="U/L")
    BILIRUBIN_TOTAL = AnalyteRow(
        "bilirubin_total",
        FactKind.LIVER,
        "bilirubin",
        units="bilirubin",
        unit="mg/dL",
        plausible=Plausible(0, 100, "deep jaundice stays below"),
    )
    BILIRUBIN_DIRECT = AnalyteRow(
        "bilirubin_direct",
        FactKind.LIVER,
        "direct bilirubin",
        units="bilirubin",
        unit="mg/dL",
        plausible=Plausible(0, 100, "likewise"),
        is_read=False,
    )
    BILE_ACIDS = AnalyteRow(
        "bile_acids",
        FactKind.LIVER,
        "bile acids",
        units="bile acids",
        unit="umol/L",
        plausible=Plausible(0, 2000, "the severest cholestasis of pregnancy stays far below"),
    )
    CREATININE = AnalyteRow(
        "creatinine",
        FactKind.KIDNEY,
        "creatinine",
        units="creatinine",
        unit="mg/dL",
        plausible=Plausible(0.01, 60, "88 is umol/L sent as mg/dL"),
    )
    EGFR = AnalyteRow(
        "egfr",
        FactKind.KIDNEY,
        "eGFR",
        units="filtration",
        unit="mL/min/{1.73_m2}",
        plausible=Plausible(0, 300, "no kidney filters more"),
    )
    AMYLASE = AnalyteRow("amylase", FactKind.LIVER, "amylase", units="enzyme", unit="U/L")
    LIPASE = AnalyteRow("lipase", FactKind.LIVER, "lipase", units="enzyme", unit="U/L")
    URIC_ACID = AnalyteRow(
        "uric_acid",
        FactKind.KIDNEY,
        "uric acid",
        units="urate",
        unit="mg/dL",
        plausible=Plausible(0.05, 60, "400 is umol/L sent as mg/dL"),
        is_read=False,
    )
    HBSAG = AnalyteRow("hbsag", FactKind.SEROLOGY, "HBsAg", in_words=True)
    ANTI_HBC = AnalyteRow("anti_hbc_total", FactKind.SEROLOGY, "anti-HBc", in_words=True)
    ANTI_HBC_IGM = AnalyteRow(
        "anti_hbc_igm",
        FactKind.SEROLOGY,
        "anti-HBc IgM",
        in_words=True,
        is_read=False,
    )
    ANTI_HBS = AnalyteRow(
        "anti_hbs",
        FactKind.SEROLOGY,
        "anti-HBs",
        units="antibody",
        unit="m[IU]/mL",
        in_words=True,
    )
    HCV_ANTIBODY = AnalyteRow("hcv_ab", FactKind.SEROLOGY, "HCV antibody", in_words=True)
    VZV_IGG = AnalyteRow("vzv_igg", FactKind.SEROLOGY, "VZV IgG", in_words=True)
    HCG = AnalyteRow("hcg", FactKind.PREGNANCY, "hCG", units="antibody", unit="m[IU]/mL", in_words=True)
    TGN = AnalyteRow(
        "tgn_6", FactKind.METABOLITES, "6-TGN", units="metabolite", unit="pmol/(8.10*8.{RBCs})", in_words=True
    )
    MMP = AnalyteRow(
        "mmp_6", FactKind.METABOLITES, "6-MMP", units="metabolite", unit="pmol/(8.10*8.{RBCs})", in_words=True
    )
    BODY_WEIGHT = AnalyteRow(
        "body_weight",
        FactKind.VITALS,
        "body weight",
        units="weight",
        unit="kg",
        plausible=Plausible(0.3, 650, "from a preterm infant to the heaviest person recorded"),
    )
    BODY_HEIGHT = AnalyteRow(
        "body_height",
        FactKind.VITALS,
        "body height",
        units="height",
        unit="cm",
        plausible=Plausible(20, 275, "from a preterm infant to the tallest person recorded"),
    )
    BODY_TEMPERATURE = AnalyteRow(
        "body_temperature",
        FactKind.VITALS,
        "body temperature",
        units="temperature",
        unit="Cel",
        plausible=Plausible(12, 47, "no living person is colder or warmer"),
        is_read=False,
    )
    PREGNANCY_STATUS = AnalyteRow("pregnancy_status", FactKind.PREGNANCY, "pregnancy status", in_words=True)
    BREASTFEEDING_STATUS = AnalyteRow(
        "breastfeeding_status",
        FactKind.PREGNANCY,
        "breastfeeding status",
        in_words=True,
    )

    @property
    def kind(self) -> FactKind:
        """The group of facts that the analyte arrives with."""
        return self.row.kind

    @property
    def unit(self) -> str:
        """The one unit of its values in UCUM, "" if it is reported in words alone."""
        return self.row.unit

    @property
    def plain_name(self) -> str:
        """The analyte in plain words."""
        return self.row.plain_name

    @property
    def card_name(self) -> str:
        """The analyte as a card names it.

        >>> Analyte.ALC.card_name
        'lymphocytes'
        """
        return self.row.on_card or self.row.plain_name


class LabFinding(StrEnum):
    """A result that is a word, not a number."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class LabResult:
    """One result. `value` is in the analyte's one unit; None when the result is a word.

    With a comparator the value is a bound: ("<", 2.0) is anything below 2.0.
    """

    analyte: Analyte
    record_ref: str
    value: float | None = None
    unit: str = ""  # the analyte's one unit, UCUM; "" for a word
    comparator: str | None = None
    finding: LabFinding | None = None
    taken_on: ClinicalDate | None = None
    reference_low: float | None = None  # in the same unit
    reference_high: float | None = None
    interpretation: str | None = None  # HL7 v3 ObservationInterpretation code
    reported: str = ""  # as it came: "3400 /uL"
    method: str = ""  # of the assay, where stated
    is_preliminary: bool = False
    # Days on which the record existed; only those that may lie before its date, or of a result without one.
    on_record: tuple[ClinicalDate, ...] = ()
    # For a result without a usable date today: taken on this day or earlier.
    on_record_by: ClinicalDate | None = None

    @property
    def at_most(self) -> float | None:
        """The highest value this result may mean, or None where it has no upper bound."""
        return None if self.comparator in (">", ">=") else self.value

    @property
    def at_least(self) -> float | None:
        """The lowest value this result may mean, or None where it has no lower bound."""
        return None if self.comparator in ("<", "<=") else self.value

    def is_dated(self, today: date) -> bool:
        """Whether the result has a date that is not surely after `today`."""
        return self.taken_on is not None and self.taken_on.first <= today


@dataclass(frozen=True, slots=True)
class LabSeries:
    """Results of one analyte, oldest first; undated ones come first of all."""

    results: tuple[LabResult, ...] = ()

    def __iter__(self) -> Iterator[LabResult]:
        return iter(self.results)

    def __bool__(self) -> bool:
        return bool(self.results)

    @property
    def latest(self) -> LabResult | None:
        """The newest dated result; an undated one only when nothing is dated."""
        return self.results[-1] if self.results else None

    def within(self, days: int, before: date) -> "LabSeries":
        """Results that may have been taken in the `days` up to and including `before`."""
        if not self.results:
            return self
        return LabSeries(
            tuple(
                result
                for result in self.results
                if result.taken_on is not None and result.taken_on.possibly_within(days, before)
            )
        )

    def without_usable_date(self, days: int, before: date) -> "LabSeries":
        """Results whose date is missing or lies after `before`, and that may be of the `days` up to it."""
        return LabSeries(
            tuple(
                result
                for result in self.results
                if not result.is_dated(before)
                and (result.on_record_by is None or result.on_record_by.days_before(before) <= days)
            )
        )

    def until(self, day: date) -> "LabSeries":
        """Results surely taken on or before `day`."""
        return LabSeries(
            tuple(result for result in self.results if result.taken_on and result.taken_on.last <= day)
        )


_FALLING_WARNS = frozenset(
    {
        Analyte.WBC,
        Analyte.ANC,
        Analyte.ALC,
        Analyte.PLATELETS,
        Analyte.HEMOGLOBIN,
        Analyte.EGFR,
        Analyte.BODY_WEIGHT,
        Analyte.BODY_HEIGHT,
    }
)


def series_of(results: Iterable[LabResult]) -> LabSeries:
    """The results of one analyte, oldest first.

    Where nothing says which of a day came later, the one that warns more counts as the later one: the lower count,
    the higher liver test. A result that has no time leaves that open for its whole day, one of a month or year for all
    of its days: it comes after the results of these days if it warns more than the newest of them, else before.
    """
    listed = tuple(results)
    untimed = {one.taken_on.last for one in listed if one.taken_on and one.taken_on.at is None}

    def order(one: LabResult) -> tuple[date, float, float, str]:
        day, moment = sort_key(one.taken_on)
        when = one.taken_on
        if when is not None and when.first != when.last and _is_before_its_span(one, when, listed):
            day = when.first
        return day, 0.0 if day in untimed else moment, _warning_of(one), one.record_ref

    return LabSeries(tuple(sorted(listed, key=order)))


def _is_before_its_span(one: LabResult, when: ClinicalDate, listed: tuple[LabResult, ...]) -> bool:
    """Whether a result of a month or year warns no more than the newest one of a day of it."""
    if one.value is None:
        return False
    within = (
        other
        for other in listed
        if other.value is not None
        and other.taken_on is not None
        and other.taken_on.is_whole_day
        and when.first <= other.taken_on.first <= when.last
    )
    newest = max(within, key=lambda other: (sort_key(other.taken_on), _warning_of(other)), default=None)
    return newest is not None and _warning_of(one) <= _warning_of(newest)


def _warning_of(one: LabResult) -> float:
    """Greater for what warns more."""
    value = one.value or 0.0
    return -value if one.analyte in _FALLING_WARNS else value
