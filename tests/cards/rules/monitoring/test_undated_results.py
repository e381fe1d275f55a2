"""Does a result beyond a limit lack a usable date, so that it may be today's?"""

from dataclasses import replace

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Fact, Reasons
from cards.knowledge.default_policy import default_policy
from cards.knowledge.metabolites import MetaboliteLimit
from cards.model.conditions import Indication, Problem
from cards.model.labs import Analyte, LabFinding
from cards.model.policy import RuleSwitch
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug
from cards.rules.monitoring import overdue_monitoring
from cards.rules.monitoring.undated_results import RULE, value_without_usable_date
from cards.rules.ordering import baseline_tests
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    cards,
    case,
    days_ago,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    on_order,
    problem,
    result,
    taking,
    titles,
    why,
)

AZA = Drug.AZATHIOPRINE
NEGATIVE = LabFinding.NEGATIVE
TAKING = taking(AZA, 150)
LIVER_RANGE = {"unit": "U/L", "reference_high": 40}


def wbc(value, taken=None, **fields):
    return result(Analyte.WBC, value, taken, unit="10*9/L", **fields)


def anc(value, taken=None, **fields):
    return result(Analyte.ANC, value, taken, unit="10*9/L", **fields)


def platelets(value, taken=None, **fields):
    return result(Analyte.PLATELETS, value, taken, unit="10*9/L", **fields)


def alt(value, taken=None, **fields):
    return result(Analyte.ALT, value, taken, **LIVER_RANGE, **fields)


def egfr(value, taken=None, **fields):
    return result(Analyte.EGFR, value, taken, unit="mL/min/{1.73_m2}", **fields)


def creatinine(value, taken=None, **fields):
    return result(Analyte.CREATININE, value, taken, unit="mg/dL", **fields)


def ask(*facts, **fields):
    return value_without_usable_date(case(*facts, **fields))


def test_an_undated_count_under_a_stop_limit_is_shown_and_asked_about():
    found = finding(ask(TAKING, wbc(0.4)))

    assert found.decision == DecisionKey(DecisionKind.UNDATED, "MedicationRequest/azathioprine")
    assert found.indicator is Indicator.WARNING
    assert found.summary == "Azathioprine: WBC 0.4 x 10^9/L, no date recorded; find its date, or repeat it"
    assert found.why[0] == Fact(
        "WBC 0.4 x 10^9/L, no date recorded, stop limit 3", None, "Observation/wbc-undated"
    )
    assert found.do == (
        "Ask when it was measured, or repeat it now: if recent, azathioprine may have to be reduced, withheld "
        "or stopped.",
    )
    assert found.citations == (
        KNOWLEDGE.cite("dermacompass", "interrupt or stop below 3.0"),
        KNOWLEDGE.cite("project", "a value without a usable date asks, and counts as no test"),
    )
    assert (found.reasons, found.constraints) == (Reasons.TEST, ())
    assert found.proposals == (OrderTests((OrderableTest.BLOOD_COUNT,)),)


def test_a_count_dated_ahead_is_shown_with_that_date():
    found = finding(ask(TAKING, wbc(0.4, "2062-11-20")))

    assert found.summary == "Azathioprine: WBC 0.4 x 10^9/L, dated 2062-11-20; find its date, or repeat it"
    assert found.why[0].text == "WBC 0.4 x 10^9/L, dated ahead, stop limit 3"
    assert str(found.why[0].on) == "2062-11-20"


@pytest.mark.parametrize(
    ("count", "limit"),
    [
        (wbc(2.9), "stop limit 3"),
        (wbc(3.0), "withhold limit 3.5"),
        (wbc(3.4), "withhold limit 3.5"),
        (wbc(3.5), None),
        (anc(1.5), "withhold limit 1.6"),
        (anc(1.6), None),
        (platelets(99), "stop limit 100"),
        (platelets(140), None),
    ],
)
def test_it_speaks_of_a_count_below_the_limits_only(count, limit):
    outcome = ask(TAKING, count)

    assert (limit is None) is is_silent(outcome)
    assert limit is None or finding(outcome).why[0].text.endswith(limit)


