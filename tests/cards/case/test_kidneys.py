import pytest

from cards.case.kidneys import Impairment, kidneys_of
from cards.finding import Fact
from cards.knowledge.default_policy import default_policy
from cards.model.conditions import ConditionState, Problem, ProcedureKind
from cards.model.labs import Analyte
from tests.builders import chart, days_ago, on, problem, procedure, result

ACUTE, DIALYSIS, STAGE_4 = Problem.ACUTE_KIDNEY_INJURY, Problem.DIALYSIS, Problem.SEVERE_KIDNEY_DISEASE
CKD = Problem.CHRONIC_KIDNEY_DISEASE


def egfr(value, taken="2026-11-20", **fields):
    return result(Analyte.EGFR, value, taken, unit="mL/min/{1.73_m2}", **fields)


def creatinine(value, high=1.2):
    return result(Analyte.CREATININE, value, unit="mg/dL", reference_high=high)


def kidneys(*facts):
    return kidneys_of(chart(*facts), default_policy())


@pytest.mark.parametrize(
    ("value", "comparator", "impairment"),
    [
        (29.9, None, Impairment.SEVERE_EGFR),
        (29.96, None, Impairment.REDUCED),  # prints as 30
        (30, None, Impairment.REDUCED),
        (30, "<", Impairment.SEVERE_EGFR),
        (15, "<", Impairment.SEVERE_EGFR),
        (59.9, None, Impairment.REDUCED),
    ],
)
def test_an_egfr_below_30_is_severe_and_below_60_reduced(value, comparator, impairment):
    assert kidneys(egfr(value, comparator=comparator)).impairment is impairment


@pytest.mark.parametrize(("value", "comparator"), [(60, None), (94, None), (60, ">"), (20, ">")])
def test_other_values_show_no_impairment(value, comparator):
    assert kidneys(egfr(value, comparator=comparator)) is None


def test_an_egfr_is_told_with_its_date_and_record():
    found = kidneys(egfr(24, is_preliminary=True, ref="Observation/1"))

    assert found.facts == (
        Fact("Kidney function: eGFR 24 mL/min/1.73 m2, preliminary", on("2026-11-20"), "Observation/1"),
    )
    assert found.words == "eGFR 24 mL/min/1.73 m2"


@pytest.mark.parametrize(("day", "counts"), [(365, True), (366, False)])
def test_an_egfr_of_a_year_ago_still_counts(day, counts):
    assert (kidneys(egfr(20, str(days_ago(day)))) is not None) is counts


def test_nothing_on_record_is_no_impairment():
    assert kidneys() is None


@pytest.mark.parametrize(("earlier", "is_new"), [(90, True), (91, False)])
def test_an_egfr_is_newly_low_unless_one_older_than_90_days_was_as_low(earlier, is_new):
    found = kidneys(egfr(25, str(days_ago(earlier))), egfr(24))

    assert found.is_newly_low is is_new


def test_an_undated_low_egfr_proves_nothing_earlier():
    assert kidneys(egfr(25, None), egfr(24)).is_newly_low


def test_acute_injury_leads_over_everything():
    found = kidneys(egfr(80), problem(DIALYSIS), problem(ACUTE, recorded="2026-11-01"))

    assert (found.impairment, found.is_severe, found.is_certain) == (Impairment.ACUTE, True, True)
    assert found.words == "acute kidney injury or oliguria"


@pytest.mark.parametrize(("days", "counts"), [(30, True), (31, False)])
def test_acute_injury_counts_for_30_days(days, counts):
    found = kidneys(problem(ACUTE, recorded=str(days_ago(days))))

    assert (found is not None) is counts


def test_unconfirmed_acute_injury_is_possible():
    assert kidneys(problem(ACUTE, is_confirmed=False)).words == "possible acute kidney injury or oliguria"


def test_coded_dialysis_counts_unless_an_egfr_speaks_against_it():
    assert kidneys(problem(DIALYSIS)).impairment is Impairment.DIALYSIS
    assert kidneys(problem(DIALYSIS), egfr(9)).impairment is Impairment.DIALYSIS
    assert kidneys(problem(DIALYSIS), egfr(55)).impairment is Impairment.REDUCED
    assert kidneys(problem(DIALYSIS, state=ConditionState.RESOLVED)) is None
    assert kidneys(problem(DIALYSIS, is_confirmed=False)) is None


@pytest.mark.parametrize(
    ("session", "counts"),
    [
        (procedure(ProcedureKind.DIALYSIS, str(days_ago(30))), True),
        (procedure(ProcedureKind.DIALYSIS, str(days_ago(31))), False),
        (procedure(ProcedureKind.DIALYSIS, None), False),
        (procedure(ProcedureKind.DIALYSIS, is_planned=True), False),
        (procedure(ProcedureKind.PHOTOTHERAPY), False),
    ],
)
def test_a_dialysis_session_counts_for_30_days(session, counts):
    assert (kidneys(session) is not None) is counts


def test_a_stage_counts_only_without_an_egfr():
    assert kidneys(problem(STAGE_4)).words == "chronic kidney disease stage 4 or 5"
    assert kidneys(problem(STAGE_4), egfr(70)) is None


def test_kidney_disease_without_egfr_or_stage_is_reduced():
    found = kidneys(problem(CKD, recorded="2024-05-01"))

    assert (found.impairment, found.is_severe) == (Impairment.REDUCED, False)
    assert found.facts == (Fact("Chronic kidney disease, eGFR not known", on("2024-05-01"), "Condition/ckd"),)


@pytest.mark.parametrize(
    ("value", "high", "counts"), [(1.3, 1.2, True), (1.2, 1.2, False), (9.0, None, False)]
)
def test_creatinine_counts_only_above_the_laboratory_s_own_range(value, high, counts):
    assert (kidneys(creatinine(value, high)) is not None) is counts
