"""Are blood counts or liver tests overdue in a patient who takes a thiopurine, or is to have more of it?"""

from dataclasses import dataclass

from cards.assessment.case import Case
from cards.assessment.courses import Course
from cards.assessment.dose_words import dose_facts
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.monitoring_phases import CountedPhase, phases_in_force
from cards.assessment.results import Dated, is_on_order, newest_dated, result_fact, undated_facts
from cards.assessment.toxicity_risk import toxicity_risks
from cards.assessment.undated import asked_again
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.schedules import Monitored, Trigger
from cards.knowledge.sources import Grade
from cards.model.facts import FactKind, Missing
from cards.model.labs import Analyte
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, listed, titled

NEEDS = frozenset(
    {
        FactKind.COUNTS,
        FactKind.LIVER,
        FactKind.MEDICATIONS,
        FactKind.ORDERED_TESTS,
        FactKind.CONDITIONS,
        FactKind.KIDNEY,
        FactKind.VITALS,
        FactKind.PATIENT,
    }
)
_ANALYTES = {
    Monitored.COUNT: (Analyte.WBC, Analyte.ANC, Analyte.PLATELETS),
    Monitored.LIVER: (Analyte.ALT, Analyte.AST),
}
_KIND = {Monitored.COUNT: FactKind.COUNTS, Monitored.LIVER: FactKind.LIVER}
_TEST = {Monitored.COUNT: OrderableTest.BLOOD_COUNT, Monitored.LIVER: OrderableTest.LIVER_TESTS}
# At a start, other rules ask for the tests that belong before the first dose.
_MORE_IS_GIVEN = {
    Episode.RENEWAL: "before more is taken",
    Episode.CONTINUATION: "before more is taken",
    Episode.ESCALATION: "before the dose is raised",
    Episode.RESTART: "before the restart",
    Episode.REDUCTION: "with the lower dose",
}
_NOT_WITHOUT_RESULT = (Episode.ESCALATION, Episode.RESTART)
_SINCE = {Trigger.INCREASE: "the dose increase", Trigger.SEPSIS: "sepsis"}


@dataclass(frozen=True, slots=True)
class _Overdue:
    """A test that is late, and the strictest phase of the schedule that says so."""

    what: Monitored
    counted: CountedPhase
    last: Dated | None
    is_on_order: bool
    has_undated: bool = False  # there is a result without a usable date, which does not count
    has_unused: bool = False  # there is one that could not be read

    @property
    def is_of_risk(self) -> bool:
        """Whether only the patient's higher risk makes it late."""
        return self.counted.phase.trigger is Trigger.HIGH_RISK

    @property
    def state(self) -> str:
        """What is there: "last 2026-06-01", "none since the start on 2026-10-15"."""
        if self.last is None and self.counted.since is None:
            return "no dated result"
        if self.last is not None and not self.counted.is_none_since(self.last):
            return f"last {self.last.day}"
        event = _SINCE.get(self.counted.phase.trigger, "the start")
        return f"none{self._that_counts} since {event} on {self.counted.since}"

    @property
    def _that_counts(self) -> str:
        if self.has_unused:
            return " readable"
        return " dated" if self.has_undated else ""


def monitoring_overdue(case: Case) -> Outcome:
    """Say which tests are later than the site's schedule allows, and offer them.

    When the chart opens, a test on order is not asked for; before a raise or restart an order is not a result.
    Where a value without a date asks to repeat the same tests, that is one card.
    """
    exposures = _watched(case)
    if not exposures:
        return Silent("no thiopurine is taken, or none is ordered again")
    findings: list[Finding] = []
    missing: dict[Missing, None] = {}
    for exposure in exposures:
        late = _late(exposure, case)
        gaps = {one.what: _gaps(one, case) for one in late}
        missing.update(dict.fromkeys(gap for kinds in gaps.values() for gap in kinds))
        sure = [one for one in late if not gaps[one.what]]
        if sure:
            findings.append(_finding(exposure, sure, case))
    if findings:
        return Fired(tuple(findings), tuple(missing))
    return Blocked(tuple(missing)) if missing else Silent("counts and liver tests are in time, or on order")


def _watched(case: Case) -> tuple[Exposure, ...]:
    """The drugs ordered again; if nothing is ordered, the drugs being taken."""
    if case.chart.draft_orders or case.chart.vaccine_orders:
        return tuple(exposure for exposure in case.ordered if exposure.episode in _MORE_IS_GIVEN)
    return case.taken


