"""How well do the kidneys filter, computed from a creatinine where the laboratory gives no eGFR?"""

from dataclasses import dataclass
from datetime import date

from cards.assessment.pregnancy import pregnancy_of
from cards.knowledge.formulas import Formula, Formulas
from cards.model.chart import Sex
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionState, Problem, ProcedureKind
from cards.model.dates import ClinicalDate
from cards.model.labs import Analyte, LabResult
from cards.model.policy import Policy
from cards.wording import rounded

EGFR_UNIT = "mL/min/{1.73_m2}"
_OPPOSITE = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Filtration:
    """A computed eGFR, and what it was computed from."""

    creatinine: LabResult
    egfr: LabResult  # with the date and record of the creatinine
    age_years: int
    sex: Sex | None  # None: not recorded as female or male, so the lower of both values stands
    not_steady: str = ""  # why it does not measure filtration, and must not be shown: "in pregnancy"

    @property
    def inputs(self) -> str:
        """Formula and inputs except the creatinine: "CKD-EPI 2021, age 62, female"."""
        sex = self.sex.value if self.sex else "sex not recorded, the lower of both values"
        return f"CKD-EPI 2021, age {self.age_years}, {sex}"


def filtration_of(
    creatinine: LabResult, chart: ChartOfDay, policy: Policy, formulas: Formulas
) -> Filtration | None:
    """The eGFR by CKD-EPI 2021; None for a child, an unknown age, or a creatinine without a number.

    If the birth date is a span, the older age counts: it gives the lower value.
    """
    day = creatinine.taken_on
    if day is None or chart.born_on is None:
        return None
    youngest, oldest = _age(chart.born_on.last, day.first), _age(chart.born_on.first, day.last)
    if youngest < formulas.numbers_of(Formula.CKD_EPI)["youngest age"]:
        return None
    return _computed(creatinine, oldest, chart, _not_steady(chart, policy, formulas), formulas)


def filtration_at_best(creatinine: LabResult, chart: ChartOfDay, formulas: Formulas) -> Filtration | None:
    """The eGFR that the youngest adult would have, where the age is unknown or a child's.

    It must not be shown. Where even this is low, the kidneys are impaired: a child's creatinine is lower.
    """
    age = int(formulas.numbers_of(Formula.CKD_EPI)["youngest age"])
    return _computed(creatinine, age, chart, "in a child" if chart.born_on else "at an unknown age", formulas)


def _computed(
    creatinine: LabResult, age_years: int, chart: ChartOfDay, not_steady: str, formulas: Formulas
) -> Filtration | None:
    if not creatinine.value:
        return None
    sex = chart.sex if chart.sex in (Sex.FEMALE, Sex.MALE) else None
    value = min(
        ckd_epi(creatinine.value, age_years, one, formulas)
        for one in ((sex,) if sex else (Sex.FEMALE, Sex.MALE))
    )
    egfr = LabResult(
        Analyte.EGFR,
        creatinine.record_ref,
        rounded(value, 1),
        EGFR_UNIT,
        _OPPOSITE.get(creatinine.comparator or ""),
        taken_on=creatinine.taken_on,
        is_preliminary=creatinine.is_preliminary,
    )
    return Filtration(creatinine, egfr, age_years, sex, not_steady)


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def ckd_epi(mg_per_dl: float, age_years: int, sex: Sex, formulas: Formulas) -> float:
    """The eGFR in mL/min/1.73 m2.

    >>> from cards.knowledge.knowledge import Knowledge
    >>> formulas = Knowledge.own().formulas
    >>> round(ckd_epi(1.0, 50, Sex.MALE, formulas)), round(ckd_epi(1.0, 50, Sex.FEMALE, formulas))
    (92, 69)
    """
    numbers = formulas.numbers_of(Formula.CKD_EPI)
    who = "women" if sex is Sex.FEMALE else "men"
    ratio = mg_per_dl / numbers[f"kappa of {who}"]
    return float(
        numbers["factor"]
        * min(ratio, 1.0) ** numbers[f"power of {who} below kappa"]
        * max(ratio, 1.0) ** numbers["power above kappa"]
        * numbers["factor of a year of age"] ** age_years
        * (numbers["factor of women"] if sex is Sex.FEMALE else 1.0)
    )


def _not_steady(chart: ChartOfDay, policy: Policy, formulas: Formulas) -> str:
    """Why a creatinine says little about filtration, in words; "" where nothing speaks against it."""
    if pregnancy_of(chart, policy) is not None:
        return "in pregnancy"
    return "soon after a kidney transplantation" if _is_newly_transplanted(chart, formulas) else ""


def _is_newly_transplanted(chart: ChartOfDay, formulas: Formulas) -> bool:
    days = int(formulas.numbers_of(Formula.AFTER_TRANSPLANT)["days without a steady creatinine"])
    dates: list[ClinicalDate | None] = [
        one.done_on
        for one in chart.procedures
        if one.kind is ProcedureKind.KIDNEY_TRANSPLANT and not one.is_planned
    ]
    dates += [
        record.onset_on or record.recorded_on
        for record in chart.conditions
        if Problem.KIDNEY_TRANSPLANT in record.problems and record.state is ConditionState.ACTIVE
    ]
    return any(day is not None and day.possibly_within(days, chart.today) for day in dates)


@dataclass(frozen=True, slots=True)
class CreatinineRise:
    """A creatinine that rose within days, as in acute injury, and the lower one before it."""

    creatinine: LabResult
    lowest: LabResult


def creatinine_rise(creatinine: LabResult, chart: ChartOfDay, formulas: Formulas) -> CreatinineRise | None:
    """A rise to the creatinine from one of the days before it, by KDIGO's limits."""
    numbers, now = formulas.numbers_of(Formula.ACUTE_INJURY), creatinine.at_least
    if now is None:
        return None
    lower = _earlier(creatinine, int(numbers["days of the lowest"]), chart)
    if lower is not None and rounded(now, 2) >= rounded(
        numbers["times the lowest"] * (lower.at_most or 0.0), 2
    ):
        return CreatinineRise(creatinine, lower)
    lower = _earlier(creatinine, int(numbers["days of the rise"]), chart)
    if lower is not None and rounded(now - (lower.at_most or 0.0), 2) >= numbers["rise"]:
        return CreatinineRise(creatinine, lower)
    return None


def _earlier(creatinine: LabResult, days: int, chart: ChartOfDay) -> LabResult | None:
    """The lowest creatinine of the days before one."""
    day = creatinine.taken_on
    earlier = [
        one
        for one in chart.series(Analyte.CREATININE)
        if day is not None
        and one is not creatinine
        and one.taken_on is not None
        and one.at_most
        and one.taken_on.surely_within(days, day.last)
    ]
    return min(earlier, key=lambda one: one.at_most or 0.0, default=None)
