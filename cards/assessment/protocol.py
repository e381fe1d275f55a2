"""Which group of patients, with its limits and wording, does a therapy belong to?"""

from dataclasses import replace
from datetime import date

from cards.assessment.body import age_years
from cards.assessment.exposures import Exposure
from cards.assessment.transplants import days_since_transplant
from cards.knowledge.holds_for import ANY
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.leukaemia_limits import LeukaemiaLimitKind, LeukaemiaLimits
from cards.knowledge.monitoring import CountLimit, CountLimits, Tier
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import INDICATION_OF, ConditionRecord, ConditionState, Indication, Problem
from cards.model.dates import ClinicalDate
from cards.model.policy import Policy
from cards.model.protocol import Group, Protocol
from cards.model.therapy import THIOPURINES, Drug, DrugRecord, OrderIntent, TherapyState

LEUKAEMIAS = frozenset(
    {
        Indication.LEUKEMIA,
        Indication.LYMPHOBLASTIC_LYMPHOMA,
        Indication.ACUTE_MYELOID_LEUKEMIA,
        Indication.ACUTE_PROMYELOCYTIC_LEUKEMIA,
    }
)
"""What mercaptopurine or thioguanine is given for as chemotherapy."""

_DISEASES = {
    Problem.LEUKEMIA: Indication.LEUKEMIA,
    Problem.LYMPHOBLASTIC_LYMPHOMA: Indication.LYMPHOBLASTIC_LYMPHOMA,
    Problem.ACUTE_MYELOID_LEUKEMIA: Indication.ACUTE_MYELOID_LEUKEMIA,
    Problem.ACUTE_PROMYELOCYTIC_LEUKEMIA: Indication.ACUTE_PROMYELOCYTIC_LEUKEMIA,
}
_IMMUNE_PROBLEMS = (set(INDICATION_OF) - {Problem.LEUKEMIA}) | {Problem.BULLOUS_PEMPHIGOID}
_IMMUNE_INDICATIONS = set(INDICATION_OF.values()) - LEUKAEMIAS
_ANTILEUKAEMIC = (Drug.METHOTREXATE, Drug.CYCLOPHOSPHAMIDE)  # of the drugs that the rules know


def protocol_of(exposure: Exposure, chart: ChartOfDay, policy: Policy, knowledge: Knowledge) -> Protocol:
    """Whose limits apply to one thiopurine of one patient."""
    return Protocol(
        group=group_of(exposure, chart, knowledge.leukaemia_limits),
        country=_chosen(policy.country),
        age_years=age_years(chart),
        study=_chosen(policy.leukaemia_protocol),
        days_since_transplant=days_since_transplant(chart, policy),
    )


def _chosen(word: str) -> str | None:
    return None if word == ANY else word


def in_group_of(indication: Indication | None, protocol: Protocol) -> Protocol:
    """The same patient as far as one possible indication goes: each is judged by its own group's rows."""
    if indication is None:
        group = Group.IMMUNE
    elif indication is Indication.KIDNEY_TRANSPLANT:
        group = Group.TRANSPLANT
    else:
        group = Group.LEUKAEMIA if indication in LEUKAEMIAS else Group.IMMUNE
    return protocol if protocol.group is group else replace(protocol, group=group)


def tolerance_limits(tier: Tier, protocol: Protocol, monitoring: CountLimits) -> tuple[CountLimit, ...]:
    """The limits by which a dose is tolerated; in leukaemia those of immune-mediated disease.

    Counts that a protocol keeps low on purpose do not show that more is tolerated.
    """
    is_leukaemia = protocol.group is Group.LEUKAEMIA
    return monitoring.count_limits(tier, replace(protocol, group=Group.IMMUNE) if is_leukaemia else protocol)


def group_of(exposure: Exposure, chart: ChartOfDay, leukaemia_limits: LeukaemiaLimits) -> Group:
    """The group of one thiopurine of one patient; transplantation also where it is only one of several reasons.

    Leukaemia needs mercaptopurine or thioguanine and the disease as a reason for the order or therapy,
    or on the problem list. An immune-mediated disease beside it, a remission of a year without another
    antileukaemic drug, and a leukaemia or lymphoma that came after a thiopurine keep the immune limits.
    """
    if _is_leukaemia(exposure, chart, leukaemia_limits):
        return Group.LEUKAEMIA
    is_transplanted = Indication.KIDNEY_TRANSPLANT in exposure.purpose.indications
    return Group.TRANSPLANT if is_transplanted else Group.IMMUNE


