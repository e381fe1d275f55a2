"""Why a clinician may decide otherwise."""

import pytest

from cards.finding import Reasons
from tests.builders import KNOWLEDGE


@pytest.mark.parametrize("name", Reasons)
def test_each_set_has_three_to_six_coded_reasons_that_differ(name):
    reasons = KNOWLEDGE.override_reasons.override_reasons(name)

    assert 3 <= len(reasons) <= 6
    assert len({reason.code for reason in reasons}) == len(reasons)
    for reason in reasons:
        assert reason.system.startswith("http")
        assert reason.display


@pytest.mark.parametrize("name", Reasons)
def test_addressed_already_is_offered_apart_from_benefit_outweighs_risk(name):
    codes = {reason.code for reason in KNOWLEDGE.override_reasons.override_reasons(name)}

    assert codes & {"action-completed", "patient-ineligible", "indication-order-exists"}


def test_a_set_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        KNOWLEDGE.override_reasons.override_reasons("mood")
