"""Findings become cards: merged by decision, one dose an order, most urgent first."""

from dataclasses import replace

import pytest

from cards.card import CardSource, Indicator, Suggestion
from cards.engine import advise
from cards.finding import (
    Blocked,
    Bound,
    DecisionKey,
    DecisionKind,
    DoseConstraint,
    Fact,
    Finding,
    Fired,
    Reasons,
    Silent,
)
from cards.knowledge.default_policy import default_policy
from cards.model.conditions import Indication, Problem
from cards.model.facts import FactKind, Missing
from cards.model.proposals import ChangeDose, OrderTests, RemoveOrder
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug, TherapyState
from cards.rules.infections import live_vaccine, sepsis
from cards.rules.interactions import xanthine_oxidase_inhibitor
from cards.rules.ordering import (
    dose_for_indication,
    genotype_dose,
    start_plan,
    two_thiopurines,
    untested_genes,
)
from cards.rules.rule import Rule
from tests.builders import KNOWLEDGE, azathioprine, chart, on, problem, regimen, taking, titles, tpmt, weight
from tests.builders import live_vaccine as vaccine

CRITICAL, WARNING, INFO = Indicator.CRITICAL, Indicator.WARNING, Indicator.INFO
DRAFT = "MedicationRequest/azathioprine-draft"
ORDER = azathioprine(200)
DOSE_RULES = (
    two_thiopurines.RULE,
    sepsis.RULE,
    xanthine_oxidase_inhibitor.RULE,
    live_vaccine.RULE,
    genotype_dose.RULE,
    untested_genes.RULE,
    dose_for_indication.RULE,
    start_plan.RULE,
)
FINDING = Finding(
    decision=DecisionKey(DecisionKind.DOSE, "a"),
    indicator=WARNING,
    summary="Summary",
    why=(Fact("why"),),
    do=("do",),
    citations=(KNOWLEDGE.cite("project", "a choice"),),
    reasons=Reasons.DOSE,
)


def says(*findings, named="some-rule", missing=(), can_be_critical=False):
    """A rule that answers so."""
    outcome = Fired(tuple(findings), missing)
    return Rule(
        id=named, question="?", check=lambda _: outcome, highest=CRITICAL if can_be_critical else WARNING
    )


def cards_of(*rules, facts=(ORDER,), max_cards=6):
    answer = advise(chart(*facts), rules, replace(default_policy(), max_cards=max_cards), KNOWLEDGE)
    assert answer.failed == ()
    return answer.cards


def card(*rules, **fields):
    (only,) = cards_of(*rules, **fields)
    return only


def cards_about(*facts, **fields):
    return advise(chart(*facts, **fields), DOSE_RULES, default_policy(), KNOWLEDGE).cards


# --- one card a decision


def test_a_finding_becomes_a_card():
    made = card(says(FINDING))

    assert made.topic == "SomeRule"
    assert made.rule_ids == ("some-rule",)
    assert (made.indicator, made.summary) == (WARNING, "Summary")
    assert made.source == CardSource(FINDING.citations[0].source.label, FINDING.citations[0].source.url)
    assert made.override_reasons == KNOWLEDGE.override_reasons.override_reasons("dose")
    assert (made.suggestions, made.selection_behavior) == ((), None)


def test_findings_about_one_decision_are_one_card_named_by_the_most_urgent():
    made = card(
        says(replace(FINDING, summary="mild", indicator=INFO, do=("mild advice",)), named="mild"),
        says(replace(FINDING, summary="grave", indicator=CRITICAL, do=("grave advice",)), named="grave"),
    )

    assert (made.topic, made.indicator, made.summary) == ("Grave", CRITICAL, "grave")
    assert made.rule_ids == ("grave", "mild")
    assert made.detail.index("grave advice") < made.detail.index("mild advice")


def test_a_line_of_another_card_never_names_it():
    line = replace(FINDING, summary="line", indicator=WARNING, leads=False, reasons=Reasons.DATA)
    lead = replace(FINDING, summary="lead", indicator=INFO)

    made = card(says(line, named="line"), says(lead, named="lead"))

    assert (made.summary, made.indicator, made.topic) == ("lead", WARNING, "Lead")
    assert made.override_reasons == KNOWLEDGE.override_reasons.override_reasons("dose")


def test_a_line_without_another_card_is_one_itself():
    assert card(says(replace(FINDING, leads=False, summary="alone"))).summary == "alone"


