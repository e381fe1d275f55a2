"""Cards about gaps are rare where nothing was lost: local codes and names outside our dictionaries are none of ours."""

from functools import cache

import pytest

from cds_service.access.clients import AcknowledgedNotice
from tests.damage.hospital import Hospital, gap_cards, order_signs
from tests.reliability.server import IS_FULL

pytestmark = pytest.mark.slow

PATIENTS = 3_000 if IS_FULL else 500
MOST = 0.02  # of the order-signs that concern us


@cache
def measured(hospital):
    """How many order-signs concern us, how many of them have a card about gaps, and how many others have one."""
    ours = gaps = elsewhere = 0
    for request, as_of, concerns_us in order_signs(hospital, PATIENTS):
        found = gap_cards(request, as_of, hospital)
        ours += concerns_us
        gaps += concerns_us and bool(found)
        elsewhere += not concerns_us and bool(found)
    return ours, gaps, elsewhere


def notice(code, words):
    """One of Epic's, as its server sends it with a search."""
    details = {"coding": [{"system": EPIC, "code": code}], "text": words}
    issue = {"severity": "warning", "code": "suppressed", "details": details}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


EPIC = "urn:oid:1.2.840.114350.1.13.861.1.7.2.657369"
NOTICES = (
    notice(
        "59204",
        "The authenticated client's search request applies to a sub-resource that it is not authorized for",
    ),
    notice(
        "4119",
        "This response includes information available to the authorized user at the time of the request",
    ),
)
KNOWN = frozenset(AcknowledgedNotice(EPIC, code) for code in ("59204", "4119"))


@pytest.mark.parametrize(("acknowledged", "is_told"), [(KNOWN, False), (frozenset(), True)])
def test_notices_with_every_search_are_no_gaps_once_they_are_acknowledged(acknowledged, is_told):
    quiet = measured(Hospital())
    ours, gaps, elsewhere = measured(Hospital(notices=NOTICES, acknowledged=acknowledged))

    assert ours == quiet[0]
    assert elsewhere == 0
    if is_told:
        assert gaps / ours > MOST  # a line for information, until somebody looks at the client's registration
    else:
        assert (ours, gaps, elsewhere) == quiet


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