@pytest.mark.parametrize(
    ("other", "asks"),
    [
        (wbc(6, str(days_ago(90))), False),
        (wbc(6, str(days_ago(91))), True),
        (wbc(6, str(days_ago(1)), is_preliminary=True), True),
        (wbc(6, "2026"), True),  # perhaps of January
        (anc(4, str(days_ago(1))), True),  # another analyte answers nothing
    ],
)
def test_a_recent_dated_final_result_of_the_analyte_makes_it_a_line(other, asks):
    found = finding(ask(TAKING, wbc(0.4), other))

    assert found.leads is asks
    assert found.indicator is (Indicator.WARNING if asks else Indicator.INFO)
    assert found.why[0].text == "WBC 0.4 x 10^9/L, no date recorded, stop limit 3"


def test_a_recent_preliminary_result_of_the_analyte_is_shown_beside_it():
    found = finding(ask(TAKING, wbc(0.4), wbc(6.1, str(days_ago(1)), is_preliminary=True)))

    assert found.why[1].text == "WBC 6.1 x 10^9/L, preliminary"


def test_the_line_stands_on_the_quiet_card_of_a_therapy():
    found = finding(ask(TAKING, wbc(0.4), wbc(6, "2026-11-20")))

    assert found.decision == DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine")
    assert found.summary == "Azathioprine: also on this patient's list"
    assert found.do == ("WBC 0.4 x 10^9/L: ask when this was measured.",)


def test_at_a_renewal_there_is_no_quiet_card_and_the_line_stands_alone():
    found = finding(ask(TAKING, azathioprine(150), wbc(0.4), wbc(6, "2026-11-20")))

    assert found.decision == DecisionKey(DecisionKind.UNDATED, "MedicationRequest/azathioprine-draft")
    assert found.summary == "Azathioprine: WBC 0.4 x 10^9/L, no date recorded; find its date, or repeat it"
    assert (found.indicator, found.leads) == (Indicator.INFO, False)


@pytest.mark.parametrize(("days", "speaks"), [(90, True), (91, False)])
def test_a_value_on_record_since_long_cannot_be_recent(days, speaks):
    outcome = ask(TAKING, wbc(0.4, on_record_by=days_ago(days)))

    assert is_silent(outcome) is not speaks


def test_before_a_start_the_first_dose_waits():
    found = finding(ask(azathioprine(100), anc(0.4)))

    assert found.summary == (
        "Azathioprine: ANC 0.4 x 10^9/L, no date recorded; find its date, or repeat it before the first dose"
    )
    assert found.do == ("Ask when it was measured, or repeat it: the first dose waits for the answer.",)


def test_several_values_are_one_card():
    found = finding(ask(TAKING, wbc(0.4), anc(0.1, "2062-11-20"), alt(400)))

    assert found.summary == (
        "Azathioprine: WBC 0.4 x 10^9/L, ANC 0.1 x 10^9/L and ALT 400 U/L without a usable date; "
        "find the dates, or repeat"
    )
    assert found.do[0].startswith("Ask when they were measured, or repeat them now:")
    assert found.proposals == (OrderTests((OrderableTest.BLOOD_COUNT, OrderableTest.LIVER_TESTS)),)


def test_many_values_fit_the_summary():
    facts = (wbc(0.4), anc(0.1), platelets(12), alt(4000), egfr(12))

    assert finding(ask(TAKING, *facts)).summary == (
        "Azathioprine: WBC 0.4 x 10^9/L and 4 more without a usable date; find the dates, or repeat"
    )


def test_what_is_on_order_is_not_ordered_again():
    assert finding(ask(TAKING, wbc(0.4), on_order(OrderableTest.BLOOD_COUNT))).proposals == ()


def test_with_a_fever_the_count_does_not_wait_for_its_date():
    fever = problem(Problem.FEVER, onset="2026-11-23")

    found = finding(ask(TAKING, wbc(0.4), fever))

    assert found.indicator is Indicator.WARNING
    assert "Fever" in why(found)
    assert found.do[1] == "A fever is on record: do not wait for the date, have the count repeated today."


def test_a_count_that_was_as_low_before_the_drug_asks_only_under_a_stop_limit():
    taken = taking(AZA, 150, "2026-01-10")

    assert is_silent(ask(taken, wbc(3.3), wbc(3.2, "2026-01-01")))
    assert not is_silent(ask(taken, wbc(3.1), wbc(3.2, "2026-01-01")))
    assert finding(ask(taken, wbc(2.9), wbc(2.8, "2026-01-01"))).indicator is Indicator.WARNING


