"""Nothing that a caller writes gets into the log: no second line, no colour, no false entry, not a word of it."""

import json
import socket
from urllib.parse import quote, urlsplit

import pytest

from cds_service.app import create_app
from cds_service.endpoints.service import service_in
from cds_service.settings import Settings
from tests.cds_service.access.signing import PATH, PUBLIC_URL, token
from tests.cds_service.access.test_front_door import BODY, CLIENTS, jwk, jwks
from tests.reliability.server import WAIT_S, eventually, running_server
from tests.security.hostile import MARK
from tests.security.leaves import every_leaf

FORGED = f'{MARK}\r\n{{"event":"answered"}}\n\x1b[31m{MARK}\x1b[0m\x00"}}\u2028\u202e%s {MARK}'
PLAIN = f"{MARK}%0d%0a\x1b[31m{MARK}".replace("\x1b", "%1b")
KNOWN_EVENTS = {"answered", "refused", "feedback", "client_refused", "fhir_server_refused", "fhir_searched"}


@pytest.fixture
def apps(settings, store, tmp_path):
    """The service for everybody, and the one with a client; both tell all they can."""
    (tmp_path / "jwks.json").write_bytes(jwks(jwk()))
    (tmp_path / "clients.toml").write_text(CLIENTS.replace("@ehr@", "https://other.example"))
    loud = settings.model_dump(exclude={"clients", "public_url", "log_level"}) | {"log_level": "debug"}
    guarded = Settings(**loud, clients=tmp_path / "clients.toml", public_url=PUBLIC_URL)
    made = {False: create_app(Settings(**loud), store), True: create_app(guarded, store)}
    yield made
    for app in made.values():
        service_in(app).recorder.close()


@pytest.fixture
def logged(capsys):
    """The events of the log since it was asked last; each line is whole, and ours."""

    def events():
        written = capsys.readouterr().err
        lines = [json.loads(line) for line in written.splitlines()]
        assert MARK not in written
        assert "\x1b" not in written
        return [line["event"] for line in lines]

    return events


def bearer(headers=None, **claims):
    return {"Authorization": f"Bearer {token(headers=headers, **claims)}"}


@pytest.mark.parametrize("field", ["hookInstance", "hook", "fhirServer"])
def test_nothing_of_the_envelope_is_logged(apps, logged, field):
    apps[False].test_client().post(PATH, json=BODY | {field: FORGED})

    assert set(logged()) - {"answered", "refused", "fhir_server_refused"} == set()


def test_nothing_of_the_context_and_the_records_is_logged(apps, logged):
    for kept in (("hook",), ("hook", "resourceType", "status", "intent", "system", "code", "reference")):
        body = every_leaf(BODY, lambda text: f"{text}{FORGED}")
        body = restored(body, BODY, kept)

        apps[False].test_client().post(PATH, json=body)

        assert set(logged()) - KNOWN_EVENTS == set()


def restored(changed, before, kept):
    """The same JSON with what stood before under the names that are kept."""
    if isinstance(before, dict):
        return {
            name: part if name in kept else restored(changed[name], part, kept)
            for name, part in before.items()
        }
    if isinstance(before, list):
        return [restored(new, old, kept) for new, old in zip(changed, before, strict=True)]
    return changed


@pytest.mark.parametrize("key", [FORGED, f"__proto__{FORGED}", "hook\n" + FORGED])
def test_nothing_of_a_name_in_the_json_is_logged(apps, logged, key):
    for body in ({key: 1}, BODY | {key: {}}, BODY | {"prefetch": {key: 1}}, BODY | {"context": {key: 1}}):
        apps[False].test_client().post(PATH, json=body)

    assert set(logged()) <= {"answered", "refused"}


@pytest.mark.parametrize(
    "path", [f"/{quote(FORGED)}", f"/cds-services/{quote(FORGED)}", f"{PATH}/{quote(FORGED)}"]
)
@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_nothing_of_a_path_is_logged(apps, logged, path, method):
    getattr(apps[False].test_client(), method)(path, json={})

    assert logged() == ["refused"]


@pytest.mark.parametrize(
    "name", ["User-Agent", "Content-Type", "Content-Encoding", "X-Request-Id", "Traceparent"]
)
def test_nothing_of_a_header_is_logged(apps, logged, name):
    headers = {"Content-Type": "application/json", name: PLAIN}

    apps[False].test_client().post(PATH, data=json.dumps(BODY), headers=headers)

    assert set(logged()) <= {"answered", "refused"}


@pytest.mark.parametrize("name", ["iss", "aud", "jti", "tenant", "sub"])
def test_nothing_of_a_claim_is_logged(apps, logged, name):
    apps[True].test_client().get("/cds-services", headers=bearer(**{name: FORGED}))

    assert logged() == ["client_refused", "refused"]


@pytest.mark.parametrize("name", ["kid", "jku", "typ", "crit"])
def test_nothing_of_the_head_of_a_token_is_logged(apps, logged, name):
    path = "/cds-services"
    told = [FORGED] if name == "crit" else FORGED

    apps[True].test_client().get(path, headers=bearer({name: told}, aud=PUBLIC_URL + path))

    assert logged() == ["client_refused", "refused"]


@pytest.mark.parametrize("sent", [f"Bearer {PLAIN}", f"Basic {PLAIN}", f"Bearer {MARK}.{MARK}.{MARK}"])
def test_nothing_of_another_authorization_is_logged(apps, logged, sent):
    apps[True].test_client().get("/cds-services", headers={"Authorization": sent})

    assert logged() == ["client_refused", "refused"]


def test_nothing_of_feedback_is_logged(apps, logged):
    good = {"card": FORGED, "outcome": "accepted", "outcomeTimestamp": FORGED}
    batch = [good, {FORGED: 1}, good | {"outcome": FORGED}, good | {"overrideReasons": {"userComment": 5}}]

    apps[False].test_client().post(f"{PATH}/feedback", json={"feedback": batch})

    assert logged() == ["feedback"]


def test_unread_feedback_fills_no_log(apps, capsys):
    apps[False].test_client().post(f"{PATH}/feedback", json={"feedback": [1] * 10_000})

    assert len(capsys.readouterr().err) < 2_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "sent",
    [
        f"GET /{MARK} x HTTP/1.1\r\nHost: x\r\n\r\n",
        f"{MARK} /cds-services HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET /cds-services HTTP/{MARK}\r\nHost: x\r\n\r\n",
        f"GET /cds-services HTTP/1.1\r\nHost: x\r\nAuthorization Bearer {MARK}\r\n\r\n",
        f"GET /cds-services HTTP/1.1\r\nHost: x\r\n{MARK} : y\r\n\r\n",
        f"GET /cds-services HTTP/1.1\r\nHost: x\r\nExpect: {MARK}\r\n\r\n",
        f"POST /cds-services HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {MARK}\r\n\r\n",
        f"GET /{'a' * 9_000}{MARK} HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_nothing_of_what_is_no_http_is_logged_or_answered(server, sent):
    before, told = len(server.log), len(server.events("request_unreadable"))

    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port), timeout=WAIT_S) as connection:
        connection.sendall(sent.encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501 "))
    eventually(lambda: len(server.events("request_unreadable")) > told)
    assert MARK not in server.log + answer.decode()
    assert {json.loads(line)["event"] for line in server.log[before:].splitlines()} == {"request_unreadable"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server"), LOG_LEVEL="debug") as found:
        yield found
