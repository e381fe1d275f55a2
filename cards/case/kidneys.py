"""How well do the kidneys work, as far as the chart tells?"""

from dataclasses import dataclass
from enum import StrEnum

from cards.case.current_problems import current_problems
from cards.case.results import (
    is_surely_above,
    is_surely_below,
    newest_within,
    result_fact,
    unit_words,
    value_words,
)
from cards.finding import Fact
from cards.model.chart import PatientChart
from cards.model.conditions import ConditionRecord, ConditionState, Problem, ProcedureKind
from cards.model.dates import ClinicalDate
from cards.model.labs import Analyte, LabResult
from cards.model.policy import Policy


class Impairment(StrEnum):
    """What shows that the kidneys are impaired, the most pressing first."""

    ACUTE = "acute kidney injury or oliguria"
    DIALYSIS = "on dialysis"
    SEVERE_EGFR = "severe, by eGFR"
    SEVERE_DISEASE = "chronic kidney disease stage 4 or 5"
    REDUCED = "reduced"


@dataclass(frozen=True, slots=True)
class Kidneys:
    """Impaired kidneys, and what shows it."""

    impairment: Impairment
    facts: tuple[Fact, ...]
    is_certain: bool = True
    egfr: LabResult | None = None
    is_newly_low: bool = False  # an eGFR that was never so low before

    @property
    def is_severe(self) -> bool:
        """Whether it asks for more than a line."""
        return self.impairment is not Impairment.REDUCED

    @property
    def words(self) -> str:
        """The impairment in a summary."""
        if self.impairment is Impairment.SEVERE_EGFR and self.egfr is not None:
            return f"{value_words(self.egfr)} {unit_words(self.egfr)}"
        return self.impairment.value if self.is_certain else f"possible {self.impairment}"


def kidneys_of(chart: PatientChart, policy: Policy) -> Kidneys | None:
    """The most pressing impairment on record, or None where nothing shows one.

    A measured eGFR leads over a coded stage; eGFR is not computed from creatinine here.
    """
    egfr = newest_within(chart, Analyte.EGFR, policy.kidney_result_days)
    return (
        _acute(chart, policy)
        or _dialysis(chart, policy, egfr)
        or (_by_egfr(chart, policy, egfr) if egfr is not None else _without_egfr(chart, policy))
    )


def _acute(chart: PatientChart, policy: Policy) -> Kidneys | None:
    found = current_problems(chart, policy.acute_kidney_days, Problem.ACUTE_KIDNEY_INJURY)
    if not found:
        return None
    facts = tuple(one.fact("Acute kidney injury, tubular necrosis or oliguria") for one in found)
    return Kidneys(Impairment.ACUTE, facts, is_certain=any(one.is_certain for one in found))


def _dialysis(chart: PatientChart, policy: Policy, egfr: LabResult | None) -> Kidneys | None:
    """Recent sessions; a coded dependence only where no eGFR speaks against it, as after a transplantation."""
    sessions = [
        Fact("Dialysis", one.done_on, one.record_ref)
        for one in chart.procedures
        if one.kind is ProcedureKind.DIALYSIS
        and not one.is_planned
        and one.done_on is not None
        and one.done_on.possibly_within(policy.dialysis_days, chart.today)
    ]
    is_refuted = egfr is not None and not is_surely_below(egfr, policy.severe_egfr)
    coded = [] if is_refuted else _coded(chart, Problem.DIALYSIS, "Dialysis or dependence on it")
    facts = (*sessions, *coded)
    return Kidneys(Impairment.DIALYSIS, facts, egfr=egfr) if facts else None


def _by_egfr(chart: PatientChart, policy: Policy, egfr: LabResult) -> Kidneys | None:
    facts = (_measured(egfr),)
    if is_surely_below(egfr, policy.severe_egfr):
        earlier = [
            one
            for one in chart.series(Analyte.EGFR)
            if one.taken_on is not None
            and one.taken_on.days_before(chart.today) > policy.recent_count_days
            and is_surely_below(one, policy.severe_egfr)
        ]
        return Kidneys(Impairment.SEVERE_EGFR, facts, egfr=egfr, is_newly_low=not earlier)
    if is_surely_below(egfr, policy.reduced_egfr):
        return Kidneys(Impairment.REDUCED, facts, egfr=egfr)
    return None


def _measured(egfr: LabResult) -> Fact:
    preliminary = ", preliminary" if egfr.is_preliminary else ""
    what = f"Kidney function: {value_words(egfr)} {unit_words(egfr)}{preliminary}"
    return Fact(what, egfr.taken_on, egfr.record_ref)


def _without_egfr(chart: PatientChart, policy: Policy) -> Kidneys | None:
    severe = _coded(
        chart, Problem.SEVERE_KIDNEY_DISEASE, "Chronic kidney disease stage 4 or 5, eGFR not known"
    )
    if severe:
        return Kidneys(Impairment.SEVERE_DISEASE, tuple(severe))
    reduced = _coded(chart, Problem.CHRONIC_KIDNEY_DISEASE, "Chronic kidney disease, eGFR not known")
    creatinine = newest_within(chart, Analyte.CREATININE, policy.kidney_result_days)
    upper = creatinine.reference_high if creatinine is not None else None
    if creatinine is not None and upper is not None and is_surely_above(creatinine, upper):
        reduced.append(result_fact(creatinine, "above the laboratory's range, eGFR not known"))
    return Kidneys(Impairment.REDUCED, tuple(reduced)) if reduced else None


def _coded(chart: PatientChart, problem: Problem, what: str) -> list[Fact]:
    return [
        Fact(what, _when(record), record.record_ref)
        for record in chart.conditions
        if problem in record.problems and record.state is ConditionState.ACTIVE and record.is_confirmed
    ]


def _when(record: ConditionRecord) -> ClinicalDate | None:
    return record.onset_on or record.recorded_on
