"""Which tests are missing before the first dose?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.chart import Sex
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import Availability, FactKind, Known
from cards.model.labs import Analyte, LabFinding
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug
from cards.model.vaccines import Antigen
from cards.rules.ordering.baseline_tests import baseline_missing
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    mercaptopurine,
    missing_from,
    on,
    on_order,
    problem,
    result,
    taking,
    took,
    tpmt,
    truncated,
    unknown,
    unused,
    vaccinated,
    why,
)

COUNT = (Analyte.WBC, Analyte.ANC, Analyte.PLATELETS)
HEPATITIS_B = (Analyte.HBSAG, Analyte.ANTI_HBC, Analyte.ANTI_HBS)
ALL = (*COUNT, Analyte.ALT, Analyte.CREATININE, *HEPATITIS_B, Analyte.HCV_ANTIBODY, Analyte.VZV_IGG)


def done(*without, taken="2026-11-10"):
    """A whole baseline but for some analytes."""
    return tuple(
        result(analyte, None if analyte in ALL[5:] else 5, taken, finding=LabFinding.NEGATIVE)
        for analyte in ALL
        if analyte not in without
    )


def ask(*facts, **fields):
    return baseline_missing(case(*facts, **fields))


def test_everything_is_missing():
    found = finding(ask(azathioprine()))

    assert found.decision == DecisionKey(DecisionKind.BASELINE, "MedicationRequest/azathioprine-draft")
    assert found.indicator is Indicator.WARNING
    assert found.leads
    assert found.summary == (
        "Azathioprine: missing before the first dose: blood count with differential, liver tests, renal function, "
        "HBsAg, anti-HBc and anti-HBs"
    )
    assert why(found) == (
        "Blood count with differential: no dated result on record",
        "Liver tests: no dated result on record",
        "Renal function: no dated result on record",
        "HBsAg: no result on record",
        "Anti-HBc: no result on record",
        "Anti-HBs: no result on record",
    )
    assert found.do == (
        "Have these results before the first dose: later results are compared with them.",
        "Consider hepatitis C screening: no antibody result is known here.",
        "Consider testing immunity to varicella: no antibody result and no chickenpox, shingles or second "
        "vaccination is known here.",
    )
    assert found.proposals == (
        OrderTests(
            (
                OrderableTest.BLOOD_COUNT,
                OrderableTest.LIVER_TESTS,
                OrderableTest.CREATININE,
                OrderableTest.HBSAG,
                OrderableTest.ANTI_HBC,
                OrderableTest.ANTI_HBS,
                OrderableTest.HCV_ANTIBODY,
                OrderableTest.VZV_IGG,
            )
        ),
    )
    assert [citation.source.key for citation in found.citations][-1] == "clinical-summary-2025"


def test_the_longest_summary_fits():
    assert len(finding(ask(mercaptopurine())).summary) < 140


def test_everything_is_there():
    assert is_silent(ask(azathioprine(), *done()))


def test_what_is_on_order_is_no_result_and_is_not_ordered_again():
    orders = [test for test in OrderableTest if test is not OrderableTest.BLOOD_COUNT]

    found = finding(ask(azathioprine(), *done(*ALL[3:]), on_order(*orders, ordered_on=on("2026-11-20"))))

    assert (found.decision, found.leads) == (
        DecisionKey(DecisionKind.PLAN, "MedicationRequest/azathioprine-draft"),
        False,
    )
    assert (found.indicator, found.why, found.proposals) == (Indicator.INFO, (), ())
    assert found.do == (
        "No result yet, wait for it before the first dose: liver tests, renal function, HBsAg, anti-HBc and anti-HBs "
        "(ordered 2026-11-20).",
    )


def test_tests_of_several_orders_are_told_by_order():
    placed = on_order(OrderableTest.LIVER_TESTS, ordered_on=on("2026-11-20"))
    draft = on_order(OrderableTest.HBSAG, OrderableTest.ANTI_HBC, is_draft=True)

    found = finding(ask(azathioprine(), *done(Analyte.ALT, *HEPATITIS_B[:2]), placed, draft))

    assert found.do == (
        "No result yet, wait for it before the first dose: liver tests (ordered 2026-11-20); HBsAg and anti-HBc "
        "(being ordered).",
    )


def test_beside_a_missing_test_the_pending_one_is_a_line_of_the_card():
    placed = on_order(OrderableTest.LIVER_TESTS, ordered_on=on("2026-11-20"))

    found = finding(ask(azathioprine(), *done(Analyte.ALT, Analyte.CREATININE), placed))

    assert found.summary == "Azathioprine: missing before the first dose: renal function"
    assert found.do[1] == (
        "No result yet, wait for it before the first dose: liver tests (ordered 2026-11-20)."
    )
    assert found.proposals == (OrderTests((OrderableTest.CREATININE,)),)


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        ((*done(Analyte.VZV_IGG), on_order(OrderableTest.VZV_IGG)), {}),  # only to be considered
        (
            (*done(Analyte.ALT), on_order(OrderableTest.LIVER_TESTS)),
            {"known": unknown(FactKind.LIVER)},  # the result may be there
        ),
        (
            (*done(Analyte.ALT), on_order(OrderableTest.LIVER_TESTS), took(Drug.AZATHIOPRINE, 100, None)),
            {},  # no plan for what may be a renewal
        ),
    ],
)
def test_a_pending_test_adds_no_card(facts, fields):
    assert is_silent(ask(azathioprine(), *facts, **fields))


@pytest.mark.parametrize("facts", [(), (taking(Drug.AZATHIOPRINE, 100), azathioprine(100))])
def test_no_start_no_question(facts):
    assert is_silent(ask(*facts))


def test_a_poor_metabolizer_should_get_another_drug():
    assert is_silent(ask(azathioprine(), tpmt("*3A/*3A")))


def test_an_unknown_episode_is_asked_and_says_so():
    found = finding(ask(azathioprine(), known=unknown(FactKind.MEDICATIONS), without=[], sex=Sex.MALE))

    assert why(found)[-1] == "This order is a new start or a renewal: the records do not say which"


@pytest.mark.parametrize(
    ("taken", "is_missing"),
    [("2026-08-26", False), ("2026-08-25", True), ("2026-09", False)],  # 90, 91 and at most 84 days before
)
def test_a_count_lasts_for_90_days(taken, is_missing):
    facts = [result(analyte, 5, taken) for analyte in COUNT]
    outcome = ask(azathioprine(), *done(*COUNT), *facts)

    assert is_silent(outcome) != is_missing
    if is_missing:
        assert finding(outcome).why[0].text == (
            "Blood count with differential: the last is older than 90 days"
        )
        assert (str(finding(outcome).why[0].on), finding(outcome).why[0].record_ref) == (
            "2026-08-25",
            "Observation/wbc-2026-08-25",
        )


def test_serology_counts_for_good_and_without_a_date():
    serology = [
        result(analyte, None, taken)
        for analyte, taken in zip(ALL[5:], ("2015-01-01",) * 4 + (None,), strict=True)
    ]

    assert is_silent(ask(azathioprine(), *done(*ALL[5:]), *serology))


def test_a_count_without_differential_is_not_enough():
    found = finding(ask(azathioprine(), *done(Analyte.ANC)))

    assert found.summary == "Azathioprine: missing before the first dose: blood count with differential"
    assert why(found) == ("Blood count with differential: no ANC in the last 90 days",)
    assert found.proposals == (OrderTests((OrderableTest.BLOOD_COUNT,)),)


@pytest.mark.parametrize(("have", "lack"), [(Analyte.AST, Analyte.ALT), (Analyte.EGFR, Analyte.CREATININE)])
def test_either_of_two_will_do(have, lack):
    assert is_silent(ask(azathioprine(), *done(lack), result(have, 30, "2026-11-10")))


def test_an_undated_count_is_no_baseline_and_is_shown():
    undated = [result(analyte, 5, None) for analyte in COUNT]

    found = finding(ask(azathioprine(), *done(*COUNT), *undated))

    assert why(found) == (
        "Blood count with differential: no dated result on record; "
        "WBC 5, ANC 5 and platelets 5 without a usable date are not counted",
    )


@pytest.mark.parametrize(
    ("lacking", "text"),
    [
        ((result(Analyte.ANC, 0.4, None),), "ANC 0.4 without a usable date is not counted"),
        ((result(Analyte.ANC, 0.4, "2062-11-20"),), "ANC 0.4 without a usable date is not counted"),
        ((), "no ANC in the last 90 days"),
        (
            tuple(result(Analyte.ANC, value, None, ref=f"Observation/{value}") for value in (1, 2, 3, 4, 5)),
            "ANC 1, ANC 2, ANC 3 and 2 more without a usable date are not counted",
        ),
    ],
)
def test_a_part_without_a_usable_date_is_never_said_to_be_absent(lacking, text):
    dated = [result(analyte, 5) for analyte in COUNT if analyte is not Analyte.ANC]

    found = finding(ask(azathioprine(), *done(*COUNT), *dated, *lacking))

    assert why(found) == (f"Blood count with differential: {text}",)


def test_parts_that_are_absent_and_undated_are_both_named():
    found = finding(
        ask(azathioprine(), *done(*COUNT), result(Analyte.WBC, 5), result(Analyte.ANC, 0.4, None))
    )

    assert why(found) == (
        "Blood count with differential: no platelets in the last 90 days; "
        "ANC 0.4 without a usable date is not counted",
    )


def test_what_is_only_to_be_considered_is_a_line_of_the_plan():
    found = finding(ask(azathioprine(), *done(Analyte.HCV_ANTIBODY)))

    assert found.decision == DecisionKey(DecisionKind.PLAN, "MedicationRequest/azathioprine-draft")
    assert (found.indicator, found.leads, found.why) == (Indicator.INFO, False, ())
    assert found.summary == "Starting azathioprine: plan"
    assert found.do == ("Consider hepatitis C screening: no antibody result is known here.",)
    assert found.proposals == (OrderTests((OrderableTest.HCV_ANTIBODY,)),)


def test_without_a_plan_there_is_no_line():
    facts = azathioprine(), *done(Analyte.HCV_ANTIBODY)

    assert is_silent(ask(*facts, known=truncated(FactKind.MEDICATIONS)))


@pytest.mark.parametrize("state", list(ConditionState))
def test_known_hepatitis_b_is_not_asked_for(state):
    assert is_silent(ask(azathioprine(), *done(*HEPATITIS_B), problem(Problem.HEPATITIS_B, state=state)))


@pytest.mark.parametrize("had", [Problem.VARICELLA_IMMUNE, Problem.VARICELLA, Problem.ZOSTER])
def test_a_history_of_varicella_is_immunity_enough(had):
    facts = problem(had, state=ConditionState.HISTORY)

    assert is_silent(ask(azathioprine(), *done(Analyte.VZV_IGG), facts))


@pytest.mark.parametrize(("doses", "silent"), [(1, False), (2, True)])
def test_two_vaccinations_are_immunity_enough(doses, silent):
    given = [vaccinated(f"2010-0{n + 1}-01", antigen=Antigen.VARICELLA) for n in range(doses)]

    assert is_silent(ask(azathioprine(), *done(Analyte.VZV_IGG), *given)) == silent


def test_a_count_of_a_year_may_be_too_old():
    facts = [result(analyte, 5, "2026") for analyte in COUNT]

    found = finding(ask(azathioprine(), *done(*COUNT), *facts))

    assert found.why[0].text == "Blood count with differential: the last may be older than 90 days"


def test_a_part_of_a_year_may_be_too_old():
    part = result(Analyte.PLATELETS, 200, "2026")

    found = finding(ask(azathioprine(), *done(Analyte.PLATELETS), part))

    assert found.why[0].text == "Blood count with differential: no platelets known to be of the last 90 days"


@pytest.mark.parametrize(
    ("sex", "born", "asked"),
    [
        (Sex.FEMALE, "2014-11-24", True),  # 12 today
        (Sex.FEMALE, "2014-11-25", False),
        (Sex.FEMALE, "1970-11-25", True),  # 55, 56 tomorrow
        (Sex.FEMALE, "1970-11-24", False),
        (Sex.MALE, "1990-01-01", False),
        (None, "1990-01-01", False),
    ],
)
def test_a_pregnancy_test_at_childbearing_age(sex, born, asked):
    outcome = ask(azathioprine(), *done(), sex=sex, born_on=on(born))

    assert is_silent(outcome) != asked
    if asked:
        assert finding(outcome).do == (
            "Consider a pregnancy test: the label says that the drug can cause fetal harm.",
        )


def test_a_woman_of_unknown_age_is_asked():
    assert finding(ask(azathioprine(), *done(), sex=Sex.FEMALE, born_on=None)).proposals == (
        OrderTests((OrderableTest.HCG,)),
    )


@pytest.mark.parametrize(
    ("fact", "silent"),
    [
        (result(Analyte.HCG, None, "2026-11-10"), True),  # 14 days
        (result(Analyte.HCG, None, "2026-11-09"), False),
        (problem(Problem.PREGNANCY, onset="2026-10-01"), True),
        (problem(Problem.PREGNANCY, onset="2024-10-01"), False),  # over
        (problem(Problem.PREGNANCY), False),  # no date: it may be over
        (problem(Problem.PREGNANCY, state=ConditionState.RESOLVED), False),
    ],
)
def test_a_pregnancy_test_is_not_asked_for_twice_nor_in_a_pregnancy(fact, silent):
    assert is_silent(ask(azathioprine(), *done(), fact, sex=Sex.FEMALE)) == silent


def test_nothing_sent_is_no_claim_that_it_is_missing():
    kinds = [FactKind.COUNTS, FactKind.LIVER, FactKind.KIDNEY, FactKind.SEROLOGY]

    assert blocked_by(ask(azathioprine(), known=unknown(*kinds))) == tuple(kinds)


def test_what_is_surely_missing_is_said_beside_what_is_unknown():
    outcome = ask(azathioprine(), *done(Analyte.ALT, *HEPATITIS_B), known=unknown(FactKind.SEROLOGY))

    assert finding(outcome).summary == "Azathioprine: missing before the first dose: liver tests"
    assert missing_from(outcome) == (FactKind.SEROLOGY,)


def test_unknown_orders_are_told_beside_the_card():
    outcome = ask(azathioprine(), *done(Analyte.ALT), known=unknown(FactKind.ORDERED_TESTS))

    assert missing_from(outcome) == (FactKind.ORDERED_TESTS,)


@pytest.mark.parametrize(
    ("since", "is_known"),
    [("2026-08-25", True), ("2026-08-26", False), (None, False)],  # older than 90 days, or not
)
def test_a_cut_page_tells_only_as_far_as_it_reaches(since, is_known):
    outcome = ask(azathioprine(), *done(*COUNT), known=truncated(FactKind.COUNTS, since=since))

    if is_known:
        assert finding(outcome).summary.endswith("blood count with differential")
    else:
        assert blocked_by(outcome) == (FactKind.COUNTS,)


def test_known_empty_is_missing():
    outcome = ask(azathioprine(), *done(*COUNT), known={FactKind.COUNTS: Known(Availability.EMPTY)})

    assert finding(outcome).summary.endswith("blood count with differential")


def test_what_came_and_was_not_used_is_not_called_absent():
    found = finding(ask(azathioprine(), unused(FactKind.SEROLOGY), unused(FactKind.COUNTS)))

    assert why(found) == (
        "Blood count with differential: no dated, readable result on record",
        "Liver tests: no dated result on record",
        "Renal function: no dated result on record",
        "HBsAg: no readable result on record",
        "Anti-HBc: no readable result on record",
        "Anti-HBs: no readable result on record",
    )