@pytest.mark.parametrize(
    ("value", "fields", "speaks"),
    [(101, {}, True), (100, {}, False), (101, {"comparator": "<"}, False)],
)
def test_a_raised_liver_test_without_a_date(value, fields, speaks):
    outcome = ask(TAKING, alt(value, **fields))

    assert is_silent(outcome) is not speaks
    assert not speaks or finding(outcome).why[0].text == "ALT 101 U/L, no date recorded, limit 100"


def test_liver_tests_that_say_nothing_without_a_date():
    taken = taking(AZA, 150, "2026-01-10")
    alp = result(Analyte.ALP, 900, None, unit="U/L", reference_high=120)
    no_range = result(Analyte.BILIRUBIN_TOTAL, 5, None, unit="mg/dL")
    hepatitis = azathioprine(100, for_=Indication.AUTOIMMUNE_HEPATITIS)

    assert is_silent(ask(taken, alp))  # beside a raised bilirubin alone
    assert is_silent(ask(taken, no_range))
    assert is_silent(ask(hepatitis, alt(400)))  # the disease itself
    assert is_silent(ask(taken, alt(400), alt(400, "2026-01-01")))  # as high before the drug
    assert not is_silent(ask(taken, alt(401), alt(400, "2026-01-01")))
    assert not is_silent(ask(taken, alt(400, comparator=">"), alt(400, "2026-01-01")))
    assert not is_silent(ask(taken, alt(400), alt(90, "2026-01-01")))


def test_a_liver_test_beside_a_recent_dated_one_is_a_line():
    assert not finding(ask(TAKING, alt(400), alt(20, "2026-11-20"))).leads


@pytest.mark.parametrize(("value", "speaks"), [(29, True), (30, False)])
def test_a_severely_low_egfr_without_a_date(value, speaks):
    outcome = ask(TAKING, egfr(value))

    assert is_silent(outcome) is not speaks
    assert not speaks or finding(outcome).summary == (
        "Azathioprine: eGFR 29 mL/min/1.73 m2, no date recorded; find its date, or repeat it"
    )


def test_a_raised_creatinine_without_a_date_is_a_line():
    raised = creatinine(2.0, reference_high=1.2)

    assert finding(ask(TAKING, raised)).why == (
        Fact(
            "Creatinine 2 mg/dL, no date recorded, above the laboratory's range",
            None,
            "Observation/creatinine-undated",
        ),
    )
    assert not finding(ask(TAKING, raised)).leads
    assert is_silent(ask(TAKING, creatinine(2.0)))
    assert is_silent(ask(TAKING, creatinine(1.2, reference_high=1.2)))


def test_metabolites_on_the_side_of_toxicity_are_lines():
    colitis = taking(AZA, 150, for_=Indication.ULCERATIVE_COLITIS)
    tgn = result(Analyte.TGN, 451, None, unit="pmol/(8.10*8.{RBCs})")
    mmp = result(Analyte.MMP, 5701, None, unit="pmol/(8.10*8.{RBCs})")

    found = finding(ask(colitis, tgn, mmp))

    assert (found.leads, found.indicator) == (False, Indicator.INFO)
    assert why(found) == (
        "6-MMP 5701 pmol/8x10^8 RBC, no date recorded, limit 5700",
        "6-TGN 451 pmol/8x10^8 RBC, no date recorded, limit 450",
    )
    assert (
        found.citations[0]
        == KNOWLEDGE.metabolites.limit_citation(MetaboliteLimit.HIGH_MMP)
        == KNOWLEDGE.cite("bsg-2019", "6-MMP 5700")
    )


def test_metabolites_that_say_nothing_without_a_date():
    tgn = result(Analyte.TGN, 900, None)

    assert is_silent(ask(TAKING, tgn))  # of which indication?
    assert is_silent(ask(taking(Drug.THIOGUANINE, 40, for_=Indication.CROHNS), tgn))
    assert is_silent(ask(azathioprine(100, for_=Indication.CROHNS), tgn))  # not yet on the drug
    assert is_silent(ask(taking(AZA, 150, for_=Indication.CROHNS), result(Analyte.TGN, 450, None)))


