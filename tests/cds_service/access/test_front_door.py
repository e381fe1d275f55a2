"""The service with clients: who gets in over HTTP, and what each may have it fetch."""

import json
from pathlib import Path

import pytest

from cds_service.access.clients import ClientsFileError
from cds_service.access.front_door import front_door
from cds_service.app import create_app
from cds_service.endpoints.service import service_in
from cds_service.memory import tables
from cds_service.settings import Settings
from tests.cds_service.access.signing import PATH, PUBLIC_URL, jwk, jwks, token
from tests.cds_service.net.web_server import send, web_server

BODY = json.loads((Path(__file__).parents[3] / "fixtures/requests/order-sign.json").read_text())
CLIENTS = """
[[client]]
name = "ehr"
issuer = "https://ehr.example"
jku = ["https://ehr.example/jwks.json", "@ehr@/jwks.json"]
keys_file = "jwks.json"
fhir_servers = ["@ehr@/fhir/r4"]
networks = ["192.0.2.0/24"]
"""


@pytest.fixture
def ehr():
    """The client's server: its public keys, and a FHIR server that has nothing."""
    nothing = json.dumps({"resourceType": "Bundle", "type": "searchset"}).encode()

    def given(handler, _server):
        send(handler, jwks(jwk()) if handler.path == "/jwks.json" else nothing)

    with web_server(given) as server:
        yield server


@pytest.fixture
def guarded(settings, tmp_path, ehr):
    """Settings of a service with one client."""
    (tmp_path / "jwks.json").write_bytes(jwks(jwk()))
    (tmp_path / "clients.toml").write_text(CLIENTS.replace("@ehr@", ehr.address))
    return Settings(
        **settings.model_dump(exclude={"clients", "public_url"}),
        clients=tmp_path / "clients.toml",
        public_url=PUBLIC_URL,
    )


@pytest.fixture
def app(guarded, store):
    made = create_app(guarded, store)
    yield made
    service_in(made).recorder.close()


def bearer(**claims):
    return {"Authorization": f"Bearer {token(**claims)}"}


FEEDBACK = {"feedback": []}


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [("get", "/cds-services", None), ("post", PATH, BODY), ("post", f"{PATH}/feedback", FEEDBACK)],
)
def test_a_client_with_a_good_token_is_answered(client, method, path, sent):
    answered = getattr(client, method)(path, json=sent, headers=bearer(aud=PUBLIC_URL + path))

    assert answered.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/cds-services"),
        ("post", PATH),
        ("post", f"{PATH}/feedback"),
        ("post", "/cds-services/no-such-service"),
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": "Bearer x.y.z"},
        bearer(aud="https://elsewhere.example"),
        bearer(number=7),
        bearer(exp=1),
    ],
    ids=["none", "basic", "nonsense", "audience", "signature", "expired"],
)
def test_every_refusal_is_the_same(client, method, path, headers):
    refused = getattr(client, method)(
        path, data=b"{not read}", headers=headers | {"Origin": "https://a.example"}
    )

    assert (refused.status_code, refused.data) == (401, b"")
    assert (refused.headers["WWW-Authenticate"], refused.headers["Access-Control-Allow-Origin"]) == (
        "Bearer",
        "*",
    )


@pytest.mark.parametrize("path", ["/cds-services", PATH, f"{PATH}/feedback"])
def test_a_browser_may_ask_without_a_token_whether_it_may_call(client, path):
    assert client.options(path).status_code == 204


def test_a_token_opens_once(client):
    headers = bearer()

    statuses = [client.post(PATH, json=BODY, headers=headers).status_code for _ in range(2)]

    assert statuses == [200, 401]


def test_a_token_may_be_used_again_after_a_request_that_it_did_not_open(client):
    headers = bearer()

    statuses = [
        client.post(path, json=BODY, headers=headers).status_code for path in ("/cds-services/other", PATH)
    ]

    assert statuses == [401, 200]


def test_who_called_is_remembered(app, client):
    client.post(PATH, json=BODY, headers=bearer())
    service_in(app).recorder.close()

    assert [row["client"] for row in service_in(app).store.rows(tables.requests)] == ["ehr"]


def test_a_file_without_keys_stops_the_service(guarded, store, tmp_path):
    (tmp_path / "jwks.json").write_bytes(jwks({"kty": "oct", "kid": "x", "k": "c2VjcmV0"}))

    with pytest.raises(ClientsFileError, match="holds no key that can verify a signature"):
        front_door(guarded.known_clients, guarded.everybody, guarded.public_url, store, None)


def asking(server, **more):
    body = {name: value for name, value in BODY.items() if name != "prefetch"}
    return body | {"fhirServer": server, "fhirAuthorization": {"access_token": "secret"} | more}


def test_the_clients_fhir_server_is_asked_with_the_requests_token(client, ehr):
    answered = client.post(PATH, json=asking(f"{ehr.address}/fhir/r4"), headers=bearer())

    assert answered.status_code == 200
    assert {one.headers["Authorization"] for one in ehr.asked} == {"Bearer secret"}
    assert [one.path for one in ehr.asked if not one.path.startswith("/fhir/r4/")] == []


@pytest.mark.parametrize(
    "server", ["https://evil.example/fhir/r4", "http://127.0.0.1:9/fhir", "@ehr@", "@ehr@/fhir/r5"]
)
def test_another_fhir_server_is_never_asked(client, ehr, server):
    answered = client.post(PATH, json=asking(server.replace("@ehr@", ehr.address)), headers=bearer())

    assert (answered.status_code, ehr.asked) == (200, [])
    assert "not one that this client may name" in answered.text


def test_keys_are_fetched_from_a_listed_address_only(guarded, store, tmp_path, ehr):
    clients = tmp_path / "clients.toml"
    clients.write_text(clients.read_text().replace('keys_file = "jwks.json"\n', ""))
    app = create_app(guarded, store)
    statuses = [
        app.test_client()
        .get("/cds-services", headers=bearer(aud=f"{PUBLIC_URL}/cds-services", headers={"jku": jku}))
        .status_code
        for jku in (f"{ehr.address}/others.json", f"{ehr.address}/jwks.json")
    ]
    service_in(app).recorder.close()

    assert statuses == [401, 200]
    assert [one.path for one in ehr.asked] == ["/jwks.json"]
