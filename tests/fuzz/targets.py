"""What is fuzzed. Each target takes bytes and names the outcome; it raises when its promise is broken.

The promise: an answer with valid cards, or a refusal that names what is wrong and quotes nothing of the request;
no exception of another kind, no mapper or rule that crashed, no record that the database refuses.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import msgspec
import structlog
from flask import Flask

from cards.assessment.chart_of_a_day import chart_of_day
from cards.knowledge.default_policy import default_policy
from cds_service.access.client_tokens import GuardedDoor
from cds_service.access.clients import Client
from cds_service.access.key_sets import KeySets
from cds_service.access.public_keys import KeySetError, public_keys_in
from cds_service.app import create_app
from cds_service.chart_sources.fhir_access import FhirAccess
from cds_service.chart_sources.fhir_records import Gap
from cds_service.chart_sources.fhir_search import found_for
from cds_service.endpoints.service import service_in
from cds_service.errors import BadRequestError, UntrustedClientError
from cds_service.hooks.prefetch_keys import all_keys
from cds_service.hooks.request import hook_request_from
from cds_service.memory.recorder import Recorder
from cds_service.memory.store import opened
from cds_service.net.transport import FetchError
from cds_service.settings import Settings
from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.chart import ChartRequest, chart_from
from tests.cds_service.access.signing import ISSUER, JKU, PATH, PUBLIC_URL
from tests.conformance.card_rules import problems_in
from tests.fuzz import corpus
from tests.security.hostile import MARK, injections_in

AS_OF = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_PURGE_EVERY = 2_000  # records; memory must not grow by what was asked for
_CHECKED = (BadRequestError, msgspec.DecodeError, RecursionError)  # what callers of the readers catch


class BrokenPromiseError(AssertionError):
    """An outcome that the service must not have."""


@dataclass(frozen=True)
class Target:
    """`run` gives the outcome of one case; `seeds` are good inputs, to be made worse."""

    run: Callable[[bytes], str]
    seeds: Callable[[], tuple[bytes, ...]]
    others: Callable[[], tuple[bytes, ...]] = tuple  # parts of them are put into the seeds


@contextmanager
def errors_logged() -> Iterator[list[dict[str, Any]]]:
    """What is logged as an error meanwhile: a crash that was caught is a crash all the same."""
    _app()  # once it is made: it configures the logs itself
    found: list[dict[str, Any]] = []

    def keep(_logger: object, level: str, event: Any) -> Any:
        if level in ("error", "critical"):
            found.append(dict(event))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[keep])
    try:
        yield found
    finally:
        structlog.configure(**before)


def checked(target: Target, case: bytes, errors: list[dict[str, Any]]) -> str:
    """The outcome of one case. `errors` is what errors_logged gave."""
    errors.clear()
    outcome = target.run(case)
    if errors:
        raise BrokenPromiseError(f"logged {errors[0]}")
    return outcome


def _decoder(body: bytes) -> str:
    hook = next((name for name in ("order-select", "patient-view") if name.encode() in body), "order-sign")
    try:
        request = hook_request_from(body, hook)
    except BadRequestError as error:
        return _refused(error.message, error.field)
    for value in request.prefetch.values():
        if isinstance(value, msgspec.Raw):
            bytes(value)
    return "read"


def _refused(message: str, field: str | None) -> str:
    if MARK in message or MARK in (field or ""):
        raise BrokenPromiseError(f"the refusal quotes the request: {message!r} {field!r}")
    if field is None and not message.startswith(("the body", "body")):
        raise BrokenPromiseError(f"the refusal names no field: {message!r}")
    return "refused"


def _mappers(body: bytes) -> str:
    """The bytes as a record and as a draft order of the chart."""
    try:
        resources = resources_in(body)
    except _CHECKED:
        return "refused"
    request = ChartRequest(
        zone=UTC,
        patient_id="pat1",
        encounter_id=None,
        draft_orders=resources,
        selections=frozenset(),
        records=resources,
        known={},
    )
    found = chart_from(request)
    chart_of_day(found.chart, AS_OF, default_policy())
    return "facts" if found.facts else "nothing"


def _search(body: bytes) -> str:
    """The bytes as what a FHIR server answers."""
    key = all_keys()[len(body) % len(all_keys())]
    found = found_for(Gap(key), "https://fhir.example/r4", "pat1", lambda _url: body)
    if MARK in found.why_not:
        raise BrokenPromiseError(f"the reason quotes the answer: {found.why_not!r}")
    return "failed" if found.why_not else "found"


def _key_set(body: bytes) -> str:
    try:
        return "keys" if public_keys_in(body) else "no keys"
    except KeySetError:
        return "refused"


def _token(header: bytes) -> str:
    """The bytes as an Authorization header; only what says the same as a good token may come in."""
    try:
        _door().client_calling(header.decode("latin-1"), PATH)
    except UntrustedClientError:
        return "refused"
    signed = header.rpartition(b".")[0].split(b" ", 1)[1]
    if signed not in {one.rpartition(b".")[0].split(b" ", 1)[1] for one in corpus.tokens()}:
        raise BrokenPromiseError("a changed token was let in")
    return "let in"


@cache
def _door() -> GuardedDoor:
    client = Client("fuzz", issuer=ISSUER, jku=frozenset({JKU}), algorithms=corpus.ALGORITHMS)
    first_use: Any = SimpleNamespace(seen=lambda _token, _until: False)
    now = datetime.now(UTC).timestamp()  # the tokens stay good for as long as the fuzzing takes
    keys = KeySets(lambda _client, _jku: corpus.key_sets()[0])
    return GuardedDoor([client], PUBLIC_URL, keys, first_use, clock=lambda: now)


def _service(body: bytes) -> str:
    """The whole way: HTTP, decoder, mappers, rules, cards, records."""
    hook = next(
        (name for name in ("order-select", "patient-view") if name.encode() in body[:400]), "order-sign"
    )
    return _posted(corpus.service_path({"hook": hook}), body)


def _feedback(body: bytes) -> str:
    return _posted(f"{corpus.service_path({})}/feedback", body)


def _posted(path: str, body: bytes) -> str:
    answer = _app().test_client().post(path, data=body, content_type="application/json")
    if answer.status_code == 200 and path.endswith("/feedback"):
        return "200"
    if answer.status_code == 200:
        found = json.loads(answer.data)
        # An update gives back the draft as it came, whatever is wrong with it.
        ours = [problem for problem in problems_in(found) if ".resource." not in problem]
        problems = ours + injections_in(found)
        if problems:
            raise BrokenPromiseError(problems[0])
        return "200 with cards" if found["cards"] else "200 without cards"
    # The test client leaves the length of an empty body out.
    if answer.status_code not in ((400, 412) if body else (411,)):
        raise BrokenPromiseError(f"status {answer.status_code}")
    issue = json.loads(answer.data)["issue"][0]
    _refused(
        issue["details"]["text"] if answer.status_code == 400 else "body", issue.get("expression", [None])[0]
    )
    return str(answer.status_code)


@cache
def _app() -> Flask:
    """The service on a database in memory, with records written at once, and no way out."""
    store = opened("sqlite://")
    app = create_app(Settings(database_url="sqlite://", log_level="error"), store)
    service_in(app).recorder = _AtOnce(store)
    unreachable: Any = SimpleNamespace(of=lambda _client: SimpleNamespace(get=_cannot_be_reached))
    service_in(app).fhir = FhirAccess(unreachable, 1.0, 1_000_000)
    # What is no refusal is raised here, with its traceback.
    del app.error_handler_spec[None][None][Exception]
    app.testing = True
    return app


def _cannot_be_reached(*_arguments: Any) -> bytes:
    raise FetchError("could not be reached")


class _AtOnce(Recorder):
    """Writes a record before the next case, so that one that cannot be written is that case's fault."""

    _kept = 0

    def record(self, record: Any) -> None:
        self._store.save([record])
        self._kept += 1
        if self._kept % _PURGE_EVERY == 0:
            self._store.purge(datetime.now(UTC) + timedelta(days=1))


TARGETS = {
    "decoder": Target(_decoder, corpus.requests, corpus.resources),
    "mappers": Target(_mappers, corpus.resources, corpus.resources),
    "service": Target(_service, corpus.requests, corpus.resources),
    "search": Target(_search, corpus.resources, corpus.resources),
    "feedback": Target(_feedback, corpus.feedback),
    "tokens": Target(_token, corpus.tokens),
    "key-sets": Target(_key_set, corpus.key_sets, corpus.key_sets),
}
