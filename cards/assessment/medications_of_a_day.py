"""What do the medication orders and records come to on one day: which state, and how many milligrams?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from cards.assessment.dosage_of_a_day import DoseProblem, regimen_of_day
from cards.assessment.therapy_states import state_of_day
from cards.model.dates import ClinicalDate, sort_key, whole_day
from cards.model.dosage.amounts import BodySize, Measures
from cards.model.labs import Analyte, LabResult, LabSeries
from cards.model.medications import RecordKind, WrittenCourse, WrittenOrder, WrittenRecord
from cards.model.policy import Policy
from cards.model.therapy import DoseRegimen, DrugOrder, DrugRecord, TherapyState

_NO_RESULTS = LabSeries()


def body_size_of_day(labs: Mapping[Analyte, LabSeries], today: date, policy: Policy) -> BodySize:
    """The newest weight that is not too old, and the newest height."""
    weight = _newest(labs.get(Analyte.BODY_WEIGHT, _NO_RESULTS), today)
    height = _newest(labs.get(Analyte.BODY_HEIGHT, _NO_RESULTS), today)
    return BodySize(
        weight_kg=weight.value if weight and _is_recent(weight, today, policy) else None,
        height_cm=height.value if height else None,
    )


def _newest(series: LabSeries, today: date) -> LabResult | None:
    """The newest measured value that is surely not of a later day; of one record, the first."""
    past = [one for one in series.until(today) if one.comparator is None]
    return max(past, key=lambda one: (sort_key(one.taken_on), one.record_ref), default=None)


def _is_recent(result: LabResult, today: date, policy: Policy) -> bool:
    return (
        result.taken_on is not None and result.taken_on.days_before(today) <= policy.weight_unused_after_days
    )


def order_of_day(written: WrittenOrder, body: BodySize, today: date) -> DrugOrder:
    """A draft order with the dose that it comes to today."""
    regimen, problem = _dose(written, body, today, None)
    if regimen is not None and regimen.plan_ended is not None:
        problem = f"every step of the plan has ended: {regimen.plan}"
        regimen = None
    return DrugOrder(
        record_ref=written.record_ref,
        drug=written.drug,
        intent=written.intent,
        regimen=regimen,
        dose_problem=problem,
        product=written.product,
        indications=written.indications,
        reason_text=written.reason_text,
        authored_on=written.authored_on,
        starts_on=written.starts_on,
        replaces_ref=written.replaces_ref,
        ordered_by=written.ordered_by,
        encounter=written.encounter,
        is_selected=written.is_selected,
        is_oral=written.is_oral,
        text=written.text,
    )


def record_of_day(written: WrittenRecord, body: BodySize, today: date, policy: Policy) -> DrugRecord:
    """A record with its state and its dose of today."""
    regimen, problem = _dose(written, body, today, written.begins_on)
    course = _until_the_plan_ended(written.course, regimen)
    ended = written if course is written.course else replace(written, course=course)
    told = state_of_day(ended, regimen, today, policy)
    return DrugRecord(
        record_ref=written.record_ref,
        drug=written.drug,
        state=told.state,
        regimen=regimen,
        dose_problem=problem,
        product=written.product,
        indications=written.indications,
        started_on=course.started_on,
        ended_on=_end_of_day(course.ended_on, told.state, today),
        supplied_until=told.supplied_until,
        shown_until=told.shown_until,
        ended_by=told.ended_by,
        is_end_assumed=told.is_end_assumed,
        is_held_for_admission=course.is_held_for_admission,
        ordered_by=written.ordered_by,
        encounter=written.encounter,
        setting=written.setting,
        is_oral=written.is_oral,
        text=written.text,
        planned_for=course.starts_on if told.state is TherapyState.PLANNED else None,
        is_stale_report=told.is_stale_report,
        reported_on=_reported_on(course, today),
        is_contradictory=written.is_contradictory,
    )


def _reported_on(course: WrittenCourse, today: date) -> date | None:
    """The day on which a statement was last said to hold: it may be newer than the start that it names."""
    if course.kind is not RecordKind.STATEMENT:
        return None
    return max((day.last for day in course.evidence if day.last <= today), default=None)


def _end_of_day(ended_on: ClinicalDate | None, state: TherapyState, today: date) -> ClinicalDate | None:
    """The recorded end; what was stopped before the end that was planned for it ended on a day not recorded."""
    is_ahead = ended_on is not None and ended_on.first > today
    return None if is_ahead and state is TherapyState.PAST else ended_on


def _until_the_plan_ended(course: WrittenCourse, regimen: DoseRegimen | None) -> WrittenCourse:
    """The course, ended with the last step of a plan that names the days of each, where it does not end before."""
    if regimen is None or regimen.plan_ended is None:
        return course
    if course.ended_on is not None and course.ended_on.last <= regimen.plan_ended:
        return course
    return replace(course, ended_on=whole_day(regimen.plan_ended))


def _dose(
    written: WrittenOrder | WrittenRecord, body: BodySize, today: date, begins_on: ClinicalDate | None
) -> tuple[DoseRegimen | None, str]:
    """Today's regimen, or why there is none."""
    if written.dose_problem:
        return None, written.dose_problem
    begins = begins_on.first if begins_on else None
    read = regimen_of_day(written.dosages, Measures(written.product, body), today, begins)
    return (None, read.why) if isinstance(read, DoseProblem) else (read, "")