def test_cards_are_sorted_by_urgency_and_then_as_the_rules_are():
    findings = [
        replace(FINDING, decision=DecisionKey(DecisionKind.DOSE, str(n)), summary=f"{n}", indicator=indicator)
        for n, indicator in enumerate([INFO, CRITICAL, WARNING, CRITICAL, INFO, WARNING])
    ]

    assert [one.summary for one in cards_of(*(says(f, named=f"rule-{f.decision.about}") for f in findings))] == [
        "1", "3", "2", "5", "0", "4",
    ]  # fmt: skip


def test_no_findings_are_no_cards():
    silent = Rule(id="silent", question="?", check=lambda _: Silent("fine"))

    assert cards_of(silent) == ()


# --- how many


def many(critical=0, warning=0, info=0):
    indicators = [CRITICAL] * critical + [WARNING] * warning + [INFO] * info
    return [
        says(
            replace(
                FINDING,
                decision=DecisionKey(DecisionKind.DOSE, str(n)),
                summary=f"{indicator} {n}",
                indicator=indicator,
            ),
            named=f"rule-{n}",
        )
        for n, indicator in enumerate(indicators)
    ]


def test_the_least_urgent_beyond_the_limit_are_cut_and_counted():
    shown = cards_of(*many(critical=1, warning=1, info=4), max_cards=3)

    assert [one.indicator for one in shown] == [CRITICAL, WARNING, INFO]
    assert shown[-1].detail.endswith("\n\n3 less urgent cards are not shown here.")
    assert "not shown" not in shown[0].detail


def test_one_card_cut_is_one():
    assert cards_of(*many(warning=3), max_cards=2)[-1].detail.endswith(
        "\n\n1 less urgent card is not shown here."
    )


def test_as_many_as_allowed_are_all_shown():
    shown = cards_of(*many(warning=3), max_cards=3)

    assert len(shown) == 3
    assert "not shown" not in shown[-1].detail


def test_a_critical_card_is_never_cut():
    shown = cards_of(*many(critical=4, warning=2), max_cards=3)

    assert [one.indicator for one in shown] == [CRITICAL] * 4
    assert shown[-1].detail.endswith("2 less urgent cards are not shown here.")


def test_the_warning_that_a_card_may_be_missing_is_never_cut():
    gap = Missing(FactKind.COUNTS, "not sent")
    blocked = Rule(id="blocked", question="?", check=lambda _: Blocked((gap,)), highest=CRITICAL)

    shown = cards_of(*many(critical=2, warning=2), blocked, max_cards=3)

    assert [one.topic for one in shown] == ["Rule0", "Rule1", "CouldNotBeChecked"]
    assert shown[-1].detail.endswith("2 less urgent cards are not shown here.")


def test_what_was_not_checked_for_information_may_be_cut():
    gap = Missing(FactKind.COUNTS, "not sent")

    shown = cards_of(*many(warning=2), says(missing=(gap,), named="half-blind"), max_cards=2)

    assert [one.topic for one in shown] == ["Rule0", "Rule1"]


# --- suggestions


REMOVE = RemoveOrder("MedicationRequest/9", "the yellow fever vaccine order")
TPMT, NUDT15 = OrderableTest.TPMT, OrderableTest.NUDT15
RANGE = DoseConstraint(DRAFT, Bound.GENOTYPE, 48, 128)
CHANGE = ChangeDose(DRAFT, 125, 1, None)


def suggestions(*proposals, constraints=(), facts=(ORDER,)):
    made = card(says(replace(FINDING, proposals=proposals, constraints=constraints)), facts=facts)
    return made.suggestions, made.selection_behavior


def test_a_dose_is_offered_as_a_change():
    assert suggestions(constraints=(RANGE,)) == (
        (Suggestion("Change to 125 mg once a day", (CHANGE,), is_recommended=True),),
        "at-most-one",
    )


@pytest.mark.parametrize(
    ("times", "label"),
    [(2, "Change to 50 mg 2 times a day"), (3, "Change to 25 mg 3 times a day")],
)
def test_a_dose_keeps_its_rhythm(times, label):
    order = azathioprine(300, times=times)

    assert suggestions(constraints=(RANGE,), facts=(order,))[0][0].label == label


def test_missing_tests_are_offered_together():
    assert suggestions(OrderTests((TPMT,)), OrderTests((TPMT, NUDT15))) == (
        (
            Suggestion(
                "Order what is missing: TPMT and NUDT15", (OrderTests((TPMT, NUDT15)),), is_recommended=True
            ),
        ),
        "at-most-one",
    )


