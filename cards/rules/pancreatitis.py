"""Has the patient had pancreatitis on a thiopurine?"""

from dataclasses import dataclass
from enum import Enum, auto

from cards.card import Indicator
from cards.case import Case
from cards.case.courses import Episode
from cards.case.cytopenia import is_on_drug
from cards.case.dose_words import dose_facts
from cards.case.exposures import Exposure
from cards.case.quiet_cards import quiet_decision, quiet_summary
from cards.finding import Blocked, Bound, DoseConstraint, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.toxicity import Topic, toxicity_advice
from cards.model.conditions import ConditionRecord, ConditionState, Indication, Problem
from cards.model.dates import ClinicalDate
from cards.model.facts import FactKind
from cards.model.therapy import THIOPURINES, DrugRecord, TherapyState
from cards.rules.rule import Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.MEDICATIONS})


class _Link(Enum):
    """How a pancreatitis stands to a thiopurine."""

    ON_DRUG = auto()  # it began while one was taken
    UNDATED = auto()  # active, and no date says whether it began before or after
    EARLIER = auto()  # on record, not on the drug as far as the records tell


@dataclass(frozen=True, slots=True)
class _Pancreatitis:
    """A record of pancreatitis, and how it stands to a thiopurine."""

    record: ConditionRecord
    link: _Link

    @property
    def when(self) -> ClinicalDate | None:
        return _when(self.record)

    def fact(self) -> Fact:
        unconfirmed = "" if self.record.is_confirmed else ", not confirmed"
        undated = "" if self.when else ", no date recorded"
        return Fact(
            f"Pancreatitis, {self.record.state.value}{unconfirmed}{undated}",
            self.when,
            self.record.record_ref,
        )


def pancreatitis_on_thiopurine(case: Case) -> Outcome:
    """Warn of pancreatitis that began on a thiopurine, now or in an earlier course.

    One that no record ties to the drug is a question in the plan of a start.
    """
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    missing = case.missing(FactKind.CONDITIONS)
    found = [
        _Pancreatitis(record, _link(record, case))
        for record in case.chart.conditions
        if Problem.PANCREATITIS in record.problems
    ]
    findings = tuple(
        finding for exposure in case.exposures if (finding := _finding(exposure, found, case)) is not None
    )
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no pancreatitis on a thiopurine is recorded")


def _when(record: ConditionRecord) -> ClinicalDate | None:
    """When it began; the day of the record only for one that is active, as a history is written down later."""
    is_active = record.state is ConditionState.ACTIVE
    return record.onset_on or (record.recorded_on if is_active else None)


def _link(record: ConditionRecord, case: Case) -> _Link:
    when = _when(record)
    if when is None:
        return _Link.UNDATED if record.state is ConditionState.ACTIVE else _Link.EARLIER
    records = case.chart.records_of(*THIOPURINES)
    return _Link.ON_DRUG if any(_covers(one, when) for one in records) else _Link.EARLIER


def _covers(record: DrugRecord, when: ClinicalDate) -> bool:
    """Whether the drug was started before, and not ended before."""
    if record.state is TherapyState.PLANNED or record.started_on is None:
        return False
    end = record.ended_on or (record.supplied_until if record.state is TherapyState.PAST else None)
    is_over = end is not None and when.first > end.last
    is_known_past = record.state is TherapyState.PAST and end is None
    return record.started_on.last <= when.first and not is_over and not is_known_past


def _finding(exposure: Exposure, found: list[_Pancreatitis], case: Case) -> Finding | None:
    on_drug = [one for one in found if one.link is _Link.ON_DRUG]
    undated = [one for one in found if one.link is _Link.UNDATED]
    if on_drug:
        return _stop(exposure, on_drug, case)
    if undated:
        return _ask(exposure, undated, case)
    return _line(exposure, found) if found and exposure.episode is Episode.NEW_START else None


def _stop(exposure: Exposure, found: list[_Pancreatitis], case: Case) -> Finding:
    name = titled(drug_name(exposure.drug))
    advice = toxicity_advice(Topic.PANCREATITIS)
    stop = toxicity_advice(Topic.PANCREATITIS_STOP)
    is_sure = any(one.record.is_confirmed for one in found)
    action = "stop it, do not give it again" if is_on_drug(exposure) else "do not give one again"
    if not is_sure:
        action = "clarify before the next dose"
    return Finding(
        decision=f"pancreatitis:{exposure.key}",
        indicator=Indicator.CRITICAL if is_sure else Indicator.WARNING,
        summary=f"{name}: pancreatitis began while a thiopurine was taken; {action}",
        why=(*(one.fact() for one in found), *_courses(case), *dose_facts(exposure, case.weight)),
        do=(*(stop.do if is_on_drug(exposure) else ()), *advice.do, *_transplant(exposure)),
        also=advice.also,
        citations=(*stop.citations, *advice.citations),
        reasons=Reasons.STOP,
        constraints=(DoseConstraint(exposure.key, Bound.STOP),) if exposure.is_ordered and is_sure else (),
    )


def _courses(case: Case) -> tuple[Fact, ...]:
    return tuple(
        Fact(f"{titled(drug_name(record.drug))} started", record.started_on, record.record_ref)
        for record in case.chart.records_of(*THIOPURINES)
        if record.started_on is not None and record.state is not TherapyState.PLANNED
    )


def _transplant(exposure: Exposure) -> tuple[str, ...]:
    if Indication.KIDNEY_TRANSPLANT not in exposure.purpose.indications or not is_on_drug(exposure):
        return ()
    return toxicity_advice(Topic.TRANSPLANT_STOP).do


def _ask(exposure: Exposure, found: list[_Pancreatitis], case: Case) -> Finding:
    advice = toxicity_advice(Topic.PANCREATITIS_HISTORY)
    return Finding(
        decision=f"pancreatitis:{exposure.key}",
        indicator=Indicator.WARNING,
        summary=f"{titled(drug_name(exposure.drug))}: pancreatitis without a date on record; did it begin on the drug?",
        why=(*(one.fact() for one in found), *dose_facts(exposure, case.weight)),
        do=advice.do,
        citations=advice.citations,
        reasons=Reasons.STOP,
    )


def _line(exposure: Exposure, found: list[_Pancreatitis]) -> Finding:
    advice = toxicity_advice(Topic.PANCREATITIS_HISTORY)
    return Finding(
        decision=quiet_decision(exposure),
        indicator=Indicator.INFO,
        summary=quiet_summary(exposure),
        why=tuple(one.fact() for one in found),
        do=advice.do,
        citations=advice.citations,
        reasons=Reasons.PLAN,
        leads=False,
    )


RULE = Rule(
    id="pancreatitis",
    question="Has the patient had pancreatitis on a thiopurine?",
    check=pancreatitis_on_thiopurine,
    needs=NEEDS,
    implements=("I11", "K02"),
    can_be_critical=True,
)