def _late(exposure: Exposure, case: Case) -> list[_Overdue]:
    found = []
    for what, test in _TEST.items():
        if exposure.course is not None and not _is_order_enough(exposure, test, case):
            found += _strictest(what, exposure, exposure.course, case)
    return found


def _is_order_enough(exposure: Exposure, test: OrderableTest, case: Case) -> bool:
    """Whether asking for the test is all that can be done now.

    A signer of more of the drug may order the test with it; a test ordered earlier, still without a result,
    should be looked up.
    """
    if not exposure.is_ordered:
        return is_on_order(case.chart, case.policy, test)
    is_in_draft = any(order.is_draft and test in order.tests for order in case.chart.test_orders)
    return is_in_draft and exposure.episode not in _NOT_WITHOUT_RESULT


def _strictest(what: Monitored, exposure: Exposure, course: Course, case: Case) -> list[_Overdue]:
    """The phase with the shortest interval that the test is late by; a lasting risk only when it is alone."""
    last = newest_dated(case.chart, *_ANALYTES[what])
    has_undated = bool(_undated(what, case))
    is_ordered = is_on_order(case.chart, case.policy, _TEST[what])
    late = [
        _Overdue(what, counted, last, is_ordered, has_undated, case.has_unused(_KIND[what]))
        for counted in phases_in_force(what, course, last, case.chart, case.policy, case.knowledge.schedules)
        if counted.is_late(last, case.chart) and _applies(counted.phase.trigger, exposure, case)
    ]
    late.sort(key=lambda one: (one.is_of_risk, one.counted.phase.interval_days))
    return late[:1]


def _applies(trigger: Trigger, exposure: Exposure, case: Case) -> bool:
    """Higher risk only for patients who have it; phases after a raise or a sepsis only while the drug is taken."""
    if trigger is Trigger.HIGH_RISK:
        return bool(_risks(exposure, case))
    return exposure.episode is not Episode.RESTART or trigger not in (Trigger.INCREASE, Trigger.SEPSIS)


def _risks(exposure: Exposure, case: Case) -> tuple[Fact, ...]:
    return toxicity_risks(exposure, case.chart, case.weight, case.policy, case.knowledge)


def _gaps(overdue: _Overdue, case: Case) -> tuple[Missing, ...]:
    """Why it cannot be said that no newer result exists."""
    kind, days = _KIND[overdue.what], overdue.counted.days_since(overdue.last, case.chart)
    return case.missing(kind) if days is None else case.missing_within(days, kind)


def _finding(exposure: Exposure, late: list[_Overdue], case: Case) -> Finding:
    to_order = tuple(_TEST[one.what] for one in late if not one.is_on_order)
    asked = asked_again(exposure, case.chart, case.policy, case.knowledge)
    is_asked = {_TEST[one.what] for one in late} <= {value.test for value in asked}
    shown = {value.result.record_ref for value in asked} if is_asked else set()
    return Finding(
        decision=DecisionKey(DecisionKind.UNDATED if is_asked else DecisionKind.MONITORING, exposure.key),
        indicator=_indicator(exposure, late),
        summary=_summary(exposure, late),
        why=(
            *(fact for one in late for fact in _facts(one, case) if fact.record_ref not in shown),
            *_risks(exposure, case),
            *dose_facts(exposure, case.weight),
        ),
        do=(
            *(
                (f"First ask whether {drug_name(exposure.drug)} is still taken.",)
                if _is_doubtful(exposure)
                else ()
            ),
            *dict.fromkeys(_due_line(one, case) for one in late),
            "A test done elsewhere counts: record it here.",
        ),
        also=_other_schedules(late, case),
        citations=tuple(dict.fromkeys(one.counted.phase.citation for one in late)),
        reasons=Reasons.TEST,
        proposals=(OrderTests(to_order),) if to_order else (),
        leads=not is_asked,
    )


def _is_doubtful(exposure: Exposure) -> bool:
    """Whether the drug may have been stopped already; an order settles it."""
    is_current = exposure.course is not None and exposure.course.is_sure
    return not exposure.is_ordered and not is_current


def _indicator(exposure: Exposure, late: list[_Overdue]) -> Indicator:
    """A warning, unless the order is the remedy or only a result is waited for that the order does not hang on."""
    is_quiet = exposure.episode is Episode.REDUCTION or _is_doubtful(exposure)
    is_waiting = all(one.is_on_order for one in late) and exposure.episode not in _NOT_WITHOUT_RESULT
    only_risk = all(one.is_of_risk for one in late)
    return Indicator.INFO if is_quiet or is_waiting or only_risk else Indicator.WARNING


