"""Is the patient pregnant or breastfeeding, as far as the chart shows?"""

from dataclasses import dataclass

from cards.assessment.body import may_be_of_childbearing_age
from cards.assessment.current_problems import CurrentProblem, current_problems
from cards.assessment.results import is_surely_above, newest_within, undated
from cards.finding import Fact
from cards.model.chart import Sex
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import Problem
from cards.model.dates import ClinicalDate
from cards.model.labs import Analyte, LabFinding, LabResult
from cards.model.policy import Policy


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a pregnancy, or for breastfeeding, today."""

    facts: tuple[Fact, ...]
    is_certain: bool  # a confirmed and dated record; a test or an undated record asks to check


@dataclass(frozen=True, slots=True)
class _Sign:
    """One record that speaks for pregnancy or breastfeeding."""

    fact: Fact
    on: ClinicalDate | None  # the day on which it was last known
    is_certain: bool


def pregnancy_of(chart: ChartOfDay, policy: Policy) -> Evidence | None:
    """A pregnancy recorded or tested within the policy's days, unless a later test or status denies it.

    A positive test or status without a usable date asks to check: nothing shows that a denial is later.
    """
    days = policy.pregnancy_days
    signs = [
        _condition_sign(one, "Pregnancy on the problem list")
        for one in current_problems(chart, days, Problem.PREGNANCY)
    ]
    status = newest_within(chart, Analyte.PREGNANCY_STATUS, days)
    hcg = newest_within(chart, Analyte.HCG, days)
    if status is not None and status.finding is LabFinding.POSITIVE:
        signs.append(_Sign(_fact("Pregnancy status: pregnant", status), status.taken_on, is_certain=True))
    if hcg is not None and _is_positive(hcg):
        signs.append(_Sign(_fact("Pregnancy test (hCG) positive", hcg), hcg.taken_on, is_certain=False))
    signs += _undated_signs(chart, Analyte.PREGNANCY_STATUS, days, "Pregnancy status: pregnant")
    signs += _undated_signs(chart, Analyte.HCG, days, "Pregnancy test (hCG) positive")
    return _evidence(signs, [one for one in (status, hcg) if one and one.finding is LabFinding.NEGATIVE])


def breastfeeding_of(chart: ChartOfDay, policy: Policy) -> Evidence | None:
    """Breastfeeding recorded within the policy's days, unless a later status denies it.

    A status without a usable date asks to check.
    """
    days = policy.lactation_days
    signs = [
        _condition_sign(one, "Breastfeeding on the problem list")
        for one in current_problems(chart, days, Problem.LACTATION)
    ]
    status = newest_within(chart, Analyte.BREASTFEEDING_STATUS, days)
    if status is not None and status.finding is LabFinding.POSITIVE:
        signs.append(_Sign(_fact("Breastfeeding status: yes", status), status.taken_on, is_certain=True))
    signs += _undated_signs(chart, Analyte.BREASTFEEDING_STATUS, days, "Breastfeeding status: yes")
    return _evidence(signs, [status] if status is not None and status.finding is LabFinding.NEGATIVE else [])


def raised_bile_acids(chart: ChartOfDay, policy: Policy) -> LabResult | None:
    """The newest recent bile acids, where they are surely above the laboratory's own range.

    Where none have a usable date, any that may be recent.
    """
    days = policy.recent_count_days
    newest = newest_within(chart, Analyte.BILE_ACIDS, days)
    found = (newest,) if newest else undated(chart, Analyte.BILE_ACIDS, days).results
    return next((one for one in found if _is_above_its_range(one)), None)


def may_be_pregnant(chart: ChartOfDay, policy: Policy) -> bool:
    """Whether a pregnancy is possible by the record: not male, and of child-bearing or unknown age."""
    return chart.sex is not Sex.MALE and may_be_of_childbearing_age(chart, policy)


def _condition_sign(one: CurrentProblem, what: str) -> _Sign:
    dates = [day for day in (one.record.onset_on, one.record.recorded_on) if day is not None]
    return _Sign(one.fact(what), max(dates, key=lambda day: day.last, default=None), one.is_certain)


def _is_positive(test: LabResult) -> bool:
    """Whether a test, or a status, is positive."""
    if test.finding is not None:
        return test.finding is LabFinding.POSITIVE
    return _is_above_its_range(test)


def _is_above_its_range(result: LabResult) -> bool:
    return result.reference_high is not None and is_surely_above(result, result.reference_high)


def _undated_signs(chart: ChartOfDay, analyte: Analyte, days: int, what: str) -> list[_Sign]:
    """Positive results that may be recent, though their date is missing or lies ahead."""
    positive = [one for one in undated(chart, analyte, days) if _is_positive(one)]
    return [_Sign(_undated_fact(what, one), None, is_certain=False) for one in positive]


def _undated_fact(what: str, result: LabResult) -> Fact:
    when = "dated ahead" if result.taken_on else "no date recorded"
    return Fact(f"{what}, {when}", result.taken_on, result.record_ref)


def _fact(what: str, result: LabResult) -> Fact:
    return Fact(what, result.taken_on, result.record_ref)


def _evidence(signs: list[_Sign], denials: list[LabResult]) -> Evidence | None:
    denied_on = max((one.taken_on.first for one in denials if one.taken_on), default=None)
    standing = [sign for sign in signs if denied_on is None or sign.on is None or sign.on.last >= denied_on]
    if not standing:
        return None
    return Evidence(tuple(sign.fact for sign in standing), any(sign.is_certain for sign in standing))
