"""Which records leave open when something was, or whether it counts? No rule can go by these, and the card says so."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain

from cards.model.chart import PatientChart
from cards.model.conditions import Problem, ProcedureKind
from cards.model.dates import ClinicalDate, as_current
from cards.model.facts import Availability, FactKind, Unread, UnreadReason
from cards.model.labs import Analyte, LabFinding, LabResult
from cards.model.medications import RecordKind, RecordStatus, WrittenRecord
from cards.model.therapy import THIOPURINES, DrugRecord, TherapyState
from cards.model.vaccines import VaccineKind
from cards.wording import drug_name

# Rules ask how long ago these were; a transplant counts without a date as well.
_DATED = (
    ProcedureKind.RED_CELL_TRANSFUSION,
    ProcedureKind.PHOTOTHERAPY,
    ProcedureKind.DIALYSIS,
    ProcedureKind.KIDNEY_TRANSPLANT,
)
_ASKED_ABOUT = (FactKind.COUNTS, FactKind.LIVER)
_MEASURES = (Analyte.BODY_WEIGHT, Analyte.BODY_HEIGHT)  # without a day they warn of a dose, and permit none
_NEWEST_COUNTS = (FactKind.VITALS, FactKind.PREGNANCY, FactKind.SEROLOGY)
# Whether these are under treatment now decides which limits hold for all else.
_DATED_PROBLEMS = frozenset(
    {
        Problem.LEUKEMIA,
        Problem.LYMPHOBLASTIC_LYMPHOMA,
        Problem.ACUTE_MYELOID_LEUKEMIA,
        Problem.ACUTE_PROMYELOCYTIC_LEUKEMIA,
        Problem.KIDNEY_TRANSPLANT,  # its first weeks have limits of their own
    }
)
_SAY_WHETHER_TAKEN = (RecordKind.ORDER, RecordKind.STATEMENT)
_AFTER_THE_END = timedelta(days=91)  # vaccines and counts ask about the drug for so long
_OF_LATE = timedelta(days=365)
_FOLLOWED = timedelta(days=730)  # an order whose end is not recorded
_EVER = timedelta(days=365 * 100)  # pancreatitis is placed on the drug, however long ago
_UNDATED = "no date is recorded"


def doubtful_records(chart: PatientChart, as_of: datetime) -> tuple[Unread, ...]:
    """A note on each record without a usable day, and on each medication whose status does not say if it is taken.

    A record that was not read, or only in part, has its note already.
    """
    told = {one.record_ref for one in chart.unread}
    notes = (
        *_of_patient(chart, as_of),
        *chain.from_iterable(_of_drug(record, as_of) for record in chart.drug_records),
        *_of_problems(chart, as_of),
        *_of_procedures(chart, as_of),
        *_of_vaccines(chart, as_of),
        *_of_tests(chart, as_of),
        *_of_results(chart, as_of),
    )
    return tuple(one for one in notes if one.record_ref not in told)


def doubtful_doses(chart: PatientChart, taken: Iterable[DrugRecord], today: date) -> tuple[Unread, ...]:
    """A note on each thiopurine that is taken, or was of late, whose dose is not readable: no limit was checked.

    A list or a supply seldom says the dose: it has a note only where no other record of the drug does. A record
    that was not read, or only in part, has its note already.
    """
    told = {one.record_ref for one in chart.unread if one.deciding}
    orders = {one.record_ref for one in chart.drug_records if one.course.kind is RecordKind.ORDER}
    own = [one for one in taken if one.drug in THIOPURINES and _may_matter(one, today)]
    with_dose = {one.drug for one in own if one.regimen is not None}
    return tuple(
        Unread(
            one.record_ref,
            FactKind.MEDICATIONS,
            f"its dose could not be read, {one.dose_problem}",
            what=drug_name(one.drug),
            is_counted=True,
        )
        for one in own
        if one.regimen is None
        and one.record_ref not in told
        and (one.record_ref in orders or one.drug not in with_dose)
    )


def _may_matter(record: DrugRecord, today: date) -> bool:
    if record.state is not TherapyState.PAST:
        return True
    end = record.ended_on or (None if record.is_end_assumed else record.supplied_until)
    if end is not None:
        return end.last >= today - _AFTER_THE_END
    return record.started_on is None or record.started_on.last >= today - _AFTER_THE_END - _FOLLOWED


def _of_patient(chart: PatientChart, as_of: datetime) -> Iterator[Unread]:
    known = chart.known.get(FactKind.PATIENT)
    if chart.born_on is None and known is not None and known.availability is Availability.KNOWN:
        yield _doubt("", FactKind.PATIENT, "not recorded", what="the patient's birth date", is_counted=True)
    if ahead := _ahead([chart.born_on], as_of):
        yield _doubt("", FactKind.PATIENT, f"{ahead} is in the future", what="the patient's birth date")


def _of_drug(record: WrittenRecord, as_of: datetime) -> Iterator[Unread]:
    course, name = record.course, drug_name(record.drug)
    if course.kind in _SAY_WHETHER_TAKEN and course.status is RecordStatus.OTHER:
        yield Unread(
            record.record_ref,
            FactKind.MEDICATIONS,
            "its status does not say whether it is taken",
            reason=UnreadReason.STATUS,
            what=name,
            is_counted=True,
        )
    if course.starts_on is None and (ahead := _ahead([course.started_on], as_of)):
        yield _doubt(record.record_ref, FactKind.MEDICATIONS, _lies_ahead(ahead), what=name, is_counted=True)
    is_dated = course.started_on or course.ended_on or course.evidence
    within = _EVER if record.drug in THIOPURINES else _OF_LATE
    if why := _imprecise([course.started_on], as_of, within):
        yield _doubt(record.record_ref, FactKind.MEDICATIONS, why, what=name, is_counted=True)
    if record.drug in THIOPURINES and not is_dated:
        yield _doubt(record.record_ref, FactKind.MEDICATIONS, _UNDATED, what=name, is_counted=True)


def _of_problems(chart: PatientChart, as_of: datetime) -> Iterator[Unread]:
    for problem in chart.conditions:
        name, days = _quoted(problem.text) or "a problem", (problem.onset_on, problem.recorded_on)
        if ahead := _ahead(days, as_of):
            yield _doubt(problem.record_ref, FactKind.CONDITIONS, _lies_ahead(ahead), what=name)
        if why := _imprecise(days, as_of, _EVER if Problem.PANCREATITIS in problem.problems else _OF_LATE):
            yield _doubt(problem.record_ref, FactKind.CONDITIONS, why, what=name, is_counted=True)
        if not any(days) and problem.problems & _DATED_PROBLEMS:
            yield _doubt(problem.record_ref, FactKind.CONDITIONS, _UNDATED, what=name, is_counted=True)


def _of_procedures(chart: PatientChart, as_of: datetime) -> Iterator[Unread]:
    for done in (one for one in chart.procedures if not one.is_planned):
        name = _quoted(done.text) or "a procedure"
        if ahead := _ahead([done.done_on], as_of):
            yield _doubt(done.record_ref, FactKind.PROCEDURES, _lies_ahead(ahead), what=name)
        if done.kind not in _DATED:
            continue
        # Without its day a transplantation raises no ceiling: that hides no warning.
        if why := _UNDATED if done.done_on is None else _imprecise([done.done_on], as_of):
            counts = done.done_on is not None or done.kind is ProcedureKind.KIDNEY_TRANSPLANT
            yield _doubt(done.record_ref, FactKind.PROCEDURES, why, what=name, is_counted=counts)


def _of_vaccines(chart: PatientChart, as_of: datetime) -> Iterator[Unread]:
    for given in chart.immunizations:
        name = _quoted(given.text) or given.name or "a vaccine"
        if ahead := _ahead([given.given_on], as_of):
            yield _doubt(given.record_ref, FactKind.IMMUNIZATIONS, _lies_ahead(ahead), what=name)
        if given.given_on is None and given.kind is not VaccineKind.NON_LIVE:
            yield _doubt(given.record_ref, FactKind.IMMUNIZATIONS, _UNDATED, what=name)


def _of_tests(chart: PatientChart, as_of: datetime) -> Iterator[Unread]:
    for order in (one for one in chart.test_orders if not one.is_draft):
        if ahead := _ahead([order.ordered_on], as_of):
            yield _doubt(order.record_ref, FactKind.ORDERED_TESTS, _lies_ahead(ahead), what="a test ordered")


def _of_results(chart: PatientChart, as_of: datetime) -> Iterator[Unread]:
    """Results without a usable day, where that decides whether they count; a pregnancy shown warns without one.

    Of some kinds only the newest counts: there, one with a usable day is enough. Counts and liver tests count in that
    a rule of their own asks about them.
    """
    for analyte, series in chart.labs.items():
        is_newest = analyte.kind in _NEWEST_COUNTS
        dated = [one for one in series if _is_dated_to_the_day(one, as_of)] if is_newest else []
        if not dated:
            notes = [_without_a_day(one, as_of) for one in series if one.finding is not LabFinding.POSITIVE]
            is_judged_by = analyte in _MEASURES and all(one.taken_on is None for one in series)
            for note in notes:
                if note is not None:
                    yield replace(note, is_counted=True) if is_judged_by and not note.is_counted else note
        elif analyte is Analyte.BODY_WEIGHT:
            yield from _of_weights(series, dated, as_of)


def _of_weights(
    weights: Iterable[LabResult], dated: Iterable[LabResult], as_of: datetime
) -> Iterator[Unread]:
    """The weights without a usable day that differ from all that have one: a newest is compared with those before.

    A lighter one hides a higher dose per kg; a heavier one hides no warning.
    """
    known = [one.value for one in dated if one.value is not None]
    for one in weights:
        if one.value is None or one.value in known or (note := _without_a_day(one, as_of)) is None:
            continue
        yield note if not known or one.value < min(known) else replace(note, is_counted=True)


def _without_a_day(result: LabResult, as_of: datetime) -> Unread | None:
    kind, name = result.analyte.kind, f"{result.analyte.plain_name} {result.reported}".strip()
    if _is_dated(result, as_of):
        why = _imprecise([result.taken_on], as_of)
        return _doubt(result.record_ref, kind, why, what=name, is_counted=True) if why else None
    why = _UNDATED if result.taken_on is None else _lies_ahead(result.taken_on)
    return _doubt(result.record_ref, kind, why, what=name, is_counted=kind in _ASKED_ABOUT)


def _is_dated(result: LabResult, as_of: datetime) -> bool:
    day = as_current(result.taken_on, as_of)
    return day is not None and day.first <= as_of.date()


def _is_dated_to_the_day(result: LabResult, as_of: datetime) -> bool:
    return _is_dated(result, as_of) and not _imprecise([result.taken_on], as_of)


def _ahead(days: Iterable[ClinicalDate | None], as_of: datetime) -> ClinicalDate | None:
    """The first of the days, where all that are recorded lie ahead of today."""
    known = [day for one in days if (day := as_current(one, as_of)) is not None]
    return known[0] if known and all(day.first > as_of.date() for day in known) else None


def _imprecise(days: Iterable[ClinicalDate | None], as_of: datetime, within: timedelta = _OF_LATE) -> str:
    """That the day is not known, as a clause, where a month or year is all, and it may be of late; "" otherwise."""
    known = [day for day in days if day is not None and day.first <= as_of.date()]
    if not known or any(day.is_whole_day for day in known):
        return ""
    of_late = [day for day in known if day.last >= as_of.date() - within]
    return f"dated {of_late[0]}, the day is not recorded" if of_late else ""


def _quoted(text: str) -> str:
    """The sender's words, marked as such."""
    return f"'{text}'" if text else ""


def _lies_ahead(ahead: ClinicalDate) -> str:
    return f"dated {ahead}, in the future"


def _doubt(record_ref: str, kind: FactKind, why: str, *, what: str, is_counted: bool = False) -> Unread:
    return Unread(record_ref, kind, why, reason=UnreadReason.DATE, what=what, is_counted=is_counted)
