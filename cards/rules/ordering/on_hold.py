"""Does a thiopurine meet a xanthine oxidase inhibitor once the one on hold is resumed?"""

from collections.abc import Iterator

from cards.assessment.case import Case
from cards.assessment.courses import Course
from cards.assessment.dose_words import dose_facts
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.interactions import Effect, Interaction
from cards.knowledge.rule_sentences import RuleSentence
from cards.knowledge.sentences import Sentences
from cards.model.facts import FactKind
from cards.model.therapy import THIOPURINES, XANTHINE_OXIDASE_INHIBITORS, Drug
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.VITALS})


def resumed_into_an_interaction(case: Case) -> Outcome:
    """Warn when one of the pair is ordered while the other is on hold: no order is removed, the pair is planned for."""
    findings = (*_thiopurine_on_hold(case), *_inhibitor_on_hold(case))
    if findings:
        return Fired(findings)
    concerned = case.orders_of(*XANTHINE_OXIDASE_INHIBITORS) or case.ordered
    missing = case.missing(FactKind.MEDICATIONS) if concerned else ()
    return (
        Blocked(missing)
        if missing
        else Silent("neither drug of a pair is on hold while the other is ordered")
    )


def _thiopurine_on_hold(case: Case) -> Iterator[Finding]:
    for order in case.orders_of(*XANTHINE_OXIDASE_INHIBITORS):
        for drug in THIOPURINES:
            held, pair = case.held(drug), case.knowledge.interactions.interaction(order.drug, drug)
            if held is None or pair is None:
                continue
            ordered = Fact(f"{titled(drug_name(order.drug))} ordered", record_ref=order.record_ref)
            why = (ordered, _on_hold(held))
            yield _finding(pair, held, held.latest.record_ref, why, case.knowledge.sentences)


def _inhibitor_on_hold(case: Case) -> Iterator[Finding]:
    for exposure in case.ordered:
        for culprit in XANTHINE_OXIDASE_INHIBITORS:
            held, pair = case.held(culprit), case.knowledge.interactions.interaction(culprit, exposure.drug)
            if held is None or pair is None:
                continue
            why = (*dose_facts(exposure, case.weight), _on_hold(held))
            yield _finding(pair, held, exposure.key, why, case.knowledge.sentences)


def _on_hold(held: Course) -> Fact:
    since = f", first recorded {held.started_on}" if held.started_on else ""
    return Fact(f"{titled(drug_name(held.drug))} on hold{since}", record_ref=held.latest.record_ref)


def _finding(
    pair: Interaction, held: Course, key: str, why: tuple[Fact, ...], sentences: Sentences
) -> Finding:
    name, culprit = drug_name(pair.drug), drug_name(pair.culprit)
    resumed, other = drug_name(held.drug), _other(pair, held.drug)
    if pair.effect is Effect.CONTRAINDICATED:
        act = f"contraindicated, do not resume {resumed}"
        do: tuple[str, ...] = (
            f"{titled(name)} and {culprit} are contraindicated together: end the {resumed} order, or choose "
            f"another drug instead of {other} before it is resumed.",
        )
    else:
        act = (
            f"cut the dose of {name} before {resumed} is resumed"
            if held.drug is pair.culprit
            else "cut its dose before it is resumed"
        )
        do = (
            sentences.text(RuleSentence.INHIBITOR_ON_HOLD, **pair.shares, resumed=resumed, drug=name),
            sentences.text(RuleSentence.INHIBITOR_ON_HOLD_COUNTS),
        )
    if held.drug is pair.culprit:
        lead = f"{titled(name)} ordered, {culprit} on hold"
    else:
        lead = f"{titled(name)} on hold, {culprit} ordered"
    return Finding(
        decision=DecisionKey(DecisionKind.INTERACTION, key, pair.culprit),
        indicator=Indicator.WARNING,
        summary=f"{lead}: {act}",
        why=why,
        do=do,
        citations=(pair.citation,),
        reasons=Reasons.INTERACTION,
    )


def _other(pair: Interaction, held: Drug) -> str:
    return drug_name(pair.drug if held is pair.culprit else pair.culprit)


RULE = Rule(
    id="on-hold",
    question="Does a thiopurine meet a xanthine oxidase inhibitor once the one on hold is resumed?",
    check=resumed_into_an_interaction,
    needs=NEEDS,
    implements=("F01", "F02", "X01"),
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=(
        "fda-imuran-interactions",
        "uloric-label",
    ),
)
