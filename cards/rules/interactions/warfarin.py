"""Does a thiopurine start, stop or change its dose while warfarin is taken, or the other way round?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.episodes import Episode, episode_of
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.patient_advice import Circumstance, PatientSentences
from cards.model.facts import FactKind
from cards.model.therapy import Drug, DrugOrder, OrderIntent
from cards.rules.interactions.other_drug import OtherDrug, other_drug
from cards.rules.quiet_line import quiet_exposures, quiet_line
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.VITALS})
_TOPICS = {
    Drug.AZATHIOPRINE: Circumstance.WARFARIN_AZATHIOPRINE,
    Drug.MERCAPTOPURINE: Circumstance.WARFARIN_MERCAPTOPURINE,
}
_NONE = "neither azathioprine nor mercaptopurine is ordered, taken or stopped"
_CHANGES = (Episode.ESCALATION, Episode.REDUCTION)


def changes_with_warfarin(case: Case) -> Outcome:
    """Ask for the INR when either drug starts or changes its dose, or when the thiopurine stops.

    Two drugs continued unchanged are a line of the quiet card.
    """
    missing = case.missing(FactKind.MEDICATIONS)
    exposures = tuple(one for one in (*case.ordered, *case.taken) if one.drug in _TOPICS)
    ended = _ended(case)
    if not exposures and not ended:
        unknown = missing if any(case.is_ending(drug) for drug in _TOPICS) else ()
        return Blocked(unknown) if unknown else Silent(_NONE)
    other = other_drug(Drug.WARFARIN, case)
    if other is None:
        return Blocked(missing) if missing else Silent("warfarin is neither ordered nor taken")
    findings = tuple(
        finding for exposure in exposures if (finding := _finding(exposure, other, case)) is not None
    )
    findings += tuple(_stopping(order, other, case.knowledge.patient_advice) for order in ended)
    return (
        Fired(findings, missing) if findings else Silent("warfarin and the thiopurine are taken on unchanged")
    )


def _ended(case: Case) -> tuple[DrugOrder, ...]:
    """Orders that end a thiopurine being taken, where none of them takes its place."""
    if case.orders_of(*_TOPICS):
        return ()
    return tuple(
        order
        for order in case.chart.draft_orders
        if order.drug in _TOPICS
        and order.intent is OrderIntent.END
        and (course := case.course(order.drug)) is not None
        and course.is_taken
    )


def _finding(exposure: Exposure, other: OtherDrug, case: Case) -> Finding | None:
    name = titled(drug_name(exposure.drug))
    if exposure.episode is not None and exposure.episode.starts:
        return _card(
            exposure, other, Indicator.WARNING, f"{name} started on warfarin, which it may weaken", case
        )
    if exposure.episode in _CHANGES:
        event = f"{name} changed in dose on warfarin, which it may weaken"
        return _card(exposure, other, Indicator.WARNING, event, case)
    if other.is_new:
        return _card(exposure, other, Indicator.WARNING, f"{name} may weaken warfarin, ordered now", case)
    if _is_changed(other, case):
        return _card(
            exposure, other, Indicator.INFO, f"{name} may weaken warfarin, now at another dose", case
        )
    if exposure not in quiet_exposures(case):
        return None
    return quiet_line(
        exposure,
        "Warfarin",
        (other.fact(),),
        case.knowledge.patient_advice.advice(Circumstance.WARFARIN_LINE, drug=drug_name(exposure.drug)),
    )


def _is_changed(other: OtherDrug, case: Case) -> bool:
    return any(
        episode_of(other.course, order.regimen, case.chart, case.policy) in (*_CHANGES, Episode.RESTART)
        for order in other.orders
    )


def _card(exposure: Exposure, other: OtherDrug, indicator: Indicator, event: str, case: Case) -> Finding:
    said = case.knowledge.patient_advice.advice(_TOPICS[exposure.drug])
    return Finding(
        decision=DecisionKey(DecisionKind.INTERACTION, exposure.key, other.drug),
        indicator=indicator,
        summary=f"{event}: check the INR",
        why=(other.fact(), *dose_facts(exposure, case.weight)),
        do=said.do,
        also=said.also,
        citations=said.citations,
        reasons=Reasons.INTERACTION,
    )


def _stopping(order: DrugOrder, other: OtherDrug, patient_advice: PatientSentences) -> Finding:
    name = drug_name(order.drug)
    said = patient_advice.advice(Circumstance.WARFARIN_STOP)
    return Finding(
        decision=DecisionKey(DecisionKind.INTERACTION, order.record_ref, other.drug),
        indicator=Indicator.WARNING,
        summary=f"{titled(name)} stopped on warfarin, whose effect may rise: check the INR",
        why=(other.fact(), Fact(f"{titled(name)} being stopped", record_ref=order.record_ref)),
        do=said.do,
        also=said.also,
        citations=said.citations,
        reasons=Reasons.INTERACTION,
    )


RULE = Rule(
    id="warfarin",
    question="Does a thiopurine start, stop or change its dose while warfarin is taken, or the other way round?",
    check=changes_with_warfarin,
    needs=NEEDS,
    implements=("X04",),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "project",
        "fda-imuran-interactions",
        "pmc3093721",
    ),
)
