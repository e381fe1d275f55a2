import json

import pytest

from cds_service.errors import BadRequestError
from cds_service.hooks.feedback import FeedbackItem, feedback_from

ACCEPTED = {
    "card": "4e0a3a1e",
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "e56e1945"}],
    "outcomeTimestamp": "2026-03-09T10:05:31.123Z",
}
OVERRIDDEN = {"card": "4e0a3a1e", "outcome": "overridden", "outcomeTimestamp": "2026-03-09T10:05:31Z"}
REASON = {"reason": {"code": "risk-benefit-ratio", "system": "urn:reasons"}, "userComment": "monitored"}


def batch(*items) -> bytes:
    return json.dumps({"feedback": items}).encode()


@pytest.mark.parametrize(
    ("item", "read"),
    [
        (
            ACCEPTED,
            FeedbackItem(
                "4e0a3a1e", "accepted", "2026-03-09T10:05:31.123Z", accepted_suggestions=("e56e1945",)
            ),
        ),
        (OVERRIDDEN, FeedbackItem("4e0a3a1e", "overridden", "2026-03-09T10:05:31Z")),
        (
            OVERRIDDEN | {"overrideReason": REASON},
            FeedbackItem(
                "4e0a3a1e",
                "overridden",
                "2026-03-09T10:05:31Z",
                reason_code="risk-benefit-ratio",
                reason_system="urn:reasons",
                comment="monitored",
            ),
        ),
        (
            OVERRIDDEN | {"overrideReasons": {"extension": {"x": 1}, "userComment": "monitored"}},
            FeedbackItem("4e0a3a1e", "overridden", "2026-03-09T10:05:31Z", comment="monitored"),
        ),
    ],
    ids=["accepted", "overridden", "with a reason", "plural, as one vendor writes it"],
)
def test_reads(item, read):
    assert feedback_from(batch(item)).items == (read,)


def test_a_long_comment_is_cut():
    item = OVERRIDDEN | {"overrideReason": {"userComment": "x" * 5_000}}

    assert len(feedback_from(batch(item)).items[0].comment) == 2_000


def test_what_no_database_would_take_is_left_out():
    item = ACCEPTED | {
        "card": "a\0b",
        "outcomeTimestamp": "2" * 100,
        "acceptedSuggestions": [{"id": "s"}] * 60,
    }

    (read,) = feedback_from(batch(item)).items
    assert (read.card, len(read.outcome_at), len(read.accepted_suggestions)) == ("ab", 64, 50)


def test_a_bad_item_leaves_the_others_standing():
    found = feedback_from(
        batch(
            OVERRIDDEN | {"outcome": "ignored"},
            ACCEPTED,
            {"outcome": "accepted"},
            OVERRIDDEN | {"overrideReasons": 3},
        )
    )

    assert [item.outcome for item in found.items] == ["accepted"]
    assert found.unread == ("feedback[0].outcome", "feedback[2].card", "feedback[3].overrideReasons")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"feedback": {}}', b'{"feedback": null}'])
def test_refuses_what_is_no_batch(body):
    with pytest.raises(BadRequestError):
        feedback_from(body)
