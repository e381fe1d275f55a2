"""Do liver tests show an injury that a thiopurine may cause, or that should be known before it?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug
from cards.rules.toxicity.liver_injury import liver_tests_raised
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    missing_from,
    on_order,
    result,
    taking,
    truncated,
    unknown,
    why,
)

AZA, AIH = Drug.AZATHIOPRINE, Indication.AUTOIMMUNE_HEPATITIS
THERAPY = taking(AZA, 100, "2026-01-01")
RECHECK = OrderTests((OrderableTest.LIVER_TESTS,))
INFO, WARNING = Indicator.INFO, Indicator.WARNING


def alt(value, taken="2026-11-20", high=None, **fields):
    return result(Analyte.ALT, value, taken, unit="U/L", reference_high=high, **fields)


def ast(value, high=None):
    return result(Analyte.AST, value, unit="U/L", reference_high=high)


def bilirubin(value, taken="2026-11-20"):
    return result(Analyte.BILIRUBIN_TOTAL, value, taken, unit="mg/dL", reference_high=1.2)


def alp(value):
    return result(Analyte.ALP, value, unit="U/L", reference_high=120)


def ask(*facts, **fields):
    return liver_tests_raised(case(*facts, **fields))


def test_raised_transaminases_on_the_drug():
    found = finding(ask(THERAPY, alt(20, "2025-12-01"), alt(130)))

    assert found.decision == DecisionKey(DecisionKind.LIVER, "MedicationRequest/azathioprine")
    assert found.indicator is WARNING
    assert found.summary == "Azathioprine: ALT 130 U/L; reduce or withhold, and repeat"
    assert why(found)[:2] == ("ALT 130 U/L, limit 100", "ALT 20 U/L, before the first dose")
    assert found.do == (
        "Reduce the dose or withhold it, and discuss with the treating specialist; repeat the liver tests.",
    )
    assert found.also == ("Mild rises of transaminases are common (grade D).",)
    assert [citation.source.key for citation in found.citations] == [
        "bsr-2017",
        "primary-care-notebook",
    ]
    assert found.proposals == (RECHECK,)


@pytest.mark.parametrize(
    ("one", "speaks"),
    [
        (alt(100), False),
        (alt(101), True),
        (ast(100), False),
        (ast(101), True),
        (alt(96, high=32), False),  # 3 x 32 = 96
        (alt(97, high=32), True),
        (alt(99), False),  # no range: 100 alone
        (alt(100, high=50), False),  # 3 x 50 = 150
        (alt(100, comparator=">"), True),
        (alt(500, comparator="<"), False),
    ],
)
def test_above_100_or_three_times_the_laboratory_s_limit(one, speaks):
    assert is_silent(ask(THERAPY, one)) != speaks


def test_three_times_the_limit_is_shown_as_such():
    found = finding(ask(THERAPY, ast(98, high=32)))

    assert why(found)[0] == "AST 98 U/L, limit 96, 3 times the upper limit"


def test_both_transaminases_are_one_finding():
    assert finding(ask(THERAPY, alt(130), ast(120))).summary == (
        "Azathioprine: ALT 130 U/L and AST 120 U/L; reduce or withhold, and repeat"
    )


def test_with_a_raised_bilirubin_it_is_to_be_stopped():
    found = finding(ask(THERAPY, alt(140), bilirubin(3.1), alp(310)))

    assert found.summary == (
        "Azathioprine: ALT 140 U/L, bilirubin 3.1 mg/dL and alkaline phosphatase 310 U/L; stop and discuss"
    )
    assert found.do == (
        "Stop the drug for hepatitis or cholestasis and discuss with the treating specialist.",
    )
    assert found.indicator is WARNING


def test_cholestasis_without_transaminases():
    assert finding(ask(THERAPY, bilirubin(3.1), alp(310))).summary == (
        "Azathioprine: bilirubin 3.1 mg/dL and alkaline phosphatase 310 U/L; stop and discuss"
    )


def test_alkaline_phosphatase_alone_says_nothing():
    assert is_silent(ask(THERAPY, alp(310)))


@pytest.mark.parametrize(
    ("facts", "indicator"),
    [
        ((bilirubin(1.3),), INFO),  # it may always have been so
        ((bilirubin(0.8, "2025-12-01"), bilirubin(1.3)), WARNING),  # a rise
        ((bilirubin(1.2),), None),
        ((bilirubin(1.5, "2025-12-01"), bilirubin(1.5)), None),  # it has always been so
    ],
)
def test_bilirubin_alone(facts, indicator):
    outcome = ask(THERAPY, *facts)

    assert is_silent(outcome) == (indicator is None)
    if indicator:
        assert finding(outcome).indicator is indicator
        assert finding(outcome).summary == "Azathioprine: bilirubin 1.3 mg/dL; reduce or withhold, and repeat"


@pytest.mark.parametrize(("value", "speaks"), [(150, False), (420, False), (421, True)])
def test_no_higher_than_before_the_first_dose_is_not_blamed(value, speaks):
    assert is_silent(ask(THERAPY, alt(420, "2025-12-01"), alt(value))) != speaks


def test_a_bound_may_be_higher_than_before():
    facts = alt(420, "2025-12-01"), alt(150, comparator=">")

    assert (
        finding(ask(THERAPY, *facts)).summary == "Azathioprine: ALT >150 U/L; reduce or withhold, and repeat"
    )


def test_a_bound_before_is_no_measure():
    facts = alt(400, "2025-12-01", comparator="<"), alt(150)

    assert finding(ask(THERAPY, *facts))


def test_autoimmune_hepatitis_without_an_earlier_value_is_told_with_caution():
    found = finding(ask(taking(AZA, 100, "2026-01-01", for_=AIH), alt(150)))

    assert found.do[-1] == (
        "In autoimmune hepatitis the rise may be the disease itself: no value from before the first dose is on "
        "record to compare with."
    )
    with_value = finding(ask(taking(AZA, 100, "2026-01-01", for_=AIH), alt(90, "2025-12-01"), alt(150)))
    assert len(with_value.do) == 1


def test_before_a_start_the_cause_is_asked_for():
    found = finding(ask(azathioprine(), alt(160)))

    assert found.summary == "Azathioprine: ALT 160 U/L; find the cause before the first dose"
    assert found.do == (
        "Find the cause before the first dose; with liver disease give the drug cautiously and watch counts and "
        "liver tests.",
    )


def test_before_a_start_autoimmune_hepatitis_is_the_disease():
    assert is_silent(ask(azathioprine(for_=AIH), alt(600)))


def test_an_increase_is_told_not_to():
    assert finding(ask(THERAPY, azathioprine(150), alt(130))).summary == (
        "Azathioprine: ALT 130 U/L; no increase, reduce or withhold"
    )


def test_a_reduction_in_the_order_is_part_of_the_remedy():
    found = finding(ask(THERAPY, azathioprine(50), alt(130)))

    assert found.indicator is INFO
    assert found.summary == "Azathioprine: ALT 130 U/L; dose lowered by this order, repeat the test"
    assert finding(ask(THERAPY, azathioprine(50), alt(130), bilirubin(3))).indicator is WARNING


def test_in_a_transplant_recipient_rejection_is_no_reason_to_go_on():
    recipient = taking(AZA, 100, "2026-01-01", for_=Indication.KIDNEY_TRANSPLANT)

    assert finding(ask(recipient, alt(130))).do[-1].startswith("Stop for severe haematological or other")
    assert len(finding(ask(azathioprine(for_=Indication.KIDNEY_TRANSPLANT), alt(130))).do) == 1


def test_a_test_on_order_is_not_offered():
    assert finding(ask(THERAPY, alt(130), on_order(OrderableTest.LIVER_TESTS))).proposals == ()


@pytest.mark.parametrize(("taken", "speaks"), [("2026-08-26", True), ("2026-08-25", False), (None, False)])
def test_only_a_test_of_the_last_90_days_is_judged(taken, speaks):
    assert is_silent(ask(THERAPY, alt(130, taken))) != speaks


def test_without_a_thiopurine_there_is_no_question():
    assert is_silent(ask(alt(500)))


def test_unknown_liver_tests_are_no_all_clear():
    assert blocked_by(ask(THERAPY, known=unknown(FactKind.LIVER))) == (FactKind.LIVER,)


def test_a_cut_page_is_told_beside_the_finding():
    assert missing_from(ask(THERAPY, alt(130), known=truncated(FactKind.LIVER))) == (FactKind.LIVER,)


IN_LEUKAEMIA = taking(Drug.MERCAPTOPURINE, 65, for_=Indication.LEUKEMIA)


def test_raised_transaminases_are_usual_in_leukaemia():
    found = finding(ask(IN_LEUKAEMIA, alt(300)))

    assert found.decision == DecisionKey(DecisionKind.LIVER, "MedicationRequest/mercaptopurine")
    assert found.indicator is INFO
    assert found.summary == "Mercaptopurine: ALT 300 U/L; go by the protocol, with bilirubin"
    assert found.do == (
        "Raised transaminases are usual in the maintenance treatment of leukaemia: look at bilirubin beside them, "
        "and go by the protocol.",
    )
    assert found.proposals == ()


@pytest.mark.parametrize(("value", "indicator"), [(3.6, INFO), (3.7, WARNING)])  # 3 x 1.2 = 3.6 mg/dL
def test_bilirubin_above_three_times_the_upper_limit_calls_the_oncology_team(value, indicator):
    found = finding(ask(IN_LEUKAEMIA, alt(300), bilirubin(value)))

    assert found.indicator is indicator


def test_what_is_said_of_a_high_bilirubin_in_leukaemia():
    found = finding(ask(IN_LEUKAEMIA, bilirubin(4)))

    assert found.summary == "Mercaptopurine: bilirubin 4 mg/dL; call the oncology team"
    assert found.do == ("Bilirubin is above 3 times the upper limit: call the oncology team today.",)