def test_a_dose_comes_before_the_tests_and_does_not_exclude_them():
    offered, behavior = suggestions(OrderTests((TPMT,)), constraints=(RANGE,))

    assert [(one.label, one.is_recommended) for one in offered] == [
        ("Change to 125 mg once a day", True),
        ("Order what is missing: TPMT", False),
    ]
    assert behavior == "any"


def test_an_order_can_be_removed():
    assert suggestions(REMOVE) == (
        (Suggestion("Remove the yellow fever vaccine order", (REMOVE,), is_recommended=True),),
        "at-most-one",
    )


def test_two_orders_are_removed_together():
    two = RemoveOrder("MedicationRequest/8", "the allopurinol order")
    again = RemoveOrder("MedicationRequest/7", "the allopurinol order")

    assert suggestions(two, again, REMOVE, REMOVE)[0] == (
        Suggestion(
            "Remove the allopurinol order and the yellow fever vaccine order",
            (two, again, REMOVE),
            is_recommended=True,
        ),
    )


def test_a_removal_excludes_a_dose_and_there_are_two_suggestions_at_most():
    offered, behavior = suggestions(REMOVE, constraints=(RANGE,))
    three, _ = suggestions(REMOVE, OrderTests((TPMT,)), constraints=(RANGE,))

    assert [(one.is_recommended, type(one.proposals[0])) for one in offered] == [
        (True, RemoveOrder),
        (False, ChangeDose),
    ]
    assert behavior == "at-most-one"
    assert len(three) == 2


def test_every_test_has_a_name():
    label = suggestions(OrderTests(tuple(OrderableTest)))[0][0].label

    assert "_" not in label
    assert label.count(",") == len(OrderableTest) - 2


# --- one dose an order


def test_only_the_card_with_the_tightest_limit_offers_the_dose():
    ceiling = DoseConstraint(DRAFT, Bound.CEILING, None, 100)

    shown = cards_of(
        says(
            replace(FINDING, decision=DecisionKey(DecisionKind.DOSE, "genotype"), constraints=(RANGE,)),
            named="genotype",
        ),
        says(
            replace(FINDING, decision=DecisionKey(DecisionKind.DOSE, "ceiling"), constraints=(ceiling,)),
            named="ceiling",
        ),
    )

    assert [len(one.suggestions) for one in shown] == [0, 1]
    assert "Offered: 100 mg/day, which can be dispensed; limited by the ceiling for the indication." in (
        shown[1].detail
    )
    assert "Offered" not in shown[0].detail


def test_what_limits_the_offer_is_named():
    first_step = DoseConstraint(DRAFT, Bound.START, None, 50, is_binding=False)

    made = card(says(replace(FINDING, constraints=(RANGE, first_step))))

    assert (
        "Offered: 50 mg/day, which can be dispensed; limited by the genotype and start for the indication."
        in (made.detail)
    )


def test_no_dose_is_offered_beside_a_stop_and_the_range_says_why():
    stop = DoseConstraint(DRAFT, Bound.STOP)

    ranged, stopped = cards_of(
        says(
            replace(FINDING, decision=DecisionKey(DecisionKind.DOSE, "genotype"), constraints=(RANGE,)),
            named="genotype",
        ),
        says(
            replace(FINDING, decision=DecisionKey(DecisionKind.DOSE, "other"), constraints=(stop,)),
            named="other",
        ),
    )

    assert ranged.suggestions == ()
    assert "No dose is offered: other advice on this order asks to stop it" in ranged.detail
    assert "No dose is offered" not in stopped.detail


def test_a_plan_for_a_start_that_should_not_be_made_is_left_out():
    stop = DoseConstraint(DRAFT, Bound.STOP)
    plan = replace(FINDING, decision=DecisionKey(DecisionKind.PLAN, DRAFT), indicator=INFO)
    other = replace(plan, decision=DecisionKey(DecisionKind.PLAN, "MedicationRequest/other"))

    shown = cards_of(
        says(replace(FINDING, constraints=(stop,)), named="stop"),
        says(plan, named="plan"),
        says(other, named="other"),
    )

    assert [one.topic for one in shown] == ["Stop", "Other"]


# --- the rules together


