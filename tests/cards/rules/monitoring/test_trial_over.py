"""Is the time over after which the benefit of a thiopurine is reviewed?"""

from datetime import timedelta

import pytest

from cards.finding import DecisionKey, DecisionKind, Fact
from cards.model.conditions import Indication
from cards.model.therapy import Drug
from cards.rules.monitoring.trial_over import benefit_due_for_review
from tests.builders import TODAY, azathioprine, case, finding, is_silent, live_vaccine, taking

ARTHRITIS = Indication.RHEUMATOID_ARTHRITIS


def taken(days, indication=ARTHRITIS, drug=Drug.AZATHIOPRINE):
    return taking(drug, 100, str(TODAY - timedelta(days=days)), for_=indication)


def ask(*facts, **fields):
    return benefit_due_for_review(case(*facts, **fields))


def test_arthritis_is_reviewed_after_twelve_weeks():
    found = finding(ask(taken(84)))

    assert (found.decision, found.summary, found.leads) == (
        DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine"),
        "Azathioprine: also on this patient's list",
        False,
    )
    assert found.why[0].text == "Azathioprine taken for 84 days"
    assert found.do == (
        "The trial of 12 weeks is over: review the benefit; without a response, consider stopping (grade A).",
    )
    assert isinstance(found.why[0], Fact)


@pytest.mark.parametrize(
    ("days", "indication", "speaks"),
    [
        (83, ARTHRITIS, False),
        (84, ARTHRITIS, True),  # 12 x 7
        (144, ARTHRITIS, True),  # and 60 days more
        (145, ARTHRITIS, False),
        (90, Indication.CROHNS, False),
        (91, Indication.CROHNS, True),  # 13 weeks are 3 months
        (91, Indication.KIDNEY_TRANSPLANT, False),
        (91, Indication.LEUKEMIA, False),
        (91, (Indication.CROHNS, Indication.KIDNEY_TRANSPLANT), False),
        (91, Indication.LUPUS_NEPHRITIS, False),  # at least 3-5 years
        (91, Indication.AUTOIMMUNE_HEPATITIS, False),  # indefinitely
        (91, (Indication.CROHNS, Indication.AUTOIMMUNE_HEPATITIS), False),
        (91, Indication.LUPUS, True),
        (91, Indication.ATOPIC_DERMATITIS, True),  # 12 weeks or more
        (91, (), True),  # not stated
    ],
)
def test_speaks_for_two_months_after_the_trial(days, indication, speaks):
    assert is_silent(ask(taken(days, indication))) is not speaks


def test_a_slow_response_is_named_and_is_no_reason_to_stop():
    assert finding(ask(taken(91, Indication.ITP))).do == (
        "The trial of 13 weeks is over: review the benefit (grade A).",
        "Immune thrombocytopenia: The full effect takes several months (grade E).",
    )


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (azathioprine(for_=ARTHRITIS),),
        (taken(91), live_vaccine()),
        (taking(Drug.AZATHIOPRINE, 100, None, for_=ARTHRITIS),),
        (taken(91, Indication.CROHNS, Drug.MERCAPTOPURINE),),  # no source gives a time
    ],
)
def test_is_silent_otherwise(facts):
    assert is_silent(ask(*facts))
