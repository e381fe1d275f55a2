"""How well do the kidneys work, as far as the chart shows?"""

from dataclasses import dataclass
from enum import StrEnum

from cards.assessment.creatinine_rise import CreatinineRise, creatinine_rise
from cards.assessment.current_problems import current_problems
from cards.assessment.filtration import Filtration, filtration_at_best, filtration_of
from cards.assessment.results import (
    is_surely_above,
    is_surely_below,
    newest_within,
    result_fact,
    unit_words,
    value_words,
)
from cards.finding import Fact
from cards.knowledge.formulas import Formulas
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionRecord, ConditionState, Problem, ProcedureKind
from cards.model.dates import ClinicalDate
from cards.model.facts import FactKind
from cards.model.labs import Analyte, LabResult
from cards.model.policy import Policy
from cards.wording import number


class Impairment(StrEnum):
    """What shows that the kidneys are impaired, the most pressing first."""

    ACUTE = "acute kidney injury or oliguria"
    DIALYSIS = "on dialysis"
    CREATININE_RISE = "creatinine rising within days"
    SEVERE_EGFR = "severe, by eGFR"
    SEVERE_CREATININE = "severe, by creatinine"  # where no eGFR can be computed from it
    SEVERE_DISEASE = "chronic kidney disease stage 4 or 5"
    REDUCED = "reduced"


@dataclass(frozen=True, slots=True)
class Kidneys:
    """Impaired kidneys, and what shows it."""

    impairment: Impairment
    facts: tuple[Fact, ...]
    is_certain: bool = True
    egfr: LabResult | None = None
    filtration: Filtration | None = None  # where the eGFR was computed, or where only the creatinine counts
    rise: CreatinineRise | None = None
    is_newly_low: bool = False  # the eGFR was never this low before

    @property
    def is_acute(self) -> bool:
        """Whether the kidneys are failing now."""
        return self.impairment in (Impairment.ACUTE, Impairment.CREATININE_RISE)

    @property
    def is_severe(self) -> bool:
        """Whether the impairment asks for more than a line."""
        return self.impairment is not Impairment.REDUCED

    @property
    def words(self) -> str:
        """The impairment in a summary."""
        if self.rise is not None:
            was, now = number(self.rise.lowest.value or 0.0), number(self.rise.creatinine.value or 0.0)
            return f"creatinine risen from {was} to {now} mg/dL within days"
        if self.impairment is Impairment.SEVERE_CREATININE and self.filtration is not None:
            creatinine = self.filtration.creatinine
            value = f"{creatinine.comparator or ''}{number(creatinine.value or 0.0)}"
            return f"creatinine {value} mg/dL {self.filtration.not_steady}"
        if self.impairment is Impairment.SEVERE_EGFR and self.egfr is not None:
            computed = "computed " if self.filtration else ""
            return f"{computed}{value_words(self.egfr)} {unit_words(self.egfr)}"
        return self.impairment.value if self.is_certain else f"possible {self.impairment}"


def kidneys_of(chart: ChartOfDay, policy: Policy, formulas: Formulas) -> Kidneys | None:
    """The most pressing impairment on record, or None where nothing shows one.

    The laboratory's eGFR leads over a coded stage. An eGFR computed from a later creatinine, or where the
    laboratory has none, may show an impairment, but never rules one out.
    """
    egfr = _reported(chart, policy)
    return (
        _acute(chart, policy)
        or _dialysis(chart, policy, egfr)
        or _by_rise(chart, policy, formulas)
        or _graver(
            _by_egfr(chart, policy, egfr) if egfr is not None else _without_egfr(chart, policy, formulas),
            _by_creatinine(chart, policy, egfr, formulas),
        )
    )


def _reported(chart: ChartOfDay, policy: Policy) -> LabResult | None:
    """The laboratory's newest eGFR with a number."""
    recent = chart.series(Analyte.EGFR).within(policy.kidney_result_days, chart.today)
    return next((one for one in reversed(recent.results) if one.value is not None), None)