def _is_leukaemia(exposure: Exposure, chart: ChartOfDay, leukaemia_limits: LeukaemiaLimits) -> bool:
    if exposure.drug is Drug.AZATHIOPRINE or _is_immune_mediated(exposure, chart):
        return False
    stated = LEUKAEMIAS.intersection(exposure.purpose.indications if exposure.purpose.is_stated else ())
    listed = [record for record in chart.conditions if _is_listed(record)]
    counted = [record for record in listed if not _may_have_come_of_the_drug(record, chart)]
    if not counted and not (stated and _are_unrefuted(stated, listed)):
        return False
    is_off_treatment = bool(counted) and all(
        _is_long_in_remission(record, chart.today, leukaemia_limits) for record in counted
    )
    return not is_off_treatment or _has_another_drug(chart, leukaemia_limits)


def _is_immune_mediated(exposure: Exposure, chart: ChartOfDay) -> bool:
    """Whether such a disease is a reason for any thiopurine, or on the problem list, even unconfirmed."""
    reasons = {
        *exposure.purpose.indications,
        *(reason for record in chart.records_of(*THIOPURINES) for reason in record.indications),
        *(reason for one in chart.draft_orders if one.drug in THIOPURINES for reason in one.indications),
    }
    return bool(reasons & _IMMUNE_INDICATIONS) or any(
        record.problems & _IMMUNE_PROBLEMS and record.state is ConditionState.ACTIVE
        for record in chart.conditions
    )


def _is_listed(record: ConditionRecord) -> bool:
    return (
        bool(record.problems & set(_DISEASES))
        and record.state is ConditionState.ACTIVE
        and record.is_confirmed
    )


def _may_have_come_of_the_drug(record: ConditionRecord, chart: ChartOfDay) -> bool:
    """Whether a disease other than acute lymphoblastic leukaemia may have begun after the first dose."""
    starts = [
        one.started_on for one in chart.records_of(*THIOPURINES) if one.state is not TherapyState.PLANNED
    ]
    if Problem.LEUKEMIA in record.problems or not starts:
        return False
    when = record.onset_on or record.recorded_on
    return when is None or any(start is None or when.last >= start.first for start in starts)


def _are_unrefuted(stated: frozenset[Indication], listed: list[ConditionRecord]) -> bool:
    """Whether no dated record of the stated diseases places them after a thiopurine.

    `listed` are the records that may have come after: an undated one does not speak against an order's reason.
    """
    dated = [record for record in listed if record.onset_on or record.recorded_on]
    named = {_DISEASES[problem] for record in dated for problem in record.problems if problem in _DISEASES}
    return not stated <= named


def _is_long_in_remission(record: ConditionRecord, today: date, leukaemia_limits: LeukaemiaLimits) -> bool:
    """Whether nothing shows that the disease was treated in the last year."""
    days = int(leukaemia_limits.leukaemia_limit(LeukaemiaLimitKind.REMISSION).value)
    dates = (record.onset_on, record.recorded_on)
    return record.is_in_remission and not any(when and when.surely_within(days, today) for when in dates)


def _has_another_drug(chart: ChartOfDay, leukaemia_limits: LeukaemiaLimits) -> bool:
    is_ordered = any(
        order.drug in _ANTILEUKAEMIC and order.intent is OrderIntent.TAKE for order in chart.draft_orders
    )
    return is_ordered or any(
        _is_recent(record, chart.today, leukaemia_limits) for record in chart.records_of(*_ANTILEUKAEMIC)
    )


def _is_recent(record: DrugRecord, today: date, leukaemia_limits: LeukaemiaLimits) -> bool:
    days = int(leukaemia_limits.leukaemia_limit(LeukaemiaLimitKind.REMISSION).value)
    last: ClinicalDate | None = record.ended_on or record.supplied_until or record.started_on
    is_taken = record.state is TherapyState.ACTIVE
    return is_taken or (
        record.state is not TherapyState.PLANNED and last is not None and last.surely_within(days, today)
    )
