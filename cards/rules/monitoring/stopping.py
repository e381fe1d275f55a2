"""Is a thiopurine stopped earlier than its indication suggests?"""

from cards.assessment.case import Case
from cards.assessment.courses import Course
from cards.assessment.exposures import purpose_of
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.monitoring import Tier
from cards.knowledge.stopping import StopAdvice
from cards.model.conditions import ConditionState, Indication, Problem
from cards.model.facts import FactKind
from cards.model.therapy import THIOPURINES, DrugOrder, OrderIntent
from cards.rules.rule import ORDER_SIGN, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.CONDITIONS, FactKind.COUNTS})
_REASONS_TO_STOP = frozenset(
    {
        Problem.SEPSIS,
        Problem.VARICELLA,
        Problem.ZOSTER,
        Problem.PML,
        Problem.PANCREATITIS,
        Problem.VENO_OCCLUSIVE_DISEASE,
        Problem.CHOLESTASIS_OF_PREGNANCY,
        Problem.CYTOPENIA,
        Problem.LYMPHOMA,
    }
)


def stopped_early(case: Case) -> Outcome:
    """A quiet note when an order ends the drug sooner than the sources advise for its indication.

    Silent for a switch to another thiopurine, a change of dose, and where a reason to stop is on record.
    """
    ended = _ended(case)
    if ended is None:
        return Silent("no thiopurine is being stopped")
    course = case.course(ended.drug)
    only = purpose_of(ended.indications, course, case.chart).only
    if _has_reason_to_stop(only, case):
        return Silent("a reason to stop is on record")
    advice = case.knowledge.stopping.stop_advice(only) if only else ()
    if only is None or not advice:
        return Silent("the sources say nothing about stopping in this indication")
    if course is None or not course.is_taken:
        missing = case.missing(FactKind.MEDICATIONS)
        return Blocked(missing) if missing else Silent("the drug was not being taken")
    early = [one for one in advice if _is_early(one, course, case)]
    if not early:
        return Silent("it was given for as long as the sources advise")
    return Fired((_finding(ended, only, course, early, case),))


def _ended(case: Case) -> DrugOrder | None:
    """The order that ends a thiopurine, where no other order of this request continues a thiopurine."""
    if case.orders_of(*THIOPURINES):
        return None
    orders = case.chart.draft_orders
    return next((one for one in orders if one.drug in THIOPURINES and one.intent is OrderIntent.END), None)


def _has_reason_to_stop(only: Indication | None, case: Case) -> bool:
    has_problem = any(
        record.state is ConditionState.ACTIVE and record.problems & _REASONS_TO_STOP
        for record in case.chart.conditions
    )
    return has_problem or any(
        (newest := case.chart.series(limit.analyte).until(case.chart.today).latest) is not None
        and newest.at_most is not None
        and newest.at_most < limit.below
        for limit in case.knowledge.monitoring.count_limits(Tier.WITHHOLD, case.protocol_in(only))
    )


def _is_early(advice: StopAdvice, course: Course, case: Case) -> bool:
    """Whether the sentence applies: the drug ended before its time, at an unknown time, or no time is set."""
    days = course.days_on(case.chart.today)
    return advice.before_days is None or days is None or days < advice.before_days


def _finding(
    order: DrugOrder, only: Indication, course: Course, early: list[StopAdvice], case: Case
) -> Finding:
    name = drug_name(order.drug)
    days = course.days_on(case.chart.today)
    since = f"taken for {days} days" if days is not None else "taken, since when is not recorded"
    return Finding(
        decision=DecisionKey(DecisionKind.STOPPING, order.record_ref),
        indicator=Indicator.INFO,
        summary=f"{titled(name)} stopped in {only}: {early[0].in_short}; discuss before stopping",
        why=(
            Fact(f"{titled(name)} is ended by this order", record_ref=order.record_ref),
            Fact(f"{titled(name)} {since}", course.started_on, course.latest.record_ref),
            Fact(titled(only.value)),
        ),
        do=tuple(f"{one.text} (grade {one.citation.grade})." for one in early),
        citations=tuple(one.citation for one in early),
        reasons=Reasons.PLAN,
    )


RULE = Rule(
    id="stopping",
    question="Is a thiopurine stopped earlier than its indication suggests?",
    check=stopped_early,
    needs=NEEDS,
    implements=("A12", "A14", "A18", "A19"),
    at=(ORDER_SIGN,),
    highest=Indicator.INFO,
    lowest=Indicator.INFO,
    sources=(
        "clinical-summary-2025",
        "pmc2800017",
    ),
)
