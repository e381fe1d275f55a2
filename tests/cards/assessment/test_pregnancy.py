import pytest

from cards.assessment.pregnancy import breastfeeding_of, may_be_pregnant, pregnancy_of, raised_bile_acids
from cards.finding import Fact
from cards.knowledge.default_policy import default_policy
from cards.model.chart import Sex
from cards.model.conditions import ConditionState, Problem
from cards.model.labs import Analyte, LabFinding
from tests.builders import chart, days_ago, on, problem, result

PREGNANT, BREASTFEEDING = Problem.PREGNANCY, Problem.LACTATION
YES, NO = LabFinding.POSITIVE, LabFinding.NEGATIVE


def status(finding, taken="2026-11-20"):
    return result(Analyte.PREGNANCY_STATUS, None, taken, finding=finding)


def hcg(finding=None, taken="2026-11-20", value=None, **fields):
    return result(Analyte.HCG, value, taken, finding=finding, **fields)


def feeding(finding, taken="2026-11-20"):
    return result(Analyte.BREASTFEEDING_STATUS, None, taken, finding=finding)


def pregnancy(*facts):
    return pregnancy_of(chart(*facts), default_policy())


def breastfeeding(*facts):
    return breastfeeding_of(chart(*facts), default_policy())


def test_a_recorded_pregnancy_is_certain():
    found = pregnancy(problem(PREGNANT, recorded="2026-09-01"))

    assert found.is_certain
    assert found.facts == (Fact("Pregnancy on the problem list", on("2026-09-01"), "Condition/pregnancy"),)


@pytest.mark.parametrize(("days", "counts"), [(300, True), (301, False)])
def test_a_pregnancy_recorded_more_than_300_days_ago_is_over(days, counts):
    assert (pregnancy(problem(PREGNANT, recorded=str(days_ago(days)))) is not None) is counts


@pytest.mark.parametrize("state", [ConditionState.RESOLVED, ConditionState.HISTORY])
def test_a_pregnancy_that_ended_is_none(state):
    assert pregnancy(problem(PREGNANT, recorded="2026-09-01", state=state)) is None


@pytest.mark.parametrize(
    "record", [problem(PREGNANT), problem(PREGNANT, onset="2026-09-01", is_confirmed=False)]
)
def test_an_undated_or_unconfirmed_record_asks_to_check(record):
    assert not pregnancy(record).is_certain


def test_a_status_of_pregnant_is_certain_and_a_test_is_not():
    assert pregnancy(status(YES)).is_certain
    assert not pregnancy(hcg(YES)).is_certain
    assert pregnancy(hcg(YES), status(YES)).is_certain


@pytest.mark.parametrize(
    ("value", "high", "counts"),
    [(5.1, 5.0, True), (5.0, 5.0, False), (800.0, None, False), (None, 5.0, False)],
)
def test_a_measured_hcg_counts_above_the_laboratory_s_own_range(value, high, counts):
    assert (pregnancy(hcg(value=value, reference_high=high)) is not None) is counts


@pytest.mark.parametrize(
    ("recorded", "counts"),
    [("2026-11-19", False), ("2026-11-20", True), ("2026-11-21", True)],  # denied on 2026-11-20
)
@pytest.mark.parametrize("denial", [status(NO), hcg(NO)])
def test_a_later_denial_outweighs_a_record(recorded, counts, denial):
    assert (pregnancy(problem(PREGNANT, recorded=recorded), denial) is not None) is counts


def test_a_record_made_after_the_denial_counts_whenever_the_pregnancy_began():
    record = problem(PREGNANT, onset="2026-08-01", recorded="2026-11-22")

    assert pregnancy(record, hcg(NO)) is not None


def test_a_denial_says_nothing_about_an_undated_record():
    assert pregnancy(problem(PREGNANT), hcg(NO)) is not None


def test_nothing_on_record_is_no_pregnancy():
    assert pregnancy(status(LabFinding.INDETERMINATE)) is None


def test_breastfeeding_is_read_from_conditions_and_status():
    assert breastfeeding(problem(BREASTFEEDING, recorded="2026-09-01")).is_certain
    assert breastfeeding(feeding(YES)).facts == (
        Fact("Breastfeeding status: yes", on("2026-11-20"), "Observation/breastfeeding_status-2026-11-20"),
    )
    assert breastfeeding(problem(BREASTFEEDING, recorded="2026-09-01"), feeding(NO)) is None
    assert breastfeeding() is None


@pytest.mark.parametrize(
    ("born", "sex", "possible"),
    [
        ("1990-01-01", Sex.FEMALE, True),
        ("1990-01-01", None, True),
        ("1990-01-01", Sex.MALE, False),
        (None, Sex.FEMALE, True),
        ("1950-01-01", Sex.FEMALE, False),
        ("1970", Sex.FEMALE, True),  # 55 or 56
        ("1969", Sex.FEMALE, False),
        ("2014", Sex.FEMALE, True),  # 11 or 12
        ("2018-01-01", Sex.FEMALE, False),
    ],
)
def test_who_may_be_pregnant(born, sex, possible):
    patient = chart(born_on=on(born) if born else None, sex=sex)

    assert may_be_pregnant(patient, default_policy()) is possible


@pytest.mark.parametrize(
    ("test", "what"),
    [
        (status(YES, None), "Pregnancy status: pregnant"),
        (hcg(YES, None), "Pregnancy test (hCG) positive"),
        (hcg(None, None, value=5.1, reference_high=5.0), "Pregnancy test (hCG) positive"),
    ],
)
def test_a_positive_test_without_a_date_asks_whatever_was_denied(test, what):
    found = pregnancy(test, status(NO))

    assert (found.is_certain, found.facts[0].text) == (False, f"{what}, no date recorded")


def test_a_test_dated_ahead_asks_and_says_so():
    found = pregnancy(hcg(YES, "2031-01-01"))

    assert (found.is_certain, found.facts[0].text) == (
        False,
        "Pregnancy test (hCG) positive, dated ahead",
    )


@pytest.mark.parametrize(("days", "counts"), [(300, True), (301, False)])
def test_a_test_without_a_date_counts_as_long_as_it_may_be_recent(days, counts):
    test = hcg(YES, None, on_record_by=on(str(days_ago(days))))

    assert (pregnancy(test) is not None) is counts


@pytest.mark.parametrize(
    "test", [hcg(NO, None), status(NO, None), hcg(None, None, value=5.0, reference_high=5.0)]
)
def test_a_negative_test_without_a_date_neither_asks_nor_denies(test):
    assert pregnancy(test) is None
    assert pregnancy(test, hcg(YES)).facts == pregnancy(hcg(YES)).facts


def test_breastfeeding_without_a_date_asks():
    found = breastfeeding(feeding(YES, None))

    assert (found.is_certain, found.facts[0].text) == (False, "Breastfeeding status: yes, no date recorded")


def bile_acids(value, taken, **fields):
    return result(Analyte.BILE_ACIDS, value, taken, reference_high=10.0, **fields)


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ([bile_acids(40.0, None)], 40.0),
        ([bile_acids(10.0, None)], None),
        ([bile_acids(40.0, "2026-11-20")], 40.0),
        ([bile_acids(40.0, None), bile_acids(8.0, "2026-11-20")], None),  # a dated one answers
        ([bile_acids(40.0, None, on_record_by=on("2020-01-01"))], None),
    ],
)
def test_bile_acids_without_a_date_count_where_none_is_dated(results, found):
    raised = raised_bile_acids(chart(*results), default_policy())

    assert (raised.value if raised else None) == found
