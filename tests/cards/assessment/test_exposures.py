"""Which thiopurines does a request concern, at which dose, and what are they for?"""

import pytest

from cards.assessment.episodes import Episode
from cards.model.conditions import ConditionState, Indication, Problem
from cards.model.therapy import Drug, OrderIntent, TherapyState
from tests.builders import (
    azathioprine,
    case,
    days_ago,
    mercaptopurine,
    ordered,
    problem,
    regimen,
    reported,
    tablets,
    taking,
    took,
)

AZA, MP = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE
END, VOID = OrderIntent.END, OrderIntent.VOID
BIG = taking(AZA, 150, "2026-11-10", product=tablets(50), ref="MedicationRequest/big")


def exposure(*facts):
    (only,) = case(*facts).exposures
    return only


def drugs(*facts):
    return [(one.drug, one.is_ordered) for one in case(*facts).exposures]


def test_nothing_of_ours_is_no_exposure():
    assert case(ordered(Drug.METHOTREXATE, 15), taking(Drug.ALLOPURINOL)).exposures == ()


def test_ordered_ones_come_before_taken_ones():
    assert drugs(mercaptopurine(), taking(AZA)) == [(MP, True), (AZA, False)]


def test_what_is_surely_taken_comes_before_what_is_in_doubt():
    assert drugs(reported(AZA), taking(MP)) == [(MP, False), (AZA, False)]


@pytest.mark.parametrize(
    ("facts", "is_in_doubt"),
    [
        ((reported(AZA),), True),
        ((taking(AZA),), False),
        (
            (taking(AZA, state=TherapyState.POSSIBLY_TAKEN),),
            False,
        ),  # an order without a supply that reaches today
        ((azathioprine(), reported(AZA)), False),
        ((azathioprine(),), False),
    ],
)
def test_only_an_old_or_undated_report_alone_is_in_doubt(facts, is_in_doubt):
    assert exposure(*facts).is_in_doubt is is_in_doubt


def test_an_order_takes_the_place_of_the_therapy_it_renews():
    found = exposure(azathioprine(100), taking(AZA, 50))

    assert (found.regimen.mg_per_day, found.course.regimen.mg_per_day) == (100, 50)
    assert found.key == found.record_ref == "MedicationRequest/azathioprine-draft"


def test_a_record_that_may_be_another_drugs_makes_no_order_a_renewal():
    found = exposure(azathioprine(100), taking(AZA, is_contradictory=True))

    assert (found.course, found.episode) == (None, Episode.NEW_START)


def test_a_sure_record_beside_a_contradictory_one_makes_an_order_a_renewal():
    sure = taking(AZA, 100, ref="MedicationRequest/sure")

    found = exposure(azathioprine(100), sure, taking(AZA, is_contradictory=True))

    assert found.episode is Episode.RENEWAL


def test_a_drug_that_a_contradictory_record_names_may_be_taken():
    assert drugs(taking(AZA, is_contradictory=True)) == [(AZA, False)]


def test_a_therapy_is_known_by_its_newest_record():
    found = exposure(taking(AZA, 50, dose_problem="ignored"))

    assert found.key == found.record_ref == "MedicationRequest/azathioprine"
    assert (found.is_ordered, found.is_selected, found.episode) == (False, False, None)


@pytest.mark.parametrize("state", [TherapyState.PAST, TherapyState.HELD, TherapyState.PLANNED])
def test_what_is_not_taken_is_no_exposure(state):
    assert case(taking(AZA, state=state)).exposures == ()


def test_a_possible_therapy_is_one():
    assert drugs(taking(AZA, state=TherapyState.POSSIBLY_TAKEN)) == [(AZA, False)]


def test_an_order_being_stopped_ends_the_therapy_and_orders_nothing():
    assert case(azathioprine(intent=END), taking(AZA)).exposures == ()


def test_an_order_entered_in_error_leaves_the_therapy_as_it_is():
    assert drugs(azathioprine(intent=VOID), taking(AZA)) == [(AZA, False)]


def test_stopping_one_drug_leaves_the_other():
    assert drugs(azathioprine(intent=END), taking(AZA), taking(MP)) == [(MP, False)]


SMALL = taking(AZA, 25, "2026-11-12", product=tablets(25), ref="MedicationRequest/small")


