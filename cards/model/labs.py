"""What was measured: analytes, results in one fixed unit each, and their series."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cards.model.dates import ClinicalDate


class Analyte(StrEnum):
    """What a result is about. Values match the concept names of the code table."""

    WBC = "wbc"
    ANC = "anc"
    ALC = "alc"
    PLATELETS = "platelets"
    HEMOGLOBIN = "hemoglobin"
    MCV = "mcv"
    ALT = "alt"
    AST = "ast"
    ALP = "alp"
    BILIRUBIN_TOTAL = "bilirubin_total"
    BILIRUBIN_DIRECT = "bilirubin_direct"
    BILE_ACIDS = "bile_acids"
    CREATININE = "creatinine"
    EGFR = "egfr"
    AMYLASE = "amylase"
    LIPASE = "lipase"
    URIC_ACID = "uric_acid"
    HBSAG = "hbsag"
    ANTI_HBC = "anti_hbc_total"
    ANTI_HBC_IGM = "anti_hbc_igm"
    ANTI_HBS = "anti_hbs"
    HCV_ANTIBODY = "hcv_ab"
    VZV_IGG = "vzv_igg"
    HCG = "hcg"
    TGN = "tgn_6"
    MMP = "mmp_6"
    BODY_WEIGHT = "body_weight"
    BODY_HEIGHT = "body_height"
    BODY_TEMPERATURE = "body_temperature"
    PREGNANCY_STATUS = "pregnancy_status"
    BREASTFEEDING_STATUS = "breastfeeding_status"


class Finding(StrEnum):
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
    finding: Finding | None = None
    taken_on: ClinicalDate | None = None
    reference_low: float | None = None  # in the same unit
    reference_high: float | None = None
    interpretation: str | None = None  # HL7 v3 ObservationInterpretation code
    reported: str = ""  # as it came: "3400 /uL"
    method: str = ""  # of the assay, where stated
    is_preliminary: bool = False
    on_record_by: ClinicalDate | None = (
        None  # for a result without a usable date: taken on this day or earlier
    )

    @property
    def at_most(self) -> float | None:
        """The highest value this result may mean, or None where it has no upper bound."""
        return None if self.comparator in (">", ">=") else self.value

    @property
    def at_least(self) -> float | None:
        """The lowest value this result may mean, or None where it has no lower bound."""
        return None if self.comparator in ("<", "<=") else self.value

    def is_dated(self, today: date) -> bool:
        """Whether it has a date that is not surely after `today`."""
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
