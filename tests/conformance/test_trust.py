"""CT-S1 and CT-S2: who is let in, and what does not leave."""

import base64
import hmac
import json
import time
from dataclasses import replace
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.cds_service.net.web_server import send, web_server
from tests.conformance.hook_requests import HOOKS, request_for
from tests.conformance.service import Signer


@pytest.fixture
def service(deployment):
    """The service that lets in its clients only."""
    return deployment.guarded


def call(service, token, hook="order-sign"):
    return service.call(request_for(hook), token=token)


def own(service, hook="order-sign"):
    return service.address(service.path_of(hook))


def bare_401(response):
    return (response.status_code, response.content)


def by_hand(service, algorithm, sign):
    """A token that a library would not make."""
    now = int(time.time())
    claims = {
        "iss": service.signer.issuer,
        "aud": own(service),
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid4()),
    }
    header = {"alg": algorithm, "typ": "JWT", "kid": service.signer.kid}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{encoded(sign(signed.encode()))}"


def encoded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(service):
    return by_hand(service, "none", lambda _: b"")


def shared_secret(service):
    """Signed with what everybody knows: the public key."""
    public = serialization.load_pem_private_key(service.signer.key, None).public_key()
    secret = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return by_hand(service, "HS384", lambda signed: hmac.digest(secret, signed, "sha384"))


def another_key(service):
    key = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Signer(service.signer.issuer, "ES384", service.signer.kid, key)


BAD = {
    "nothing": lambda service: "",
    "no token at all": lambda service: "not-a-token",
    "alg none": unsigned,
    "a shared secret": shared_secret,
    "another key": lambda service: another_key(service).token(own(service)),
    "another audience": lambda service: service.signer.token("https://other.example.org/cds-services/x"),
    "the audience of another service": lambda service: service.signer.token(own(service, "patient-view")),
    "no audience": lambda service: service.signer.token(None),
    "expired": lambda service: service.signer.token(own(service), exp=int(time.time()) - 120),
    "from the future": lambda service: service.signer.token(
        own(service), iat=int(time.time()) + 600, exp=int(time.time()) + 900
    ),
    "not yet": lambda service: service.signer.token(own(service), nbf=int(time.time()) + 600),
    "no jti": lambda service: service.signer.token(own(service), jti=None),
    "no expiry": lambda service: service.signer.token(own(service), exp=None),
    "an unknown issuer": lambda service: replace(service.signer, issuer="https://unknown.example").token(
        own(service)
    ),
    "another kid": lambda service: service.signer.token(own(service), {"kid": "other"}),
    "no kid": lambda service: replace(service.signer, kid=None).token(own(service)),
    "another type": lambda service: service.signer.token(own(service), {"typ": "at+jwt"}),
}


@pytest.mark.parametrize("name", BAD)
def test_s1_is_refused_without_a_word(service, name):
    token = BAD[name](service)
    headers = {"Authorization": ""} if not token else None

    response = service.call(request_for("order-sign"), token=token, headers=headers or {})

    assert bare_401(response) == (401, b"")


def test_s1_a_token_is_good_for_one_call(service):
    token = service.signer.token(own(service))

    assert [call(service, token).status_code for _ in range(2)] == [200, 401]


@pytest.mark.parametrize("hook", HOOKS)
def test_s1_a_good_token_opens(service, hook):
    assert call(service, service.signer.token(own(service, hook)), hook).status_code == 200


def test_s1_an_audience_may_be_a_list(service):
    token = service.signer.token(["https://other.example.org", own(service)])

    assert call(service, token).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", "/thiopurine-order-sign/feedback"), ("POST", "/x")]
)
def test_s1_every_path_asks_for_a_token(service, method, path):
    response = service.session.request(method, service.address(path), json={}, timeout=30)

    assert bare_401(response) == (401, b"")


def test_s1_feedback_may_name_its_own_address_or_the_services(service):
    path = f"{service.path_of('order-sign')}/feedback"
    audiences = service.address(path), own(service)

    statuses = [
        service.ask("POST", path, json={"feedback": []}, token=service.signer.token(audience)).status_code
        for audience in audiences
    ]

    assert statuses == [200, 200]


def test_s1_an_address_of_keys_that_is_not_on_the_list_is_not_fetched(deployment, service):
    _ = deployment.log  # a deployed service cannot call this machine
    with web_server(lambda handler, _: send(handler, b"{}")) as elsewhere:
        token = service.signer.token(own(service), {"jku": f"{elsewhere.address}/jwks.json"})
        response = call(service, token)

    assert (bare_401(response), elsewhere.asked) == ((401, b""), [])


def test_s2_a_fhir_server_that_is_not_on_the_list_is_not_called(deployment, service):
    _ = deployment.log  # likewise
    access = {
        "access_token": "secret-7f3a",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "",
        "subject": "x",
    }
    with web_server(lambda handler, _: send(handler, b"{}")) as elsewhere:
        body = request_for("order-sign", prefetch=..., fhirServer=elsewhere.address, fhirAuthorization=access)
        response = service.call(body)

    assert (response.status_code, elsewhere.asked) == (200, [])
    assert "secret-7f3a" not in response.text


def test_s2_tokens_and_patients_are_not_in_the_log(deployment, service):
    access = {
        "access_token": "secret-9d2c",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "",
        "subject": "x",
    }
    token = service.signer.token(own(service))
    bad = another_key(service).token(own(service))
    body = request_for(
        "order-sign", fhirServer="https://fhir.standard.example.org/r4", fhirAuthorization=access
    )

    statuses = [service.call(body, token=one).status_code for one in (token, bad, token)]

    log = deployment.log
    assert statuses == [200, 401, 401]
    assert "answered" in log
    told = [token, bad, "secret-9d2c", "1984-06-02", "*1/*3A", body["hookInstance"], "Practitioner/example"]
    assert [word for word in told if word in log] == []
