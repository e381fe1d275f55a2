"""How well do the kidneys filter, computed from a creatinine where the laboratory gives no eGFR?"""

from dataclasses import dataclass

from cards.assessment.body import age_at
from cards.assessment.pregnancy import pregnancy_of
from cards.knowledge.formulas import Formula, Formulas
from cards.model.chart import Sex
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionState, Problem, ProcedureKind
from cards.model.dates import ClinicalDate
from cards.model.labs import Analyte, LabResult
from cards.model.policy import Policy
from cards.wording import number, rounded

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
    height: LabResult | None = None  # of a child, computed with it

    @property
    def formula(self) -> Formula:
        """What it was computed by."""
        return Formula.CKD_EPI if self.height is None else Formula.SCHWARTZ

    @property
    def inputs(self) -> str:
        """Formula and inputs except the creatinine: "CKD-EPI 2021, age 62, female"."""
        if self.height is not None:
            cm = number(self.height.value or 0.0, 1)
            return f"{self.formula}, height {cm} cm on {self.height.taken_on}"
        sex = self.sex.value if self.sex else "sex not recorded, the lower of both values"
        return f"{self.formula}, age {self.age_years}, {sex}"


def filtration_of(
    creatinine: LabResult, chart: ChartOfDay, policy: Policy, formulas: Formulas
) -> Filtration | None:
    """The eGFR by CKD-EPI 2021, of a child by bedside Schwartz with a height of about the same time.

    None for an infant, an unknown age, a child without such a height, or a creatinine without a number. If the birth
    date is a span, the lowest value stands that some day of it gives.
    """
    day = creatinine.taken_on
    if day is None or chart.born_on is None or not creatinine.value:
        return None
    age = age_at(chart.born_on, day)
    adult_from = formulas.numbers_of(Formula.CKD_EPI)["youngest age"]
    not_steady = _not_steady(chart, policy, formulas)
    of_child = None
    if age.youngest < adult_from:
        of_child = _of_child(creatinine, age.youngest, chart, not_steady, formulas)
        if of_child is None or age.oldest < adult_from:
            return of_child
    of_adult = _of_adult(creatinine, age.oldest, chart, not_steady, formulas)
    return min((one for one in (of_adult, of_child) if one), key=lambda one: one.egfr.value or 0.0)


def _of_child(
    creatinine: LabResult, age_years: int, chart: ChartOfDay, not_steady: str, formulas: Formulas
) -> Filtration | None:
    numbers = formulas.numbers_of(Formula.SCHWARTZ)
    height = _height_near(creatinine, int(numbers["days between height and creatinine"]), chart)
    if height is None or age_years < numbers["youngest age"]:
        return None
    value = numbers["factor"] * (height.value or 0.0) / (creatinine.value or 1.0)
    return Filtration(creatinine, _egfr(creatinine, value), age_years, None, not_steady, height)


def _height_near(creatinine: LabResult, days: int, chart: ChartOfDay) -> LabResult | None:
    """The newest height surely measured within so many days of a creatinine, before or after."""
    day = creatinine.taken_on
    return next(
        (
            one
            for one in reversed(chart.series(Analyte.BODY_HEIGHT).results)
            if one.value
            and one.comparator is None
            and day is not None
            and one.taken_on is not None
            and one.taken_on.first <= chart.today
            and (day.last - one.taken_on.first).days <= days
            and (one.taken_on.last - day.first).days <= days
        ),
        None,
    )


def filtration_at_best(creatinine: LabResult, chart: ChartOfDay, formulas: Formulas) -> Filtration | None:
    """The eGFR that the youngest adult would have, where the age is unknown or a child's.

    It must not be shown. Where even this is low, the kidneys are impaired: a child's creatinine is lower.
    """
    if not creatinine.value:
        return None
    age = int(formulas.numbers_of(Formula.CKD_EPI)["youngest age"])
    where = "in a child without a height of these days" if chart.born_on else "at an unknown age"
    return _of_adult(
        creatinine,
        age,
        chart,
        where,
        formulas,
    )


def _of_adult(
    creatinine: LabResult, age_years: int, chart: ChartOfDay, not_steady: str, formulas: Formulas
) -> Filtration:
    sex = chart.sex if chart.sex in (Sex.FEMALE, Sex.MALE) else None
    value = min(
        ckd_epi(creatinine.value or 0.0, age_years, one, formulas)
        for one in ((sex,) if sex else (Sex.FEMALE, Sex.MALE))
    )
    return Filtration(creatinine, _egfr(creatinine, value), age_years, sex, not_steady)


def _egfr(creatinine: LabResult, value: float) -> LabResult:
    return LabResult(
        Analyte.EGFR,
        creatinine.record_ref,
        rounded(value, 1),
        EGFR_UNIT,
        _OPPOSITE.get(creatinine.comparator or ""),
        taken_on=creatinine.taken_on,
        is_preliminary=creatinine.is_preliminary,
    )


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
