"""Is a drug planned: an order that is proposed, or that begins on a later day?"""

from cards.assessment.case import Case
from cards.model.dates import sort_key
from cards.model.therapy import Drug, DrugRecord, TherapyState


def plan_of(drug: Drug, case: Case) -> DrugRecord | None:
    """The plan to give a drug, earliest day first; not one that has run out, or that this request signs or ends."""
    planned = [
        record
        for record in case.chart.drug_records
        if record.drug is drug and record.state is TherapyState.PLANNED
    ]
    if not planned or case.is_ending(drug):
        return None
    drafts = {order.record_ref for order in case.chart.draft_orders}
    plans = [
        record
        for record in planned
        if record.record_ref not in drafts
        and not (record.ended_on and record.ended_on.last < case.chart.today)
    ]
    return min(plans, key=lambda one: (one.planned_for is None, sort_key(one.planned_for)), default=None)


def plan_words(plan: DrugRecord) -> str:
    """When it is planned for: "planned for 2026-12-10", "planned, no day stated"."""
    return f"planned for {plan.planned_for}" if plan.planned_for else "planned, no day stated"