def test_asking_and_a_line_are_two_findings():
    lead, line = findings(ask(TAKING, wbc(0.4), alt(400), alt(20, "2026-11-20")))

    assert lead.summary == "Azathioprine: WBC 0.4 x 10^9/L, no date recorded; find its date, or repeat it"
    assert why(line) == ("ALT 400 U/L, no date recorded, limit 100",)


def test_the_values_are_the_patients_and_said_once_for_two_drugs():
    assert finding(ask(TAKING, mercaptopurine(75), wbc(0.4))).decision == (
        DecisionKey(DecisionKind.UNDATED, "MedicationRequest/mercaptopurine-draft")
    )


def test_it_is_silent_without_a_thiopurine_or_such_a_value():
    assert is_silent(ask(wbc(0.4)))
    assert is_silent(ask(TAKING))


IN_LEUKAEMIA = taking(Drug.MERCAPTOPURINE, 65, for_=Indication.LEUKEMIA)


@pytest.mark.parametrize(
    ("low", "words"),
    [
        (anc(0.49), "ANC 0.49 x 10^9/L, no date recorded, limit in leukaemia 0.5"),
        (platelets(49), "platelets 49 x 10^9/L, no date recorded, limit in leukaemia 50"),
        (wbc(0.4), "WBC 0.4 x 10^9/L, no date recorded, limit in leukaemia 0.5"),
    ],
)
def test_in_leukaemia_the_group_s_limits_ask(low, words):
    found = finding(ask(IN_LEUKAEMIA, low))

    assert why(found)[0].casefold() == words.casefold()
    assert found.do == (
        "Ask when it was measured, or repeat it now: if recent, call the oncology team today.",
    )


@pytest.mark.parametrize("wanted", [anc(0.5), anc(0.9), platelets(50), wbc(2.1)])
def test_in_leukaemia_an_undated_count_that_the_protocol_wants_is_no_reason_to_ask(wanted):
    assert is_silent(ask(IN_LEUKAEMIA, wanted))


def test_an_undated_count_and_the_overdue_count_are_one_card():
    (card,) = cards(TAKING, anc(0.3), alt(20, "2026-11-20"), rules=(RULE, overdue_monitoring.RULE))

    assert (card.indicator, card.summary) == (
        Indicator.WARNING,
        "Azathioprine: ANC 0.3 x 10^9/L, no date recorded; find its date, or repeat it",
    )
    assert "Blood count: no dated result on record" in card.detail
    assert card.detail.count("ANC 0.3") == 1
    assert [one.label for one in card.suggestions] == ["Order what is missing: blood count with differential"]


def test_overdue_liver_tests_keep_their_card_beside_an_undated_count():
    shown = cards(TAKING, anc(0.3), rules=(RULE, overdue_monitoring.RULE))

    assert [card.summary.partition(";")[0] for card in shown] == [
        "Azathioprine: ANC 0.3 x 10^9/L, no date recorded",
        "Azathioprine: blood count (none dated since the start on 2020-01-01) and liver tests (none since the start on "
        "2020-01-01) overdue",
    ]


def test_where_a_site_silences_the_question_the_overdue_count_speaks():
    policy = replace(default_policy(), switches=(RuleSwitch(RULE.id, is_silent=True),))

    (card,) = cards(
        TAKING, anc(0.3), alt(20, "2026-11-20"), rules=(RULE, overdue_monitoring.RULE), policy=policy
    )

    assert card.summary == "Azathioprine: blood count overdue (none dated since the start on 2020-01-01)"
    assert "ANC 0.3" in card.detail


def test_an_undated_count_and_the_missing_baseline_are_one_card():
    shown = cards(
        azathioprine(),
        anc(0.3),
        alt(20, "2026-11-20"),
        egfr(90, "2026-11-20"),
        result(Analyte.HBSAG, None, finding=NEGATIVE),
        result(Analyte.ANTI_HBC, None, finding=NEGATIVE),
        result(Analyte.ANTI_HBS, None, finding=NEGATIVE),
        rules=(RULE, baseline_tests.RULE),
    )

    assert titles(shown) == [
        (
            "warning",
            "Azathioprine: ANC 0.3 x 10^9/L, no date recorded; find its date, or repeat it before the first dose",
        )
    ]
