"""Which one dose, if any, may be offered for an order?"""

import pytest

from cards.composer.doses import dose_offers
from cards.finding import Bound, DoseConstraint
from cards.model.conditions import Indication, Problem
from cards.model.facts import FactKind
from cards.model.genes import Gene, Phenotype
from cards.model.labs import Analyte
from cards.model.proposals import ChangeDose
from cards.model.therapy import Drug, DrugOrder, TherapyState
from tests.builders import (
    azathioprine,
    case,
    mercaptopurine,
    nudt15,
    on,
    problem,
    regimen,
    result,
    tablets,
    taking,
    thioguanine,
    tpmt,
    unknown,
    unused,
    weight,
)

DRAFT = "MedicationRequest/azathioprine-draft"


def limit(bound, low=None, high=None, *, is_binding=True, order=DRAFT):
    return DoseConstraint(order, bound, low, high, is_binding)


GENOTYPE = limit(Bound.GENOTYPE, 48, 128)
FRACTION = limit(Bound.XANTHINE_OXIDASE, 50, 66.7)
FIRST_STEP = limit(Bound.START, None, 50, is_binding=False)
STOP = limit(Bound.STOP)
CEILING = limit(Bound.CEILING, None, 200)


def taken(mg_per_day=225, since="2026-01-01", **fields):
    return taking(Drug.AZATHIOPRINE, mg_per_day, since, **fields)


def wbc(value, taken_on="2026-11-10"):
    return result(Analyte.WBC, value, taken_on, unit="10*9/L", ref=f"Observation/wbc-{value}-{taken_on}")


def offered(order, *constraints):
    """The dose offered for one order, or None."""
    offers = dose_offers(case(order), constraints)
    return offers[0].change.mg_per_day if offers else None


def test_the_highest_dispensable_dose_that_nothing_forbids_is_offered():
    (offer,) = dose_offers(case(azathioprine(200)), (GENOTYPE,))

    assert offer.change == ChangeDose(DRAFT, 125, 1, None)  # 25 mg steps: 125 is within 48-128, 150 not
    assert (offer.bounded_by, offer.limited_by) == (GENOTYPE, Bound.GENOTYPE)


@pytest.mark.parametrize(
    ("constraints", "mg"),
    [
        ((GENOTYPE, FIRST_STEP), 50),  # the usual first step narrows what another rule changes
        ((FIRST_STEP,), None),  # and changes nothing by itself
        ((limit(Bound.CEILING, None, 200),), None),  # the order is not above it
        ((limit(Bound.CEILING, None, 160),), 150),
        ((GENOTYPE, limit(Bound.CEILING, None, 100)), 100),
        ((FRACTION,), 50),
        ((FRACTION, FIRST_STEP), 50),
        ((limit(Bound.GENOTYPE, 60, 160), FIRST_STEP), 75),  # 50 is below the range: its lowest step, 75
        ((limit(Bound.GENOTYPE, 75, 160), FIRST_STEP), 75),
        ((limit(Bound.GENOTYPE, 80, 90), FIRST_STEP), None),  # no step of 25 within 80-90
        ((limit(Bound.GENOTYPE, 30, 40),), None),
        ((limit(Bound.GENOTYPE, 5, 24),), None),  # a tablet of 25 mg is too much
        ((limit(Bound.GENOTYPE, None, 24),), None),
        ((limit(Bound.GENOTYPE),), None),  # a range without mg
        ((limit(Bound.GENOTYPE), limit(Bound.CEILING, None, 100)), 100),
        ((), None),
    ],
)
def test_the_tightest_wins_within_the_range(constraints, mg):
    assert offered(azathioprine(200), *constraints) == mg


def test_the_card_with_the_tightest_binding_limit_makes_the_offer():
    ceiling = limit(Bound.CEILING, None, 100)

    (offer,) = dose_offers(case(azathioprine(200)), (GENOTYPE, ceiling, FIRST_STEP))

    assert (offer.bounded_by, offer.limited_by) == (ceiling, Bound.START)


