"""eGFR computed from creatinine (primary-sources.md, 6.1 and 6.3)."""

import pytest

from cards.assessment.filtration import ckd_epi, filtration_of
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
        Formula.SCHWARTZ: Grade.SECONDARY,
        Formula.ACUTE_INJURY: Grade.PROJECT,
        Formula.SLOW_RISE: Grade.GUIDELINE,
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
def test_of_a_birth_year_the_older_age_counts_and_below_18_a_height_is_needed(born, age):
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


CHILD = {"born_on": on("2018-03-15")}


def height(cm, taken="2026-11-16", **fields):
    return result(Analyte.BODY_HEIGHT, cm, taken, unit="cm", **fields)


@pytest.mark.parametrize(
    ("mg_per_dl", "cm", "egfr"),
    [
        (0.9, 128, 58.7),  # 0.413 x 128 / 0.9
        (2.0, 110, 22.7),
        (0.413, 100, 100.0),
    ],
)
def test_a_childs_egfr_is_computed_with_the_height(mg_per_dl, cm, egfr):
    found = computed(creatinine(mg_per_dl), height(cm), **CHILD)

    assert (found.egfr.value, found.formula) == (egfr, Formula.SCHWARTZ)
    assert found.inputs == f"bedside Schwartz, height {cm} cm on 2026-11-16"


@pytest.mark.parametrize(
    ("taken", "counts"),
    [
        ("2026-08-22", True),  # 90 days before the creatinine
        ("2026-08-21", False),
        ("2026-11-24", True),  # after it, today
        ("2026-11-25", False),  # tomorrow
        ("2026", False),
        (None, False),
    ],
)
def test_the_height_is_of_about_the_same_time(taken, counts):
    assert (computed(creatinine(0.9), height(128, taken), **CHILD) is not None) is counts


def test_a_height_measured_long_after_an_old_creatinine_does_not_count():
    assert computed(creatinine(0.9, "2026-08-01"), height(128, "2026-10-30"), **CHILD) is not None  # 90 days
    assert computed(creatinine(0.9, "2026-08-01"), height(128, "2026-10-31"), **CHILD) is None


@pytest.mark.parametrize("odd", [height(None), height(0), height(128, comparator=">")])
def test_the_newest_height_with_a_number_counts(odd):
    assert computed(creatinine(0.9), height(128, "2026-10-01"), odd, **CHILD).height.value == 128
    assert computed(creatinine(0.9), odd, **CHILD) is None


@pytest.mark.parametrize(
    ("born", "is_computed"), [("2025-11-20", True), ("2025-11-21", False), ("2025", False)]
)
def test_no_egfr_is_computed_in_the_first_year_of_life(born, is_computed):
    assert (computed(creatinine(0.4), height(75), born_on=on(born)) is not None) is is_computed


@pytest.mark.parametrize(
    ("born", "formula"), [("2008-11-20", "CKD-EPI 2021"), ("2008-11-21", "bedside Schwartz")]
)
def test_from_the_eighteenth_birthday_on_the_adults_formula_counts(born, formula):
    assert computed(creatinine(1.0), height(170), born_on=on(born)).formula == formula


@pytest.mark.parametrize(
    ("cm", "egfr", "formula"),
    [
        (170, 70.2, "bedside Schwartz"),  # 0.413 x 170; a woman of 18 has 83.6
        (210, 83.7, "CKD-EPI 2021"),  # 86.7 by Schwartz
    ],
)
def test_of_a_birth_year_that_may_be_a_childs_the_lower_value_stands(cm, egfr, formula):
    found = computed(creatinine(1.0), height(cm), born_on=on("2008"))

    assert (found.egfr.value, found.formula) == (egfr, formula)


def test_a_childs_creatinine_that_is_not_steady_says_why():
    transplanted = procedure(ProcedureKind.KIDNEY_TRANSPLANT, str(days_ago(3)))

    found = computed(creatinine(3.4), height(128), transplanted, **CHILD)

    assert found.not_steady == "soon after a kidney transplantation"
