"""Do several active orders of one thiopurine leave it open how much is taken?"""

from cards.assessment.case import Case
from cards.assessment.current_doses import added_up
from cards.assessment.dose_words import close_one_order, open_order_facts
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Finding, Fired, Outcome, Reasons, Silent
from cards.model.facts import FactKind
from cards.rules.interactions.xanthine_oxidase_inhibitor import decision_with_fraction
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, listed, number, titled

NEEDS = frozenset({FactKind.MEDICATIONS})
_COUNTED = {2: "two", 3: "three"}


def orders_leave_the_dose_open(case: Case) -> Outcome:
    """Ask to close one where orders of different strengths may be taken together or in turn.

    Orders that belong together (complementary times, one prescriber and day) are one dose and silent. Beside
    allopurinol it is a line of that card, which asks to close one as well.
    """
    exposures = (*case.ordered, *case.taken)
    if not exposures:
        return Silent("no thiopurine is ordered or taken")
    findings = tuple(_finding(exposure, case) for exposure in exposures if exposure.parts)
    missing = case.missing(FactKind.MEDICATIONS)
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("the active orders make one dose")


def _finding(exposure: Exposure, case: Case) -> Finding:
    parts = exposure.parts
    doses = listed(number(part.mg_per_day, 1) for part in parts)
    name = titled(drug_name(exposure.drug))
    total = number(added_up(parts).mg_per_day, 1)
    count = _COUNTED.get(len(parts), str(len(parts)))
    return Finding(
        decision=decision_with_fraction(exposure, case) or DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.WARNING if exposure.is_ordered else Indicator.INFO,
        summary=fitting(
            f"{name}: {count} active orders, {doses} mg/day, together {total} mg/day; close one",
            f"{name}: {count} active orders, together {total} mg/day; close all but one",
        ),
        why=open_order_facts(exposure),
        do=close_one_order(exposure),
        citations=(
            case.knowledge.cite(
                "project", "orders of different strengths: together or in turn is never guessed"
            ),
        ),
        reasons=Reasons.DOSE,
        leads=False,
    )


RULE = Rule(
    id="two-active-orders",
    question="Do several active orders of one thiopurine leave it open how much is taken?",
    check=orders_leave_the_dose_open,
    needs=NEEDS,
    implements=("C04",),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=("project",),
)