@pytest.mark.parametrize(
    "constraints",
    [
        (GENOTYPE, STOP),
        (GENOTYPE, FRACTION),  # the label says "further reduction", and gives no number
        (GENOTYPE, limit(Bound.XANTHINE_OXIDASE)),
        (limit(Bound.GENOTYPE), FRACTION),
    ],
)
def test_no_dose_where_a_rule_says_stop_or_no_source_combines_them(constraints):
    assert offered(azathioprine(200), *constraints) is None


def test_a_limit_of_another_order_says_nothing():
    other = limit(Bound.GENOTYPE, 10, 20, order="MedicationRequest/other")
    stop = limit(Bound.STOP, order="MedicationRequest/other")

    assert offered(azathioprine(200), GENOTYPE, other, stop) == 125


def test_never_more_than_the_order():
    assert offered(azathioprine(100), GENOTYPE) is None
    assert offered(azathioprine(125), GENOTYPE) is None
    assert offered(azathioprine(126), GENOTYPE) == 125


@pytest.mark.parametrize(
    ("order", "mg", "strength"),
    [
        (azathioprine(200, product=tablets(50)), 100, 50),  # whole tablets of the product ordered
        (azathioprine(200, product=tablets(75)), 75, 75),
        (azathioprine(200, product=tablets(100)), 100, 100),
        (azathioprine(200, times=2), 100, None),  # 50 mg twice: steps of 2 x 25
        (azathioprine(200, times=2, product=tablets(50)), 100, 50),
        (azathioprine(300, times=3), 75, None),  # 25 mg three times: steps of 75
        (azathioprine(200, product=tablets(150)), None, 150),
    ],
)
def test_a_dose_can_be_dispensed(order, mg, strength):
    offers = dose_offers(case(order), (GENOTYPE,))

    if mg is None:
        assert offers == ()
    else:
        assert (offers[0].change.mg_per_day, offers[0].change.tablet_mg) == (mg, strength)
        assert offers[0].change.doses_per_day == order.regimen.doses_per_day


@pytest.mark.parametrize(
    ("order", "high", "mg"),
    [(mercaptopurine(125), 96, 50), (mercaptopurine(125), 49, None), (thioguanine(120), 90, 80)],
)
def test_mercaptopurine_and_thioguanine_come_in_whole_tablets(order, high, mg):
    assert offered(order, limit(Bound.GENOTYPE, 36, high, order=order.record_ref)) == mg


@pytest.mark.parametrize(
    "order",
    [
        azathioprine(None),
        azathioprine(regimen=regimen(200, is_as_needed=True)),
        azathioprine(regimen=regimen(200, doses_per_day=0.5)),  # alternate days
        azathioprine(regimen=regimen(200, doses_per_day=1.5)),
        azathioprine(regimen=regimen(200, doses_per_day=None)),
        azathioprine(regimen=regimen(200, plan="100 mg, then 200 mg")),
        azathioprine(regimen=regimen(200, low_mg_per_day=100)),
        azathioprine(200, is_selected=False),
    ],
)
def test_no_dose_for_an_order_that_is_not_so_much_so_often(order):
    assert offered(order, GENOTYPE) is None


def test_no_dose_for_two_drafts_of_one_drug():
    both = case(azathioprine(100), azathioprine(100, ref="MedicationRequest/2"))

    assert dose_offers(both, (GENOTYPE,)) == ()


def test_each_order_has_its_own_offer():
    orders = (azathioprine(200), mercaptopurine(125))
    limits = (GENOTYPE, limit(Bound.GENOTYPE, 36, 96, order=orders[1].record_ref))

    offers = dose_offers(case(*orders), limits)

    assert [offer.change.mg_per_day for offer in offers] == [125, 50]