def _graver(one: Kidneys | None, other: Kidneys | None) -> Kidneys | None:
    """The graver of two impairments; of two equal ones the second, which has a number where the first has a code."""
    if one is None or other is None:
        return one or other
    order = list(Impairment)
    return one if order.index(one.impairment) < order.index(other.impairment) else other


def _acute(chart: ChartOfDay, policy: Policy) -> Kidneys | None:
    found = current_problems(chart, policy.acute_kidney_days, Problem.ACUTE_KIDNEY_INJURY)
    if not found:
        return None
    facts = tuple(one.fact("Acute kidney injury, tubular necrosis or oliguria") for one in found)
    return Kidneys(Impairment.ACUTE, facts, is_certain=any(one.is_certain for one in found))


def _dialysis(chart: ChartOfDay, policy: Policy, egfr: LabResult | None) -> Kidneys | None:
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


def _by_egfr(chart: ChartOfDay, policy: Policy, egfr: LabResult) -> Kidneys | None:
    facts = (_measured(egfr),)
    if is_surely_below(egfr, policy.severe_egfr):
        earlier = [one for one in chart.series(Analyte.EGFR) if _is_old_and_low(one, chart, policy)]
        return Kidneys(Impairment.SEVERE_EGFR, facts, egfr=egfr, is_newly_low=not earlier)
    if is_surely_below(egfr, policy.reduced_egfr):
        return Kidneys(Impairment.REDUCED, facts, egfr=egfr)
    return None


def _by_rise(chart: ChartOfDay, policy: Policy, formulas: Formulas) -> Kidneys | None:
    """Acute injury by the creatinine alone."""
    newest = newest_within(chart, Analyte.CREATININE, policy.acute_kidney_days)
    rise = creatinine_rise(newest, chart, formulas) if newest is not None else None
    if rise is None:
        return None
    facts = (_creatinine(rise.creatinine, ", a rise as in acute kidney injury"), _creatinine(rise.lowest))
    return Kidneys(Impairment.CREATININE_RISE, facts, rise=rise)


def _by_creatinine(
    chart: ChartOfDay, policy: Policy, reported: LabResult | None, formulas: Formulas
) -> Kidneys | None:
    """By the eGFR computed from a creatinine that is newer than the laboratory's own eGFR, if there is one."""
    creatinine = newest_within(chart, Analyte.CREATININE, policy.kidney_result_days)
    if creatinine is None or not _is_later(creatinine, reported):
        return None
    own = filtration_of(creatinine, chart, policy, formulas)
    filtration = own or filtration_at_best(creatinine, chart, formulas)
    if filtration is None:
        return None
    facts = (_computed(filtration),)
    if is_surely_below(filtration.egfr, policy.severe_egfr):
        if filtration.not_steady:
            return Kidneys(Impairment.SEVERE_CREATININE, facts, filtration=filtration)
        return Kidneys(
            Impairment.SEVERE_EGFR,
            facts,
            egfr=filtration.egfr,
            filtration=filtration,
            is_newly_low=not _was_known(chart, policy, formulas),
        )
    if is_surely_below(filtration.egfr, policy.reduced_egfr) and own is None:
        return Kidneys(Impairment.REDUCED, facts, filtration=filtration)  # even at best
    if is_surely_below(filtration.egfr, policy.reduced_egfr) and not filtration.not_steady:
        return Kidneys(Impairment.REDUCED, facts, egfr=filtration.egfr, filtration=filtration)
    return None


def needed_for_egfr(chart: ChartOfDay, policy: Policy, formulas: Formulas) -> tuple[FactKind, ...]:
    """The kinds of facts without which no eGFR could be computed from the newest creatinine; most often none."""
    creatinine = newest_within(chart, Analyte.CREATININE, policy.kidney_result_days)
    if creatinine is None or not _is_later(creatinine, _reported(chart, policy)):
        return ()
    if filtration_of(creatinine, chart, policy, formulas) is not None:
        return ()
    return (FactKind.VITALS,) if chart.born_on else (FactKind.PATIENT,)


