"""Is a xanthine oxidase inhibitor, or the thiopurine beside it, planned, or reported and perhaps no longer taken?"""

from collections.abc import Iterator
from dataclasses import dataclass

from cards.assessment.case import Case
from cards.assessment.courses import Course
from cards.assessment.dose_words import dose_facts, dose_words
from cards.assessment.exposures import Exposure
from cards.assessment.plans import plan_of, plan_words
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.interactions import Effect, Interaction
from cards.knowledge.rule_sentences import RuleSentence
from cards.model.dates import ClinicalDate
from cards.model.facts import FactKind
from cards.model.therapy import THIOPURINES, XANTHINE_OXIDASE_INHIBITORS, Drug
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, titled

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.VITALS, FactKind.GENES})


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A drug that may not be taken today: planned, or reported undated or long ago."""

    drug: Drug
    is_planned: bool
    words: str  # "planned for 2026-12-10", "reported without a date"
    record_ref: str
    on: ClinicalDate | None = None  # the planned day

    def fact(self) -> Fact:
        """The record in words."""
        asked = "" if self.is_planned else ", possibly still taken"
        return Fact(f"{titled(drug_name(self.drug))} {self.words}{asked}", record_ref=self.record_ref)


@dataclass(frozen=True, slots=True)
class _DoubtfulPair:
    """A thiopurine and an inhibitor, at least one of them in doubt; None stands for no doubt."""

    interaction: Interaction
    thiopurine: _Doubt | None
    inhibitor: _Doubt | None
    exposure: Exposure | None  # None: the thiopurine is only planned

    @property
    def doubts(self) -> tuple[_Doubt, ...]:
        """The thiopurine first."""
        return tuple(doubt for doubt in (self.thiopurine, self.inhibitor) if doubt)

    @property
    def key(self) -> str:
        """The record of the thiopurine."""
        if self.exposure is not None:
            return self.exposure.key
        return self.doubts[0].record_ref


def inhibitor_planned_or_in_doubt(case: Case) -> Outcome:
    """Warn where one of the pair is planned, or where only an undated or old report says that it is taken.

    Where both are ordered or surely taken, xanthine_oxidase_inhibitor speaks.
    """
    missing = case.missing(FactKind.MEDICATIONS)
    pairs = tuple(_pairs(case))
    if pairs:
        return Fired(tuple(_finding(pair, case) for pair in pairs), missing)
    if missing and (case.exposures or case.orders_of(*XANTHINE_OXIDASE_INHIBITORS)):
        return Blocked(missing)
    return Silent("no xanthine oxidase inhibitor is planned or in doubt beside a thiopurine")


def _pairs(case: Case) -> Iterator[_DoubtfulPair]:
    interactions = case.knowledge.interactions
    exposed = {exposure.drug for exposure in case.exposures}
    planned = [plan for drug in THIOPURINES if drug not in exposed and (plan := _planned(drug, case))]
    for culprit in XANTHINE_OXIDASE_INHIBITORS:
        for exposure in case.exposures:
            pair = interactions.interaction(culprit, exposure.drug)
            if pair is not None and (found := _beside(exposure, pair, case)):
                yield found
        for plan in planned:
            pair = interactions.interaction(culprit, plan.drug)
            if pair is not None and _is_given(culprit, case):
                yield _DoubtfulPair(pair, plan, _stale_inhibitor(culprit, case), None)


def _beside(exposure: Exposure, pair: Interaction, case: Case) -> _DoubtfulPair | None:
    """The inhibitor beside a thiopurine that is ordered or taken; None where nothing is in doubt."""
    if _is_given(pair.culprit, case):
        inhibitor = _stale_inhibitor(pair.culprit, case)
    elif (inhibitor := _planned(pair.culprit, case)) is None:
        return None
    own = _stale(exposure.course) if exposure.is_in_doubt and exposure.course else None
    return _DoubtfulPair(pair, own, inhibitor, exposure) if own or inhibitor else None


def _is_given(drug: Drug, case: Case) -> bool:
    """Whether it is ordered here, or presumably taken and not ended here."""
    course = case.course(drug)
    is_taken = course is not None and course.is_taken and not case.is_ending(drug)
    return bool(case.orders_of(drug)) or is_taken


def _stale_inhibitor(culprit: Drug, case: Case) -> _Doubt | None:
    course = case.course(culprit)
    if course is None or not course.is_in_doubt or case.orders_of(culprit):
        return None
    return _stale(course)


def _stale(course: Course) -> _Doubt:
    return _Doubt(course.drug, False, course.reported_words, course.latest.record_ref)


def _planned(drug: Drug, case: Case) -> _Doubt | None:
    plan = plan_of(drug, case)
    return _Doubt(drug, True, plan_words(plan), plan.record_ref, plan.planned_for) if plan else None


def _finding(pair: _DoubtfulPair, case: Case) -> Finding:
    return Finding(
        decision=DecisionKey(DecisionKind.INTERACTION, pair.key, pair.interaction.culprit),
        indicator=Indicator.WARNING,
        summary=_summary(pair, case),
        why=(
            *(dose_facts(pair.exposure, case.weight) if pair.exposure else ()),
            *(() if pair.inhibitor else _given_facts(pair.interaction.culprit, case)),
            *(doubt.fact() for doubt in pair.doubts if pair.exposure is None or doubt is pair.inhibitor),
        ),
        do=(*(_first_step(doubt, case) for doubt in pair.doubts), _if_both(pair, case)),
        citations=(pair.interaction.citation,),
        reasons=Reasons.INTERACTION,
    )


def _summary(pair: _DoubtfulPair, case: Case) -> str:
    culprit, drug = drug_name(pair.interaction.culprit), drug_name(pair.interaction.drug)
    dose = dose_words(pair.exposure, case.weight) if pair.exposure else titled(drug)
    own = f" {pair.thiopurine.words}" if pair.thiopurine else ""
    other = f": {culprit} {pair.inhibitor.words}" if pair.inhibitor else f", with {culprit}"
    if any(not doubt.is_planned for doubt in pair.doubts):
        ask, act = "still taken?", f"Then {_act(pair, case)}"
    else:
        ask, act = _act(pair, case), "before they meet"
    return fitting(f"{dose}{own}{other}; {ask} {act}", f"{titled(drug)}{own}{other}; {ask} {act}")


def _act(pair: _DoubtfulPair, case: Case) -> str:
    if pair.interaction.effect is Effect.CONTRAINDICATED:
        return "choose another drug"
    if _has_low_gene(case):
        return "ask a specialist"
    return case.knowledge.sentences.text(RuleSentence.INHIBITOR_DOUBT, **pair.interaction.shares)


def _has_low_gene(case: Case) -> bool:
    return any(status.is_below_normal for status in case.genes.values())


def _given_facts(culprit: Drug, case: Case) -> tuple[Fact, ...]:
    name = titled(drug_name(culprit))
    orders = case.orders_of(culprit)
    course = case.course(culprit)
    if orders or course is None:
        return tuple(Fact(f"{name} ordered", record_ref=order.record_ref) for order in orders)
    since = f" since {course.started_on}" if course.started_on else ""
    return (Fact(f"{name} {course.state.value}{since}", record_ref=course.latest.record_ref),)


def _first_step(doubt: _Doubt, case: Case) -> str:
    name = drug_name(doubt.drug)
    if not doubt.is_planned:
        return f"Ask whether {name} is still taken, and correct the list."
    if doubt.on is None:
        return f"Find out when {name} is to start: no day is stated."
    if doubt.on.first <= case.chart.today:
        return f"Find out whether {name} was started: it was planned for {doubt.on}."
    return f"Agree on the doses, or on another drug, before {name} starts on {doubt.on}."


def _if_both(pair: _DoubtfulPair, case: Case) -> str:
    drug = drug_name(pair.interaction.drug)
    if pair.interaction.effect is Effect.CONTRAINDICATED:
        return f"If both are taken: {pair.interaction.advice}."
    if _has_low_gene(case):
        return (
            "If both are taken: both ways of inactivating the drug are impaired, and no source gives a dose; "
            "choose another drug or ask a specialist."
        )
    return case.knowledge.sentences.text(
        RuleSentence.INHIBITOR_DOUBT_BOTH, advice=pair.interaction.advice, drug=drug
    )


RULE = Rule(
    id="possible-inhibitor",
    question=(
        "Is a xanthine oxidase inhibitor, or the thiopurine beside it, planned, or reported and perhaps no longer "
        "taken?"
    ),
    check=inhibitor_planned_or_in_doubt,
    needs=NEEDS,
    implements=("F01", "F02"),
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=(
        "project",
        "fda-imuran-interactions",
        "uloric-label",
    ),
)
