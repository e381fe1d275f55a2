"""What fuzzing starts from: the stories, their resources, and the other bodies that the service reads."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from cds_service.hooks.services import service_for_hook
from tests.cds_service.access.signing import jwk, jwks, token
from tests.stories import all_stories

ALGORITHMS = ("ES384", "RS384", "ES256", "EdDSA")


@cache
def requests() -> tuple[bytes, ...]:
    """A request body of each story."""
    return tuple(story.request_body() for story in all_stories())


@cache
def resources() -> tuple[bytes, ...]:
    """Each different resource in the stories, and each prefetch value whole."""
    found: dict[bytes, None] = {}
    for body in requests():
        request = json.loads(body)
        for value in (*request.get("prefetch", {}).values(), request["context"].get("draftOrders")):
            found.update(dict.fromkeys(_bytes(one) for one in _with_entries(value)))
    return tuple(found)


@cache
def feedback() -> tuple[bytes, ...]:
    """Batches of feedback, in the spellings that clients have."""
    accepted = {"card": "c", "outcome": "accepted", "outcomeTimestamp": "2026-11-24T08:00:00Z"}
    reason = {"reason": {"code": "done", "system": "urn:x"}, "userComment": "seen"}
    overridden = accepted | {"outcome": "overridden", "overrideReason": reason}
    epic = accepted | {"outcome": "overridden", "overrideReasons": [reason]}
    batches = ([accepted | {"acceptedSuggestions": [{"id": "s"}]}], [overridden, epic], [])
    return tuple(_bytes({"feedback": batch}) for batch in batches)


@cache
def tokens() -> tuple[bytes, ...]:
    """Authorization headers with a good token of each algorithm."""
    return tuple(f"Bearer {token(name, headers={'kid': name})}".encode() for name in ALGORITHMS)


@cache
def key_sets() -> tuple[bytes, ...]:
    """JWK Sets of one key and of several."""
    keys = [jwk(name, kid=name) for name in ALGORITHMS]
    return (jwks(*keys), *(jwks(one) for one in keys))


def service_path(body: Any) -> str:
    """Where a request body is posted to, when its hook can still be told."""
    hook = body.get("hook") if isinstance(body, dict) else None
    known = hook if hook in ("order-select", "order-sign", "patient-view") else "order-sign"
    return f"/cds-services/{service_for_hook(known).id}"


def _with_entries(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield value
        yield from (entry["resource"] for entry in value.get("entry", []) if "resource" in entry)


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
