"""Cards about gaps are rare where nothing was lost: local codes and names outside our dictionaries are none of ours."""

import pytest

from tests.damage.hospital import Hospital, gap_cards, order_signs
from tests.reliability.server import IS_FULL

pytestmark = pytest.mark.slow

PATIENTS = 3_000 if IS_FULL else 500
MOST = 0.02  # of the order-signs that concern us


def measured(hospital):
    """How many order-signs concern us, how many of them have a card about gaps, and how many others have one."""
    ours = gaps = elsewhere = 0
    for request, as_of, concerns_us in order_signs(hospital, PATIENTS):
        found = gap_cards(request, as_of)
        ours += concerns_us
        gaps += concerns_us and bool(found)
        elsewhere += not concerns_us and bool(found)
    return ours, gaps, elsewhere


@pytest.mark.parametrize("filters_by_code", [True, False], ids=["searched by code", "all results sent"])
def test_local_codes_and_names_in_words_alone_are_no_gaps(filters_by_code):
    ours, gaps, elsewhere = measured(Hospital(filters_by_code=filters_by_code))

    assert ours > PATIENTS / 8
    assert gaps / ours <= MOST
    assert elsewhere == 0


def test_what_was_recorded_badly_is_told():
    """Else the share above proves nothing: units and values that are missing make cards about gaps."""
    ours, gaps, _ = measured(Hospital(is_sound=False))

    assert gaps / ours > MOST


def test_a_known_word_under_a_local_code_is_told_where_the_server_sends_it():
    ours, gaps, _ = measured(Hospital(filters_by_code=False, known_words=True))

    assert gaps / ours > MOST
