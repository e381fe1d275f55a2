import pytest

from cards.assessment.kidneys import Impairment, kidneys_of
from cards.finding import Fact
from cards.knowledge.default_policy import default_policy
from cards.model.chart import Sex
from cards.model.conditions import ConditionState, Problem, ProcedureKind
from cards.model.labs import Analyte
from tests.builders import KNOWLEDGE, chart, days_ago, on, problem, procedure, result

ACUTE, DIALYSIS, STAGE_4 = Problem.ACUTE_KIDNEY_INJURY, Problem.DIALYSIS, Problem.SEVERE_KIDNEY_DISEASE
CKD = Problem.CHRONIC_KIDNEY_DISEASE


def egfr(value, taken="2026-11-20", **fields):
    return result(Analyte.EGFR, value, taken, unit="mL/min/{1.73_m2}", **fields)


def creatinine(value, high=1.2, taken="2026-11-20", **fields):
    return result(Analyte.CREATININE, value, taken, unit="mg/dL", reference_high=high, **fields)


WOMAN_OF_62 = {"born_on": on("1964-03-15"), "sex": Sex.FEMALE}


def kidneys(*facts, **fields):
    return kidneys_of(chart(*facts, **fields), default_policy(), KNOWLEDGE.formulas)


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
    ("value", "high", "counts"), [(1.3, 1.2, True), (1.2, 1.2, False), (1.2, None, False)]
)
def test_a_child_s_creatinine_counts_above_the_laboratory_s_own_range(value, high, counts):
    found = kidneys(creatinine(value, high), born_on=on("2018-03-15"))

    assert (found is not None) is counts
    assert found is None or found.facts[0].text == (
        "Creatinine 1.3 mg/dL, above the laboratory's range, eGFR not known"
    )


@pytest.mark.parametrize(
    ("value", "born", "words"),
    [
        (9.0, "2018-03-15", "creatinine 9 mg/dL in a child without a height of these days"),
        (3.4, None, "creatinine 3.4 mg/dL at an unknown age"),
        (2.4, None, "creatinine 2.4 mg/dL at an unknown age"),  # 29.3 in a woman of 18
    ],
)
def test_without_an_adult_s_age_a_creatinine_counts_that_is_too_high_at_any(value, born, words):
    found = kidneys(creatinine(value, None), born_on=born and on(born), sex=Sex.FEMALE)

    where = words.partition("mg/dL ")[2]
    assert (found.words, found.impairment, found.egfr) == (words, Impairment.SEVERE_CREATININE, None)
    assert found.facts[0].text == f"Creatinine {value:g} mg/dL, eGFR not computed {where}"


@pytest.mark.parametrize(
    ("value", "born", "reduced"),
    [
        (2.3, None, True),  # 30.8 in a woman of 18
        (1.4, None, True),  # 55.9
        (1.3, None, False),  # 61.2
        (2.1, "2014-03-15", True),
        (1.3, "2014-03-15", False),  # a child's may be reduced all the same: no height says so
    ],
)
def test_what_would_be_low_in_any_adult_is_reduced_and_shows_no_number(value, born, reduced):
    found = kidneys(creatinine(value, None), born_on=born and on(born), sex=Sex.FEMALE)

    assert (found is not None) is reduced
    if found:
        assert (found.impairment, found.egfr) == (Impairment.REDUCED, None)
        where = "in a child without a height of these days" if born else "at an unknown age"
        assert found.facts[0].text == f"Creatinine {value:g} mg/dL, eGFR not computed {where}"


def test_without_an_egfr_it_is_computed_from_the_creatinine():
    found = kidneys(creatinine(3.4), **WOMAN_OF_62)

    assert (found.impairment, found.is_newly_low) == (Impairment.SEVERE_EGFR, True)
    assert found.words == "computed eGFR 14.7 mL/min/1.73 m2"
    assert found.facts == (
        Fact(
            "Creatinine 3.4 mg/dL: eGFR 14.7 mL/min/1.73 m2, computed by CKD-EPI 2021, age 62, female",
            on("2026-11-20"),
            "Observation/creatinine-2026-11-20",
        ),
    )


@pytest.mark.parametrize(
    ("value", "impairment"),
    [
        (1.88, Impairment.SEVERE_EGFR),  # 29.9
        (1.87, Impairment.REDUCED),  # 30.1
        (1.06, Impairment.REDUCED),  # 59.4
        (1.04, None),  # 60.8
    ],
)
def test_a_computed_egfr_has_the_limits_of_a_measured_one(value, impairment):
    found = kidneys(creatinine(value, None), **WOMAN_OF_62)

    assert (found.impairment if found else None) is impairment


