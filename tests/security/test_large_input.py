"""Input without end: refused by name, or answered within bounds. What grew faster than its input would hang here.

No test asserts on time: a reader that needs the square of these sizes does not come back.
"""

import json
from pathlib import Path

import pytest

from cds_service.access.public_keys import key_for, public_keys_in
from tests.cds_service.access.signing import jwk, jwks
from tests.security.leaves import leaves, with_leaf

pytestmark = pytest.mark.slow

SIGN = "/cds-services/thiopurine-order-sign"
REQUEST = json.loads((Path(__file__).parents[2] / "fixtures/requests/order-sign.json").read_text())
PATIENT = {"reference": f"Patient/{REQUEST['context']['patientId']}"}
ORDER = {"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "azathioprine"}}
ALLERGY = {"resourceType": "AllergyIntolerance", "code": {"text": "azathioprine"}, "patient": PATIENT}
LONGEST_ANSWER = 200_000
PUMPS = (
    "1", "0", " ", "a", "A", "A1", "1.", "1 ", "1 mg ", "1/", "*1/", "*1 ", "*1/*1 ", "-", "(", "[", "/", "|", ", ",
    ". ", "\n", "for ", "half ", "every 1 ", "1 (1) ", "_", "½", "İ", "TPMT *1/", "/_history", "mon/",
)  # fmt: skip


def posted(client, body, path=SIGN):
    return client.post(path, data=json.dumps(body, separators=(",", ":")), content_type="application/json")


def ordering(count, numbered=True):
    entry = [{"resource": ORDER | ({"id": f"x{number}"} if numbered else {})} for number in range(count)]
    return REQUEST | {
        "context": REQUEST["context"] | {"draftOrders": {"resourceType": "Bundle", "entry": entry}}
    }


def test_a_hundred_thousand_draft_orders_are_refused_by_name(client):
    answer = posted(client, ordering(100_000, numbered=False))

    assert (answer.status_code, answer.json["issue"][0]["expression"]) == (400, ["context.draftOrders"])
    assert answer.json["issue"][0]["details"]["text"] == (
        "context.draftOrders: 100000 orders; at most 1000 are read at once"
    )


@pytest.mark.parametrize(("count", "status"), [(1_000, 200), (1_001, 400)])
def test_a_thousand_draft_orders_are_answered_and_no_more(client, count, status):
    answer = posted(client, ordering(count))

    assert answer.status_code == status
    assert len(answer.data) < LONGEST_ANSWER


@pytest.mark.parametrize(
    ("key", "record"),
    [
        ("allergies", ALLERGY),
        ("medications", ORDER | {"status": "active", "subject": PATIENT, "authoredOn": "2026-01-01"}),
        ("genes", {"resourceType": "Observation", "status": "final", "code": {"text": "TPMT genotype"},
                   "valueString": "*1/*0", "subject": PATIENT}),
        ("conditions", {"resourceType": "Condition", "code": {"text": "Crohn's disease"}, "subject": PATIENT}),
        ("counts", {"resourceType": "Observation", "status": "final", "subject": PATIENT,
                    "code": {"coding": [{"system": "http://loinc.org", "code": "6690-2"}]}}),
    ],
)  # fmt: skip
def test_records_without_end_are_answered_within_bounds(client, key, record):
    entry = [{"resource": record | {"id": f"x{number}"}} for number in range(30_000)]
    body = REQUEST | {"prefetch": REQUEST["prefetch"] | {key: {"resourceType": "Bundle", "entry": entry}}}

    answer = posted(client, body)

    assert (answer.status_code, len(answer.json["cards"]) > 0) == (200, True)
    assert len(answer.data) < LONGEST_ANSWER


def test_a_body_over_the_limit_is_refused_unread(client):
    answer = client.post(SIGN, data=b" " * 11_000_000, content_type="application/json")

    assert answer.status_code == 413


@pytest.mark.parametrize("pump", PUMPS)
def test_a_text_without_end_is_read_in_linear_time_wherever_it_stands(client, pump):
    """All texts of the first order, and of one record of each prefetch key, a hundred thousand characters each."""
    first = {
        key: {"resourceType": "Bundle", "entry": value["entry"][:1]}
        for key, value in REQUEST["prefetch"].items()
        if value and value.get("entry")
    }
    order = REQUEST["context"]["draftOrders"]["entry"][0]["resource"]
    for read, put in (
        (order, lambda changed: ordering(0) | {"context": with_order(changed)}),
        *(
            (value, lambda changed, key=key: REQUEST | {"prefetch": first | {key: changed}})
            for key, value in first.items()
        ),
    ):
        changed = read
        for path, text in leaves(read):
            if path[-1] in ("display", "text", "valueString", "unit", "conclusion", "reference"):
                changed = with_leaf(changed, path, text + " " + pump * (100_000 // len(pump)) + "!")

        answer = posted(client, put(changed))

        assert answer.status_code == 200
        assert len(answer.data) < LONGEST_ANSWER


def with_order(order):
    return REQUEST["context"] | {"draftOrders": {"resourceType": "Bundle", "entry": [{"resource": order}]}}


def test_of_a_key_set_of_ten_thousand_keys_the_first_hundred_are_read():
    """Else whoever publishes keys could have us read keys all day."""
    ours, others = jwk(kid="ours"), [jwk(kid=f"other{number}") for number in range(10_000)]

    early, late = jwks(*others[:99], ours, *others[99:]), jwks(*others[:100], ours, *others[100:])

    assert len(public_keys_in(early)) == len(public_keys_in(late)) == 100
    assert key_for(public_keys_in(early), "ours", "ES384") is not None
    assert key_for(public_keys_in(late), "ours", "ES384") is None


@pytest.mark.parametrize(("count", "status"), [(10_000, 200), (10_001, 400)])
def test_feedback_is_taken_ten_thousand_at_once_and_no_more(client, count, status):
    item = {"outcome": "accepted", "outcomeTimestamp": "2026-11-24T08:00:00Z"}
    batch = [item | {"card": f"c{number}"} for number in range(count)]

    assert posted(client, {"feedback": batch}, f"{SIGN}/feedback").status_code == status
