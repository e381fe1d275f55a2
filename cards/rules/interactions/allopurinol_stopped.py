"""Is allopurinol stopped while the thiopurine stays at the dose that was cut for it?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts, dose_words, mg_per_kg
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.indication_doses import DoseStatementKind, DoseUnit
from cards.knowledge.interactions import Effect
from cards.knowledge.patient_advice import Circumstance
from cards.model.facts import FactKind
from cards.model.therapy import XANTHINE_OXIDASE_INHIBITORS, DrugOrder, OrderIntent
from cards.rules.rule import ORDER_SIGN, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.VITALS, FactKind.CONDITIONS})


def loses_allopurinol(case: Case) -> Outcome:
    """Warn when an order ends allopurinol and the thiopurine's dose is below its usual range, or unknown.

    Silent where the dose is a usual one: ending allopurinol is then what was advised.
    """
    ended = _ended(case)
    if not ended:
        return Silent("no allopurinol is being stopped")
    missing = case.missing(FactKind.MEDICATIONS)
    findings = tuple(
        _finding(exposure, order, case)
        for order in ended
        for exposure in (*case.ordered, *case.taken)
        if _is_cut_for(exposure, order, case)
    )
    if findings:
        return Fired(findings, missing)
    if missing and not case.exposures:
        return Blocked(missing)
    return Silent("no thiopurine is taken at a dose that was cut for allopurinol")


def _ended(case: Case) -> tuple[DrugOrder, ...]:
    """Orders that end a xanthine oxidase inhibitor, where no other inhibitor is ordered in its place."""
    if case.orders_of(*XANTHINE_OXIDASE_INHIBITORS):
        return ()
    return tuple(
        order
        for order in case.chart.draft_orders
        if order.drug in XANTHINE_OXIDASE_INHIBITORS and order.intent is OrderIntent.END
    )


def _is_cut_for(exposure: Exposure, order: DrugOrder, case: Case) -> bool:
    pair = case.knowledge.interactions.interaction(order.drug, exposure.drug)
    if pair is None or pair.effect is not Effect.REDUCE:
        return False
    if exposure.course is None or not exposure.course.is_taken or exposure.episode is Episode.ESCALATION:
        return False
    heaviest = case.dated_weight and case.dated_weight.heaviest
    dose, low = mg_per_kg(exposure, heaviest), _usual_from(exposure, case)
    return dose is None or low is None or dose < low


def _usual_from(exposure: Exposure, case: Case) -> float | None:
    """The lower end of the usual range per kg: the indication's, else the standard start."""
    only = exposure.purpose.only
    rows = (
        case.knowledge.indication_doses.dose_statements(
            exposure.drug, only, DoseStatementKind.MAINTENANCE, case.protocol(exposure)
        )
        if only
        else ()
    )
    lows = [row.low for row in rows if row.unit is DoseUnit.MG_PER_KG and row.low is not None]
    return lows[0] if lows else case.knowledge.genotype_doses.standard_start_mg_per_kg(exposure.drug)


def _finding(exposure: Exposure, order: DrugOrder, case: Case) -> Finding:
    culprit = drug_name(order.drug)
    said = case.knowledge.patient_advice.advice(
        Circumstance.ALLOPURINOL_STOPPED, drug=drug_name(exposure.drug)
    )
    unknown = mg_per_kg(exposure, case.dated_weight) is None
    return Finding(
        decision=DecisionKey(DecisionKind.INTERACTION, exposure.key, order.drug),
        indicator=Indicator.WARNING,
        summary=(
            f"{dose_words(exposure, case.weight)}: {culprit} is being stopped, and a dose cut for it "
            "loses effect; plan both"
        ),
        why=(
            Fact(f"{titled(culprit)} being stopped", record_ref=order.record_ref),
            *dose_facts(exposure, case.weight),
        ),
        do=(
            *(
                ("The dose per kg is not known: this holds if the dose was cut for allopurinol.",)
                if unknown
                else ()
            ),
            *said.do,
        ),
        also=said.also,
        citations=said.citations,
        reasons=Reasons.INTERACTION,
    )


RULE = Rule(
    id="allopurinol-stopped",
    question="Is allopurinol stopped while the thiopurine stays at the dose that was cut for it?",
    check=loses_allopurinol,
    needs=NEEDS,
    implements=("F02",),
    at=(ORDER_SIGN,),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=(
        "project",
        "fda-imuran-interactions",
    ),
)
