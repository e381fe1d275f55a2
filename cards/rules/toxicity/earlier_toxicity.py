"""Is a problem on record that an earlier thiopurine caused, or may have caused?"""

from dataclasses import dataclass

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.earlier_courses import (
    DayPlace,
    asks_for_history,
    before_words,
    began_on,
    place_of,
    taken_records,
)
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.quiet_cards import quiet_decision, quiet_summary
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.sources import Citation, Sources
from cards.knowledge.toxicity import ToxicityTopic
from cards.model.conditions import ConditionRecord, ConditionState, Problem, Reaction
from cards.model.dates import ClinicalDate
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, listed, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.MEDICATIONS})
_ASKED = {Problem.DRUG_INDUCED_LIVER_DISEASE, Problem.ADVERSE_DRUG_EFFECT}
# Pancreatitis and hypersensitivity caused by a thiopurine have separate rules.
_ELSEWHERE = {
    *(Reaction.PANCREATITIS, Reaction.HYPERSENSITIVITY, Reaction.ANAPHYLAXIS),
    *(Reaction.RASH, Reaction.FEVER),
}


@dataclass(frozen=True, slots=True)
class _Toxicity:
    """A problem that may be a thiopurine's effect, and how it relates to the courses."""

    record: ConditionRecord
    place: DayPlace

    @property
    def is_placed(self) -> bool:
        """Whether its words name a thiopurine, or its day lies on a course and nothing else is named."""
        has_other_cause = Problem.OTHER_CAUSE in self.record.problems
        return bool(self.record.blames) or (self.place.is_placed and not has_other_cause)

    @property
    def when(self) -> ClinicalDate | None:
        return began_on(self.record)

    @property
    def name(self) -> str:
        """What it is, for a summary: "hepatitis on azathioprine"."""
        if self.record.blames:
            drugs = sorted(self.record.blames)
            culprit = drug_name(Drug(drugs[0])) if len(drugs) == 1 else "a thiopurine"
            what = listed(sorted(self.record.reactions - {Reaction.OTHER})) or "a reaction"
            return f"{what} on {culprit}"
        if Problem.DRUG_INDUCED_LIVER_DISEASE in self.record.problems:
            return "drug-induced liver disease"
        return "an adverse effect of an immunosuppressive drug"

    def fact(self) -> Fact:
        """The problem with its day, and what makes it less than certain."""
        notes = [self.record.state.value]
        notes += ["while a thiopurine was taken"] if self.place is DayPlace.ON_DRUG else []
        notes += ["soon after a thiopurine was stopped"] if self.place is DayPlace.SOON_AFTER else []
        notes += [] if self.record.is_confirmed else ["not confirmed"]
        notes += [] if self.when else ["no date recorded"]
        name = self.name
        return Fact(f"{name[:1].upper()}{name[1:]}, {', '.join(notes)}", self.when, self.record.record_ref)


def toxicity_on_earlier_course(case: Case) -> Outcome:
    """Warn at a start or restart of any thiopurine, and soon after, of a problem attributed to a thiopurine.

    On therapy, a recent problem that names the drug is reported, and a drug-induced liver disease that began on it.
    A problem that no record ties to a thiopurine becomes a question; one with another cause is a line of a new
    start's plan.
    """
    exposures = (*case.ordered, *case.taken)
    if not exposures:
        return Silent("no thiopurine is ordered or taken")
    found = [
        _Toxicity(record, place_of(began_on(record), case.chart, case.policy))
        for record in case.chart.conditions
        if record.problems & _ASKED and not (record.blames and record.reactions & _ELSEWHERE)
    ]
    missing = case.missing(FactKind.CONDITIONS)
    findings = tuple(finding for one in exposures if (finding := _finding(one, found, case)) is not None)
    if findings:
        return Fired(findings, missing)
    return (
        Blocked(missing) if missing else Silent("no problem is on record that a thiopurine may have caused")
    )


