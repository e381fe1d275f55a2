"""eGFR computed from creatinine, and a creatinine that rises (primary-sources.md, 6.1)."""

import pytest

from cards.assessment.filtration import ckd_epi, creatinine_rise, filtration_of
from cards.knowledge.default_policy import default_policy
from cards.knowledge.formulas import Formula
from cards.knowledge.sources import Grade
from cards.model.chart import Sex
from cards.model.conditions import ConditionState, Problem, ProcedureKind
from cards.model.labs import Analyte
from tests.builders import KNOWLEDGE, chart, days_ago, on, problem, procedure, result

BORN = on("1976-11-20")  # 50 on the day of the creatinine


def creatinine(value, taken="2026-11-20", **fields):
    return result(Analyte.CREATININE, value, taken, unit="mg/dL", **fields)


def computed(found, *facts, **fields):
    fields.setdefault("born_on", BORN)
    fields.setdefault("sex", Sex.FEMALE)
    return filtration_of(found, chart(found, *facts, **fields), default_policy(), KNOWLEDGE.formulas)


@pytest.mark.parametrize(
    ("mg_per_dl", "age", "sex", "egfr"),
    [
        (1.0, 50, Sex.MALE, 91.7),  # 142 x (1/0.9)^-1.2 x 0.9938^50
        (1.0, 50, Sex.FEMALE, 68.6),  # 142 x (1/0.7)^-1.2 x 0.9938^50 x 1.012
        (0.9, 50, Sex.MALE, 104.0),  # both factors 1
        (0.5, 50, Sex.MALE, 124.3),  # (0.5/0.9)^-0.302
        (0.5, 50, Sex.FEMALE, 114.2),  # (0.5/0.7)^-0.241
        (3.4, 62, Sex.FEMALE, 14.7),
        (9.4, 42, Sex.MALE, 6.5),
    ],
)
def test_the_equation(mg_per_dl, age, sex, egfr):
    assert round(ckd_epi(mg_per_dl, age, sex, KNOWLEDGE.formulas), 1) == egfr


def test_the_numbers_are_rows_with_a_source():
    assert dict(KNOWLEDGE.formulas.numbers_of(Formula.CKD_EPI)) == {
        "factor": 142,
        "kappa of women": 0.7,
        "kappa of men": 0.9,
        "power of women below kappa": -0.241,
        "power of men below kappa": -0.302,
        "power above kappa": -1.2,
        "factor of a year of age": 0.9938,
        "factor of women": 1.012,
        "youngest age": 18,
    }
    assert {formula: KNOWLEDGE.formulas.citation_of(formula).grade for formula in Formula} == {
        Formula.CKD_EPI: Grade.GUIDELINE,
        Formula.ACUTE_INJURY: Grade.PROJECT,
        Formula.AFTER_TRANSPLANT: Grade.PROJECT,
        Formula.MOSTELLER: Grade.SECONDARY,
        Formula.POUNDS: Grade.SECONDARY,
        Formula.ADULT_WEIGHT: Grade.SECONDARY,
        Formula.CHILD_WEIGHT: Grade.PROJECT,
    }


def test_an_egfr_has_the_date_and_record_of_its_creatinine():
    source = creatinine(1.0, is_preliminary=True)

    found = computed(source)

    assert (found.egfr.value, found.egfr.taken_on, found.egfr.record_ref) == (
        68.6,
        source.taken_on,
        source.record_ref,
    )
    assert found.egfr.is_preliminary
    assert found.inputs == "CKD-EPI 2021, age 50, female"


@pytest.mark.parametrize("sex", [None, Sex.OTHER])
def test_without_a_sex_the_lower_of_both_values_stands(sex):
    found = computed(creatinine(1.0), sex=sex)

    assert found.egfr.value == 68.6
    assert found.inputs == "CKD-EPI 2021, age 50, sex not recorded, the lower of both values"


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("1976-11-20", 50),
        ("1976-11-21", 49),
        ("1976", 50),
        ("2008-11-20", 18),
        ("2008-11-21", None),
        ("2008", None),
    ],
)
def test_of_a_birth_year_the_older_age_counts_and_none_below_18(born, age):
    found = computed(creatinine(1.0), born_on=on(born))

    assert (found.age_years if found else None) == age


