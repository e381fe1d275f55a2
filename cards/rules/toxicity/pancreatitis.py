"""Has the patient had pancreatitis on a thiopurine?"""

from dataclasses import dataclass
from enum import Enum, auto

from cards.assessment.case import Case
from cards.assessment.cytopenia import is_on_drug
from cards.assessment.dose_words import dose_facts
from cards.assessment.earlier_courses import DayPlace, began_on, place_of, taken_records
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.quiet_cards import quiet_decision, quiet_summary
from cards.card import Indicator
from cards.finding import (
    Blocked,
    Bound,
    DecisionKey,
    DecisionKind,
    DoseConstraint,
    Fact,
    Finding,
    Fired,
    Outcome,
    Reasons,
    Silent,
)
from cards.knowledge.toxicity import ToxicitySentences, ToxicityTopic
from cards.model.conditions import ConditionRecord, ConditionState, Indication, Problem, Reaction
from cards.model.dates import ClinicalDate
from cards.model.facts import FactKind
from cards.model.therapy import THIOPURINES, Drug, TherapyState
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, listed, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.MEDICATIONS})


class _RelationToDrug(Enum):
    """How a pancreatitis relates to a thiopurine."""

    ON_DRUG = auto()  # it began while one was taken, or its words name one as the cause
    SOON_AFTER = auto()  # it began soon after one was stopped
    UNDATED = auto()  # active, and no date says whether it began before or after
    UNCLEAR = auto()  # it may have begun on one: a question when one is started again
    EARLIER = auto()  # on record, but not on the drug as far as the records show, or of another cause


@dataclass(frozen=True, slots=True)
class _Pancreatitis:
    """A record of pancreatitis, and how it relates to a thiopurine."""

    record: ConditionRecord
    link: _RelationToDrug

    @property
    def when(self) -> ClinicalDate | None:
        return began_on(self.record)

    @property
    def is_sure(self) -> bool:
        """Whether it is confirmed, and nothing else is recorded as its cause."""
        has_other_cause = Problem.OTHER_CAUSE in self.record.problems and not self.record.blames
        return self.record.is_confirmed and not has_other_cause

    def fact(self) -> Fact:
        """The pancreatitis in words, with what makes it less than certain."""
        blamed = listed(drug_name(Drug(drug)) for drug in sorted(self.record.blames))
        notes = [self.record.state.value]
        notes += [f"said to be of {blamed}"] if blamed else []
        notes += ["of another cause"] if Problem.OTHER_CAUSE in self.record.problems else []
        notes += [] if self.record.is_confirmed else ["not confirmed"]
        notes += [] if self.when else ["no date recorded"]
        return Fact(f"Pancreatitis, {', '.join(notes)}", self.when, self.record.record_ref)


def pancreatitis_on_thiopurine(case: Case) -> Outcome:
    """Warn of pancreatitis that began on a thiopurine, now or in an earlier course.

    A pancreatitis that no record ties to the drug is a question in the plan of a start.
    """
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    missing = case.missing(FactKind.CONDITIONS)
    found = [
        _Pancreatitis(record, _link(record, case))
        for record in case.chart.conditions
        if _is_pancreatitis(record)
    ]
    findings = tuple(
        finding for exposure in case.exposures if (finding := _finding(exposure, found, case)) is not None
    )
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no pancreatitis on a thiopurine is recorded")


def _is_pancreatitis(record: ConditionRecord) -> bool:
    return Problem.PANCREATITIS in record.problems or Reaction.PANCREATITIS in record.reactions


def _link(record: ConditionRecord, case: Case) -> _RelationToDrug:
    when, is_active = began_on(record), record.state is ConditionState.ACTIVE
    if record.blames:
        return _RelationToDrug.ON_DRUG
    place = place_of(when, case.chart, case.policy)
    if Problem.OTHER_CAUSE in record.problems and not (is_active and place is DayPlace.ON_DRUG):
        return _RelationToDrug.EARLIER
    if when is None and is_active:
        return _RelationToDrug.UNDATED
    if place.is_placed:
        return _RelationToDrug.ON_DRUG if place is DayPlace.ON_DRUG else _RelationToDrug.SOON_AFTER
    is_of_some_drug = Problem.DRUG_INDUCED_PANCREATITIS in record.problems and not taken_records(case.chart)
    return (
        _RelationToDrug.UNCLEAR if place is DayPlace.UNCLEAR or is_of_some_drug else _RelationToDrug.EARLIER
    )


