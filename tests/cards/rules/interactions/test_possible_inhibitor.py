"""Is a xanthine oxidase inhibitor, or the thiopurine beside it, planned, or reported and perhaps no longer taken?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Fact, Finding, Reasons
from cards.model.facts import FactKind
from cards.model.therapy import Drug, OrderIntent
from cards.rules.interactions.possible_inhibitor import inhibitor_planned_or_in_doubt
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    missing_from,
    on,
    ordered,
    planned,
    reported,
    taking,
    thioguanine,
    took,
    tpmt,
    unknown,
    why,
)

AZA, MP, ALLOPURINOL, FEBUXOSTAT = (
    Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE, Drug.ALLOPURINOL, Drug.FEBUXOSTAT,
)  # fmt: skip
CUT = "reduce to 1/4-1/3 of the usual dose"
DRAFT = "MedicationRequest/azathioprine-draft"


def ask(*facts, **fields):
    return inhibitor_planned_or_in_doubt(case(*facts, **fields))


def summary(*facts):
    return finding(ask(*facts)).summary


# --- planned


def test_a_planned_inhibitor_is_told_with_its_day():
    assert finding(ask(azathioprine(160), planned(ALLOPURINOL, "2026-12-10"))) == Finding(
        decision=DecisionKey(DecisionKind.INTERACTION, DRAFT, "allopurinol"),
        indicator=Indicator.WARNING,
        summary=f"Azathioprine 160 mg/day (2 mg/kg): allopurinol planned for 2026-12-10; {CUT} before they meet",
        why=(
            Fact("Azathioprine 160 mg/day (2 mg/kg) ordered: 160 mg x 1", None, DRAFT),
            Fact("Weight 80 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
            Fact("Allopurinol planned for 2026-12-10", None, "MedicationRequest/allopurinol"),
        ),
        do=(
            "Agree on the doses, or on another drug, before allopurinol starts on 2026-12-10.",
            "If both are taken: give about one quarter to one third of the usual dose of azathioprine, with blood "
            "counts weekly at first.",
        ),
        citations=(KNOWLEDGE.interactions.interaction(ALLOPURINOL, AZA).citation,),
        reasons=Reasons.INTERACTION,
    )


def test_a_plan_without_a_day_says_so():
    found = finding(ask(taking(AZA, 160), planned(ALLOPURINOL)))

    assert (
        found.summary
        == f"Azathioprine 160 mg/day (2 mg/kg): allopurinol planned, no day stated; {CUT} before they meet"
    )
    assert found.do[0] == "Find out when allopurinol is to start: no day is stated."


@pytest.mark.parametrize(
    ("day", "step"),
    [
        ("2026-11-25", "Agree on the doses, or on another drug, before allopurinol starts on 2026-11-25."),
        ("2026-11-24", "Find out whether allopurinol was started: it was planned for 2026-11-24."),  # today
        ("2026-10-01", "Find out whether allopurinol was started: it was planned for 2026-10-01."),
    ],
)
def test_a_plan_whose_day_has_come_may_have_been_carried_out(day, step):
    assert finding(ask(azathioprine(160), planned(ALLOPURINOL, day))).do[0] == step


def test_the_earliest_day_of_several_plans_is_told():
    plans = (
        planned(ALLOPURINOL, ref="MedicationRequest/1"),
        planned(ALLOPURINOL, "2027-01-01", ref="MedicationRequest/2"),
        planned(ALLOPURINOL, "2026-12-10", ref="MedicationRequest/3"),
    )

    assert why(finding(ask(azathioprine(160), *plans)))[-1] == "Allopurinol planned for 2026-12-10"


def test_febuxostat_planned_means_another_drug():
    found = finding(ask(mercaptopurine(75), planned(FEBUXOSTAT, "2026-12-10")))

    assert found.summary == (
        "Mercaptopurine 75 mg/day (0.94 mg/kg): febuxostat planned for 2026-12-10; choose another drug before they meet"
    )
    assert found.do[-1] == "If both are taken: do not combine; no dose fraction is known."


def test_a_low_gene_leaves_no_number():
    found = finding(ask(azathioprine(160), tpmt("*1/*3A"), planned(ALLOPURINOL, "2026-12-10")))

    assert found.summary.endswith("allopurinol planned for 2026-12-10; ask a specialist before they meet")
    assert found.do[-1] == (
        "If both are taken: both ways of inactivating the drug are impaired, and no source gives a dose; choose "
        "another drug or ask a specialist."
    )


def test_a_planned_thiopurine_is_told_beside_an_inhibitor():
    found = finding(ask(ordered(ALLOPURINOL, 300), planned(AZA, "2026-12-10")))

    assert found.decision == DecisionKey(
        DecisionKind.INTERACTION, "MedicationRequest/azathioprine", "allopurinol"
    )
    assert found.summary == f"Azathioprine planned for 2026-12-10, with allopurinol; {CUT} before they meet"
    assert why(found) == ("Allopurinol ordered", "Azathioprine planned for 2026-12-10")


def test_a_planned_thiopurine_beside_a_report_asks():
    assert summary(reported(ALLOPURINOL, 300), planned(AZA, "2026-12-10")) == (
        f"Azathioprine planned for 2026-12-10: allopurinol reported without a date; still taken? Then {CUT}"
    )


@pytest.mark.parametrize(
    "facts",
    [
        (
            azathioprine(160),
            planned(ALLOPURINOL, ref="MedicationRequest/allopurinol-draft"),
            ordered(ALLOPURINOL),
        ),
        (azathioprine(160), planned(ALLOPURINOL), taking(ALLOPURINOL)),  # the other rule's
        (azathioprine(160), planned(ALLOPURINOL), ordered(ALLOPURINOL, intent=OrderIntent.END)),
        (
            azathioprine(160),
            planned(ALLOPURINOL, "2026-10-01", ended_on=on("2026-11-23")),
        ),  # ran out yesterday
        (azathioprine(160), took(ALLOPURINOL)),
        (azathioprine(160),),
        (thioguanine(40), planned(ALLOPURINOL)),  # not inactivated by xanthine oxidase
        (planned(Drug.THIOGUANINE), taking(ALLOPURINOL)),
        (planned(AZA), planned(ALLOPURINOL)),  # neither is there
        (planned(AZA), took(ALLOPURINOL)),
        (planned(ALLOPURINOL),),
        (azathioprine(160), planned(AZA, "2026-12-10"), taking(ALLOPURINOL)),  # ordered, so no plan
    ],
)
def test_is_silent_without_a_plan_or_doubt(facts):
    assert is_silent(ask(*facts)) is True


def test_a_plan_that_runs_to_today_still_counts():
    plan = planned(ALLOPURINOL, "2026-10-01", ended_on=on("2026-11-24"))

    assert why(finding(ask(azathioprine(160), plan)))[-1] == "Allopurinol planned for 2026-10-01"


# --- reported, undated or long ago


@pytest.mark.parametrize(
    ("since", "words"), [(None, "reported without a date"), ("2024-03", "reported 2024-03")]
)
def test_an_old_or_undated_report_of_an_inhibitor_asks(since, words):
    found = finding(ask(azathioprine(160), reported(ALLOPURINOL, 300, since)))

    assert found.indicator is Indicator.WARNING
    assert found.summary == f"Azathioprine 160 mg/day (2 mg/kg): allopurinol {words}; still taken? Then {CUT}"
    assert why(found)[-1] == f"Allopurinol {words}, possibly still taken"
    assert found.do[0] == "Ask whether allopurinol is still taken, and correct the list."
    assert found.proposals == ()


@pytest.mark.parametrize(
    ("other", "fact"),
    [
        (ordered(ALLOPURINOL, 300), "Allopurinol ordered"),
        (taking(ALLOPURINOL, 300), "Allopurinol current since 2020-01-01"),
        (taking(ALLOPURINOL, 300, None), "Allopurinol current"),
    ],
)
def test_a_report_of_the_thiopurine_asks_as_well(other, fact):
    found = finding(ask(reported(AZA, 160), other))

    assert found.summary == (
        f"Azathioprine 160 mg/day (2 mg/kg) reported without a date, with allopurinol; still taken? Then {CUT}"
    )
    assert why(found)[-1] == fact


def test_both_reported_are_both_asked_for():
    found = finding(ask(reported(AZA, 160), reported(ALLOPURINOL, 300, "2024-03-01")))

    assert found.summary == (
        f"Azathioprine reported without a date: allopurinol reported 2024-03-01; still taken? Then {CUT}"
    )
    assert [step.split(",")[0] for step in found.do[:2]] == [
        "Ask whether azathioprine is still taken",
        "Ask whether allopurinol is still taken",
    ]


def test_a_surer_record_beside_the_report_ends_the_doubt():
    sure = taking(ALLOPURINOL, 300, ref="MedicationRequest/2")

    assert is_silent(ask(azathioprine(160), reported(ALLOPURINOL, 300), sure)) is True


def test_each_pair_is_told():
    found = findings(ask(azathioprine(160), reported(ALLOPURINOL), planned(FEBUXOSTAT, "2026-12-10")))

    assert [one.decision for one in found] == [
        DecisionKey(DecisionKind.INTERACTION, DRAFT, "allopurinol"),
        DecisionKey(DecisionKind.INTERACTION, DRAFT, "febuxostat"),
    ]


# --- what is not known


def test_speaks_and_says_what_it_missed():
    known = unknown(FactKind.MEDICATIONS)

    assert missing_from(ask(azathioprine(160), planned(ALLOPURINOL), known=known)) == (FactKind.MEDICATIONS,)


@pytest.mark.parametrize("facts", [(azathioprine(160),), (ordered(ALLOPURINOL),)])
def test_is_blocked_without_the_medications(facts):
    assert blocked_by(ask(*facts, known=unknown(FactKind.MEDICATIONS))) == (FactKind.MEDICATIONS,)


def test_is_silent_about_another_order_without_the_medications():
    assert is_silent(ask(ordered(Drug.WARFARIN), known=unknown(FactKind.MEDICATIONS))) is True
