"""Is azathioprine or mercaptopurine combined with allopurinol or febuxostat?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint, Fact, Finding, Reasons
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.genes import Gene, Phenotype
from cards.model.labs import Analyte
from cards.model.proposals import RemoveOrder
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.rules.interactions.xanthine_oxidase_inhibitor import combined_with_xanthine_oxidase_inhibitor
from cards.wording import LONGEST_SUMMARY
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    missing_from,
    nudt15,
    on,
    ordered,
    reported,
    result,
    tablets,
    taking,
    thioguanine,
    tpmt,
    tpmt_activity,
    truncated,
    unknown,
    weight,
    why,
)

AZA, MP = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE
ALLOPURINOL, LESINURAD, FEBUXOSTAT = Drug.ALLOPURINOL, Drug.LESINURAD_ALLOPURINOL, Drug.FEBUXOSTAT
CRITICAL, WARNING, INFO = Indicator.CRITICAL, Indicator.WARNING, Indicator.INFO
CROHNS = Indication.CROHNS
DRAFT = "MedicationRequest/azathioprine-draft"
MEDICATIONS = FactKind.MEDICATIONS
ON_ALLOPURINOL = taking(ALLOPURINOL, since="2026-06-01")


def ask(*facts, **fields):
    return combined_with_xanthine_oxidase_inhibitor(case(*facts, **fields))


# --- the fraction


def test_a_thiopurine_ordered_on_allopurinol_comes_down_to_a_quarter_to_a_third():
    assert finding(ask(azathioprine(200, for_=CROHNS), ON_ALLOPURINOL)) == Finding(
        decision=DecisionKey(DecisionKind.INTERACTION, DRAFT, "allopurinol"),
        indicator=CRITICAL,
        # 200 mg is 2.5 mg/kg, within 1.5-2.5: a quarter is 50, a third 66.7
        summary="Azathioprine 200 mg/day (2.5 mg/kg) with allopurinol: reduce to 50-67 mg/day, "
        "or avoid the combination",
        why=(
            Fact("Azathioprine 200 mg/day (2.5 mg/kg) ordered: 200 mg x 1", None, DRAFT),
            Fact("Weight 80 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
            Fact("Allopurinol current since 2026-06-01", None, "MedicationRequest/allopurinol"),
            Fact("TPMT *1/*1: Normal Metabolizer", on("2026-10-01"), "Observation/TPMT"),
            Fact("NUDT15 *1/*1: Normal Metabolizer", on("2026-10-01"), "Observation/NUDT15"),
        ),
        do=(
            "Reduce to one quarter to one third of the usual dose: 50-67 mg/day (usual dose 200 mg/day, the "
            "ordered dose).",
            "Check blood counts weekly at first; do not titrate up while the two are combined.",
            "With a low TPMT or NUDT15 this is not enough.",
        ),
        also=(
            "Low-dose azathioprine with allopurinol 100 mg is used on purpose by specialists in inflammatory bowel "
            "disease (grade B, BSG 2019).",
        ),
        citations=(
            KNOWLEDGE.interactions.interaction(ALLOPURINOL, AZA).citation,
            KNOWLEDGE.cite("bsg-2019", "Table 10: 25-33 % with allopurinol 100 mg"),
        ),
        reasons=Reasons.INTERACTION,
        constraints=(DoseConstraint(DRAFT, Bound.XANTHINE_OXIDASE, 50.0, 200 * 0.3333333333),),
    )


def test_an_inhibitor_named_by_a_contradictory_record_is_warned_of_and_no_dose_is_offered():
    doubtful = taking(ALLOPURINOL, since="2026-06-01", is_contradictory=True)

    found = finding(ask(azathioprine(200), doubtful))

    assert (found.indicator, found.constraints) == (
        CRITICAL,
        (
            DoseConstraint(DRAFT, Bound.XANTHINE_OXIDASE, 40.0, 160 * 0.3333333333),
            DoseConstraint(DRAFT, Bound.STOP),
        ),
    )


def test_a_contradictory_record_is_no_long_standing_co_therapy():
    found = finding(ask(taking(AZA, 50), taking(ALLOPURINOL, is_contradictory=True)))

    assert found.indicator is WARNING


@pytest.mark.parametrize(
    ("mg", "for_", "range_mg", "basis"),
    [
        (200, CROHNS, "50-67", "usual dose 200 mg/day, the ordered dose"),
        (120, CROHNS, "30-40", "usual dose 120 mg/day, the ordered dose"),  # 1.5 mg/kg, the lower end
        (240, CROHNS, "50-67", "usual dose 200 mg/day, the upper end of the usual range, 2.5 mg/kg/day"),
        (100, CROHNS, "40-53", "usual dose 160 mg/day, the standard 2 mg/kg/day"),  # 1.3 mg/kg
        (
            200,
            (),
            "40-53",
            "usual dose 160 mg/day, the standard 2 mg/kg/day",
        ),  # no range without an indication
        (
            200,
            Indication.ITP,
            "40-53",
            "usual dose 160 mg/day, the standard 2 mg/kg/day",
        ),  # its range is in mg
        (100, Indication.RHEUMATOID_ARTHRITIS, "25-33", "usual dose 100 mg/day, the ordered dose"),
    ],
)
def test_the_usual_dose_is_the_order_within_its_range_the_ceiling_above_and_the_standard_below(
    mg, for_, range_mg, basis
):
    found = finding(ask(azathioprine(mg, for_=for_), ON_ALLOPURINOL))

    assert found.do[0] == (
        f"Reduce to one quarter to one third of the usual dose: {range_mg} mg/day ({basis})."
    )


def test_mercaptopurine_has_its_own_standard():
    found = finding(ask(mercaptopurine(75), ON_ALLOPURINOL))

    # 1.5 mg/kg/day for 80 kg: 120 mg, a quarter 30, a third 40
    assert found.summary == (
        "Mercaptopurine 75 mg/day (0.94 mg/kg) with allopurinol: reduce to 30-40 mg/day, or avoid the combination"
    )


def test_allopurinol_ordered_on_a_thiopurine_is_the_same_danger():
    found = finding(ask(ordered(ALLOPURINOL, 300), taking(AZA, 150, for_=CROHNS)))

    assert found.indicator is CRITICAL
    assert found.decision == DecisionKey(
        DecisionKind.INTERACTION, "MedicationRequest/azathioprine", "allopurinol"
    )
    assert found.summary == (
        "Azathioprine 150 mg/day (1.9 mg/kg) with allopurinol: reduce to 38-50 mg/day, or avoid the combination"
    )
    assert "usual dose 150 mg/day, the dose being taken" in found.do[0]
    assert found.constraints == ()
    assert found.proposals == (RemoveOrder("MedicationRequest/allopurinol-draft", "the allopurinol order"),)


def test_both_ordered_together_are_named_and_nothing_is_removed():
    found = finding(ask(azathioprine(200), ordered(ALLOPURINOL, 100)))

    assert Fact("Allopurinol ordered", None, "MedicationRequest/allopurinol-draft") in found.why
    assert found.proposals == ()


def test_a_renewed_allopurinol_is_both_ordered_and_taken():
    found = finding(ask(azathioprine(200), ordered(ALLOPURINOL, 100), ON_ALLOPURINOL))

    assert [text for text in why(found) if text.startswith("Allopurinol")] == [
        "Allopurinol ordered",
        "Allopurinol current since 2026-06-01",
    ]


def test_both_taken_already_are_named_too():
    assert finding(ask(taking(AZA, 150), ON_ALLOPURINOL)).indicator is CRITICAL


def test_an_allopurinol_that_may_be_over_counts_and_is_said_to_be_uncertain():
    uncertain = taking(ALLOPURINOL, since=None, state=TherapyState.POSSIBLY_TAKEN)

    assert "Allopurinol possibly still taken" in why(finding(ask(azathioprine(200), uncertain)))


def test_lesinurad_with_allopurinol_counts_as_allopurinol():
    found = finding(ask(azathioprine(200), taking(LESINURAD)))

    assert found.summary == (
        "Azathioprine 200 mg/day (2.5 mg/kg) with lesinurad/allopurinol: reduce to 40-53 mg/day, "
        "or avoid the combination"
    )


@pytest.mark.parametrize(
    ("order", "fields", "lead"),
    [
        (azathioprine(None), {}, "Azathioprine with allopurinol"),
        (
            azathioprine(200),
            {"without": (Analyte.BODY_WEIGHT,)},
            "Azathioprine 200 mg/day with allopurinol",
        ),
    ],
)
def test_without_dose_or_weight_no_mg_is_invented(order, fields, lead):
    found = finding(ask(order, ON_ALLOPURINOL, **fields))

    assert found.indicator is CRITICAL
    assert found.summary == (
        f"{lead}: reduce to a quarter to a third of the usual dose, or avoid the combination"
    )
    assert found.do[0].endswith("The amount in mg needs a readable dose and a dated body weight.")
    assert found.constraints == (DoseConstraint(DRAFT, Bound.XANTHINE_OXIDASE),)


def test_an_untested_gene_is_named():
    found = finding(
        ask(azathioprine(200), ON_ALLOPURINOL, nudt15(Phenotype.INDETERMINATE), without=(Gene.TPMT,))
    )

    assert found.do[2] == "With a low TPMT or NUDT15 this is not enough: TPMT and NUDT15 not known here."


# --- already reduced


@pytest.mark.parametrize(
    ("mg", "indicator"),
    [
        (54, CRITICAL),
        (53.4, WARNING),  # a third of 160 is 53.3; both print as 53
        (53, WARNING),
        (25, WARNING),
    ],
)
def test_a_dose_at_or_below_a_third_is_already_reduced(mg, indicator):
    assert finding(ask(azathioprine(mg, for_=CROHNS), ON_ALLOPURINOL)).indicator is indicator


@pytest.mark.parametrize(
    ("order", "undated"),
    [
        (azathioprine(50, for_=CROHNS), weight(80, None)),
        (mercaptopurine(40, for_=Indication.LEUKEMIA), result(Analyte.BODY_HEIGHT, 180, None)),
    ],
)
def test_a_measure_without_a_date_makes_no_dose_already_reduced(order, undated):
    found = finding(ask(order, ON_ALLOPURINOL, undated))

    assert found.indicator is CRITICAL
    assert "already reduced" not in found.summary
    assert "mg/day (" not in found.do[0]


def test_a_reduced_dose_is_not_to_be_titrated_up():
    found = finding(ask(azathioprine(50, for_=CROHNS), ON_ALLOPURINOL))

    assert found.summary == (
        "Azathioprine 50 mg/day (0.6 mg/kg) with allopurinol: already reduced, do not titrate up"
    )
    assert found.do == (
        "The dose is at or below a third of the usual dose (40-53 mg/day; usual dose 160 mg/day, the standard 2 "
        "mg/kg/day).",
        "Do not titrate up while on allopurinol. If allopurinol is stopped, the effect of this dose falls.",
        "Keep blood counts close.",
    )
    (limit,) = found.constraints
    assert (limit.bound, limit.is_binding, round(limit.high_mg_per_day)) == (
        Bound.XANTHINE_OXIDASE,
        False,
        53,
    )


@pytest.mark.parametrize(
    ("days", "indicator"),
    [(90, INFO), (89, WARNING)],
)
def test_long_standing_co_therapy_is_one_quiet_card(days, indicator):
    since = str(days_ago(days))

    found = finding(ask(taking(AZA, 50), taking(ALLOPURINOL, since=since)))
    same = finding(ask(taking(AZA, 50, since), taking(ALLOPURINOL)))

    assert (found.indicator, same.indicator) == (indicator, indicator)


def test_long_standing_co_therapy_stays_together():
    found = finding(ask(azathioprine(50), taking(AZA, 50), taking(ALLOPURINOL)))

    assert found.indicator is INFO
    assert found.summary == (
        "Azathioprine 50 mg/day (0.6 mg/kg) with allopurinol: already reduced, keep both together, "
        "never stop one alone"
    )
    assert found.do[2] == "Keep the usual blood counts."
    assert found.where_stopped.summary == (
        "Azathioprine 50 mg/day (0.6 mg/kg) with allopurinol: already reduced, do not titrate up"
    )
    assert found.where_stopped.where_stopped is None


@pytest.mark.parametrize(
    "facts",
    [
        (azathioprine(50), taking(AZA, 25), taking(ALLOPURINOL)),  # an increase
        (azathioprine(25), taking(AZA, 50), taking(ALLOPURINOL)),  # a reduction
        (azathioprine(50), taking(AZA, None), taking(ALLOPURINOL)),  # nobody knows
        (azathioprine(50), taking(ALLOPURINOL)),  # a new start
        (azathioprine(50), taking(AZA, 50), ordered(ALLOPURINOL, 100)),  # allopurinol is new
        (taking(AZA, 50), taking(ALLOPURINOL, since=None)),  # nobody knows since when
        (azathioprine(50), taking(AZA, 50, state=TherapyState.HELD), taking(ALLOPURINOL)),
    ],
)
def test_what_changes_or_is_not_known_is_not_long_standing(facts):
    assert finding(ask(*facts)).indicator is WARNING


def test_a_renewed_allopurinol_leaves_co_therapy_long_standing():
    assert finding(ask(taking(AZA, 50), ordered(ALLOPURINOL, 100), taking(ALLOPURINOL))).indicator is INFO


# --- a low gene on top


@pytest.mark.parametrize(
    ("genes", "words"),
    [
        ((tpmt("*1/*3A"),), "TPMT intermediate metabolizer"),
        ((nudt15("*1/*3"),), "NUDT15 intermediate metabolizer"),
        ((tpmt(Phenotype.POSSIBLE_INTERMEDIATE),), "TPMT possible intermediate metabolizer"),
        ((tpmt("*3A/*3A"),), "TPMT poor metabolizer"),
        ((tpmt("*3A/*3A"), nudt15("*1/*3")), "TPMT poor, NUDT15 intermediate metabolizer"),
        ((tpmt_activity(None, unit=None, mark="L"),), "TPMT activity below normal"),
    ],
)
def test_a_low_gene_makes_the_fraction_not_enough(genes, words):
    found = finding(ask(azathioprine(200, for_=CROHNS), ON_ALLOPURINOL, *genes))

    assert found.indicator is CRITICAL
    action = "choose another drug" if "poor" in words else "reduce further or choose another drug"
    assert found.summary == f"Azathioprine with allopurinol and {words}: {action}"
    assert found.do[0] == (
        "The usual cut to one quarter to one third of the usual dose, 50-67 mg/day, is not enough here: both ways of "
        "inactivating the drug are impaired."
    )
    assert found.constraints == (
        DoseConstraint(DRAFT, Bound.XANTHINE_OXIDASE),
        DoseConstraint(DRAFT, Bound.STOP),
    )
    assert found.citations[0] == KNOWLEDGE.cite(
        "fda-imuran-interactions", "allopurinol with low or absent TPMT or NUDT15"
    )


def test_a_low_gene_counts_for_a_reduced_dose_and_for_long_standing_co_therapy_too():
    assert finding(ask(azathioprine(25), ON_ALLOPURINOL, tpmt("*1/*3A"))).indicator is CRITICAL
    assert finding(ask(taking(AZA, 25), taking(ALLOPURINOL), tpmt("*1/*3A"))).indicator is CRITICAL


def test_a_low_gene_without_a_weight_names_no_mg():
    found = finding(ask(azathioprine(200), ON_ALLOPURINOL, tpmt("*1/*3A"), without=(Analyte.BODY_WEIGHT,)))

    assert found.do[0].startswith("The usual cut to one quarter to one third of the usual dose is not enough")


# --- febuxostat


@pytest.mark.parametrize(
    ("facts", "summary"),
    [
        (
            (azathioprine(25), taking(FEBUXOSTAT)),
            "Azathioprine with febuxostat: contraindicated, choose another drug for one of them",
        ),
        (
            (mercaptopurine(50), taking(FEBUXOSTAT)),
            "Mercaptopurine with febuxostat: contraindicated, choose another drug for one of them",
        ),
        (
            (taking(AZA), ordered(FEBUXOSTAT, 80)),
            "Azathioprine with febuxostat: contraindicated, choose another drug for one of them",
        ),
    ],
)
def test_febuxostat_has_no_fraction(facts, summary):
    found = finding(ask(*facts))

    assert (found.indicator, found.summary) == (CRITICAL, summary)
    assert found.do[1] == "No reduced dose is known for this pair: do not combine them."
    assert [constraint.bound for constraint in found.constraints] == [Bound.STOP]


def test_the_febuxostat_order_can_be_removed():
    found = finding(ask(taking(AZA), ordered(FEBUXOSTAT, 80)))

    assert found.proposals == (RemoveOrder("MedicationRequest/febuxostat-draft", "the febuxostat order"),)


def test_long_standing_febuxostat_is_never_quiet():
    assert finding(ask(taking(AZA, 25), taking(FEBUXOSTAT))).indicator is CRITICAL


# --- pairs, silence and gaps


def test_each_pair_has_its_finding():
    found = findings(ask(azathioprine(), mercaptopurine(), ON_ALLOPURINOL, ordered(FEBUXOSTAT, 80)))

    assert [one.decision for one in found] == [
        DecisionKey(DecisionKind.INTERACTION, DRAFT, "allopurinol"),
        DecisionKey(DecisionKind.INTERACTION, DRAFT, "febuxostat"),
        DecisionKey(DecisionKind.INTERACTION, "MedicationRequest/mercaptopurine-draft", "allopurinol"),
        DecisionKey(DecisionKind.INTERACTION, "MedicationRequest/mercaptopurine-draft", "febuxostat"),
    ]


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (azathioprine(200),),
        (ordered(ALLOPURINOL, 100),),
        (thioguanine(40), ON_ALLOPURINOL),
        (thioguanine(40), taking(FEBUXOSTAT)),
        (azathioprine(200), taking(ALLOPURINOL, state=TherapyState.PAST)),
        (azathioprine(200), taking(ALLOPURINOL, state=TherapyState.HELD)),
        (azathioprine(200), ON_ALLOPURINOL, ordered(ALLOPURINOL, 100, intent=OrderIntent.END)),
        (azathioprine(200, intent=OrderIntent.END), taking(AZA), ON_ALLOPURINOL),
        (azathioprine(200), ordered(ALLOPURINOL, 100, intent=OrderIntent.VOID)),
    ],
)
def test_is_silent_without_a_pair(facts):
    assert is_silent(ask(*facts))


@pytest.mark.parametrize("known", [unknown(MEDICATIONS), truncated(MEDICATIONS, since="2026-01-01")])
def test_cannot_tell_without_the_medication_list(known):
    assert blocked_by(ask(azathioprine(200), known=known)) == (MEDICATIONS,)
    assert blocked_by(ask(ordered(ALLOPURINOL, 100), known=known)) == (MEDICATIONS,)
    assert missing_from(ask(azathioprine(200), ordered(ALLOPURINOL, 100), known=known)) == (MEDICATIONS,)
    assert is_silent(ask(known=known))


def test_an_old_weight_is_used_and_flagged():
    found = finding(ask(azathioprine(200, for_=CROHNS), ON_ALLOPURINOL, weight(80, "2025-01-01")))

    assert "Weight 80 kg, not recent" in why(found)


@pytest.mark.parametrize(
    "facts",
    [
        (azathioprine(150), reported(ALLOPURINOL, 300)),
        (ordered(ALLOPURINOL, 300), reported(AZA, 150)),
    ],
)
def test_what_only_an_old_or_undated_report_says_is_another_rules(facts):
    assert is_silent(ask(*facts)) is True


def test_an_order_of_what_was_reported_leaves_no_doubt():
    facts = (azathioprine(150), reported(AZA, 150), ordered(ALLOPURINOL, 300), reported(ALLOPURINOL, 300))

    assert finding(ask(*facts)).indicator is CRITICAL


# --- the patient's own dose


def test_the_fraction_starts_from_the_dose_that_was_enough_without_it():
    found = finding(ask(ordered(ALLOPURINOL, 300), taking(AZA, 50, str(days_ago(90))), weight(45)))

    # 50 mg is 1.1 mg/kg: a quarter is 12.5, a third 16.7; of the standard 90 mg it would be 22.5-30
    assert (found.indicator, found.summary) == (
        CRITICAL,
        "Azathioprine 50 mg/day (1.1 mg/kg) with allopurinol: reduce to 13-17 mg/day, or avoid the combination",
    )
    assert found.do[0] == (
        "Reduce to one quarter to one third of the usual dose: 13-17 mg/day (usual dose 50 mg/day, the dose taken "
        f"since {days_ago(90)} without allopurinol)."
    )


@pytest.mark.parametrize(
    "facts",
    [
        (ordered(ALLOPURINOL, 300), taking(AZA, 50, str(days_ago(89)))),  # not long enough
        (ordered(ALLOPURINOL, 300), taking(AZA, 50, None)),
        (taking(AZA, 50, "2026-01-01"), taking(ALLOPURINOL, 300, since="2026-03-31")),  # 89 days before it
        (taking(AZA, 50), taking(ALLOPURINOL, 300, since=None)),
        (ordered(ALLOPURINOL, 300), taking(AZA, 50, state=TherapyState.POSSIBLY_TAKEN)),
        (ordered(ALLOPURINOL, 300), azathioprine(50)),
    ],
)
def test_a_dose_that_was_not_established_without_it_leaves_the_standard(facts):
    assert "reduce to 23-30 mg/day" in finding(ask(*facts, weight(45))).summary


def test_a_dose_established_before_it_came_stays_the_patients_own():
    facts = (taking(AZA, 50, "2026-01-01"), taking(ALLOPURINOL, 300, since="2026-04-01"))  # 90 days

    assert "reduce to 13-17 mg/day" in finding(ask(*facts, weight(45))).summary


def test_an_own_dose_above_the_standard_does_not_raise_the_fraction():
    assert "reduce to 40-53 mg/day" in finding(ask(ordered(ALLOPURINOL, 300), taking(AZA, 180))).summary


def test_a_low_dose_that_was_never_reduced_is_not_called_reduced():
    found = finding(ask(ordered(ALLOPURINOL, 300), taking(AZA, 50)))

    # a third of the standard 160 mg is 53; of the patient's own 50 mg it is 17
    assert (found.indicator, found.constraints, found.proposals) == (WARNING, (), ())
    assert found.summary == (
        "Azathioprine 50 mg/day (0.6 mg/kg) with allopurinol: low, but not reduced for it; consider 13-17 mg/day and "
        "counts weekly"
    )
    assert found.do == (
        "This dose was taken without allopurinol (the dose taken since 2020-01-01 without allopurinol): with it, its "
        "effect rises. One quarter to one third of it is 13-17 mg/day.",
        "It is at or below a third of the usual dose (40-53 mg/day; usual dose 160 mg/day, the standard 2 mg/kg/day): "
        "at the least do not titrate up.",
        "Check blood counts weekly at first.",
    )


def test_the_longest_names_of_a_low_dose_fit_a_card():
    found = finding(ask(ordered(LESINURAD, 200), taking(MP, 112.5), weight(250)))

    assert found.summary == (
        "Mercaptopurine 112.5 mg/day (0.45 mg/kg) with lesinurad/allopurinol: low, but not reduced for it; consider "
        "28-37 mg/day and counts weekly"
    )
    assert len(found.summary) <= LONGEST_SUMMARY


def test_a_renewal_of_a_low_dose_is_not_offered_more_than_a_third_of_the_standard():
    found = finding(ask(azathioprine(50), taking(AZA, 50), ordered(ALLOPURINOL, 300)))

    assert found.constraints == (DoseConstraint(DRAFT, Bound.XANTHINE_OXIDASE, None, 160 * 0.3333333333),)


# --- several active orders


BIG = taking(AZA, 150, "2026-11-10", product=tablets(50), ref="MedicationRequest/big")
SMALL = taking(AZA, 25, "2026-11-20", product=tablets(25), ref="MedicationRequest/small")


def test_of_two_orders_neither_makes_the_dose_reduced():
    found = finding(ask(ordered(ALLOPURINOL, 300), BIG, SMALL))

    assert (found.indicator, found.summary) == (
        CRITICAL,
        "Azathioprine 150 and 25 mg/day (2 orders) with allopurinol: close one and reduce to 40-53 mg/day in all, or "
        "avoid the combination",
    )
    assert why(found)[:2] == (
        "Azathioprine, active order: 25 mg x 1",
        "Azathioprine, active order: 150 mg x 1",
    )
    assert found.do[0] == (
        "Close the order that is not meant. If both are meant, the dose is 175 mg/day: say so on them."
    )


def test_two_low_orders_are_reduced_only_together():
    few = taking(AZA, 25, "2026-11-10", product=tablets(50), ref="MedicationRequest/few")
    more = taking(AZA, 50, "2026-11-10", product=tablets(50), ref="MedicationRequest/few")

    assert (
        "already reduced" in finding(ask(ordered(ALLOPURINOL, 300), few, SMALL)).summary
    )  # 50 of at most 53
    assert finding(ask(ordered(ALLOPURINOL, 300), more, SMALL)).indicator is CRITICAL  # 75


def test_a_low_order_beside_an_open_one_is_not_reduced():
    order = azathioprine(50, product=tablets(25))

    assert finding(ask(order, BIG, ON_ALLOPURINOL)).summary.startswith(
        "Azathioprine 150 and 50 mg/day (2 orders) with allopurinol: close one and reduce to 40-53 mg/day in all"
    )


def test_many_orders_with_long_names_fit_a_card():
    many = [
        taking(MP, 1234.5, product=tablets(strength), ref=f"MedicationRequest/{strength}")
        for strength in range(1, 9)
    ]

    assert finding(ask(ordered(LESINURAD, 200), *many)).summary == (
        "Mercaptopurine (8 orders) with lesinurad/allopurinol: reduce to 30-40 mg/day in all"
    )


def test_in_leukaemia_the_fraction_is_of_the_reference_per_square_metre():
    height = result(Analyte.BODY_HEIGHT, 180)  # 80 kg: 2 m2, 150 mg/day
    order = mercaptopurine(150, for_=Indication.LEUKEMIA)

    found = finding(ask(order, height, ON_ALLOPURINOL))

    assert found.summary == (
        "Mercaptopurine 150 mg/day (1.88 mg/kg) with allopurinol: reduce to 38-50 mg/day, or avoid the combination"
    )
    assert found.do[0] == (
        "Reduce to one quarter to one third of the usual dose: 38-50 mg/day (usual dose 150 mg/day, the reference "
        "in leukaemia of 75 mg/m2/day)."
    )
    assert "Body surface 2 m2 (computed, Mosteller: height 180 cm and the weight)" in why(found)
    assert "mosteller-1987" in [one.source.key for one in found.citations]


@pytest.mark.parametrize(("mg", "indicator"), [(50, Indicator.WARNING), (51, CRITICAL)])
def test_in_leukaemia_a_third_of_the_reference_is_already_reduced(mg, indicator):
    height = result(Analyte.BODY_HEIGHT, 180)

    found = finding(ask(mercaptopurine(mg, for_=Indication.LEUKEMIA), height, ON_ALLOPURINOL))

    assert found.indicator is indicator


def test_in_leukaemia_without_a_height_or_a_dose_the_standard_per_kg_stays():
    per_kg = finding(ask(mercaptopurine(150, for_=Indication.LEUKEMIA), ON_ALLOPURINOL))
    unread = mercaptopurine(None, for_=Indication.LEUKEMIA)
    no_dose = finding(ask(unread, result(Analyte.BODY_HEIGHT, 180), ON_ALLOPURINOL))

    assert "the standard 1.5 mg/kg/day" in per_kg.do[0]
    assert "needs a readable dose" in no_dose.do[0]


IN_TRANSPLANTATION = (
    "A guideline on gout holds allopurinol contraindicated with azathioprine after a kidney transplantation: ask the "
    "transplant team before combining them (grade B)."
)


@pytest.mark.parametrize(
    ("mg", "genes"),
    [
        (200, ()),  # not reduced
        (50, ()),  # already reduced
        (200, (tpmt(Phenotype.INTERMEDIATE),)),
    ],
)
def test_after_a_kidney_transplantation_the_view_against_the_pair_is_shown(mg, genes):
    def also(for_):
        return finding(ask(azathioprine(mg, for_=for_), ON_ALLOPURINOL, *genes)).also

    assert also(Indication.KIDNEY_TRANSPLANT)[-1] == IN_TRANSPLANTATION
    assert IN_TRANSPLANTATION not in also(CROHNS)


def test_the_view_after_a_kidney_transplantation_is_about_azathioprine():
    found = finding(ask(mercaptopurine(50, for_=Indication.KIDNEY_TRANSPLANT), ON_ALLOPURINOL))

    assert IN_TRANSPLANTATION not in found.also