def _finding(exposure: Exposure, found: list[_Toxicity], case: Case) -> Finding | None:
    relevant = [one for one in found if _is_relevant(one, exposure, case)]
    placed = [one for one in relevant if one.is_placed]
    unplaced = [one for one in relevant if not one.is_placed and _is_to_be_asked(one, case)]
    if placed or unplaced:
        return _warning(exposure, placed or unplaced, case)
    others = [one for one in relevant if not one.is_placed]
    return (
        _line(exposure, others, case.knowledge) if others and exposure.episode is Episode.NEW_START else None
    )


def _is_relevant(one: _Toxicity, exposure: Exposure, case: Case) -> bool:
    if asks_for_history(exposure, case.chart, case.policy):
        return exposure.is_ordered or _was_before(one, exposure) or _is_of_late(one, case)
    return _is_of_late(one, case)


def _is_of_late(one: _Toxicity, case: Case) -> bool:
    """Whether it is there, names a thiopurine or is a liver disease that began on one, and is not old."""
    is_liver = Problem.DRUG_INDUCED_LIVER_DISEASE in one.record.problems and one.is_placed
    is_there = (bool(one.record.blames) or is_liver) and one.record.state is ConditionState.ACTIVE
    days = case.policy.recent_count_days
    return is_there and one.when is not None and one.when.possibly_within(days, case.chart.today)


def _was_before(one: _Toxicity, exposure: Exposure) -> bool:
    """Whether it was surely before the present course, which the rules for today cover."""
    started = exposure.course.started_on if exposure.course else None
    if one.when is None:
        return bool(one.record.blames) and one.record.state is not ConditionState.ACTIVE
    return one.is_placed and started is not None and one.when.last < started.first


def _is_to_be_asked(one: _Toxicity, case: Case) -> bool:
    """Whether no record shows that it was another drug, or that no thiopurine was taken at the time."""
    if Problem.OTHER_CAUSE in one.record.problems:
        return False
    return one.place is DayPlace.UNCLEAR or not taken_records(case.chart)


def _warning(exposure: Exposure, found: list[_Toxicity], case: Case) -> Finding:
    is_placed = found[0].is_placed
    advice = case.knowledge.toxicity.toxicity_advice(
        ToxicityTopic.EARLIER_TOXICITY if is_placed else ToxicityTopic.EARLIER_TOXICITY_UNCLEAR
    )
    name = titled(drug_name(exposure.drug))
    act = _act(exposure, found)
    names = listed(dict.fromkeys(one.name for one in found))
    return Finding(
        decision=DecisionKey(DecisionKind.HISTORY, exposure.key),
        indicator=Indicator.WARNING,
        summary=fitting(f"{name}: {names} recorded; {act}", f"{name}: earlier reactions recorded; {act}"),
        why=(*(one.fact() for one in found), *dose_facts(exposure, case.weight)),
        do=advice.do,
        citations=(*advice.citations, _of_the_project(case.knowledge.sources)),
        reasons=Reasons.STOP,
    )


def _act(exposure: Exposure, found: list[_Toxicity]) -> str:
    if not found[0].is_placed:
        return "ask whether it was a thiopurine"
    is_named = all(one.record.blames for one in found)
    act = "decide with the specialist" if is_named else "find the cause"
    return f"{act} before {before_words(exposure)}"


def _line(exposure: Exposure, found: list[_Toxicity], knowledge: Knowledge) -> Finding:
    advice = knowledge.toxicity.toxicity_advice(ToxicityTopic.EARLIER_TOXICITY_UNCLEAR)
    return Finding(
        decision=quiet_decision(exposure),
        indicator=Indicator.INFO,
        summary=quiet_summary(exposure),
        why=tuple(one.fact() for one in found),
        do=advice.do,
        citations=(*advice.citations, _of_the_project(knowledge.sources)),
        reasons=Reasons.PLAN,
        leads=False,
    )


def _of_the_project(sources: Sources) -> Citation:
    return sources.cite("project", "what happened on an earlier course is asked about before the next")


RULE = Rule(
    id="earlier-toxicity",
    question="Is a problem on record that an earlier thiopurine caused, or may have caused?",
    check=toxicity_on_earlier_course,
    needs=NEEDS,
    implements=("K02",),
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=("project",),
)
