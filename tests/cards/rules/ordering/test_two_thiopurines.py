"""Would the patient take two thiopurines at once?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint, Fact, Reasons
from cards.model.conditions import Indication, Problem
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug, OrderIntent, TherapyState
from cards.rules.ordering.two_thiopurines import two_thiopurines_at_once
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    mercaptopurine,
    missing_from,
    on,
    problem,
    reported,
    result,
    taking,
    thioguanine,
    truncated,
    unknown,
    weight,
    why,
)

AZA, MP, TG = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE, Drug.THIOGUANINE
MEDICATIONS = FactKind.MEDICATIONS
HEIGHT = result(Analyte.BODY_HEIGHT, 180)  # 80 kg: 2 m2
LEUKAEMIA = problem(Problem.LEUKEMIA, recorded="2026-08-01")


def ask(*facts, **fields):
    return two_thiopurines_at_once(case(*facts, **fields))


def test_an_order_beside_another_thiopurine_is_critical():
    found = finding(ask(mercaptopurine(75), taking(AZA, 150)))

    assert found.decision == DecisionKey(DecisionKind.TWO_THIOPURINES)
    assert found.indicator is Indicator.CRITICAL
    assert found.summary == (
        "Mercaptopurine and azathioprine taken together: two thiopurines at once; keep only one"
    )
    assert [text for text in why(found) if not text.startswith("Weight")] == [
        "Mercaptopurine 75 mg/day (0.94 mg/kg) ordered: 75 mg x 1",
        "Azathioprine 150 mg/day (1.9 mg/kg) being taken: 150 mg x 1",
    ]
    assert found.do[1] == "Stop one of them before the other is given. No dose is converted automatically."
    assert found.constraints == (DoseConstraint("MedicationRequest/mercaptopurine-draft", Bound.STOP),)
    assert found.citations == (
        KNOWLEDGE.cite("nbk-azathioprine", "azathioprine is a prodrug of mercaptopurine"),
    )
    assert found.reasons is Reasons.STOP


@pytest.mark.parametrize(
    ("mg", "is_wanted"),
    [(25, True), (25.1, False)],  # 2 m2: 12.5; 12.55 prints as 12.6
)
def test_a_low_dose_of_thioguanine_beside_mercaptopurine_is_wanted_in_leukaemia(mg, is_wanted):
    both = (thioguanine(mg, for_=Indication.LEUKEMIA), taking(MP, 150, for_=Indication.LEUKEMIA))

    assert is_silent(ask(*both, HEIGHT)) is is_wanted


def test_above_it_the_card_says_what_it_was_compared_with():
    both = (thioguanine(25.1, for_=Indication.LEUKEMIA), taking(MP, 150, for_=Indication.LEUKEMIA))

    found = finding(ask(*both, HEIGHT))

    assert why(found)[-2:] == (
        "Thioguanine 25.1 mg/day = 12.6 mg/m2 (2 m2); up to 12.5 mg/m2/day is added to mercaptopurine in leukaemia",
        "Body surface 2 m2 (computed, Mosteller: height 180 cm and the weight)",
    )
    assert [one.source.key for one in found.citations] == ["nbk-azathioprine", "team-2022", "mosteller-1987"]


@pytest.mark.parametrize("undated", [weight(80, None), result(Analyte.BODY_HEIGHT, 180, None)])
def test_a_measure_without_a_date_does_not_show_it_to_be_low(undated):
    both = (thioguanine(25, for_=Indication.LEUKEMIA), taking(MP, 150, for_=Indication.LEUKEMIA))
    other = HEIGHT if undated.analyte is Analyte.BODY_WEIGHT else weight(80)

    assert finding(ask(*both, undated, other)).indicator is Indicator.CRITICAL


@pytest.mark.parametrize(
    "facts",
    [
        (thioguanine(25), taking(MP, 150), HEIGHT),  # for what is not known
        (thioguanine(25), taking(MP, 150), LEUKAEMIA),  # no height
        (thioguanine(None), taking(MP, 150), LEUKAEMIA, HEIGHT),
        (azathioprine(25), taking(MP, 150), LEUKAEMIA, HEIGHT),
        (thioguanine(25), taking(MP, 150), taking(AZA, 50), LEUKAEMIA, HEIGHT),
    ],
)
def test_anything_else_is_still_two_at_once(facts):
    assert finding(ask(*facts)).indicator is Indicator.CRITICAL


@pytest.mark.parametrize(
    ("facts", "summary"),
    [
        (
            (azathioprine(), mercaptopurine()),
            "Azathioprine and mercaptopurine ordered together: two thiopurines at once; keep only one",
        ),
        (
            (azathioprine(), mercaptopurine(), thioguanine()),
            "Azathioprine, mercaptopurine and thioguanine ordered together: two thiopurines at once; keep only one",
        ),
        (
            (taking(AZA), taking(TG)),
            "Azathioprine and thioguanine taken together: two thiopurines at once; keep only one",
        ),
        (
            (azathioprine(), taking(MP, state=TherapyState.POSSIBLY_TAKEN)),
            "Azathioprine and mercaptopurine taken together: two thiopurines at once; keep only one",
        ),
    ],
)
def test_any_two_are_too_many(facts, summary):
    assert finding(ask(*facts)).summary == summary


def test_a_therapy_that_may_have_ended_is_said_to_be_uncertain():
    found = finding(ask(azathioprine(), taking(MP, 50, state=TherapyState.POSSIBLY_TAKEN)))

    assert "Mercaptopurine 50 mg/day (0.63 mg/kg) possibly still taken: 50 mg x 1" in why(found)


def test_an_undated_report_of_the_second_asks_first():
    found = finding(ask(azathioprine(), reported(MP, 50)))

    assert found.indicator is Indicator.WARNING
    assert found.summary == (
        "Azathioprine and mercaptopurine: mercaptopurine reported without a date, still taken? Keep only one thiopurine"
    )
    assert found.do[0] == "Ask whether mercaptopurine is still taken, and correct the list."
    assert found.constraints == ()


def test_three_of_which_two_are_reported_long_ago_fit_a_summary():
    found = finding(ask(azathioprine(), reported(MP, 50, "2024-03-01"), reported(TG, 40)))

    assert found.summary == (
        "Azathioprine, mercaptopurine and thioguanine: are all still taken? Keep only one thiopurine"
    )


def test_two_that_are_sure_are_not_asked_about():
    assert finding(ask(azathioprine(), taking(MP, 50), reported(TG, 40))).indicator is Indicator.CRITICAL


def test_only_orders_are_stopped():
    assert finding(ask(taking(AZA), taking(TG))).constraints == ()


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (azathioprine(),),
        (azathioprine(), taking(AZA)),  # a renewal
        (azathioprine(50, ref="MedicationRequest/1"), azathioprine(25, ref="MedicationRequest/2")),
        (azathioprine(), taking(MP, state=TherapyState.PAST)),
        (taking(AZA), taking(MP, state=TherapyState.HELD)),  # nothing is ordered
        (  # leukaemia protocols plan both
            mercaptopurine(),
            LEUKAEMIA,
            taking(TG, state=TherapyState.PLANNED),
        ),
        (azathioprine(), taking(MP), mercaptopurine(intent=OrderIntent.END)),  # a switch
    ],
)
def test_is_silent_about_one_thiopurine(facts):
    assert is_silent(ask(*facts))


@pytest.mark.parametrize("known", [unknown(MEDICATIONS), truncated(MEDICATIONS, since="2026-01-01")])
def test_cannot_tell_without_the_whole_medication_list(known):
    assert blocked_by(ask(azathioprine(), known=known)) == (MEDICATIONS,)
    assert missing_from(ask(azathioprine(), mercaptopurine(), known=known)) == (MEDICATIONS,)
    assert is_silent(ask(known=known))


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"state": TherapyState.HELD}, "on hold"),
        ({"state": TherapyState.PLANNED, "planned_for": on("2026-12-05")}, "planned for 2026-12-05"),
    ],
)
def test_one_on_hold_or_planned_beside_an_order_of_another_is_asked_to_be_ended(fields, state):
    found = finding(ask(azathioprine(), taking(MP, ref="MedicationRequest/mp", **fields)))

    assert (found.decision, found.indicator) == (DecisionKey(DecisionKind.TWO_THIOPURINES), Indicator.WARNING)
    assert found.summary == (
        f"Azathioprine ordered, mercaptopurine {state}: keep only one, end the mercaptopurine order"
    )
    assert Fact(f"Mercaptopurine {state}", record_ref="MedicationRequest/mp") in found.why
    assert found.constraints == ()