def _summary(exposure: Exposure, late: list[_Overdue]) -> str:
    """The tests with their states and the act; the states go first where all of it is too long."""
    name = titled(drug_name(exposure.drug))
    drug = f"{name} (possibly still taken)" if _is_doubtful(exposure) else name
    act = _act(exposure, late)
    tests = listed(one.what for one in late)
    return fitting(f"{drug}: {_in_words(late)}{act}", f"{drug}: {tests} overdue{act}")


def _act(exposure: Exposure, late: list[_Overdue]) -> str:
    """What whoever signs more of the drug should do, and by when."""
    if exposure.episode is None:
        return ""
    when = _MORE_IS_GIVEN[exposure.episode]
    if all(one.is_on_order for one in late):
        return f"; ordered, see the result {when}"
    return f"; have {'them' if len(late) > 1 else 'it'} done {when}"


def _in_words(late: list[_Overdue]) -> str:
    """The tests, each with its own state unless they share one."""
    states = {one.state for one in late}
    if len(states) == 1:
        return f"{listed(one.what for one in late)} overdue ({states.pop()})"
    return f"{listed(f'{one.what} ({one.state})' for one in late)} overdue"


def _facts(overdue: _Overdue, case: Case) -> tuple[Fact, ...]:
    last = (result_fact(overdue.last.result),) if overdue.last else (_none_dated(overdue),)
    undated = _undated(overdue.what, case)
    unread = tuple(
        Fact(titled(record.in_words), record_ref=record.record_ref)
        for record in case.unused
        if record.kind is _KIND[overdue.what] and not record.is_counted
    )
    return (*last, *undated, *unread)


def _undated(what: Monitored, case: Case) -> tuple[Fact, ...]:
    """The results that may be newer, and do not count as a test done."""
    return undated_facts(case.chart, case.policy.recent_count_days, *_ANALYTES[what], note="not counted")


def _none_dated(overdue: _Overdue) -> Fact:
    readable = ", readable" if overdue.has_unused else ""
    return Fact(f"{titled(overdue.what)}: no dated{readable} result on record")


def _due_line(overdue: _Overdue, case: Case) -> str:
    """What the schedule asks, following the day from which the phase counts."""
    phase, profile = overdue.counted.phase, case.policy.schedule_profile
    every = f"every {phase.interval_days} days"
    own = [one for one in case.knowledge.schedules.schedule(profile) if one.what.covers(overdue.what)]
    lasting = next(one.interval_days for one in own if one.trigger is Trigger.MAINTENANCE)
    starting = [one for one in own if one.trigger is Trigger.START]
    first_weeks = ", then ".join(
        f"every {one.interval_days} days up to day {one.until_day}" for one in starting
    )
    words = {
        Trigger.START: f"{first_weeks}, then at least every {lasting} days",
        Trigger.INCREASE: f"{every} for {phase.until_day} days after a dose increase",
        Trigger.SEPSIS: f"{every} for {phase.until_day} days after sepsis",
        Trigger.HIGH_RISK: f"at least {every} at higher risk of toxicity; for others every {lasting} days",
        Trigger.MAINTENANCE: f"at least {every}",
    }[phase.trigger]
    return f"{titled(phase.what)}: {words} (schedule profile: {profile})."


def _other_schedules(late: list[_Overdue], case: Case) -> tuple[str, ...]:
    """Other schedules that ask for lasting tests more often than the interval that was missed."""
    schedules = case.knowledge.schedules
    return tuple(
        f"{phase.citation.source.label}: {phase.what} at least every {phase.interval_days} days "
        f"(grade {phase.citation.grade})."
        for profile in sorted(schedules.profiles - {case.policy.schedule_profile})
        for phase in schedules.schedule(profile)
        if phase.trigger is Trigger.MAINTENANCE
        and phase.citation.source.grade is not Grade.PROJECT
        and any(
            phase.what.covers(one.what) and phase.interval_days < one.counted.phase.interval_days
            for one in late
        )
    )


RULE = Rule(
    id="overdue-monitoring",
    question="Are blood counts or liver tests overdue in a patient who takes a thiopurine, or is to have more of it?",
    check=monitoring_overdue,
    needs=NEEDS,
    implements=("D01", "D02", "D03", "D04", "D05", "E12", "H05"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "project",
        "clinical-summary-2025",
        "fda-imuran-summary",
        "sps-azathioprine",
        "bsg-2019",
        "nhs-lanarkshire-dmards",
    ),
)