def test_an_intermediate_metabolizer_is_offered_one_dose_within_the_range():
    dose, plan = cards_about(azathioprine(200, for_=Indication.CROHNS), tpmt("*1/*3A"))

    assert titles((dose, plan)) == [
        (
            "warning",
            "Azathioprine 200 mg/day (2.5 mg/kg): TPMT intermediate metabolizer, start at 48-128 mg/day",
        ),
        ("info", "Starting azathioprine: plan"),
    ]
    assert [one.label for one in dose.suggestions] == ["Change to 50 mg once a day"]
    assert plan.suggestions == ()


def test_allopurinol_with_a_low_gene_and_a_live_vaccine_has_no_dose_to_offer():
    shown = cards_about(
        azathioprine(200, for_=Indication.CROHNS), tpmt("*1/*3A"), taking(Drug.ALLOPURINOL), vaccine()
    )

    assert [(one.topic, one.indicator) for one in shown] == [
        ("XanthineOxidaseInhibitor", CRITICAL),
        ("LiveVaccine", CRITICAL),
        ("GenotypeDose", WARNING),
    ]
    assert "50-67 mg/day, is not enough here" in shown[0].detail
    assert [len(one.suggestions) for one in shown] == [0, 1, 0]


def test_allopurinol_alone_is_offered_its_fraction():
    shown = cards_about(azathioprine(200, for_=Indication.CROHNS), taking(Drug.ALLOPURINOL))

    assert [one.label for one in shown[0].suggestions] == ["Change to 50 mg once a day"]


def test_a_dose_above_the_ceiling_and_a_reduced_gene_are_one_card():
    (dose, _) = cards_about(azathioprine(300, for_=Indication.CROHNS), tpmt("*1/*3A"))

    assert dose.topic == "GenotypeDose"
    assert dose.rule_ids == ("genotype-dose", "dose-for-indication")
    assert "Above the ceiling of 2.5 mg/kg/day for Crohn's disease" in dose.detail


def test_a_likely_slip_names_the_card():
    (dose, _) = cards_about(azathioprine(1000, for_=Indication.CROHNS), tpmt("*1/*3A"))

    assert (dose.topic, dose.indicator) == ("DoseForIndication", CRITICAL)


@pytest.mark.parametrize(
    "stop",
    [taking(Drug.MERCAPTOPURINE), problem(Problem.SEPSIS, onset="2026-11-23"), taking(Drug.FEBUXOSTAT)],
)
def test_no_dose_is_offered_where_a_card_says_stop(stop):
    shown = cards_about(azathioprine(200, for_=Indication.CROHNS), tpmt("*1/*3A"), stop)

    assert all(one.suggestions == () for one in shown)
    assert "StartPlan" not in [one.topic for one in shown]


@pytest.mark.parametrize(
    "facts",
    [
        (azathioprine(100), azathioprine(100, ref="MedicationRequest/2")),
        (azathioprine(regimen=regimen(200, is_as_needed=True)),),
        (azathioprine(regimen=regimen(200, doses_per_day=0.5)),),
        (azathioprine(None),),
    ],
)
def test_no_dose_is_offered_for_an_order_that_a_number_does_not_change(facts):
    shown = cards_about(*facts, tpmt("*1/*3A"))

    assert all(one.suggestions == () for one in shown)


def test_hostile_text_of_a_chart_reaches_no_summary_and_no_markup():
    hostile = "<script>alert(1)</script> [x](http://evil.example)\n# heading"

    shown = cards_about(azathioprine(None, dose_problem=hostile), tpmt("*1/*3A", text=hostile))

    for one in shown:
        assert "evil" not in one.summary
        assert "<" not in one.detail
        assert "http:/" not in one.detail
        assert "\n#" not in one.detail


STOP_IT = replace(
    FINDING,
    decision=DecisionKey(DecisionKind.COUNTS, "DRUG"),
    indicator=CRITICAL,
    reasons=Reasons.STOP,
    summary="Stop it",
)
KEEP_IT = replace(
    FINDING,
    decision=DecisionKey(DecisionKind.PREGNANCY, "DRUG"),
    summary="Do not stop it abruptly",
    where_stopped=replace(
        FINDING, decision=DecisionKey(DecisionKind.PREGNANCY, "DRUG"), summary="Involve obstetrics"
    ),
)


