"""Which records leave open when something was, or whether it counts? No rule can go by these, and the card says so."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from cards.model.chart import PatientChart
from cards.model.conditions import ProcedureKind
from cards.model.dates import ClinicalDate, as_current
from cards.model.facts import Availability, FactKind, Unread
from cards.model.medications import RecordKind, RecordStatus, WrittenRecord
from cards.model.therapy import THIOPURINES
from cards.model.vaccines import VaccineKind
from cards.wording import drug_name

# Rules ask how long ago these were; a transplant counts without a date as well.
_DATED = (ProcedureKind.RED_CELL_TRANSFUSION, ProcedureKind.PHOTOTHERAPY, ProcedureKind.DIALYSIS)
_SAY_WHETHER_TAKEN = (RecordKind.ORDER, RecordKind.STATEMENT)
_UNDATED = "no date is recorded"


def doubtful_records(chart: PatientChart, as_of: datetime) -> tuple[Unread, ...]:
    """A note on each record without a usable day, and on each medication whose status does not say if it is taken.

    A record that was not read, or only in part, has its note already.
    """
    told = {one.record_ref for one in chart.unread}
    notes = (
        *_of_patient(chart, as_of),
        *chain.from_iterable(_of_drug(record) for record in chart.drug_records),
        *_of_problems(chart, as_of),
        *_of_procedures(chart, as_of),
        *_of_vaccines(chart, as_of),
        *_of_tests(chart, as_of),
    )
    return tuple(one for one in notes if one.record_ref not in told)


def _of_patient(chart: PatientChart, as_of: datetime) -> Iterator[Unread]:
    known = chart.known.get(FactKind.PATIENT)
    if chart.born_on is None and known is not None and known.availability is Availability.KNOWN:
        yield Unread("", FactKind.PATIENT, "the patient's birth date is not recorded")
    if ahead := _ahead([chart.born_on], as_of):
        yield Unread("", FactKind.PATIENT, f"the patient's birth date, {ahead}, lies ahead")


def _of_drug(record: WrittenRecord) -> Iterator[Unread]:
    course, name = record.course, drug_name(record.drug)
    if course.kind in _SAY_WHETHER_TAKEN and course.status is RecordStatus.OTHER:
        why = f"{name}: its status does not say whether it is taken"
        yield Unread(record.record_ref, FactKind.MEDICATIONS, why)
    is_dated = course.started_on or course.ended_on or course.evidence or course.supply.from_on
    if record.drug in THIOPURINES and not is_dated:
        yield Unread(record.record_ref, FactKind.MEDICATIONS, f"{name}: {_UNDATED}")


def _of_problems(chart: PatientChart, as_of: datetime) -> Iterator[Unread]:
    for problem in chart.conditions:
        if ahead := _ahead([problem.onset_on, problem.recorded_on], as_of):
            yield Unread(problem.record_ref, FactKind.CONDITIONS, _dated(problem.text or "a problem", ahead))


def _of_procedures(chart: PatientChart, as_of: datetime) -> Iterator[Unread]:
    for done in (one for one in chart.procedures if not one.is_planned):
        name = done.text or "a procedure"
        if ahead := _ahead([done.done_on], as_of):
            yield Unread(done.record_ref, FactKind.PROCEDURES, _dated(name, ahead))
        if done.done_on is None and done.kind in _DATED:
            yield Unread(done.record_ref, FactKind.PROCEDURES, f"{name}: {_UNDATED}")


def _of_vaccines(chart: PatientChart, as_of: datetime) -> Iterator[Unread]:
    for given in chart.immunizations:
        name = given.text or given.name or "a vaccine"
        if ahead := _ahead([given.given_on], as_of):
            yield Unread(given.record_ref, FactKind.IMMUNIZATIONS, _dated(name, ahead))
        if given.given_on is None and given.kind is not VaccineKind.NON_LIVE:
            yield Unread(given.record_ref, FactKind.IMMUNIZATIONS, f"{name}: {_UNDATED}")


def _of_tests(chart: PatientChart, as_of: datetime) -> Iterator[Unread]:
    for order in (one for one in chart.test_orders if not one.is_draft):
        if ahead := _ahead([order.ordered_on], as_of):
            yield Unread(order.record_ref, FactKind.ORDERED_TESTS, _dated("a test ordered", ahead))


def _ahead(days: Iterable[ClinicalDate | None], as_of: datetime) -> ClinicalDate | None:
    """The first of the days, where all that are recorded lie ahead of today."""
    known = [day for one in days if (day := as_current(one, as_of)) is not None]
    return known[0] if known and all(day.first > as_of.date() for day in known) else None


def _dated(name: str, ahead: ClinicalDate) -> str:
    return f"{name}: dated {ahead}, which lies ahead"
