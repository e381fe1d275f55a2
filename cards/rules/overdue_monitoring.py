"""Are blood counts or liver tests overdue in a patient who takes a thiopurine?"""

from dataclasses import dataclass

from cards.card import Indicator
from cards.case import Case
from cards.case.courses import Course, CourseState
from cards.case.dose_words import dose_facts
from cards.case.exposures import Exposure
from cards.case.monitoring_phases import CountedPhase, phases_in_force
from cards.case.results import Dated, is_on_order, newest_dated, result_fact, undated_facts
from cards.case.toxicity_risk import toxicity_risks
from cards.finding import Blocked, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.schedules import Monitored, Trigger, profiles, schedule
from cards.knowledge.sources import Grade
from cards.model.facts import FactKind, Missing
from cards.model.labs import Analyte
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.rules.rule import Rule
from cards.wording import drug_name, listed, titled

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
_SINCE = {Trigger.INCREASE: "the dose increase", Trigger.SEPSIS: "sepsis"}


@dataclass(frozen=True, slots=True)
class _Overdue:
    """A test that is late, and the strictest phase of the schedule that says so."""

    what: Monitored
    counted: CountedPhase
    last: Dated | None
    has_undated: bool = (
        False  # a result without a usable date is there: it does not count, and is not nothing
    )

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
        return f"none{' dated' if self.has_undated else ''} since {event} on {self.counted.since}"


def monitoring_overdue(case: Case) -> Outcome:
    """Say which tests are later than the site's schedule allows, and offer them; silent when on order."""
    if not case.taken:
        return Silent("no thiopurine is taken")
    findings: list[Finding] = []
    missing: dict[Missing, None] = {}
    for exposure in case.taken:
        late = _late(exposure, case)
        gaps = {one.what: _gaps(one, case) for one in late}
        missing.update(dict.fromkeys(gap for kinds in gaps.values() for gap in kinds))
        sure = [one for one in late if not gaps[one.what]]
        if sure:
            findings.append(_finding(exposure, sure, case))
    if findings:
        return Fired(tuple(findings), tuple(missing))
    return Blocked(tuple(missing)) if missing else Silent("counts and liver tests are in time, or on order")


def _late(exposure: Exposure, case: Case) -> list[_Overdue]:
    found = []
    for what, test in _TEST.items():
        if exposure.course is not None and not is_on_order(case.chart, case.policy, test):
            found += _strictest(what, exposure, exposure.course, case)
    return found


def _strictest(what: Monitored, exposure: Exposure, course: Course, case: Case) -> list[_Overdue]:
    """The phase with the shortest interval that the test is late by; a lasting risk only when it is alone."""
    last = newest_dated(case.chart, *_ANALYTES[what])
    has_undated = bool(_undated(what, case))
    late = [
        _Overdue(what, counted, last, has_undated)
        for counted in phases_in_force(what, course, last, case.chart, case.policy)
        if counted.is_late(last, case.chart)
        and (counted.phase.trigger is not Trigger.HIGH_RISK or _risks(exposure, case))
    ]
    late.sort(key=lambda one: (one.is_of_risk, one.counted.phase.interval_days))
    return late[:1]


def _risks(exposure: Exposure, case: Case) -> tuple[Fact, ...]:
    return toxicity_risks(exposure, case.chart, case.weight, case.policy)


def _gaps(overdue: _Overdue, case: Case) -> tuple[Missing, ...]:
    """What keeps us from saying that nothing newer is there."""
    kind, days = _KIND[overdue.what], overdue.counted.days_since(overdue.last, case.chart)
    return case.missing(kind) if days is None else case.missing_within(days, kind)


def _finding(exposure: Exposure, late: list[_Overdue], case: Case) -> Finding:
    is_sure = exposure.course is not None and exposure.course.state is CourseState.CURRENT
    only_risk = all(one.is_of_risk for one in late)
    name = titled(drug_name(exposure.drug))
    drug = name if is_sure else f"{name} (possibly still taken)"
    return Finding(
        decision=f"monitoring:{exposure.key}",
        indicator=Indicator.WARNING if is_sure and not only_risk else Indicator.INFO,
        summary=f"{drug}: {_in_words(late)}",
        why=(
            *(fact for one in late for fact in _facts(one, case)),
            *_risks(exposure, case),
            *dose_facts(exposure, case.weight),
        ),
        do=(
            *((f"First ask whether {drug_name(exposure.drug)} is still taken.",) if not is_sure else ()),
            *dict.fromkeys(_due_line(one, case) for one in late),
            "A test done elsewhere counts: record it here.",
        ),
        also=_other_schedules(late, case),
        citations=tuple(dict.fromkeys(one.counted.phase.citation for one in late)),
        reasons=Reasons.TEST,
        proposals=(OrderTests(tuple(_TEST[one.what] for one in late)),),
    )


def _in_words(late: list[_Overdue]) -> str:
    """The tests, each with its own state unless they share one."""
    states = {one.state for one in late}
    if len(states) == 1:
        return f"{listed(one.what for one in late)} overdue ({states.pop()})"
    return f"{listed(f'{one.what} ({one.state})' for one in late)} overdue"


def _facts(overdue: _Overdue, case: Case) -> tuple[Fact, ...]:
    last = (result_fact(overdue.last.result),) if overdue.last else (_none_dated(overdue.what),)
    undated = _undated(overdue.what, case)
    unread = tuple(
        Fact(f"A result that could not be read: {record.why}", record_ref=record.record_ref)
        for record in case.chart.unread
        if record.kind is _KIND[overdue.what] and record.deciding
    )
    return (*last, *undated, *unread)


def _undated(what: Monitored, case: Case) -> tuple[Fact, ...]:
    """What may have been measured since, and does not count as done."""
    return undated_facts(case.chart, case.policy.recent_count_days, *_ANALYTES[what], note="not counted")


def _none_dated(what: Monitored) -> Fact:
    return Fact(f"{titled(what)}: no dated result on record")


def _due_line(overdue: _Overdue, case: Case) -> str:
    """What the schedule asks, as it follows on the day from which the phase counts."""
    phase, profile = overdue.counted.phase, case.policy.schedule_profile
    every = f"every {phase.interval_days} days"
    own = [one for one in schedule(profile) if one.what.covers(overdue.what)]
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
    return tuple(
        f"{phase.citation.source.label}: {phase.what} at least every {phase.interval_days} days "
        f"(grade {phase.citation.grade})."
        for profile in sorted(profiles() - {case.policy.schedule_profile})
        for phase in schedule(profile)
        if phase.trigger is Trigger.MAINTENANCE
        and phase.citation.source.grade is not Grade.PROJECT
        and any(
            phase.what.covers(one.what) and phase.interval_days < one.counted.phase.interval_days
            for one in late
        )
    )


RULE = Rule(
    id="overdue-monitoring",
    question="Are blood counts or liver tests overdue in a patient who takes a thiopurine?",
    check=monitoring_overdue,
    needs=NEEDS,
    implements=("D01", "D02", "D03", "D04", "D05", "E12", "H05"),
)