@pytest.mark.parametrize(
    ("facts", "mg"),
    [
        ((azathioprine(25, product=tablets(25), intent=END), BIG, SMALL), 150),  # by its strength
        ((azathioprine(25, ref="MedicationRequest/small", intent=END), BIG, SMALL), 150),  # by its name
        ((azathioprine(150, replaces_ref="MedicationRequest/big", intent=END), BIG, SMALL), 25),
        (  # an order that a newer one had replaced is tidied up
            (
                azathioprine(100, ref="MedicationRequest/old", intent=END),
                BIG,
                taking(AZA, 100, "2026-10-01", product=tablets(50), ref="MedicationRequest/old"),
            ),
            150,
        ),
    ],
)
def test_ending_one_of_several_orders_leaves_the_therapy_at_the_dose_of_the_others(facts, mg):
    asked = case(*facts)
    (found,) = asked.exposures

    assert (found.is_ordered, found.regimen.mg_per_day, found.parts) == (False, mg, ())
    assert not asked.is_ending(AZA)


@pytest.mark.parametrize(
    "facts",
    [
        (azathioprine(100, intent=END), BIG, SMALL),  # neither by name nor by strength: all of it
        (
            azathioprine(150, ref="MedicationRequest/big", intent=END),
            azathioprine(25, ref="MedicationRequest/small", intent=END),
            BIG,
            SMALL,
        ),
        (  # the home list and the order in hospital are one therapy
            azathioprine(150, ref="MedicationRequest/big", intent=END),
            BIG,
            taking(
                AZA, 25, "2026-11-12", product=tablets(25), setting="inpatient", ref="MedicationRequest/2"
            ),
        ),
    ],
)
def test_ending_all_that_stands_ends_the_therapy(facts):
    asked = case(*facts)

    assert (asked.exposures, asked.is_ending(AZA)) == ((), True)


def test_two_drafts_of_one_drug_make_one_dose():
    found = exposure(
        azathioprine(50, ref="MedicationRequest/1"),
        azathioprine(25, ref="MedicationRequest/2", is_selected=False),
    )

    assert len(found.orders) == 2
    assert found.regimen == regimen(
        75, mg_per_dose=None, doses_per_day=None, reading="50 mg x 1 and 25 mg x 1"
    )
    assert found.is_selected


def test_one_unreadable_draft_makes_the_whole_dose_unreadable():
    found = exposure(
        azathioprine(50, ref="MedicationRequest/1"),
        azathioprine(None, ref="MedicationRequest/2", dose_problem="as directed"),
    )

    assert (found.regimen, found.dose_problem) == (None, "as directed")


def test_an_unselected_draft_is_mentioned_but_not_at_hand():
    asked = case(azathioprine(is_selected=False))

    assert (len(asked.exposures), asked.ordered) == (1, ())


def test_what_is_taken_stands_apart_from_what_is_ordered():
    asked = case(azathioprine(), taking(MP))

    assert [one.drug for one in asked.ordered] == [AZA]
    assert [one.drug for one in asked.taken] == [MP]


# --- what it is for


def test_the_orders_own_reason_goes_before_everything():
    found = exposure(
        azathioprine(for_=Indication.CROHNS),
        taking(AZA, for_=Indication.PSORIASIS),
        problem(Problem.RHEUMATOID_ARTHRITIS),
    )

    assert (found.purpose.only, str(found.purpose)) == (Indication.CROHNS, "Crohn's disease")


def test_the_therapys_reason_goes_before_the_problem_list():
    found = exposure(azathioprine(), taking(AZA, for_=Indication.PSORIASIS), problem(Problem.CROHNS))

    assert str(found.purpose) == "psoriasis"


def test_the_problem_list_is_asked_last_and_said_to_be():
    found = exposure(azathioprine(), problem(Problem.CROHNS))

    assert found.purpose.only is Indication.CROHNS
    assert str(found.purpose) == "Crohn's disease (from the problem list, not stated on the order)"


def test_a_therapy_that_is_only_taken_has_its_own_reason():
    assert exposure(taking(AZA, for_=Indication.ITP)).purpose.only is Indication.ITP
    assert exposure(taking(AZA), problem(Problem.ITP)).purpose.only is Indication.ITP


def test_several_possible_reasons_are_all_named():
    found = exposure(azathioprine(), problem(Problem.PSORIASIS), problem(Problem.CROHNS))

    assert found.purpose.only is None
    assert found.purpose.indications == (Indication.PSORIASIS, Indication.CROHNS)
    assert str(found.purpose).startswith("psoriasis or Crohn's disease (from")


def test_no_reason_anywhere_is_said():
    assert str(exposure(azathioprine()).purpose) == "indication not stated"