@pytest.mark.parametrize(
    ("reported", "words"),
    [
        (egfr(45), "reduced"),  # of the same day: the laboratory's own stands
        (egfr(45, "2026-11-21"), "reduced"),
        (egfr(45, "2026-11-19"), "computed eGFR 14.7 mL/min/1.73 m2"),  # the creatinine is newer
        (egfr(45, "2026-11"), "reduced"),
        (egfr(None), "computed eGFR 14.7 mL/min/1.73 m2"),  # a word
    ],
)
def test_the_laboratory_s_own_egfr_wins_where_it_is_as_new(reported, words):
    assert kidneys(reported, creatinine(3.4), **WOMAN_OF_62).words == words


def test_a_normal_computed_egfr_takes_no_impairment_away():
    normal = creatinine(0.8)

    assert kidneys(egfr(22, "2026-11-01"), normal, **WOMAN_OF_62).words == "eGFR 22 mL/min/1.73 m2"
    assert kidneys(problem(STAGE_4), normal, **WOMAN_OF_62).words == "chronic kidney disease stage 4 or 5"
    assert kidneys(problem(ACUTE, recorded="2026-11-01"), normal).impairment is Impairment.ACUTE
    assert kidneys(problem(DIALYSIS), normal, **WOMAN_OF_62).impairment is Impairment.DIALYSIS


def test_a_computed_egfr_replaces_the_line_that_none_is_known():
    found = kidneys(problem(CKD), creatinine(1.5), **WOMAN_OF_62)

    assert [fact.text.split(", computed")[0] for fact in found.facts] == [
        "Creatinine 1.5 mg/dL: eGFR 39.2 mL/min/1.73 m2"
    ]


def test_a_creatinine_above_the_range_with_a_normal_computed_egfr_says_it():
    found = kidneys(creatinine(1.0, 0.9), **WOMAN_OF_62)

    assert [fact.text for fact in found.facts] == [
        "Creatinine 1 mg/dL, above the laboratory's range, computed eGFR 63.7"
    ]


@pytest.mark.parametrize(
    ("earlier", "is_new"),
    [
        (creatinine(3.3, taken=str(days_ago(90))), True),
        (creatinine(3.3, taken=str(days_ago(91))), False),
        (egfr(25, str(days_ago(400))), False),
        (problem(STAGE_4), False),
        (creatinine(None, taken=str(days_ago(91))), True),
    ],
)
def test_a_computed_egfr_is_newly_low_unless_something_older_shows_it(earlier, is_new):
    assert kidneys(earlier, creatinine(3.4), **WOMAN_OF_62).is_newly_low is is_new


@pytest.mark.parametrize("value", [0, None])
def test_a_creatinine_that_measures_nothing_gives_no_egfr(value):
    assert kidneys(creatinine(value), **WOMAN_OF_62) is None


def test_in_pregnancy_the_creatinine_itself_speaks():
    pregnant = problem(Problem.PREGNANCY, recorded="2026-10-01")

    found = kidneys(creatinine(3.4), pregnant)

    assert (found.impairment, found.is_severe, found.egfr) == (Impairment.SEVERE_CREATININE, True, None)
    assert found.words == "creatinine 3.4 mg/dL in pregnancy"
    assert [fact.text for fact in found.facts] == ["Creatinine 3.4 mg/dL, eGFR not computed in pregnancy"]
    assert kidneys(creatinine(1.3, None), pregnant) is None
    assert kidneys(creatinine(1.3, 1.2), pregnant).facts[0].text == (
        "Creatinine 1.3 mg/dL, above the laboratory's range, eGFR not known"
    )


def test_a_creatinine_that_rises_within_days_is_acute():
    found = kidneys(creatinine(0.9, taken="2026-11-15"), creatinine(2.6, is_preliminary=True), egfr(70))

    assert (found.impairment, found.is_severe, found.is_acute) == (Impairment.CREATININE_RISE, True, True)
    assert found.words == "creatinine risen from 0.9 to 2.6 mg/dL within days"
    assert [fact.text for fact in found.facts] == [
        "Creatinine 2.6 mg/dL, preliminary, a rise as in acute kidney injury",
        "Creatinine 0.9 mg/dL",
    ]


@pytest.mark.parametrize(("days", "is_acute"), [(30, True), (31, False)])
def test_a_rise_counts_for_30_days(days, is_acute):
    found = kidneys(
        creatinine(0.9, taken=str(days_ago(days + 2))), creatinine(2.6, taken=str(days_ago(days)))
    )

    assert found.is_acute is is_acute