@pytest.mark.parametrize("kg", [*range(40, 140, 7), 62.5, 83.3])
@pytest.mark.parametrize(("low", "high"), [(0.6, 1.6), (0.4, 1.0)])
def test_an_offer_is_always_within_the_range_and_below_the_order(kg, low, high):
    mg = offered(azathioprine(kg * 2.5), limit(Bound.GENOTYPE, low * kg, high * kg), FIRST_STEP)

    assert mg is not None
    assert low * kg <= mg <= high * kg
    assert mg % 25 == 0


def test_beside_an_order_that_stays_open_no_dose_is_offered():
    big = taking(Drug.AZATHIOPRINE, 150, product=tablets(50), ref="MedicationRequest/big")
    order = azathioprine(200, product=tablets(25))

    assert dose_offers(case(order), (GENOTYPE,)) != ()
    assert dose_offers(case(order, big), (GENOTYPE,)) == ()


@pytest.mark.parametrize(
    ("constraints", "mg"),
    [
        ((CEILING, FIRST_STEP), 200),  # never a quarter of the order
        ((limit(Bound.CEILING, None, 199), FIRST_STEP), 175),  # rounded down to what can be dispensed
        ((limit(Bound.RENAL, None, 80), FIRST_STEP), 75),
        ((CEILING, limit(Bound.RENAL, None, 80), FIRST_STEP), 75),
        ((limit(Bound.START, None, 80), limit(Bound.START, None, 60, is_binding=False)), 75),
        ((CEILING, limit(Bound.STEP, None, 100, is_binding=False)), 100),  # no step before it is due
        ((limit(Bound.STEP, None, 100, is_binding=False),), None),
        ((GENOTYPE, limit(Bound.STEP, None, 100, is_binding=False), FIRST_STEP), 50),
        ((GENOTYPE, limit(Bound.STEP, None, 25, is_binding=False)), None),  # 48-128 begins above today's step
        ((CEILING, limit(Bound.RENAL)), None),  # a lower dose, and no source says how much
        ((CEILING, STOP), None),
        ((CEILING, limit(Bound.WAIT)), None),
    ],
)
def test_above_a_ceiling_the_lowest_upper_bound_is_offered(constraints, mg):
    assert offered(azathioprine(210), *constraints) == mg


@pytest.mark.parametrize(("tablet_mg", "mg"), [(25, 75), (50, None), (75, 75)])
def test_a_step_that_is_not_due_ends_at_todays_dose_or_is_not_offered(tablet_mg, mg):
    order = azathioprine(210, product=tablets(tablet_mg))
    chart = case(order, taken(mg_per_day=75, since="2026-11-10", product=tablets(tablet_mg)))
    offers = dose_offers(chart, (CEILING, limit(Bound.STEP, None, 75, is_binding=False)))

    assert (offers[0].change.mg_per_day if offers else None) == mg


@pytest.mark.parametrize(
    "genes",
    [
        {"without": [Gene.TPMT]},
        {"without": [Gene.NUDT15]},
        {"facts": [tpmt("*1/*3A")]},
        {"facts": [nudt15(Phenotype.INDETERMINATE)]},
        {"facts": [tpmt("*1/*1"), tpmt("*1/*3A", ref="Observation/other")]},
    ],
)
@pytest.mark.parametrize("bound", [Bound.CEILING, Bound.RENAL, Bound.START])
def test_no_dose_is_offered_for_a_start_while_a_gene_is_not_known_to_be_normal(genes, bound):
    facts, without = genes.get("facts", []), genes.get("without", [])

    assert dose_offers(case(azathioprine(210), *facts, without=without), (limit(bound, None, 200),)) == ()


def test_a_range_for_low_genes_or_an_inhibitor_is_offered_whatever_the_genes():
    untested = case(azathioprine(210), without=list(Gene))

    assert [dose_offers(untested, (one,))[0].change.mg_per_day for one in (GENOTYPE, FRACTION)] == [125, 50]


