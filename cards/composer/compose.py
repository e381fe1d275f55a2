"""Findings become cards: merged by decision, one dose an order, most urgent first."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from cards.assessment.case import Case
from cards.card import Card, CardSource, Indicator, Suggestion
from cards.composer.childs_weight import with_childs_weight
from cards.composer.detail import detail_of
from cards.composer.dose_lines import within
from cards.composer.doses import DoseOffer, dose_offers
from cards.composer.heard import heard
from cards.composer.merged import with_origin
from cards.composer.offering import no_more_than_today
from cards.composer.unchecked import unchecked_finding
from cards.finding import Bound, Decision, DecisionKey, DecisionKind, Finding, Fired
from cards.knowledge.knowledge import Knowledge
from cards.model.proposals import ChangeDose, OrderTests, Proposal, RemoveOrder
from cards.model.tests_ordered import OrderableTest
from cards.rules.rule import Rule
from cards.wording import listed, number, shortened

_TEST_NAMES = {
    OrderableTest.TPMT: "TPMT",
    OrderableTest.NUDT15: "NUDT15",
    OrderableTest.TPMT_ACTIVITY: "TPMT activity",
    OrderableTest.BLOOD_COUNT: "blood count with differential",
    OrderableTest.LIVER_TESTS: "liver tests",
    OrderableTest.CREATININE: "creatinine",
    OrderableTest.HBSAG: "HBsAg",
    OrderableTest.ANTI_HBC: "anti-HBc",
    OrderableTest.ANTI_HBS: "anti-HBs",
    OrderableTest.HCV_ANTIBODY: "hepatitis C antibody",
    OrderableTest.VZV_IGG: "varicella-zoster IgG",
    OrderableTest.HCG: "pregnancy test",
    OrderableTest.METABOLITES: "thiopurine metabolites",
    OrderableTest.AMYLASE: "amylase",
    OrderableTest.LIPASE: "lipase",
}
_MOST_SUGGESTIONS = 2
_UNCHECKED = "CouldNotBeChecked"


def cards_from(case: Case, rules: tuple[Rule, ...], decisions: tuple[Decision, ...]) -> tuple[Card, ...]:
    """The cards of one request, most urgent first, in the catalogue's order within one urgency.

    Beyond the policy's maximum the least urgent are cut, and the last card says how many; a critical
    card is never cut, nor the warning that one may be missing.
    """
    audible = heard(decisions, case.policy)
    spoken = _spoken(audible, rules)
    # A silenced rule shows no card, and still keeps another card from offering a dose that it forbids.
    unheard = spoken if audible is decisions else _spoken(decisions, rules)
    findings = tuple(member.finding for member in unheard)
    constraints = (
        *(c for finding in findings for c in finding.constraints),
        *no_more_than_today(case, findings),
    )
    unchecked = unchecked_finding(case, rules, audible)
    if unchecked is not None:
        spoken = [*spoken, _Spoken("could-not-be-checked", _UNCHECKED, unchecked)]
    to_stop = frozenset(finding.subject for finding in findings if finding.asks_to_stop)
    stopped = frozenset(c.order_ref for c in constraints if c.bound is Bound.STOP)
    without_plan = {DecisionKey(DecisionKind.PLAN, order_ref) for order_ref in stopped}
    merged = case.chart.merged_refs
    groups: dict[DecisionKey, list[_Spoken]] = {}
    for member in spoken:
        if member.finding.decision in without_plan:
            continue  # no plan for a start that another card asks not to make
        finding = within(_beside_stop(member.finding, to_stop), constraints)
        finding = with_origin(with_childs_weight(finding, case), merged)
        groups.setdefault(finding.decision, []).append(_Spoken(member.rule_id, member.topic, finding))
    is_doubtful = case.weight is not None and case.weight.doubt is not None
    offers = () if merged or is_doubtful else dose_offers(case, constraints)
    cards = [_card(members, offers, stopped, case.knowledge) for members in groups.values()]
    cards.sort(key=lambda card: card.indicator.urgency)
    return _capped(cards, case.policy.max_cards)


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A finding and the rule that made it."""

    rule_id: str
    topic: str
    finding: Finding


def _spoken(decisions: tuple[Decision, ...], rules: tuple[Rule, ...]) -> list[_Spoken]:
    fired = [(one.rule_id, one.outcome) for one in decisions if isinstance(one.outcome, Fired)]
    speaking = {rule_id for rule_id, _ in fired}
    topics = {rule.id: rule.topic for rule in rules if rule.id in speaking}
    return [
        _Spoken(rule_id, topics[rule_id], finding)
        for rule_id, outcome in fired
        for finding in outcome.findings
    ]


def _beside_stop(finding: Finding, to_stop: frozenset[str]) -> Finding:
    """The finding, or what it says where another one asks to stop the drug: never both to stop and to keep it."""
    instead = finding.where_stopped
    return finding if instead is None or finding.subject not in to_stop else instead


