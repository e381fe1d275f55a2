"""Does the newest weight not fit those before it, so that no dose in mg rests on it?"""

from cards.card import Indicator
from cards.finding import DecisionKind
from cards.model.conditions import Indication
from cards.model.labs import Analyte
from cards.model.therapy import Drug, OrderIntent
from cards.rules.circumstances.renal_impairment import impaired_kidneys
from cards.rules.interactions.allopurinol_stopped import RULE as ALLOPURINOL_STOPPED
from cards.rules.interactions.xanthine_oxidase_inhibitor import combined_with_xanthine_oxidase_inhibitor
from cards.rules.ordering.dose_being_taken import taken_dose_too_high
from cards.rules.ordering.dose_for_indication import dose_does_not_fit
from cards.rules.ordering.leukaemia_dose import dose_far_from_reference
from cards.rules.ordering.weight_in_doubt import weight_in_doubt
from tests.builders import (
    azathioprine,
    cards,
    case,
    finding,
    is_silent,
    mercaptopurine,
    on,
    ordered,
    result,
    taking,
    titles,
    tpmt,
    weight,
)

CHILD = {"born_on": on("2016-05-05")}
ADULT_IN_POUNDS = (weight(75, "2026-08-01"), weight(165, "2026-11-10"))
IN_POUNDS = (weight(31.8, "2026-11-07"), weight(70.1, "2026-11-20"))
CROHNS = Indication.CROHNS
AZA = Drug.AZATHIOPRINE
WORDS = "31.8 kg on 2026-11-07, 70.1 kg on 2026-11-20 (= 31.8 kg in lb)"


def ask(*facts, **fields):
    return weight_in_doubt(case(*facts, **CHILD, **fields))


def shown(*facts):
    """The card of the dose, and the plan."""
    found = cards(*facts, *IN_POUNDS, **CHILD)
    return [next(one for one in found if rule in one.rule_ids) for rule in ("weight-in-doubt", "start-plan")]


def test_asks_to_weigh_again_on_the_plan_of_a_start():
    found = finding(ask(azathioprine(50), *IN_POUNDS))

    assert found.decision.kind is DecisionKind.PLAN
    assert (found.indicator, found.leads) == (Indicator.INFO, False)
    assert found.do == (
        f"Weigh again: {WORDS}. Until then the dose is judged by the lightest of them, and no dose in mg is "
        "suggested.",
    )


def test_asks_on_the_card_of_a_dose_that_is_too_high_or_goes_on():
    start = finding(ask(azathioprine(100, for_=CROHNS), *IN_POUNDS))  # 3.1 mg/kg
    renewal = finding(ask(azathioprine(50), taking(AZA, 50), *IN_POUNDS))

    assert [start.decision.kind, renewal.decision.kind] == [DecisionKind.DOSE, DecisionKind.DOSE]
    assert renewal.summary == f"Azathioprine 50 mg/day (1.6 mg/kg): weight in doubt, weigh again ({WORDS})"


def test_asks_on_the_quiet_card_of_a_chart():
    assert finding(ask(taking(AZA, 50), *IN_POUNDS)).decision.kind is DecisionKind.ALSO


def test_is_silent_without_a_doubt_or_a_thiopurine():
    assert is_silent(ask(azathioprine(50), weight(31.8)))
    assert is_silent(ask(azathioprine(50), without=[Analyte.BODY_WEIGHT]))
    assert is_silent(ask(*IN_POUNDS))


def test_the_highest_mg_per_kg_speaks_and_no_dose_is_offered():
    slip, _plan = shown(azathioprine(200, for_=CROHNS))  # 6.3 mg/kg, or 2.9 if the weight were right

    assert titles([slip]) == [
        (
            "critical",
            "Azathioprine 200 mg/day (6.3 mg/kg): above the ceiling of 2.5 mg/kg/day for Crohn's disease; "
            "likely slip, check the order",
        )
    ]
    assert "Above the ceiling of 2.5 mg/kg/day for Crohn's disease.\n" in slip.detail
    assert WORDS in slip.detail
    assert slip.suggestions == ()


