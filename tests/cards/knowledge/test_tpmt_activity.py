import pytest

from cards.model.genes import EnzymeActivity, Phenotype
from tests.builders import KNOWLEDGE

NM, IM, PM = Phenotype.NORMAL, Phenotype.INTERMEDIATE, Phenotype.POOR


def activity(value, unit, comparator=None, **rest):
    return EnzymeActivity(value, comparator, unit, **rest)


def judged(*args, **kwargs):
    verdict = KNOWLEDGE.tpmt_activity.judge(activity(*args, **kwargs))
    return verdict.phenotype, verdict.is_below_normal


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (9.9, "mU/L", (PM, True)),  # deficient below 10
        (10, "mU/L", (None, True)),  # 10-19: potentially deficient
        (19.9, "mU/L", (None, True)),
        (20, "mU/L", (IM, True)),  # low 20-67
        (67.9, "mU/L", (IM, True)),
        (68, "mU/L", (NM, False)),  # normal 68-150
        (151, "mU/L", (NM, False)),  # high
        (16.9, "U/mL{RBCs}", (PM, True)),  # low below 17.0
        (17, "U/mL RBC", (IM, True)),  # intermediate 17.0-23.9
        (23.9, "U/mL", (IM, True)),
        (24, "U/mL{RBCs}", (NM, False)),  # normal 24.0-44.0
        (45, "U/mL{RBCs}", (NM, False)),
        (9.9, "nmol/h/g Hb", (PM, True)),  # deficient below 10
        (10, "pmol/h/mg{Hb}", (IM, True)),  # carrier 10-25
        (25.9, "nmol/h/g{Hb}", (IM, True)),
        (26, "nmol/h/g Hb", (NM, False)),  # normal 26-50
    ],
)
def test_a_known_unit_is_judged_on_its_laboratorys_scale(value, unit, expected):
    assert judged(value, unit) == expected


def test_the_same_number_means_different_things_in_different_units():
    assert (judged(30, "mU/L"), judged(30, "U/mL RBC")) == ((IM, True), (NM, False))


def test_a_number_without_a_unit_is_never_interpreted():
    verdict = KNOWLEDGE.tpmt_activity.judge(activity(30, None, reference_low=68, reference_high=150))

    assert (verdict.phenotype, verdict.is_below_normal) == (None, None)
    assert verdict.why == "The activity has no unit: the number alone means nothing."


def test_letters_of_a_unit_keep_their_case():
    assert judged(30, "MU/L") == (None, None)


@pytest.mark.parametrize(
    ("value", "comparator", "expected"),
    [
        (10, "<", (PM, True)),
        (10, "<=", (None, True)),  # may be 10
        (60, "<", (None, True)),
        (68, "<", (None, True)),
        (68, "<=", (None, None)),
        (100, "<", (None, None)),
        (68, ">=", (NM, False)),
        (150, ">", (NM, False)),
        (30, ">", (None, None)),
    ],
)
def test_a_bound_is_judged_only_where_all_it_may_mean_agrees(value, comparator, expected):
    assert judged(value, "mU/L", comparator) == expected


@pytest.mark.parametrize(
    ("value", "comparator", "expected"),
    [
        (3.0, None, (NM, False)),
        (2.9, None, (None, True)),
        (3.0, "<", (None, True)),
        (3.0, "<=", (None, None)),
        (9.9, None, (NM, False)),
    ],
)
def test_an_unknown_scale_leaves_the_reports_own_range(value, comparator, expected):
    assert judged(value, "nmol/mL/h", comparator, reference_low=3.0, reference_high=6.66) == expected


def test_a_scale_without_verified_limits_is_not_used():
    assert judged(1.0, "nmol/mL/h") == (None, None)


def test_another_reference_range_than_the_scales_is_followed():
    # The older range 25-65 U/mL: 24.5 is normal on the scale of today and below normal there.
    assert judged(24.5, "U/mL", reference_low=25, reference_high=65) == (None, True)
    assert judged(24.5, "U/mL", reference_low=24, reference_high=44) == (NM, False)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("L", (None, True)),
        ("LL", (None, True)),
        ("N", (NM, False)),
        ("H", (NM, False)),
        ("hh", (NM, False)),
        ("A", (None, None)),
        (None, (None, None)),
    ],
)
def test_the_laboratorys_mark_counts_where_nothing_else_can(code, expected):
    assert judged(None, None, interpretation=code) == expected
    assert judged(5.0, "kat/L", interpretation=code) == expected


def test_an_activity_without_value_and_mark_says_so():
    assert (
        KNOWLEDGE.tpmt_activity.judge(activity(None, "mU/L")).why
        == "The activity has no value and no interpretation."
    )


def test_an_unknown_unit_is_named():
    assert KNOWLEDGE.tpmt_activity.judge(activity(5.0, "kat/L")).why == (
        "No scale is known for an activity in kat/L, and the report has no reference range."
    )


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [(30, "N", (None, None)), (100, "L", (None, None)), (30, "L", (IM, True)), (100, "H", (NM, False))],
)
def test_a_mark_that_contradicts_the_scale_leaves_it_open(value, code, expected):
    assert judged(value, "mU/L", interpretation=code) == expected


def test_a_contradiction_is_told():
    assert KNOWLEDGE.tpmt_activity.judge(activity(30, "mU/L", interpretation="N")).why == (
        "The activity is low on the Birmingham scale (mU/L, normal 68-150). "
        "The laboratory's own mark N contradicts this."
    )


def test_a_mark_does_not_settle_what_the_scale_leaves_open():
    assert judged(100, "mU/L", "<", interpretation="N") == (None, None)


def test_a_verdict_cites_the_laboratory():
    assert KNOWLEDGE.tpmt_activity.judge(activity(30, "mU/L")).citation.source.key == "tpmt-birmingham"