def _card(
    members: list[_Spoken], offers: tuple[DoseOffer, ...], stopped: frozenset[str], knowledge: Knowledge
) -> Card:
    """One card of all findings about one decision; the most urgent leading one names it."""
    members = sorted(members, key=lambda member: (not member.finding.leads, member.finding.indicator.urgency))
    first, lead = members[0], members[0].finding
    findings = tuple(member.finding for member in members)
    own_offers = tuple(
        offer for offer in offers if any(offer.bounded_by in finding.constraints for finding in findings)
    )
    suggestions = _suggestions(findings, own_offers)
    return Card(
        topic=first.topic,
        indicator=min((finding.indicator for finding in findings), key=lambda indicator: indicator.urgency),
        summary=shortened(lead.summary),
        detail=detail_of(
            _as_read(findings),
            knowledge.release,
            (*(_offer_line(offer) for offer in own_offers), *_no_offer_line(findings, stopped)),
        ),
        source=CardSource(lead.citations[0].source.label, lead.citations[0].source.url),
        rule_ids=tuple(dict.fromkeys(member.rule_id for member in members)),
        suggestions=suggestions,
        selection_behavior=_selection_behavior(suggestions),
        override_reasons=knowledge.override_reasons.override_reasons(lead.reasons),
    )


def _as_read(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings in the order a reader wants: findings about this patient come before a general plan."""
    lead, *others = findings
    return (*others, lead) if lead.indicator is Indicator.INFO else findings


def _no_offer_line(findings: tuple[Finding, ...], stopped: frozenset[str]) -> tuple[str, ...]:
    """Why a card that names a range offers no dose: another card of the same order forbids one."""
    ranged = {
        c.order_ref for finding in findings for c in finding.constraints if c.is_binding and c.high_mg_per_day
    }
    if not ranged & stopped:
        return ()
    return (
        "No dose is offered: other advice on this order asks to stop it, to reduce it further or to agree the "
        "dose with specialists.",
    )


def _offer_line(offer: DoseOffer) -> str:
    limits = dict.fromkeys((offer.bounded_by.bound.value, offer.limited_by.value))
    return (
        f"Offered: {number(offer.change.mg_per_day)} mg/day, which can be dispensed; "
        f"limited by the {listed(limits)}."
    )


def _suggestions(findings: tuple[Finding, ...], offers: tuple[DoseOffer, ...]) -> tuple[Suggestion, ...]:
    unwanted = tuple(
        dict.fromkeys(proposal for proposal in _proposals(findings) if isinstance(proposal, RemoveOrder))
    )
    removals = (
        [
            Suggestion(
                f"Remove {listed(dict.fromkeys(one.what for one in unwanted))}", unwanted, is_recommended=True
            )
        ]
        if unwanted
        else []
    )
    doses = [
        Suggestion(
            _dose_label(offer.change), (offer.change,), is_recommended=offer.is_recommended and not removals
        )
        for offer in offers
    ]
    tests = tuple(
        dict.fromkeys(
            test
            for proposal in _proposals(findings)
            if isinstance(proposal, OrderTests)
            for test in proposal.tests
        )
    )
    test_order = (
        [
            Suggestion(
                f"Order what is missing: {listed(_TEST_NAMES[test] for test in tests)}",
                (OrderTests(tests),),
                is_recommended=not removals and not any(dose.is_recommended for dose in doses),
            )
        ]
        if tests
        else []
    )
    return tuple([*removals, *doses, *test_order][:_MOST_SUGGESTIONS])


def _proposals(findings: tuple[Finding, ...]) -> Iterable[Proposal]:
    return (proposal for finding in findings for proposal in finding.proposals)


def _dose_label(change: ChangeDose) -> str:
    if change.doses_per_day == 1:
        return f"Change to {number(change.mg_per_day)} mg once a day"
    per_dose = change.mg_per_day / change.doses_per_day
    return f"Change to {number(per_dose)} mg {number(change.doses_per_day)} times a day"


def _selection_behavior(suggestions: tuple[Suggestion, ...]) -> str | None:
    """Changing a dose and ordering a test do not exclude each other; two changes of an order do."""
    if not suggestions:
        return None
    kinds = {type(proposal) for suggestion in suggestions for proposal in suggestion.proposals}
    return "any" if len(suggestions) > 1 and OrderTests in kinds else "at-most-one"


def _capped(cards: list[Card], most: int) -> tuple[Card, ...]:
    room = most - sum(_is_kept(card) for card in cards)
    shown: list[Card] = []
    for card in cards:
        if _is_kept(card):
            shown.append(card)
        elif room > 0:
            shown.append(card)
            room -= 1
    cut = len(cards) - len(shown)
    if not cut:
        return tuple(cards)
    note = f"\n\n{cut} less urgent {'card is' if cut == 1 else 'cards are'} not shown here."
    return (*shown[:-1], replace(shown[-1], detail=shown[-1].detail + note))


def _is_kept(card: Card) -> bool:
    """Whether a card is never cut: a critical one, and the warning that one may be missing."""
    is_unchecked = card.topic == _UNCHECKED and card.indicator is Indicator.WARNING
    return is_unchecked or card.indicator is Indicator.CRITICAL
