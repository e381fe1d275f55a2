"""Whoever accepts an offered dose meets no new warning and no more urgent one."""

from dataclasses import replace
from itertools import product

import pytest

from cards.card import Indicator
from cards.engine import advise
from cards.finding import Fired
from cards.knowledge.default_policy import default_policy
from cards.model.conditions import Indication
from cards.model.genes import Gene
from cards.model.labs import Analyte
from cards.model.proposals import ChangeDose
from cards.model.therapy import Drug
from cards.rules import ORDER_SIGN_RULES
from tests.builders import KNOWLEDGE, chart, days_ago, nudt15, ordered, regimen, result, taking, tpmt, weight

pytestmark = pytest.mark.slow

WBC = result(Analyte.WBC, 6, unit="10*9/L")
GENES = {
    "normal": (),
    "one low": (tpmt("*1/*3A"),),
    "both low": (tpmt("*1/*3A"), nudt15("*1/*3")),
    "unknown": None,
}
SINCE = (None, "2020-01-01", str(days_ago(20)))  # of the 100 mg taken before
INFO = Indicator.INFO.urgency
BESIDE = {
    "alone": (),
    "allopurinol": (taking(Drug.ALLOPURINOL, 100),),
    "kidneys": (result(Analyte.EGFR, 24, unit="mL/min/{1.73_m2}"),),
}
FOR = [
    (),
    Indication.CROHNS,
    Indication.RHEUMATOID_ARTHRITIS,
    Indication.KIDNEY_TRANSPLANT,
    Indication.AUTOIMMUNE_HEPATITIS,
    Indication.PSORIASIS,
]


def asked(drug, mg, for_, since, genes, beside):
    """A chart with one order, and the dose that was taken before it."""
    before = () if since is None else (taking(drug, 100, since, for_=for_),)
    without = list(Gene) if GENES[genes] is None else []
    order = ordered(drug, mg, for_=for_, ref="MedicationRequest/draft")
    return chart(order, *before, *(GENES[genes] or ()), *BESIDE[beside], WBC, weight(80), without=without)


def urgency(answer):
    return {
        decision.rule_id: min(found.indicator.urgency for found in decision.outcome.findings)
        for decision in answer.decisions
        if isinstance(decision.outcome, Fired)
    }


def changes(answer):
    return [
        proposal
        for card in answer.cards
        for suggestion in card.suggestions
        for proposal in suggestion.proposals
        if isinstance(proposal, ChangeDose)
    ]


def ask(charted):
    return advise(charted, ORDER_SIGN_RULES, default_policy(), KNOWLEDGE)


@pytest.mark.parametrize("drug", [Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE])
@pytest.mark.parametrize("for_", FOR, ids=str)
def test_an_accepted_offer_holds(drug, for_):
    for mg, since, genes, beside in product((125, 210, 500), SINCE, GENES, BESIDE):
        charted = asked(drug, mg, for_, since, genes, beside)
        before = ask(charted)
        for change in changes(before):
            after = ask(with_dose(charted, change))

            told = urgency(before)
            assert [one for one in urgency(after).items() if one[1] < told.get(one[0], INFO)] == []
            # The usual dose that an inhibitor's fraction is taken of depends on the dose ordered.
            assert changes(after) == [] or beside == "allopurinol"


def test_doses_are_offered_with_each_kind_of_limit():
    offers = {
        (genes, beside): changes(ask(asked(Drug.AZATHIOPRINE, 500, Indication.CROHNS, None, genes, beside)))
        for genes, beside in product(GENES, BESIDE)
    }

    assert {kind: one.mg_per_day for kind, found in offers.items() for one in found} == {
        ("normal", "alone"): 200,
        ("normal", "allopurinol"): 50,
        ("normal", "kidneys"): 100,
        ("one low", "alone"): 50,
        ("one low", "kidneys"): 50,
        ("both low", "alone"): 50,
        ("both low", "kidneys"): 50,
        ("unknown", "allopurinol"): 50,
    }


def with_dose(charted, change):
    (order,) = charted.draft_orders
    accepted = replace(order, regimen=regimen(change.mg_per_day, change.doses_per_day))
    return replace(charted, draft_orders=(accepted,))
