"""Is allopurinol stopped while the thiopurine stays at the dose that was cut for it?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug, OrderIntent
from cards.rules.interactions.allopurinol_stopped import loses_allopurinol
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    missing_from,
    ordered,
    taking,
    thioguanine,
    unknown,
    weight,
    why,
)

AZA, ALLOPURINOL = Drug.AZATHIOPRINE, Drug.ALLOPURINOL
CROHNS, ITP = Indication.CROHNS, Indication.ITP
MEDICATIONS = FactKind.MEDICATIONS


def ended(drug=ALLOPURINOL):
    return ordered(drug, intent=OrderIntent.END)


def ask(*facts, **fields):
    return loses_allopurinol(case(*facts, **fields))


def test_a_dose_that_was_cut_loses_its_effect():
    found = finding(ask(ended(), taking(AZA, 50, for_=CROHNS), taking(ALLOPURINOL, 100)))

    assert found.decision == DecisionKey(
        DecisionKind.INTERACTION, "MedicationRequest/azathioprine", "allopurinol"
    )
    assert found.indicator is Indicator.WARNING
    assert found.summary == (
        "Azathioprine 50 mg/day (0.6 mg/kg): allopurinol is being stopped, and a dose cut for it loses effect; "
        "plan both"
    )
    assert why(found)[0] == "Allopurinol being stopped"
    assert found.do == (
        "With allopurinol azathioprine is cut to about one quarter to one third of the usual dose (grade A).",
        "Without allopurinol a dose that was cut for it has less effect: do not stop one of the two alone. This is "
        "an inference from the label (project choice).",
        "Agree with the specialist first: keep both, or plan how azathioprine returns to its usual dose, with weekly "
        "blood counts and liver tests meanwhile (project choice).",
    )


@pytest.mark.parametrize(
    ("mg", "indication", "speaks"),
    [
        (119, CROHNS, False),  # 80 kg: 1.49 prints as 1.5, the lower end of the usual range
        (115, CROHNS, True),  # 80 kg: 1.4
        (155, None, True),  # 80 kg: 1.9, below the standard 2 mg/kg
        (160, None, False),
        (155, ITP, True),  # its usual range is in mg: the standard start counts
    ],
)
def test_a_usual_dose_is_left_alone(mg, indication, speaks):
    for_ = {"for_": indication} if indication else {}

    assert is_silent(ask(ended(), taking(AZA, mg, **for_))) is not speaks


@pytest.mark.parametrize("fields", [{"without": [Analyte.BODY_WEIGHT]}, {}])
def test_where_the_dose_per_kg_is_not_known_it_is_said(fields):
    dose = 200 if fields else None
    found = finding(ask(ended(), taking(AZA, dose), **fields))

    assert found.do[0] == "The dose per kg is not known: this holds if the dose was cut for allopurinol."


def test_a_weight_without_a_date_shows_no_dose_to_be_usual():
    assert is_silent(ask(ended(), taking(AZA, 200)))
    assert "not known" in finding(ask(ended(), taking(AZA, 200), weight(80, None))).do[0]


def test_thioguanine_is_not_concerned():
    assert is_silent(ask(ended(), taking(Drug.THIOGUANINE, 40)))
    assert is_silent(ask(ended(), thioguanine(40)))


def test_a_renewal_at_the_low_dose_is_warned_about():
    assert finding(ask(ended(), azathioprine(50), taking(AZA, 50))).indicator is Indicator.WARNING


@pytest.mark.parametrize(
    "facts",
    [
        (ended(), azathioprine(50)),  # a start: never cut
        (ended(), azathioprine(150), taking(AZA, 50)),  # the dose goes up with it
        (
            ended(),
            ordered(ALLOPURINOL, 300, ref="MedicationRequest/2"),
            taking(AZA, 50),
        ),  # another order instead
        (ended(Drug.FEBUXOSTAT), taking(AZA, 50)),  # no dose is cut for it
        (ended(),),
        (ordered(ALLOPURINOL, 100), taking(AZA, 50)),
    ],
)
def test_is_silent_where_nothing_is_lost(facts):
    assert is_silent(ask(*facts))


def test_an_unknown_medication_list_is_told():
    known = unknown(MEDICATIONS)

    assert blocked_by(ask(ended(), known=known)) == (MEDICATIONS,)
    assert missing_from(ask(ended(), taking(AZA, 50), known=known)) == (MEDICATIONS,)
    assert is_silent(ask(ended(), taking(AZA, 200), known=known))
