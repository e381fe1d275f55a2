"""Do the blood counts change in a way that deserves a note: falling, few lymphocytes, large red cells?"""

from dataclasses import dataclass
from itertools import pairwise

from cards.assessment.baseline import baseline_of
from cards.assessment.case import Case
from cards.assessment.cytopenia import is_on_drug
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.quiet_cards import quiet_decision, quiet_summary
from cards.assessment.results import (
    analyte_name,
    is_surely_above,
    is_surely_below,
    newest_within,
    result_fact,
)
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.toxicity import CountNote, CountTrend, Direction
from cards.model.facts import FactKind
from cards.model.labs import LabResult
from cards.model.protocol import Group
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, listed, number, titled

NEEDS = frozenset({FactKind.COUNTS, FactKind.MEDICATIONS})


def counts_changing(case: Case) -> Outcome:
    """Say that counts fall again and again; smaller changes are lines of the quiet card of a therapy."""
    on_drug = [exposure for exposure in case.exposures_not_in(Group.LEUKAEMIA) if is_on_drug(exposure)]
    if not on_drug:
        return Silent("no thiopurine is taken")
    missing = case.missing_within(case.policy.recent_count_days, FactKind.COUNTS)
    findings = tuple(found for exposure in on_drug for found in _findings(exposure, case))
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no change of the blood count deserves a note")


def _findings(exposure: Exposure, case: Case) -> list[Finding]:
    toxicity = case.knowledge.toxicity
    falls = [fall for trend in toxicity.count_trends if (fall := _fall(trend, case))]
    found = [_falling(exposure, falls, case)] if falls else []
    if not exposure.is_ordered:
        found += [
            _line(exposure, note, newest)
            for note in toxicity.count_notes
            if (newest := _noteworthy(note, case))
        ]
    return found


@dataclass(frozen=True, slots=True)
class _Fall:
    """Counts that fell again and again, oldest first."""

    trend: CountTrend
    results: tuple[LabResult, ...]

    def fact(self) -> Fact:
        values = ", ".join(f"{number(one.value or 0.0, 1)} ({one.taken_on})" for one in self.results)
        return Fact(
            f"{titled(analyte_name(self.trend.analyte))} fell by more than {number(self.trend.percent)} % "
            f"{self.trend.falls} times in a row: {values}",
            record_ref=self.results[-1].record_ref,
        )


def _fall(trend: CountTrend, case: Case) -> _Fall | None:
    """The last results of one analyte, if each is more than the limit below the previous one.

    A fall from above the laboratory's range is a return to it, not an alarm.
    """
    if newest_within(case.chart, trend.analyte, case.policy.recent_count_days) is None:
        return None
    results = _by_day(trend, case)[-trend.falls - 1 :]
    if len(results) <= trend.falls or _is_high(results[0]):
        return None
    values = [result.value or 0.0 for result in results]
    kept = 1 - trend.percent / 100
    is_falling = all(round(later, 2) < round(earlier * kept, 2) for earlier, later in pairwise(values))
    return _Fall(trend, tuple(results)) if is_falling else None


def _by_day(trend: CountTrend, case: Case) -> list[LabResult]:
    """The last plain number of each day, oldest first."""
    by_day = {
        result.taken_on.last: result
        for result in case.chart.series(trend.analyte)
        if result.taken_on is not None
        and result.taken_on.first <= case.chart.today
        and result.value is not None
        and result.comparator is None
    }
    return list(by_day.values())


def _is_high(result: LabResult) -> bool:
    return result.reference_high is not None and is_surely_above(result, result.reference_high)


def _falling(exposure: Exposure, falls: list[_Fall], case: Case) -> Finding:
    names = listed(analyte_name(fall.trend.analyte) for fall in falls)
    advice = falls[0].trend.text
    return Finding(
        decision=DecisionKey(DecisionKind.COUNTS, exposure.key),
        indicator=Indicator.INFO,
        summary=f"{titled(drug_name(exposure.drug))}: {names} falling from count to count; {advice}",
        why=(*(fall.fact() for fall in falls), *dose_facts(exposure, case.weight)),
        do=(f"{titled(advice)}: counts that keep falling can announce a cytopenia.",),
        citations=tuple(dict.fromkeys(fall.trend.citation for fall in falls)),
        reasons=Reasons.STOP,
    )


def _noteworthy(note: CountNote, case: Case) -> LabResult | None:
    """The newest recent result, if beyond the note's or the laboratory's limit, and not so before the drug."""
    newest = newest_within(case.chart, note.analyte, case.policy.recent_count_days)
    if newest is None or not _is_beyond(note, newest):
        return None
    before = baseline_of(case.chart, note.analyte, case.policy)
    return None if before is not None and _is_beyond(note, before) else newest


def _is_beyond(note: CountNote, result: LabResult) -> bool:
    if note.direction is Direction.ABOVE:
        limit = note.limit if note.limit is not None else result.reference_high
        return limit is not None and is_surely_above(result, limit)
    limit = note.limit if note.limit is not None else result.reference_low
    if limit is None:
        return result.interpretation in ("L", "LL")
    return is_surely_below(result, limit)


def _line(exposure: Exposure, note: CountNote, newest: LabResult) -> Finding:
    return Finding(
        decision=quiet_decision(exposure),
        indicator=Indicator.INFO,
        summary=quiet_summary(exposure),
        why=(result_fact(newest),),
        do=(note.text,),
        citations=(note.citation,),
        reasons=Reasons.PLAN,
        leads=False,
    )


RULE = Rule(
    id="count-changes",
    question="Do the blood counts change in a way that deserves a note: falling, few lymphocytes, large red cells?",
    check=counts_changing,
    needs=NEEDS,
    implements=("I03", "I04", "I06"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.INFO,
    lowest=Indicator.INFO,
    sources=(
        "clinical-summary-2025",
        "sps-mercaptopurine",
        "primary-care-notebook",
    ),
)