@pytest.mark.parametrize(
    ("facts", "mg"),
    [
        ((taken(),), 200),
        ((taken(mg_per_day=200),), 200),
        ((taken(mg_per_day=199),), None),  # less than what would be offered
        ((taken(since="2026-09-29"),), 200),  # 56 days
        ((taken(since="2026-09-30"),), None),
        ((taken(since=None),), None),
        ((taken(mg_per_day=None),), None),
        ((taken(state=TherapyState.POSSIBLY_TAKEN),), None),
        ((), None),
        ((taken(), wbc(3.4)), None),  # below the withhold limit of 3.5
        ((taken(), wbc(3.4, "2026-02-01")), None),  # once since the start
        ((taken(), wbc(3.4, "2025-02-01")), 200),  # before it
        ((taken(), wbc(3.4, None)), None),
        ((taken(), wbc(None)), None),
        ((taken(), wbc(3.5)), 200),
    ],
)
def test_an_established_and_tolerated_dose_needs_no_genes(facts, mg):
    chart = case(azathioprine(210), wbc(6), *facts, without=list(Gene))
    offers = dose_offers(chart, (CEILING,))

    assert (offers[0].change.mg_per_day if offers else None) == mg


@pytest.mark.parametrize(
    ("taken_on", "is_offered"), [("2026-08-26", True), ("2026-08-25", False), (None, False)]
)
def test_tolerated_is_shown_by_a_count_of_the_last_90_days(taken_on, is_offered):
    chart = case(azathioprine(210), wbc(6, taken_on), taken(), without=list(Gene))

    assert bool(dose_offers(chart, (CEILING,))) is is_offered


@pytest.mark.parametrize(
    ("facts", "fields", "is_recommended"),
    [
        ((), {}, True),
        ((), {"born_on": on("2008-11-25")}, False),  # 17 years
        ((), {"born_on": on("2008-11-24")}, True),
        ((weight(80, "2025-11-23"),), {}, False),  # more than a year old
        ((weight(80, None),), {}, False),
        ((azathioprine(210, for_=Indication.LEUKEMIA),), {}, False),
        ((), {"known": unknown(FactKind.MEDICATIONS)}, False),  # an inhibitor may be among them
        ((unused(FactKind.MEDICATIONS),), {}, False),
    ],
)
def test_an_offer_to_a_child_in_leukaemia_or_in_doubt_is_not_recommended(facts, fields, is_recommended):
    orders = () if any(isinstance(fact, DrugOrder) for fact in facts) else (azathioprine(210),)
    (offer,) = dose_offers(case(*orders, *facts, **fields), (CEILING,))

    assert offer.is_recommended is is_recommended


def test_nor_is_one_in_a_lymphoma_that_only_the_problem_list_names():
    order = mercaptopurine(210)
    ceiling = DoseConstraint(order.record_ref, Bound.CEILING, None, 200.0)
    disease = problem(Problem.LYMPHOBLASTIC_LYMPHOMA, recorded="2026-01-01")

    def recommended(*facts):
        (offer,) = dose_offers(case(order, *facts), (ceiling,))
        return offer.is_recommended

    assert (recommended(), recommended(disease)) == (True, False)


def test_beside_a_likely_slip_an_offer_is_not_recommended():
    slip = DoseConstraint(DRAFT, Bound.CEILING, None, 200.0, is_of_slip=True)

    (offer,) = dose_offers(case(azathioprine(1500)), (slip,))

    assert (offer.change.mg_per_day, offer.is_recommended) == (200, False)


@pytest.mark.parametrize(
    ("mg", "since", "offer"),
    [
        (160, "2025-09-29", []),  # tolerated above the range: the offer would lower it
        (160, "2026-10-29", [125]),  # too short to be tolerated
        (100, "2025-09-29", [125]),  # the offer still raises it
    ],
)
def test_a_range_made_for_a_start_is_not_offered_below_a_dose_that_is_tolerated(mg, since, offer):
    offers = dose_offers(case(azathioprine(200), taken(mg, since), wbc(6)), (GENOTYPE,))

    assert [one.change.mg_per_day for one in offers] == offer
