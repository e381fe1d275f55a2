"""Do 6-TGN and 6-MMP ask for another dose, or for another question?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Reasons
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.genes import Gene
from cards.model.labs import Analyte, LabFinding
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.rules.monitoring.metabolite_levels import metabolites_out_of_range
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    mercaptopurine,
    missing_from,
    nudt15,
    on_order,
    ordered,
    result,
    taking,
    took,
    tpmt,
    truncated,
    unknown,
    weight,
    why,
)

AZA, CROHNS, KIDNEY = Drug.AZATHIOPRINE, Indication.CROHNS, Indication.KIDNEY_TRANSPLANT
THERAPY = taking(AZA, 150, "2026-01-10", for_=CROHNS)
INFO, WARNING = Indicator.INFO, Indicator.WARNING
UNIT = "pmol/(8.10*8.{RBCs})"


def tgn(value, taken="2026-11-10", **fields):
    return result(Analyte.TGN, value, taken, unit=UNIT, **fields)


def mmp(value, taken="2026-11-10", **fields):
    return result(Analyte.MMP, value, taken, unit=UNIT, **fields)


def ask(*facts, **fields):
    return metabolites_out_of_range(case(*facts, **fields))


def test_a_hypermethylator():
    found = finding(ask(THERAPY, tgn(150), mmp(7200)))

    assert found.decision == DecisionKey(DecisionKind.METABOLITES, "MedicationRequest/azathioprine")
    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine: 6-TGN 150, 6-MMP 7200: hypermethylator, a higher dose alone will not help"
    )
    assert why(found)[:3] == (
        "6-TGN 150 pmol/8x10^8 RBC",
        "6-MMP 7200 pmol/8x10^8 RBC",
        "6-MMP to 6-TGN ratio 48",
    )
    assert found.do == (
        "Before allopurinol, check the kidneys (eGFR).",
        "Specialist: reduce to 25-33 % of the dose and add allopurinol 100 mg, then recheck; never only raise the "
        "dose.",
    )
    assert found.also == (
        "AGA 2017: 230-450 with a thiopurine alone; measure when the disease is active or toxicity is suspected, "
        "not routinely in quiescent disease (grade B).",
    )
    assert (found.reasons, found.proposals) == (Reasons.DOSE, ())


@pytest.mark.parametrize(
    ("levels", "says"),
    [
        ((tgn(235), mmp(5700)), None),
        ((tgn(450), mmp(5700)), None),
        ((tgn(234), mmp(2000)), "under-dosed"),
        ((tgn(200), mmp(2200)), "under-dosed"),  # ratio 11.0
        ((tgn(200), mmp(2220)), "hypermethylator, a higher dose alone will not help"),  # 11.1
        ((tgn(300), mmp(4000)), None),  # in range: the ratio of 13.3 alone says nothing
        ((tgn(300), mmp(5701)), "try a lower dose"),
        ((tgn(451), mmp(5701)), "too high, reduce"),
        ((tgn(451), mmp(900)), "reduce, check TPMT and NUDT15"),
        ((tgn(0), mmp(0)), "ask whether it is taken"),
        ((tgn(50, comparator="<"), mmp(500, comparator="<")), "ask whether it is taken"),
        (
            (tgn(None, finding=LabFinding.NEGATIVE), mmp(None, finding=LabFinding.NEGATIVE)),
            "ask whether it is taken",
        ),
        ((tgn(50, comparator="<"), mmp(900)), "under-dosed"),
        ((tgn(50, comparator="<"), mmp(6000)), "hypermethylator, a higher dose alone will not help"),
        ((tgn(150), mmp(500, comparator="<")), "under-dosed"),
        ((tgn(450, comparator=">"), mmp(900)), "reduce, check TPMT and NUDT15"),
    ],
)
def test_the_matrix_of_inflammatory_bowel_disease(levels, says):
    outcome = ask(THERAPY, *levels)

    assert is_silent(outcome) == (says is None)
    if says:
        assert finding(outcome).summary.endswith(f": {says}")


def test_a_low_level_without_the_other_is_no_ground_for_a_change():
    found = finding(ask(THERAPY, tgn(150)))

    assert found.summary == "Azathioprine: 6-TGN 150: 6-MMP needed before any change"
    assert found.proposals == (OrderTests((OrderableTest.METABOLITES,)),)
    assert finding(ask(THERAPY, tgn(150), on_order(OrderableTest.METABOLITES))).proposals == ()


def test_levels_of_different_days_are_no_pair():
    assert finding(ask(THERAPY, tgn(150), mmp(7200, "2026-11-09"))).summary.endswith(
        "needed before any change"
    )


def test_a_high_level_without_the_other():
    assert finding(ask(THERAPY, tgn(451))).summary == "Azathioprine: 6-TGN 451: too high, reduce"


def test_in_range_without_the_other_asks_for_nothing():
    assert is_silent(ask(THERAPY, tgn(300)))


def test_the_pattern_of_low_tpmt_offers_the_genes():
    facts = THERAPY, tgn(520), mmp(900)
    genes = OrderTests((OrderableTest.TPMT, OrderableTest.NUDT15))

    assert finding(ask(*facts)).proposals == ()
    assert finding(ask(*facts, without=list(Gene))).proposals == (genes,)
    assert finding(ask(*facts, without=list(Gene), known=unknown(FactKind.GENES))).proposals == ()


@pytest.mark.parametrize(("gene", "told"), [(nudt15("*1/*1"), False), (nudt15("*1/*3"), True), (None, True)])
def test_a_level_does_not_clear_nudt15(gene, told):
    facts = (THERAPY, tgn(520), mmp(900), *((gene,) if gene else ()))
    found = finding(ask(*facts, without=() if gene else [Gene.NUDT15]))

    assert any("NUDT15 variant" in line for line in found.do) == told


def test_a_hypermethylator_on_allopurinol():
    found = finding(ask(THERAPY, taking(Drug.ALLOPURINOL, 100), tgn(150), mmp(7200)))

    assert found.summary == "Azathioprine: 6-TGN 150, 6-MMP 7200: methylated in spite of allopurinol"


@pytest.mark.parametrize(
    ("value", "says", "indicator"),
    [
        (99, "below 100, ask whether it is taken", INFO),
        (100, None, None),
        (200, None, None),
        (201, "above the trial target of 100-200", INFO),
        (450, "above the trial target of 100-200", INFO),
        (451, "too high, reduce", WARNING),
    ],
)
def test_after_kidney_transplantation(value, says, indicator):
    outcome = ask(taking(AZA, 100, "2026-01-10", for_=KIDNEY), tgn(value))

    assert is_silent(outcome) == (says is None)
    if says:
        found = finding(outcome)
        assert (found.summary, found.indicator) == (f"Azathioprine: 6-TGN {value}: {says}", indicator)
        assert found.also == (
            "In one trial a target of 100-200 cut rejection from 62.8 to 49.4 % (21 % relative), and white cell "
            "nadirs below 2.0 rose from 4.4 to 13.3 % (grade C).",
        )
        assert found.proposals == ()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (99, "below 100, ask whether it is taken"),
        (100, None),
        (300, None),
        (301, "above the range of 100-300"),
        (451, "too high, reduce"),
    ],
)
def test_in_lupus(value, says):
    outcome = ask(taking(AZA, 100, "2026-01-10", for_=Indication.LUPUS_NEPHRITIS), tgn(value))

    assert is_silent(outcome) == (says is None)
    if says:
        assert finding(outcome).summary.endswith(says)
        assert finding(outcome).also == ()


@pytest.mark.parametrize("indications", [(), (Indication.PSORIASIS,), (CROHNS, KIDNEY)])
def test_an_unknown_indication_gets_three_ranges_and_no_verdict(indications):
    found = finding(ask(taking(AZA, 100, "2026-01-10", for_=indications), tgn(500)))

    assert found.decision == DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine")
    assert (found.indicator, found.leads) == (INFO, False)
    assert found.do == (
        "6-TGN: The range depends on what the drug is for; the indication is not known or not single.",
    )
    assert found.also == (
        "6-TGN 235-450 in inflammatory bowel disease (grade B).",
        "6-TGN 100-200 as the target of one trial after kidney transplantation (grade C).",
        "6-TGN 100-300 in lupus by the clinical summary alone (grade E).",
    )


def test_thioguanine_has_no_range():
    found = finding(ask(taking(Drug.THIOGUANINE, 20, "2026-01-10", for_=CROHNS), tgn(1500)))

    assert found.decision == DecisionKey(DecisionKind.ALSO, "MedicationRequest/thioguanine")
    assert found.do[0].startswith("6-TGN: During thioguanine 6-TGN is 5 to 10 times higher")
    assert found.also == ()


@pytest.mark.parametrize(
    ("fields", "own_range"),
    [
        ({"method": "HPLC, Dervieux-Boulieu"}, ""),
        ({"method": "DTT hydrolysis"}, ""),
        ({"reference_low": 600, "reference_high": 1200}, " It is 600-1200 here."),
        ({"reference_high": 451}, " It is up to 451 here."),
        ({"reference_high": 399}, " It is up to 399 here."),
    ],
)
def test_another_assay_gets_no_verdict(fields, own_range):
    found = finding(ask(THERAPY, tgn(150, **fields), mmp(900)))

    assert found.decision == DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine")
    assert found.do == (
        "6-TGN: This assay or its range differs from that of the guidelines: two ways of hydrolysis give different "
        f"values. Use the laboratory's own range.{own_range}",
    )


@pytest.mark.parametrize("fields", [{"reference_high": 400}, {"reference_high": 450}, {"method": "LC-MS/MS"}])
def test_the_usual_assay(fields):
    assert finding(ask(THERAPY, tgn(150, **fields), mmp(900))).summary.endswith("under-dosed")


def test_the_method_is_shown():
    found = finding(ask(THERAPY, tgn(150, method="LC-MS/MS"), mmp(900)))

    assert why(found)[0] == "6-TGN 150 pmol/8x10^8 RBC, method: LC-MS/MS"


def test_what_cannot_be_judged_is_no_line_of_an_order():
    assert is_silent(ask(taking(AZA, 100, "2026-01-10"), azathioprine(100), tgn(500)))


@pytest.mark.parametrize(
    ("ordered_mg", "levels", "says"),
    [
        (200, (tgn(150), mmp(900)), None),  # under-dosed, and raised
        (200, (tgn(150), mmp(7200)), "hypermethylator, a higher dose alone will not help"),
        (200, (tgn(520), mmp(900)), "reduce, check TPMT and NUDT15"),
        (100, (tgn(520), mmp(900)), None),  # too high, and lowered
        (100, (tgn(150), mmp(7200)), None),
        (100, (tgn(300), mmp(6000)), None),
        (100, (tgn(150), mmp(900)), "under-dosed"),  # lowered all the same
        (150, (tgn(520), mmp(900)), "reduce, check TPMT and NUDT15"),
    ],
)
def test_an_order_that_does_what_the_levels_ask_for_is_left_alone(ordered_mg, levels, says):
    outcome = ask(THERAPY, azathioprine(ordered_mg, for_=CROHNS), *levels)

    assert is_silent(outcome) == (says is None)
    if says:
        assert says in finding(outcome).summary


def test_an_increase_against_the_levels_is_a_warning():
    found = finding(ask(THERAPY, azathioprine(200, for_=CROHNS), tgn(150), mmp(7200)))

    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine: 6-TGN 150, 6-MMP 7200: hypermethylator, a higher dose alone will not help; this order "
        "raises the dose"
    )
    raised = finding(ask(THERAPY, azathioprine(200, for_=CROHNS), tgn(150)))
    assert raised.indicator is WARNING


def test_the_longest_summary_fits():
    therapy = taking(Drug.MERCAPTOPURINE, 75, "2026-01-10", for_=CROHNS)
    found = finding(ask(therapy, mercaptopurine(100, for_=CROHNS), tgn(150.5), mmp(17200.5)))

    assert found.summary.startswith("Mercaptopurine: 6-TGN 150.5, 6-MMP 17200.5: hypermethylator")
    assert len(found.summary) < 140


@pytest.mark.parametrize(("taken", "speaks"), [("2026-10-12", False), ("2026-10-13", True)])
def test_a_low_level_before_steady_state_says_nothing(taken, speaks):
    dose = taking(AZA, 150, "2026-09-15", for_=CROHNS)  # 15 September + 28 days = 13 October

    assert is_silent(ask(dose, tgn(150, taken), mmp(900, taken))) != speaks


def test_a_high_level_before_steady_state_is_said():
    found = finding(ask(taking(AZA, 150, "2026-11-01", for_=CROHNS), tgn(520), mmp(900)))

    assert "Taken 9 days after the dose began: steady state after 28" in why(found)


def test_a_level_of_an_earlier_dose_is_not_judged():
    records = (
        taking(AZA, 100, "2026-01-10", for_=CROHNS, ref="MedicationRequest/before"),
        taking(AZA, 150, "2026-11-11", for_=CROHNS),
    )

    assert is_silent(ask(*records, tgn(520), mmp(900)))


def test_without_a_start_steady_state_is_taken_for_granted():
    assert finding(ask(taking(AZA, 150, None, for_=CROHNS), tgn(150), mmp(900)))


@pytest.mark.parametrize(
    ("level", "speaks"),
    [
        (tgn(520, "2026-05-28"), True),  # 180 days
        (tgn(520, "2026-05-27"), False),
        (tgn(520, None), False),
        (tgn(None), False),  # a word that says nothing
        (tgn(None, finding=LabFinding.POSITIVE), False),
    ],
)
def test_which_level_is_judged(level, speaks):
    assert is_silent(ask(THERAPY, level)) != speaks


@pytest.mark.parametrize("facts", [(), (azathioprine(100, for_=CROHNS),)])
def test_only_on_the_drug(facts):
    assert is_silent(ask(*facts, tgn(520)))


def test_unknown_metabolites_are_no_all_clear():
    assert blocked_by(ask(THERAPY, known=unknown(FactKind.METABOLITES))) == (FactKind.METABOLITES,)


def test_a_cut_page_is_told_beside_the_finding():
    assert missing_from(ask(THERAPY, tgn(520), known=truncated(FactKind.METABOLITES))) == (
        FactKind.METABOLITES,
    )


def egfr(value, taken="2026-11-20", **fields):
    return result(Analyte.EGFR, value, taken, unit="mL/min/{1.73_m2}", **fields)


def wbc(value, taken="2026-11-20"):
    return result(Analyte.WBC, value, taken, unit="10*9/L")


UNDER_DOSED = (THERAPY, tgn(150), mmp(900))
ADD = "and add allopurinol 100 mg"


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (wbc(3.4), "WBC 3.4"),
        (result(Analyte.ANC, 1.5, unit="10*9/L"), "ANC 1.5"),
        (result(Analyte.PLATELETS, 139, unit="10*9/L"), "platelets 139"),
        (taking(Drug.ALLOPURINOL, 100), "allopurinol is on record"),
        (taking(Drug.ALLOPURINOL, 100, state=TherapyState.HELD), "allopurinol is on record"),
        (taking(Drug.FEBUXOSTAT, 80, state=TherapyState.POSSIBLY_TAKEN), "febuxostat is on record"),
        (ordered(Drug.FEBUXOSTAT, 80), "febuxostat is on record"),
        (tpmt("*1/*3A"), "TPMT intermediate metabolizer"),
        (nudt15("*1/*3"), "NUDT15 intermediate metabolizer"),
        (weight(60), "2.5 mg/kg/day is the ceiling"),  # 150 mg / 60 kg
    ],
)
def test_no_higher_dose_is_spoken_of_where_something_speaks_against_it(fact, reason):
    found = finding(ask(*UNDER_DOSED, fact))

    assert found.summary == f"Azathioprine: 6-TGN 150, 6-MMP 900: low, do not raise the dose: {reason}"
    assert found.do[:2] == (
        f"Do not raise the dose: {reason}.",
        "Both metabolites are low: ask whether the drug is taken, and settle first what speaks against more of it.",
    )
    assert "higher dose" not in " ".join(found.do)


@pytest.mark.parametrize(
    "fact",
    [
        wbc(3.5),
        wbc(3.4, "2026-08-25"),  # 91 days
        took(Drug.ALLOPURINOL, 100),
    ],
)
def test_a_higher_dose_may_be_considered_where_nothing_speaks_against_it(fact):
    assert finding(ask(*UNDER_DOSED, fact)).summary.endswith(": under-dosed")


@pytest.mark.parametrize(("kg", "is_reached"), [(61, True), (62, False)])  # 2.459 prints as 2.5, 2.419 as 2.4
def test_the_ceiling_is_compared_as_printed(kg, is_reached):
    assert finding(ask(*UNDER_DOSED, weight(kg))).summary.endswith("is the ceiling") is is_reached


def test_without_a_weight_or_a_dose_no_ceiling_is_reached():
    unweighed = finding(ask(*UNDER_DOSED, without=[Analyte.BODY_WEIGHT]))
    undosed = finding(ask(taking(AZA, None, "2026-01-10", for_=CROHNS), tgn(150), mmp(900)))

    assert unweighed.summary.endswith(": under-dosed")
    assert undosed.summary.endswith(": under-dosed")


def test_the_count_is_checked_before_a_higher_dose():
    counted = finding(ask(*UNDER_DOSED, wbc(5)))
    uncounted = finding(ask(*UNDER_DOSED, wbc(5, "2026-08-25")))

    assert counted.do[0].startswith("Both metabolites are low: consider a higher dose")
    assert uncounted.do[0] == "Check the blood count first: there is none of the last 90 days."
    assert uncounted.do[1] == counted.do[0]


def test_an_increase_is_no_answer_to_low_levels_where_something_speaks_against_it():
    found = finding(ask(THERAPY, azathioprine(175, for_=CROHNS), tgn(150), mmp(900), wbc(3.1)))

    assert (found.indicator, found.summary) == (
        WARNING,
        "Azathioprine: 6-TGN 150, 6-MMP 900: low, do not raise the dose: WBC 3.1; this order raises the dose",
    )


def test_a_low_level_after_transplantation_beside_a_low_count():
    found = finding(ask(taking(AZA, 100, "2026-01-10", for_=KIDNEY), tgn(99), wbc(3.1)))

    assert found.summary == "Azathioprine: 6-TGN 99: below 100, ask whether it is taken"
    assert found.do[1] == "Do not raise the dose: WBC 3.1."


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ((ordered(Drug.ALLOPURINOL, 100),), "allopurinol is on record"),
        ((taking(Drug.ALLOPURINOL, 100, state=TherapyState.HELD),), "allopurinol is on record"),
        ((taking(Drug.FEBUXOSTAT, 80),), "febuxostat is on record"),
        ((nudt15("*1/*3"),), "NUDT15 intermediate metabolizer"),
        ((egfr(29.9),), "eGFR 29.9 mL/min/1.73 m2"),
        ((wbc(3.1),), "WBC 3.1"),
    ],
)
def test_allopurinol_is_not_spoken_of_where_something_speaks_against_it(facts, reason):
    found = finding(ask(THERAPY, tgn(150), mmp(7200), *facts))

    assert found.summary.endswith("hypermethylator, a higher dose alone will not help")
    assert found.do[0] == (
        "Specialist: never only raise the dose; a reduced dose together with allopurinol is not open to this "
        f"patient as things stand. Against it here: {reason}."
    )
    assert ADD not in " ".join(found.do)


@pytest.mark.parametrize(
    ("facts", "fields", "first"),
    [
        ((egfr(30),), {}, None),
        ((egfr(30, "2020-01-01"),), {}, "Before allopurinol, check the kidneys (eGFR)."),
        ((egfr(90),), {"without": [Gene.TPMT]}, "Before allopurinol, check TPMT."),
        ((), {"without": list(Gene)}, "Before allopurinol, check TPMT, NUDT15 and the kidneys (eGFR)."),
    ],
)
def test_genes_and_kidneys_are_known_before_allopurinol(facts, fields, first):
    do = finding(ask(THERAPY, tgn(150), mmp(7200), *facts, **fields)).do

    assert ADD in " ".join(do)
    assert (do[0] if do[0].startswith("Before") else None) == first


def test_allopurinol_that_is_being_stopped_is_gone():
    ending = ordered(Drug.ALLOPURINOL, 100, intent=OrderIntent.END)

    assert finding(ask(*UNDER_DOSED, taking(Drug.ALLOPURINOL, 100), ending)).summary.endswith("under-dosed")


def test_the_longest_reasons_fit():
    therapy = taking(Drug.MERCAPTOPURINE, 1234.5, "2026-01-10", for_=CROHNS)
    facts = (wbc(3.1), result(Analyte.ANC, 1.1, unit="10*9/L"), tpmt("*1/*3A"), nudt15("*1/*3"))

    for level in (150, 1.0e12):
        pair = tgn(150), mmp(level / 100)
        found = finding(ask(therapy, mercaptopurine(2234.5, for_=CROHNS), *pair, *facts))
        assert "do not raise the dose" in found.summary or "hypermethylator" in found.summary
        assert len(found.summary) < 140