@pytest.mark.parametrize(
    ("problems", "only"),
    [
        ((Problem.LUPUS, Problem.LUPUS_NEPHRITIS), Indication.LUPUS_NEPHRITIS),
        ((Problem.IBD_UNSPECIFIED, Problem.CROHNS), Indication.CROHNS),
        ((Problem.IBD_UNSPECIFIED, Problem.ULCERATIVE_COLITIS), Indication.ULCERATIVE_COLITIS),
    ],
)
def test_the_more_exact_of_two_names_is_the_reason(problems, only):
    assert exposure(azathioprine(), problem(*problems)).purpose.only is only


@pytest.mark.parametrize("state", [ConditionState.RESOLVED, ConditionState.HISTORY])
def test_a_past_problem_is_no_reason(state):
    assert exposure(azathioprine(), problem(Problem.CROHNS, state=state)).purpose.indications == ()


def test_an_unconfirmed_problem_is_no_reason():
    assert exposure(azathioprine(), problem(Problem.CROHNS, is_confirmed=False)).purpose.indications == ()


def test_a_problem_that_is_no_indication_is_passed_over():
    assert exposure(azathioprine(), problem(Problem.GOUT)).purpose.indications == ()


# --- the other drugs of a case


def test_orders_of_a_drug_are_those_that_mean_taking_it():
    stop = ordered(Drug.ALLOPURINOL, 100, intent=END)
    take = ordered(Drug.FEBUXOSTAT, 80)
    asked = case(stop, take)

    assert asked.orders_of(Drug.ALLOPURINOL, Drug.FEBUXOSTAT) == (take,)
    assert (asked.is_ending(Drug.ALLOPURINOL), asked.is_ending(Drug.FEBUXOSTAT)) == (True, False)


def test_a_course_of_any_drug_can_be_asked_for_twice():
    asked = case(took(Drug.ALLOPURINOL))

    assert asked.course(Drug.ALLOPURINOL) is asked.course(Drug.ALLOPURINOL)
    assert asked.course(Drug.WARFARIN) is None


# --- an order beside current ones


def addition(mg=50, strength=25, **fields):
    return azathioprine(mg, product=tablets(strength), **fields)


def test_an_order_of_another_strength_may_add_to_the_one_that_stays_open():
    found = exposure(addition(), BIG)

    assert (found.beside, found.regimen.mg_per_day) == ((BIG,), 150)  # judged by the larger
    assert exposure(addition(200), BIG).regimen.mg_per_day == 200
    assert [part.mg_per_day for part in found.parts] == [150, 50]
    assert found.episode is Episode.CONTINUATION  # less than 150, or 50 more


@pytest.mark.parametrize(
    "facts",
    [
        (addition(strength=50), BIG),  # the same product: in its place
        (addition(150), BIG),  # the same dose in other tablets: a renewal
        (addition(replaces_ref="MedicationRequest/big"), BIG),
        (addition(), azathioprine(150, intent=END, ref="MedicationRequest/big"), BIG),
        (
            addition(),
            taking(
                AZA,
                150,
                "2026-10-10",
                product=tablets(50),
                supplied_until=days_ago(1),
                ref="MedicationRequest/1",
            ),
        ),
        (addition(), taking(AZA, 150, product=tablets(50), state=TherapyState.POSSIBLY_TAKEN)),
        (addition(),),
        (addition(), azathioprine(100, product=tablets(50), ref="MedicationRequest/2"), BIG),
    ],
)
def test_nothing_stays_beside_an_order_that_takes_its_place(facts):
    found = exposure(*facts)

    assert (found.beside, found.parts) == ((), ())


def test_an_unreadable_order_beside_another_has_no_sum():
    found = exposure(azathioprine(None, product=tablets(25)), BIG)

    assert (found.parts, found.is_at_most(1000)) == ((), False)


@pytest.mark.parametrize(("limit", "expected"), [(200, True), (199, False)])
def test_an_order_is_at_most_a_limit_only_with_what_stays_open(limit, expected):
    assert exposure(addition(), BIG).is_at_most(limit) is expected  # 150 + 50


@pytest.mark.parametrize(("limit", "expected"), [(50, True), (49.4, False)])
def test_a_plain_order_is_at_most_its_own_dose(limit, expected):
    assert exposure(azathioprine(50)).is_at_most(limit) is expected


def test_a_taken_dose_is_that_of_its_course():
    small = taking(AZA, 25, "2026-11-20", product=tablets(25), ref="MedicationRequest/small")
    found = exposure(BIG, small)

    assert [part.mg_per_day for part in found.parts] == [150, 25]
    assert (found.is_at_most(175), found.is_at_most(150)) == (True, False)