def test_a_gene_range_waits():
    found = cards(azathioprine(75, for_=CROHNS), tpmt("*1/*3A"), *IN_POUNDS, **CHILD)
    gene, plan = (
        next(one for one in found if rule in one.rule_ids) for rule in ("genotype-dose", "start-plan")
    )

    assert titles([gene, plan]) == [
        ("warning", "Azathioprine 75 mg/day (2.4 mg/kg): TPMT intermediate metabolizer, start at 30-80 % of the "
         "standard start"),
        ("info", "Starting azathioprine: plan"),
    ]  # fmt: skip
    assert "outside malignancy): 0.6-1.6 mg/kg/day.\n" in gene.detail
    assert gene.suggestions == ()
    assert "mg/day for" not in plan.detail


def text_of(found):
    return " ".join((found.summary, *found.do))


def test_a_start_above_the_usual_one_is_told_without_mg():
    # 2.4 mg/kg for 74.8 kg, 1.1 for 165 kg; the usual start in rheumatoid arthritis is 1 mg/kg
    found = finding(
        dose_does_not_fit(case(azathioprine(180, for_=Indication.RHEUMATOID_ARTHRITIS), *ADULT_IN_POUNDS))
    )

    assert "start for rheumatoid arthritis is at most" in found.summary
    assert found.do == ("The usual start for rheumatoid arthritis is at most 1 mg/kg/day and 100 mg/day.",)


def test_a_dose_being_taken_is_to_be_reduced_to_a_dose_per_kilogram():
    found = finding(taken_dose_too_high(case(taking(AZA, 250, for_=CROHNS), *ADULT_IN_POUNDS)))  # 3.3, 1.5

    assert "reduce it to at most 2.5 mg/kg/day" in text_of(found)


def test_failing_kidneys_ask_for_a_dose_per_kilogram():
    egfr = result(Analyte.EGFR, 22)
    found = finding(impaired_kidneys(case(azathioprine(150, for_=CROHNS), egfr, *ADULT_IN_POUNDS)))

    assert found.summary.endswith("choose a lower dose, at most 1.5 mg/kg/day")
    assert "mg/day" not in " ".join(found.do)


def test_an_inhibitor_asks_for_a_fraction_without_mg_and_counts_as_reduced_only_by_the_lightest():
    allopurinol = taking(Drug.ALLOPURINOL, 300, "2026-11-01")
    too_much = finding(
        ask_inhibitor(azathioprine(100, for_=CROHNS), allopurinol)
    )  # a third is 50 mg at 74.8 kg
    reduced = finding(ask_inhibitor(azathioprine(37.5, for_=CROHNS), allopurinol))
    low_gene = finding(ask_inhibitor(azathioprine(100, for_=CROHNS), allopurinol, tpmt("*1/*3A")))

    assert "reduce to a quarter to a third of the usual dose" in too_much.summary
    assert "already reduced" in reduced.summary
    assert "mg/day" not in " ".join(low_gene.do)


def ask_inhibitor(*facts):
    return combined_with_xanthine_oxidase_inhibitor(case(*facts, *ADULT_IN_POUNDS))


def test_a_dose_that_is_too_low_only_for_the_heaviest_may_have_been_cut():
    # 1.5 mg/kg, the lower end of the usual range, for 74.8 kg; 0.7 for 165 kg
    renewal = azathioprine(112.5, for_=CROHNS), taking(AZA, 112.5, for_=CROHNS)
    stop = ordered(Drug.ALLOPURINOL, 300, intent=OrderIntent.END)

    assert is_silent(ALLOPURINOL_STOPPED.check(case(*renewal, stop, weight(74.8))))
    assert finding(ALLOPURINOL_STOPPED.check(case(*renewal, stop, *ADULT_IN_POUNDS)))


def test_in_leukaemia_a_tenth_of_the_reference_is_told_where_the_heaviest_would_have_it():
    order = mercaptopurine(17.5, for_=Indication.LEUKEMIA), result(Analyte.BODY_HEIGHT, 180)

    assert is_silent(dose_far_from_reference(case(*order, weight(74.8))))  # 9 mg/m2
    found = finding(dose_far_from_reference(case(*order, *ADULT_IN_POUNDS)))  # 6.1 mg/m2

    assert found.summary.startswith("Mercaptopurine 17.5 mg/day = 6.1 mg/m2 (2.87 m2)")
