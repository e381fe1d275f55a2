"""The mixed calls of the load test: every hook, several sizes, good and bad, and what each must be answered."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

from benchmarks.hook_bodies import small_body, whole_body
from tests.conformance.hook_requests import HOOKS, draft, order_in, request_for

MAX_BODY_BYTES = 2_000_000
"""The limit of the server under test: more is refused."""

JSON = "application/json"
_SEED = 77_777_777
_INSTANCE = "@instance@"
_PATIENT = "@patient@"
_AMONG_OTHERS = {"50 kB": 42, "1.1 MB": 1_140}


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make, and its expected outcome."""

    kind: str
    path: str  # below /cds-services
    body: bytes
    status: int
    method: str = "POST"
    media: str = JSON
    hook_instance: str | None = None  # of a call that rules are asked about, and that is recorded therefore
    proof: str = "good"  # of who calls, for the guarded server: or "none", "wrong", "used"

    @property
    def is_decided(self) -> bool:
        """Whether rules are asked, and their decisions kept."""
        return self.hook_instance is not None and self.status == 200


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of call, how often it comes among all, and its body with places for what is of one call only."""

    name: str
    share: float
    path: str
    status: int
    body: Callable[[], bytes]
    is_decided: bool = False
    method: str = "POST"
    media: str = JSON

    def call(self, **changes: Any) -> Call:
        """A call of this kind whose patient, ids and hook instance no other call has."""
        instance = str(uuid4())
        body = self.body().replace(_INSTANCE.encode(), instance.encode())
        body = body.replace(_PATIENT.encode(), f"p{uuid4().hex}".encode())
        own = {"hook_instance": instance} if self.is_decided else {}
        made = {"status": self.status, "method": self.method, "media": self.media} | own | changes
        return Call(self.name, self.path, body, **made)


def mixed_calls(count: int, seed: int) -> list[Kind]:
    """So many kinds in an order that a seed repeats."""
    chance = random.Random(seed)  # noqa: S311 -- a test repeats itself
    return chance.choices(KINDS, weights=[kind.share for kind in KINDS], k=count)


@cache
def _of_hook(hook: str) -> bytes:
    return _marked(request_for(hook, hookInstance=_INSTANCE))


@cache
def _small() -> bytes:
    return _of_seed(small_body(_SEED))


@cache
def _whole(size: str) -> bytes:
    return _of_seed(whole_body(_SEED, _AMONG_OTHERS[size]))


@cache
def _nothing_of_ours() -> bytes:
    body = request_for("order-sign", hookInstance=_INSTANCE)
    order = order_in(body) | {"medicationCodeableConcept": {"text": "paracetamol 500 mg tablet"}}
    order.pop("reasonCode")
    return _marked(draft(order, hookInstance=_INSTANCE))


@cache
def _without_a_chart() -> bytes:
    return _marked(request_for("order-sign", hookInstance=_INSTANCE, prefetch={}))


@cache
def _without_medications() -> bytes:
    return _marked(request_for("patient-view", hookInstance=_INSTANCE, prefetch=...))


@cache
def _without_context() -> bytes:
    return _marked(request_for("order-sign", hookInstance=_INSTANCE, context=...))


@cache
def _of_wrong_type() -> bytes:
    return _marked(request_for("order-sign", hookInstance=_INSTANCE, prefetch=["Patient/1"]))


@cache
def _too_large() -> bytes:
    return b" " * (MAX_BODY_BYTES + 1)


def _cut_off() -> bytes:
    return _of_hook("order-sign")[:-200]


def _marked(request: dict[str, Any]) -> bytes:
    text = json.dumps(request, separators=(",", ":"))
    text = text.replace('"example"', f'"{_PATIENT}"').replace('"Patient/example"', f'"Patient/{_PATIENT}"')
    return text.encode()


def _of_seed(body: bytes) -> bytes:
    """A body of the benchmark: its patient and all its ids hold the seed."""
    request = json.loads(body) | {"hookInstance": _INSTANCE}
    return json.dumps(request, separators=(",", ":")).replace(str(_SEED), _PATIENT).encode()


_SELECT, _SIGN, _VIEW = (f"/thiopurine-{hook}" for hook in HOOKS)
KINDS = (
    Kind("order-sign, 2 kB", 0.24, _SIGN, 200, _small, is_decided=True),
    Kind("order-sign, 10 kB", 0.14, _SIGN, 200, lambda: _of_hook("order-sign"), is_decided=True),
    Kind("order-select, 10 kB", 0.14, _SELECT, 200, lambda: _of_hook("order-select"), is_decided=True),
    Kind("patient-view, 10 kB", 0.14, _VIEW, 200, lambda: _of_hook("patient-view"), is_decided=True),
    Kind("order-sign, 50 kB", 0.06, _SIGN, 200, lambda: _whole("50 kB"), is_decided=True),
    Kind("order-sign, 1.1 MB", 0.01, _SIGN, 200, lambda: _whole("1.1 MB"), is_decided=True),
    Kind("order without a chart", 0.04, _SIGN, 200, _without_a_chart, is_decided=True),
    Kind("order of another drug", 0.05, _SIGN, 200, _nothing_of_ours),
    Kind("discovery", 0.02, "", 200, lambda: b"", method="GET"),
    Kind("patient-view without medications", 0.02, _VIEW, 412, _without_medications),
    Kind("malformed JSON", 0.03, _SIGN, 400, _cut_off),
    Kind("wrong type", 0.03, _SIGN, 400, _of_wrong_type),
    Kind("missing context", 0.02, _SIGN, 400, _without_context),
    Kind("another hook", 0.02, _VIEW, 400, lambda: _of_hook("order-sign")),
    Kind("wrong content type", 0.02, _SIGN, 415, lambda: _of_hook("order-sign"), media="text/plain"),
    Kind("too large", 0.005, _SIGN, 413, _too_large),
    Kind("no such service", 0.01, "/no-such-service", 404, lambda: _of_hook("order-sign")),
    Kind("another method", 0.005, _SIGN, 405, lambda: b"", method="PUT"),
)