def _is_later(creatinine: LabResult, reported: LabResult | None) -> bool:
    if reported is None or reported.taken_on is None or creatinine.taken_on is None:
        return reported is None
    return creatinine.taken_on.first > reported.taken_on.last


def _was_known(chart: ChartOfDay, policy: Policy, formulas: Formulas) -> bool:
    """Whether the kidneys were as bad long ago: by a code, an eGFR of the laboratory, or an older creatinine."""
    coded = _coded(chart, Problem.SEVERE_KIDNEY_DISEASE, "")
    computed = [filtration_of(one, chart, policy, formulas) for one in chart.series(Analyte.CREATININE)]
    values = [*chart.series(Analyte.EGFR), *(one.egfr for one in computed if one)]
    return bool(coded) or any(_is_old_and_low(one, chart, policy) for one in values)


def _is_old_and_low(egfr: LabResult, chart: ChartOfDay, policy: Policy) -> bool:
    return (
        egfr.taken_on is not None
        and egfr.taken_on.days_before(chart.today) > policy.recent_count_days
        and is_surely_below(egfr, policy.severe_egfr)
    )


def _computed(filtration: Filtration) -> Fact:
    if filtration.not_steady:
        return _creatinine(filtration.creatinine, f", eGFR not computed {filtration.not_steady}")
    value = f"{value_words(filtration.egfr)} {unit_words(filtration.egfr)}"
    return _creatinine(filtration.creatinine, f": {value}, computed by {filtration.inputs}")


def _creatinine(result: LabResult, note: str = "") -> Fact:
    """A creatinine to two decimals, as a formula and its limits need it."""
    preliminary = ", preliminary" if result.is_preliminary else ""
    value = f"{result.comparator or ''}{number(result.value or 0.0)}"
    return Fact(f"Creatinine {value} mg/dL{preliminary}{note}", result.taken_on, result.record_ref)


def _measured(egfr: LabResult) -> Fact:
    preliminary = ", preliminary" if egfr.is_preliminary else ""
    what = f"Kidney function: {value_words(egfr)} {unit_words(egfr)}{preliminary}"
    return Fact(what, egfr.taken_on, egfr.record_ref)


def _without_egfr(chart: ChartOfDay, policy: Policy, formulas: Formulas) -> Kidneys | None:
    severe = _coded(
        chart, Problem.SEVERE_KIDNEY_DISEASE, "Chronic kidney disease stage 4 or 5, eGFR not known"
    )
    if severe:
        return Kidneys(Impairment.SEVERE_DISEASE, tuple(severe))
    reduced = _coded(chart, Problem.CHRONIC_KIDNEY_DISEASE, "Chronic kidney disease, eGFR not known")
    creatinine = newest_within(chart, Analyte.CREATININE, policy.kidney_result_days)
    upper = creatinine.reference_high if creatinine is not None else None
    if creatinine is not None and upper is not None and is_surely_above(creatinine, upper):
        filtration = filtration_of(creatinine, chart, policy, formulas)
        is_known = filtration is not None and not filtration.not_steady
        egfr = f"computed {value_words(filtration.egfr)}" if filtration and is_known else "eGFR not known"
        reduced.append(result_fact(creatinine, f"above the laboratory's range, {egfr}"))
    return Kidneys(Impairment.REDUCED, tuple(reduced)) if reduced else None


def _coded(chart: ChartOfDay, problem: Problem, what: str) -> list[Fact]:
    return [
        Fact(what, _when(record), record.record_ref)
        for record in chart.conditions
        if problem in record.problems and record.state is ConditionState.ACTIVE and record.is_confirmed
    ]


def _when(record: ConditionRecord) -> ClinicalDate | None:
    return record.onset_on or record.recorded_on