def _finding(exposure: Exposure, found: list[_Pancreatitis], case: Case) -> Finding | None:
    on_drug = [one for one in found if one.link in (_RelationToDrug.ON_DRUG, _RelationToDrug.SOON_AFTER)]
    starts = exposure.episode is not None and exposure.episode.starts
    unplaced = [
        one
        for one in found
        if one.link is _RelationToDrug.UNDATED or (starts and one.link is _RelationToDrug.UNCLEAR)
    ]
    if on_drug:
        return _stop(exposure, on_drug, case)
    if unplaced:
        return _ask(exposure, unplaced, case)
    return (
        _line(exposure, found, case.knowledge.toxicity)
        if found and exposure.episode is Episode.NEW_START
        else None
    )


def _stop(exposure: Exposure, found: list[_Pancreatitis], case: Case) -> Finding:
    toxicity = case.knowledge.toxicity
    name = titled(drug_name(exposure.drug))
    advice = toxicity.toxicity_advice(ToxicityTopic.PANCREATITIS)
    stop = toxicity.toxicity_advice(ToxicityTopic.PANCREATITIS_STOP)
    is_sure = any(one.is_sure for one in found)
    action = "stop it, do not give it again" if is_on_drug(exposure) else "do not give one again"
    if not is_sure:
        action = "clarify before the next dose"
    return Finding(
        decision=DecisionKey(DecisionKind.PANCREATITIS, exposure.key),
        indicator=Indicator.CRITICAL if is_sure else Indicator.WARNING,
        summary=f"{name}: pancreatitis {_how(found)}; {action}",
        why=(*(one.fact() for one in found), *_courses(case), *dose_facts(exposure, case.weight)),
        do=(
            *(stop.do if is_on_drug(exposure) else ()),
            *advice.do,
            *_transplant(exposure, toxicity),
        ),
        also=advice.also,
        citations=(*stop.citations, *advice.citations),
        reasons=Reasons.STOP,
        constraints=(DoseConstraint(exposure.key, Bound.STOP),) if exposure.is_ordered and is_sure else (),
    )


def _how(found: list[_Pancreatitis]) -> str:
    blamed = sorted({drug for one in found for drug in one.record.blames})
    if len(blamed) == 1:
        return f"on {drug_name(Drug(blamed[0]))} recorded"
    if blamed:
        return "on a thiopurine recorded"
    is_after = all(one.link is _RelationToDrug.SOON_AFTER for one in found)
    return "began soon after a thiopurine was stopped" if is_after else "began while a thiopurine was taken"


def _courses(case: Case) -> tuple[Fact, ...]:
    return tuple(
        Fact(f"{titled(drug_name(record.drug))} started", record.started_on, record.record_ref)
        for record in case.chart.records_of(*THIOPURINES)
        if record.started_on is not None and record.state is not TherapyState.PLANNED
    )


def _transplant(exposure: Exposure, toxicity: ToxicitySentences) -> tuple[str, ...]:
    if Indication.KIDNEY_TRANSPLANT not in exposure.purpose.indications or not is_on_drug(exposure):
        return ()
    return toxicity.toxicity_advice(ToxicityTopic.TRANSPLANT_STOP).do


def _ask(exposure: Exposure, found: list[_Pancreatitis], case: Case) -> Finding:
    advice = case.knowledge.toxicity.toxicity_advice(ToxicityTopic.PANCREATITIS_HISTORY)
    return Finding(
        decision=DecisionKey(DecisionKind.PANCREATITIS, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{titled(drug_name(exposure.drug))}: {_unplaced(found)} on record; did it begin on the drug?",
        why=(*(one.fact() for one in found), *dose_facts(exposure, case.weight)),
        do=advice.do,
        citations=advice.citations,
        reasons=Reasons.STOP,
    )


def _unplaced(found: list[_Pancreatitis]) -> str:
    return "pancreatitis" if any(one.when for one in found) else "pancreatitis without a date"


def _line(exposure: Exposure, found: list[_Pancreatitis], toxicity: ToxicitySentences) -> Finding:
    advice = toxicity.toxicity_advice(ToxicityTopic.PANCREATITIS_HISTORY)
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
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.INFO,
    sources=(
        "clinical-summary-2025",
        "sps-mercaptopurine",
        "pmid-23783022",
    ),
)
