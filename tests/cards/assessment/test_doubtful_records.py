"""Which records leave open when something was, or whether it counts?"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cards.assessment.chart_of_a_day import chart_of_day
from cards.assessment.doubtful_records import doubtful_doses, doubtful_records
from cards.model.chart import PatientChart
from cards.model.conditions import ConditionRecord, ConditionState, Problem, ProcedureKind, ProcedureRecord
from cards.model.dates import whole_day
from cards.model.facts import Availability, FactKind, Known, Unread, UnreadReason
from cards.model.labs import Analyte, LabFinding, LabResult, series_of
from cards.model.medications import RecordKind, RecordStatus, Supply, WrittenCourse, WrittenRecord
from cards.model.tests_ordered import OrderableTest, TestOrder
from cards.model.therapy import DoseRegimen, Drug, DrugRecord, Product, TherapyState
from cards.model.vaccines import ImmunizationRecord, VaccineKind
from fhir_mappers.json.dates import clinical_date
from tests.builders import POLICY

AS_OF = datetime(2026, 3, 10, 12, tzinfo=UTC)
PAST, TOMORROW, AHEAD = (whole_day(date(*day)) for day in ((2026, 3, 10), (2026, 3, 11), (2026, 3, 12)))
LONG_AGO, LAST_YEAR, THIS_YEAR = (clinical_date(text, UTC) for text in ("2024", "2025", "2026"))
TESTS = frozenset({OrderableTest.TPMT})


KNOWN = {FactKind.PATIENT: Known(Availability.KNOWN)}
UNTOLD = "azathioprine: its status does not say whether it is taken"


def drug(kind=RecordKind.ORDER, status=RecordStatus.TAKEN, day=PAST, name=Drug.AZATHIOPRINE, **more):
    course = WrittenCourse(kind, status, started_on=day, **more)
    return PatientChart(drug_records=(WrittenRecord("X/1", name, Product(), course),))


def problem(onset=None, recorded=None, text="Sepsis", kind=Problem.SEPSIS):
    found = ConditionRecord(
        "X/1",
        frozenset({kind}),
        ConditionState.ACTIVE,
        onset_on=onset,
        recorded_on=recorded,
        text=text,
    )
    return PatientChart(conditions=(found,))


def done(day, kind=ProcedureKind.PHOTOTHERAPY, **more):
    return PatientChart(procedures=(ProcedureRecord("X/1", kind, day, **more),))


def given(day, kind=VaccineKind.LIVE, name="mumps", text=""):
    return PatientChart(immunizations=(ImmunizationRecord("X/1", kind, name, given_on=day, text=text),))


def pregnancy_test(day, finding=LabFinding.NEGATIVE):
    found = LabResult(Analyte.HCG, "X/1", finding=finding, taken_on=day)
    return PatientChart(labs={Analyte.HCG: series_of([found])})


def weights(*days, kg=(80, 80)):
    found = [
        LabResult(Analyte.BODY_WEIGHT, "X/1", value, taken_on=day, reported=f"{value} kg")
        for day, value in zip(days, kg, strict=False)
    ]
    return PatientChart(labs={Analyte.BODY_WEIGHT: series_of(found)})


def counts(*days, kind=Analyte.WBC):
    return PatientChart(labs={kind: series_of([LabResult(kind, "X/1", 4, taken_on=day) for day in days])})


def ordered(day, *, is_draft=False):
    return PatientChart(test_orders=(TestOrder("X/1", TESTS, is_draft, day),))


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        (problem(PAST), None),
        (problem(TOMORROW), None),  # a site further east
        (problem(PAST, AHEAD), None),
        (problem(), None),  # counts as it stands
        (problem(THIS_YEAR), "'Sepsis': dated 2026, the day is not recorded"),
        (problem(LAST_YEAR, LAST_YEAR), "'Sepsis': dated 2025, the day is not recorded"),
        (problem(LONG_AGO), None),
        (problem(LONG_AGO, kind=Problem.PANCREATITIS), "'Sepsis': dated 2024, the day is not recorded"),
        (problem(THIS_YEAR, PAST), None),
        (problem(kind=Problem.KIDNEY_TRANSPLANT), "'Sepsis': no date is recorded"),
        (problem(recorded=LONG_AGO, kind=Problem.KIDNEY_TRANSPLANT), None),
        (problem(kind=Problem.LEUKEMIA), "'Sepsis': no date is recorded"),
        (problem(PAST, kind=Problem.LEUKEMIA), None),
        (problem(AHEAD), "'Sepsis' not used: dated 2026-03-12, in the future"),
        (problem(AHEAD, AHEAD, text=""), "a problem not used: dated 2026-03-12, in the future"),
        (done(PAST), None),
        (done(AHEAD), "a procedure not used: dated 2026-03-12, in the future"),
        (done(AHEAD, is_planned=True), None),
        (done(None), "a procedure not used: no date is recorded"),
        (done(None, text="PUVA"), "'PUVA' not used: no date is recorded"),
        (done(None, is_planned=True), None),
        (done(None, ProcedureKind.STEM_CELL_TRANSPLANT), None),
        (done(None, ProcedureKind.KIDNEY_TRANSPLANT), "a procedure: no date is recorded"),
        (
            done(THIS_YEAR, ProcedureKind.KIDNEY_TRANSPLANT),
            "a procedure: dated 2026, the day is not recorded",
        ),
        (done(LONG_AGO, ProcedureKind.KIDNEY_TRANSPLANT), None),
        (done(THIS_YEAR, ProcedureKind.STEM_CELL_TRANSPLANT), None),
        (done(THIS_YEAR), "a procedure: dated 2026, the day is not recorded"),
        (given(PAST), None),
        (given(AHEAD), "mumps not used: dated 2026-03-12, in the future"),
        (given(None), "mumps not used: no date is recorded"),
        (given(None, name="", text="MMR"), "'MMR' not used: no date is recorded"),
        (given(None, VaccineKind.UNCERTAIN, name=""), "a vaccine not used: no date is recorded"),
        (given(None, VaccineKind.NON_LIVE), None),
        (ordered(PAST), None),
        (ordered(None), None),
        (ordered(AHEAD), "a test ordered not used: dated 2026-03-12, in the future"),
        (ordered(AHEAD, is_draft=True), None),
        (PatientChart(born_on=PAST), None),
        (PatientChart(born_on=AHEAD), "the patient's birth date not used: 2026-03-12 is in the future"),
        (PatientChart(), None),  # no Patient came
        (PatientChart(known=KNOWN), "the patient's birth date: not recorded"),
        (PatientChart(known=KNOWN, born_on=PAST), None),
        (PatientChart(known={FactKind.PATIENT: Known(Availability.UNKNOWN)}), None),
        (drug(), None),
        (drug(RecordKind.STATEMENT), None),
        (drug(status=RecordStatus.OTHER), UNTOLD),
        (drug(RecordKind.STATEMENT, RecordStatus.OTHER), UNTOLD),
        (drug(RecordKind.DISPENSE, RecordStatus.OTHER), None),  # it was handed over
        (drug(day=None), "azathioprine: no date is recorded"),
        (
            drug(day=None, supply=Supply(from_on=PAST)),
            "azathioprine: no date is recorded",
        ),  # valid since, taken since when?
        (drug(day=None, evidence=(PAST,)), None),
        (drug(day=None, ended_on=PAST), None),
        (drug(day=None, name=Drug.WARFARIN), None),
        (drug(day=THIS_YEAR), "azathioprine: dated 2026, the day is not recorded"),
        (drug(day=LONG_AGO), "azathioprine: dated 2024, the day is not recorded"),
        (drug(day=LONG_AGO, name=Drug.WARFARIN), None),
        (drug(day=AHEAD), "azathioprine: dated 2026-03-12, in the future"),
        (drug(day=AHEAD, starts_on=AHEAD), None),  # planned for that day
        (pregnancy_test(PAST), None),
        (pregnancy_test(TOMORROW), None),
        (pregnancy_test(AHEAD), "hCG not used: dated 2026-03-12, in the future"),
        (pregnancy_test(None), "hCG not used: no date is recorded"),
        (pregnancy_test(None, LabFinding.POSITIVE), None),
        (pregnancy_test(THIS_YEAR), "hCG: dated 2026, the day is not recorded"),
        (counts(None), "white cell count: no date is recorded"),
        (counts(AHEAD), "white cell count: dated 2026-03-12, in the future"),
        (counts(PAST, THIS_YEAR), "white cell count: dated 2026, the day is not recorded"),
        (counts(PAST, kind=Analyte.CREATININE), None),
        (counts(PAST, None, kind=Analyte.CREATININE), "creatinine not used: no date is recorded"),
        (weights(PAST), None),
        (weights(AHEAD), "body weight 80 kg not used: dated 2026-03-12, in the future"),
        (weights(None), "body weight 80 kg: no date is recorded"),
        (weights(None, PAST), None),
        (weights(THIS_YEAR, PAST), None),
        (weights(None, PAST, kg=(31.8, 70.1)), "body weight 31.8 kg not used: no date is recorded"),
        (
            weights(THIS_YEAR, PAST, kg=(31.8, 70.1)),
            "body weight 31.8 kg: dated 2026, the day is not recorded",
        ),
        (weights(LONG_AGO, PAST, kg=(31.8, 70.1)), None),
        (weights(PAST, PAST, kg=(31.8, 70.1)), None),
        (weights(None, PAST, kg=(70.1, 31.8)), "body weight 70.1 kg: no date is recorded"),
        (
            weights(THIS_YEAR, PAST, kg=(70.1, 31.8)),
            "body weight 70.1 kg: dated 2026, the day is not recorded",
        ),
        (weights(None, PAST, kg=(None, 31.8)), None),
        (weights(None, PAST, kg=(31.8, None)), "body weight 31.8 kg not used: no date is recorded"),
    ],
)
def test_a_record_without_a_usable_day_is_told(chart, expected):
    assert [one.in_words for one in doubtful_records(chart, AS_OF)] == ([expected] if expected else [])


def test_the_chart_of_the_day_holds_the_notes():
    assert chart_of_day(given(None), AS_OF, POLICY).unread == (
        Unread("X/1", FactKind.IMMUNIZATIONS, "no date is recorded", reason=UnreadReason.DATE, what="mumps"),
    )


def test_a_record_that_was_not_read_is_told_once():
    whole = given(None)
    note = Unread("X/1", FactKind.IMMUNIZATIONS, "its date is not valid FHIR")

    assert doubtful_records(replace(whole, unread=(note,)), AS_OF) == ()


def taken(state=TherapyState.ACTIVE, name=Drug.AZATHIOPRINE, **more):
    return DrugRecord("X/1", name, state, dose_problem="'as directed' is not a dose", **more)


UNREADABLE = "azathioprine: its dose could not be read, 'as directed' is not a dose"
OLD, RECENT = (whole_day(date(2026, 3, 10) - timedelta(days)) for days in (92, 91))
TWO_YEARS_BEFORE, EARLIER = (whole_day(date(2026, 3, 10) - timedelta(days)) for days in (821, 822))
TODAY = date(2026, 3, 10)


def doses(*records, chart=None):
    return [one.in_words for one in doubtful_doses(chart or drug(), records, TODAY)]


@pytest.mark.parametrize(
    ("record", "is_told"),
    [
        (taken(), True),
        (taken(TherapyState.HELD), True),
        (taken(TherapyState.PAST), True),  # nobody knows since when
        (taken(TherapyState.PAST, ended_on=RECENT), True),
        (taken(TherapyState.PAST, ended_on=OLD, started_on=RECENT), False),
        (taken(TherapyState.PAST, supplied_until=OLD), False),
        (
            taken(TherapyState.PAST, supplied_until=OLD, is_end_assumed=True, started_on=TWO_YEARS_BEFORE),
            True,
        ),
        (taken(TherapyState.PAST, supplied_until=RECENT, is_end_assumed=True, started_on=EARLIER), False),
        (taken(TherapyState.PAST, started_on=TWO_YEARS_BEFORE), True),  # may have been followed so long
        (taken(TherapyState.PAST, started_on=EARLIER), False),
        (taken(name=Drug.WARFARIN), False),
        (replace(taken(), regimen=DoseRegimen(50, "50 mg")), False),
    ],
)
def test_a_thiopurine_taken_or_of_late_without_a_readable_dose_is_told(record, is_told):
    assert doses(record) == [UNREADABLE] * is_told
    assert doses(record, chart=replace(drug(), unread=(Unread("X/1", None, "its status"),))) == []


@pytest.mark.parametrize(
    ("kind", "is_told"),
    [(RecordKind.ORDER, True), (RecordKind.STATEMENT, False), (RecordKind.DISPENSE, False)],
)
def test_a_list_or_a_supply_without_a_dose_is_told_only_where_no_other_record_says_it(kind, is_told):
    other = replace(taken(), record_ref="X/2", regimen=DoseRegimen(50, "50 mg"))
    other_drug = replace(other, drug=Drug.MERCAPTOPURINE)

    assert doses(taken(), other, chart=drug(kind)) == [UNREADABLE] * is_told
    assert doses(taken(), other_drug, chart=drug(kind)) == [UNREADABLE]