@pytest.mark.parametrize("source", [creatinine(None), creatinine(1.0, None), creatinine(0)])
def test_nothing_is_computed_without_number_or_date(source):
    assert computed(source) is None


def test_nothing_is_computed_without_a_birth_date():
    assert computed(creatinine(1.0), born_on=None) is None


@pytest.mark.parametrize(
    ("comparator", "expected"), [(">", "<"), ("<", ">"), (">=", "<="), ("<=", ">="), (None, None)]
)
def test_a_bound_of_the_creatinine_is_the_opposite_bound_of_the_egfr(comparator, expected):
    assert computed(creatinine(1.0, comparator=comparator)).egfr.comparator == expected


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (problem(Problem.PREGNANCY, recorded="2026-10-01"), "in pregnancy"),
        (
            procedure(ProcedureKind.KIDNEY_TRANSPLANT, str(days_ago(30))),
            "soon after a kidney transplantation",
        ),
        (procedure(ProcedureKind.KIDNEY_TRANSPLANT, str(days_ago(31))), ""),
        (procedure(ProcedureKind.KIDNEY_TRANSPLANT, is_planned=True), ""),
        (procedure(ProcedureKind.DIALYSIS), ""),
        (problem(Problem.KIDNEY_TRANSPLANT, onset=str(days_ago(3))), "soon after a kidney transplantation"),
        (problem(Problem.KIDNEY_TRANSPLANT), ""),
        (problem(Problem.KIDNEY_TRANSPLANT, recorded="2026-11-20", state=ConditionState.HISTORY), ""),
    ],
)
def test_a_creatinine_that_is_not_steady_says_why(fact, reason):
    assert computed(creatinine(3.4), fact).not_steady == reason


@pytest.mark.parametrize(
    ("before", "value", "rises"),
    [
        (creatinine(1.0, "2026-11-13"), 1.5, True),  # 1.5 times within 7 days
        (creatinine(1.0, "2026-11-13"), 1.49, False),
        (creatinine(1.0, "2026-11-12"), 1.5, False),  # 8 days
        (creatinine(1.0, "2026-11-18"), 1.3, True),  # 0.3 within 2 days
        (creatinine(1.0, "2026-11-18"), 1.29, False),
        (creatinine(1.0, "2026-11-17"), 1.3, False),  # 3 days
        (creatinine(1.0, None), 1.5, False),
        (creatinine(1.0, "2026-11"), 1.5, False),
        (creatinine(1.0, "2026-11-18", comparator=">"), 1.5, False),
        (creatinine(1.0, "2026-11-18", comparator="<"), 1.5, True),
    ],
)
def test_a_rise_within_days(before, value, rises):
    now = creatinine(value)
    found = creatinine_rise(now, chart(before, now), KNOWLEDGE.formulas)

    assert (found is not None) is rises


def test_the_lowest_of_the_days_is_compared():
    now, low = creatinine(1.6), creatinine(1.0, "2026-11-15")

    assert (
        creatinine_rise(
            now,
            chart(creatinine(1.4, "2026-11-14"), low, creatinine(1.5, "2026-11-19"), now),
            KNOWLEDGE.formulas,
        ).lowest
        == low
    )


def test_a_bound_from_above_is_no_rise():
    now = creatinine(3.0, comparator="<")

    assert creatinine_rise(now, chart(creatinine(1.0, "2026-11-19"), now), KNOWLEDGE.formulas) is None
    assert (
        creatinine_rise(creatinine(3.0, None), chart(creatinine(1.0, "2026-11-19")), KNOWLEDGE.formulas)
        is None
    )