@pytest.mark.parametrize(
    ("other", "summary"),
    [
        (STOP_IT, "Involve obstetrics"),
        (replace(STOP_IT, decision=DecisionKey(DecisionKind.COUNTS, "OTHER")), "Do not stop it abruptly"),
        (replace(STOP_IT, indicator=WARNING), "Do not stop it abruptly"),
        (replace(STOP_IT, reasons=Reasons.VACCINE), "Do not stop it abruptly"),
    ],
)
def test_no_card_keeps_what_another_asks_to_stop(other, summary):
    rules = (says(other, named="other", can_be_critical=True), says(KEEP_IT, named="keeps"))
    answer = advise(chart(taking(Drug.AZATHIOPRINE)), rules, default_policy(), KNOWLEDGE)

    assert summary in [card.summary for card in answer.cards]


def test_a_plan_names_no_dose_above_the_range_of_the_card_beside_it():
    order = azathioprine(200, for_=Indication.CROHNS)
    dose, plan = advise(chart(order, tpmt("*1/*3A")), DOSE_RULES, default_policy(), KNOWLEDGE).cards

    assert "48-128 mg/day" in dose.summary
    assert "Usual start: 50 mg/day" in plan.detail
    assert "200 mg/day (grade C)" not in plan.detail


def test_a_summary_that_is_too_long_is_shortened():
    wordy = replace(FINDING, summary=f"{'word ' * 40}; stop and discuss")
    (card,) = advise(chart(azathioprine()), (says(wordy),), default_policy(), KNOWLEDGE).cards

    assert card.summary.endswith("word …; stop and discuss")
    assert len(card.summary) <= 139


def test_a_dose_for_a_child_is_offered_and_not_recommended():
    order = azathioprine(150, for_=Indication.CROHNS)  # 2.5 mg/kg for 40 kg is 100 mg
    (card, _) = advise(
        chart(order, weight(40), born_on=on("2014-05-05")),
        (dose_for_indication.RULE, start_plan.RULE),
        default_policy(),
        KNOWLEDGE,
    ).cards

    assert [(one.label, one.is_recommended) for one in card.suggestions] == [
        ("Change to 100 mg once a day", False)
    ]


LOW = replace(
    FINDING, decision=DecisionKey(DecisionKind.COUNTS, DRAFT), summary="WBC 3.2; reduce or withhold"
)
CEILING = replace(
    FINDING,
    decision=DecisionKey(DecisionKind.DOSE, DRAFT),
    constraints=(DoseConstraint(DRAFT, Bound.CEILING, None, 200),),
)


@pytest.mark.parametrize(
    ("beside", "before", "offered"),
    [
        (
            LOW,
            (taking(Drug.AZATHIOPRINE, 150),),
            ["Change to 150 mg once a day"],
        ),  # and not the ceiling of 200
        (LOW, (), []),  # no start is offered beside it
        (LOW, (taking(Drug.AZATHIOPRINE),), []),  # today's dose is not known
        (LOW, (taking(Drug.AZATHIOPRINE, 150, state=TherapyState.HELD),), []),
        (replace(LOW, decision=DecisionKey(DecisionKind.LIVER, DRAFT)), (), []),
        (replace(LOW, indicator=INFO), (), ["Change to 200 mg once a day"]),
        (
            replace(LOW, decision=DecisionKey(DecisionKind.COUNTS, "MedicationRequest/other")),
            (),
            ["Change to 200 mg once a day"],
        ),
        (
            replace(LOW, decision=DecisionKey(DecisionKind.INTERACTION, DRAFT, "warfarin")),
            (),
            ["Change to 200 mg once a day"],
        ),
    ],
)
def test_beside_a_warning_of_harm_no_more_than_todays_dose_is_offered(beside, before, offered):
    rules = (says(CEILING, named="ceiling"), says(beside, named="beside"))
    answer = advise(chart(azathioprine(250), *before), rules, default_policy(), KNOWLEDGE)

    assert [one.label for card in answer.cards for one in card.suggestions] == offered


@pytest.mark.parametrize("order_ref", [DRAFT, "urn:uuid:8d1f", "https://ehr.example/MedicationRequest/7"])
def test_a_warning_of_harm_holds_the_dose_of_an_order_however_it_is_named(order_ref):
    low = replace(LOW, decision=DecisionKey(DecisionKind.COUNTS, order_ref))
    ceiling = replace(CEILING, constraints=(DoseConstraint(order_ref, Bound.CEILING, None, 200),))
    order = replace(azathioprine(250), record_ref=order_ref)

    answer = advise(
        chart(order), (says(ceiling, named="ceiling"), says(low, named="beside")), default_policy(), KNOWLEDGE
    )

    assert [one.label for card in answer.cards for one in card.suggestions] == []
