"""Does the newest weight not fit those before it, so that no dose in mg rests on it?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts, dose_words
from cards.assessment.exposures import Exposure
from cards.assessment.quiet_cards import quiet_decision
from cards.assessment.weight_doubt import WeightDoubt
from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.formulas import Formula
from cards.knowledge.rule_sentences import RuleSentence
from cards.model.facts import FactKind
from cards.rules.ordering.dose_for_indication import too_high
from cards.rules.quiet_line import quiet_exposures
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import fitting

NEEDS = frozenset({FactKind.VITALS, FactKind.MEDICATIONS})


def weight_in_doubt(case: Case) -> Outcome:
    """Ask to weigh again, on the card of the dose or as a line of a quiet card.

    Every rule judges a dose by the lightest weight that may be meant; none gives a range in mg until then.
    """
    doubt = case.weight.doubt if case.weight else None
    if doubt is None:
        return Silent("no weight, or a weight that fits the earlier ones")
    exposures = case.ordered or quiet_exposures(case)
    if not exposures:
        return Silent("no thiopurine is ordered, or taken without an order beside it")
    return Fired(tuple(_finding(exposure, doubt, case) for exposure in exposures))


def _finding(exposure: Exposure, doubt: WeightDoubt, case: Case) -> Finding:
    is_quiet = exposure in quiet_exposures(case) and too_high(exposure, case) is None
    formula = Formula.CHILD_WEIGHT if case.is_child else Formula.ADULT_WEIGHT
    lead = dose_words(exposure, case.weight)
    return Finding(
        decision=quiet_decision(exposure) if is_quiet else DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.INFO,
        summary=fitting(f"{lead}: weight in doubt, weigh again ({doubt.words})", f"{lead}: weigh again"),
        why=dose_facts(exposure, case.weight),
        do=(case.knowledge.sentences.text(RuleSentence.WEIGH_AGAIN, weights=doubt.words),),
        citations=(case.knowledge.formulas.citation_of(formula),),
        reasons=Reasons.DATA,
        leads=False,
    )


RULE = Rule(
    id="weight-in-doubt",
    question="Does the newest weight not fit those before it, so that no dose in mg rests on it?",
    check=weight_in_doubt,
    needs=NEEDS,
    implements=("C01",),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.INFO,
    lowest=Indicator.INFO,
    sources=("growthcleanr", "project"),
)
