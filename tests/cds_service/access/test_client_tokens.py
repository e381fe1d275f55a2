"""Every way in which a token can be wrong, and the few in which it is right."""

import base64
import hmac
import json
import logging
from dataclasses import replace

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from structlog.testing import capture_logs

from cds_service.access.client_tokens import GuardedDoor, OpenDoor
from cds_service.access.clients import Client
from cds_service.access.key_sets import KeySets
from cds_service.access.replay_guard import MemoryReplayGuard
from cds_service.errors import UntrustedClientError
from tests.cds_service.access.signing import ISSUER, JKU, PATH, PUBLIC_URL, jwk, jwks, private_key, token

CLIENT = Client(name="ehr", issuer=ISSUER, jku=frozenset({JKU}))
OTHER = Client(name="other", issuer="https://other.example", jku=frozenset({"https://other.example/jwks"}))


class Door:
    """A guarded door whose key sets a test decides; `fetched` is what was asked for over the network."""

    def __init__(self, client=CLIENT, now=None, **keys):
        self.fetched = []
        self.keys = {JKU: jwks(jwk()), "https://other.example/jwks": jwks(jwk(number=1))} | keys
        clock = (lambda: now) if now is not None else None
        more = {"clock": clock} if clock else {}
        self.door = GuardedDoor([client, OTHER], PUBLIC_URL, KeySets(self.fetch), MemoryReplayGuard(), **more)

    def fetch(self, client, jku):
        self.fetched.append(jku)
        return self.keys[jku] if jku else client.keys_file.read_bytes()

    def name(self, text, path=PATH):
        return self.door.client_calling(f"Bearer {text}", path).name

    def why(self, text, path=PATH):
        with pytest.raises(UntrustedClientError) as refused:
            self.door.client_calling(text if text is None or " " in text else f"Bearer {text}", path)
        return refused.value.message


def part(content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_a_good_token_tells_who_calls():
    assert Door().name(token()) == "ehr"


def test_rs384_is_taken_without_being_configured():
    door = Door()
    door.keys[JKU] = jwks(jwk("RS384"))

    assert door.name(token("RS384")) == "ehr"


@pytest.mark.parametrize(
    "algorithm", ["ES256", "ES512", "RS256", "RS512", "PS256", "PS384", "PS512", "EdDSA"]
)
def test_another_algorithm_is_taken_when_it_is_configured(algorithm):
    door = Door(replace(CLIENT, algorithms=(algorithm,)))
    door.keys[JKU] = jwks(jwk(algorithm))

    assert door.name(token(algorithm)) == "ehr"


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS384", "EdDSA"])
def test_another_algorithm_is_refused_until_it_is_configured(algorithm):
    door = Door()
    door.keys[JKU] = jwks(jwk(algorithm))

    assert door.why(token(algorithm)) == "the algorithm is not one of the client's"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_may_be_spelled_in_any_case(scheme):
    assert Door().door.client_calling(f"{scheme} {token()}", PATH).name == "ehr"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz"])
def test_no_token_is_refused(header):
    with pytest.raises(UntrustedClientError):
        Door().door.client_calling(header, PATH)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "a.b",
        "a.b.c.d",
        "....",
        "a.b.c",
        f"{part([])}.{part({})}.x",
        f"{part('x')}.{part(1)}.",
        "\u00e9.a.b",
    ],
)
def test_what_is_no_token_is_refused(text):
    Door().why(text)


def test_a_token_too_long_is_refused_unread():
    assert Door().why("x" * 8193) == "the token is too long"


def test_algorithm_none_is_refused():
    unsigned = f"{part({'alg': 'none', 'typ': 'JWT', 'kid': 'one'})}.{token().split('.')[1]}."

    assert Door().why(unsigned) == "the algorithm is not one of the client's"


def signed_with_a_secret(algorithm, secret):
    digest = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[algorithm]
    signed = f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': 'one'})}.{token().split('.')[1]}"
    signature = hmac.new(secret, signed.encode(), digest).digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_shared_secret_is_refused_even_if_it_is_the_public_key(algorithm):
    pem = private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    for secret in (pem, json.dumps(jwk()).encode()):
        forged = signed_with_a_secret(algorithm, secret)
        assert Door().why(forged) == "the algorithm is not one of the client's"


def test_a_symmetric_key_in_the_set_is_never_used():
    door = Door(replace(CLIENT, algorithms=("HS384", "ES384")))
    door.keys[JKU] = jwks({"kty": "oct", "kid": "one", "k": part("secret" * 10), "alg": "HS384"})

    assert (
        door.why(signed_with_a_secret("HS384", b"secret" * 10))
        == "the client has no such key for this algorithm"
    )


def test_an_rsa_key_verifies_no_elliptic_curve_and_the_other_way_round():
    door = Door()
    door.keys[JKU] = jwks(jwk("RS384"))

    assert door.why(token("ES384")) == "the client has no such key for this algorithm"


def test_a_key_on_another_curve_is_not_the_algorithms():
    door = Door(replace(CLIENT, algorithms=("ES256", "ES384")))
    door.keys[JKU] = jwks(jwk("ES256"))

    assert door.why(token("ES384")) == "the client has no such key for this algorithm"


def test_a_key_that_is_for_one_algorithm_is_for_no_other():
    door = Door(replace(CLIENT, algorithms=("RS256", "RS384")))
    door.keys[JKU] = jwks(jwk("RS384", alg="RS384"))

    assert (
        door.why(token("RS256", key=private_key("RS384"))) == "the client has no such key for this algorithm"
    )


@pytest.mark.parametrize("more", [{"use": "enc"}, {"key_ops": ["sign"]}])
def test_a_key_for_another_use_is_not_used(more):
    door = Door()
    door.keys[JKU] = jwks(jwk(**more))

    assert door.why(token()) == "the client has no such key for this algorithm"


def test_two_keys_of_one_id_are_ambiguous():
    door = Door()
    door.keys[JKU] = jwks(jwk(), jwk(number=1))

    assert door.why(token()) == "the client has no such key for this algorithm"


@pytest.mark.parametrize("bits", [1024])
def test_a_weak_key_is_not_used(bits):
    door = Door()
    door.keys[JKU] = jwks(jwk("RS384", bits=bits))

    assert door.why(token("RS384")) == "the client has no such key for this algorithm"


def test_an_oversized_key_is_not_used():
    door = Door()
    modulus = base64.urlsafe_b64encode(b"\xff" * 1025).decode().rstrip("=")  # 8,200 bits
    door.keys[JKU] = jwks({"kty": "RSA", "kid": "one", "n": modulus, "e": "AQAB"})

    assert door.why(token("RS384")) == "the client has no such key for this algorithm"


def test_a_wrong_signature_is_refused():
    assert Door().why(token(number=7)) == "the signature is wrong"


def test_a_changed_payload_is_refused():
    header, _, signature = token().split(".")
    forged = token(jti="other").split(".")[1]

    assert Door().why(f"{header}.{forged}.{signature}") == "the signature is wrong"


@pytest.mark.parametrize(
    ("kid", "reason"),
    [
        ("two", "the client has no such key for this algorithm"),
        ("../../etc/passwd", "the client has no such key for this algorithm"),
        ("' OR 1=1 --", "the client has no such key for this algorithm"),
        ("", "kid is empty or too long"),
        ("x" * 1025, "kid is empty or too long"),
        (None, "the token is not readable"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_kid_tricks_are_refused(kid, reason):
    assert Door().why(token(headers={"kid": kid})) == reason


@pytest.mark.parametrize("kid", ["Zm9v+bar/baz=", "one two"])
def test_a_kid_of_any_characters_is_found(kid):
    door = Door()
    door.keys[JKU] = jwks(jwk(kid=kid))

    assert door.name(token(headers={"kid": kid})) == "ehr"


@pytest.mark.parametrize(
    "jku",
    [
        "https://evil.example/jwks.json",
        "https://ehr.example/jwks.json?x",
        "https://ehr.example/jwks.json#x",
        "https://ehr.example@evil.example/jwks.json",
        "https://EHR.example/jwks.json",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://other.example/jwks",  # another client's
        "",
    ],
)
def test_an_unlisted_jku_is_refused_and_never_fetched(jku):
    door = Door()

    assert (door.why(token(headers={"jku": jku})), door.fetched) == ("jku is not one of the client's", [])


def test_another_clients_key_does_not_sign_for_this_one():
    assert Door().why(token(number=1)) == "the signature is wrong"


@pytest.mark.parametrize("name", ["x5u", "jwk", "x5c"])
def test_keys_that_the_token_brings_along_are_not_looked_at(name):
    door = Door()
    brought = {"x5u": "https://evil.example/x", "jwk": jwk(number=7), "x5c": ["x"]}[name]

    assert door.why(token(number=7, headers={name: brought})) == "the signature is wrong"
    assert door.fetched == [JKU]


def test_without_a_jku_the_configured_address_is_asked():
    door = Door()

    assert (door.name(token(headers={"jku": None})), door.fetched) == ("ehr", [JKU])


def test_a_file_of_keys_wins_and_nothing_is_fetched(tmp_path):
    file = tmp_path / "jwks.json"
    file.write_bytes(jwks(jwk()))
    door = Door(replace(CLIENT, keys_file=file))

    assert (door.name(token()), door.fetched) == ("ehr", [None])


@pytest.mark.parametrize("typ", ["at+jwt", "JOSE"])
def test_another_type_of_token_is_refused(typ):
    assert Door().why(token(headers={"typ": typ})) == "typ is not JWT"


def test_a_token_without_a_type_is_refused():
    header = {"alg": "ES384", "kid": "one"}
    signed = jwt.encode({"iss": ISSUER}, private_key(), "ES384", headers={"typ": None, "kid": "one"})

    assert Door().why(f"{part(header)}.{signed.split('.')[1]}.x") == "the token is not readable"


def test_a_critical_extension_is_refused():
    assert Door().why(token(headers={"crit": ["exp"]})) == "the header has critical extensions"


def test_an_unknown_issuer_is_refused_and_nothing_is_fetched():
    door = Door()

    assert (door.why(token(iss="https://evil.example")), door.fetched) == ("the issuer is not known", [])


@pytest.mark.parametrize(
    "audience",
    [
        PUBLIC_URL + PATH,
        f"{PUBLIC_URL}{PATH}/",
        "HTTPS://CDS.example.org:443//cds-services//thiopurine-order-sign",
        [PUBLIC_URL + PATH],
        ["https://elsewhere.example", PUBLIC_URL + PATH],
        "sand_man",
    ],
    ids=str,
)
def test_an_audience_is_this_address_or_one_of_the_clients(audience):
    door = Door(replace(CLIENT, audiences=frozenset({"sand_man"})))

    assert door.name(token(aud=audience)) == "ehr"


@pytest.mark.parametrize(
    "audience",
    [
        PUBLIC_URL,
        f"{PUBLIC_URL}/cds-services",
        f"{PUBLIC_URL}/cds-services/thiopurine-order-select",
        f"{PUBLIC_URL}{PATH}/feedback",
        f"https://cds.example{PATH}",
        "sand_man",
        "",
        [],
    ],
    ids=str,
)
def test_an_audience_elsewhere_is_refused(audience):
    assert Door().why(token(aud=audience)) == "the audience is not this address"


@pytest.mark.parametrize("audience", [PUBLIC_URL + PATH, f"{PUBLIC_URL}{PATH}/feedback"])
def test_feedback_may_name_either_address(audience):
    assert Door().name(token(aud=audience), f"{PATH}/feedback") == "ehr"


def test_discovery_has_its_own_audience():
    assert Door().name(token(aud=f"{PUBLIC_URL}/cds-services"), "/cds-services") == "ehr"


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "jti"])
def test_a_claim_that_is_missing_is_refused(name):
    assert Door().why(token(**{name: None})) == "the token is not readable"


@pytest.mark.parametrize("wrong", [{"aud": 1}, {"jti": 7}, {"nbf": "x"}, {"iss": 3}, {"tenant": 1}])
def test_a_claim_of_a_wrong_type_is_refused(wrong):
    text = token()
    claims = jwt.decode(text, options={"verify_signature": False}) | wrong
    header, _, signature = text.split(".")

    assert Door().why(f"{header}.{part(claims)}.{signature}") == "the token is not readable"


NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": NOW - 59}, None),  # within 60 s of skew
        ({"exp": NOW - 60}, "the token has expired"),
        ({"iat": NOW + 60, "exp": NOW + 300}, None),
        ({"iat": NOW + 61, "exp": NOW + 300}, "the token is from the future"),
        ({"nbf": NOW + 60}, None),
        ({"nbf": NOW + 61}, "the token is from the future"),
        ({"iat": NOW, "exp": NOW + 3600}, None),
        ({"iat": NOW, "exp": NOW + 3601}, "the token lives too long"),
        ({"iat": NOW, "exp": NOW}, "the token lives too long"),
        ({"exp": 1e300}, "the token lives too long"),
        ({"iat": -1e300}, "the token lives too long"),
    ],
    ids=str,
)
def test_the_times_of_a_token(claims, reason):
    door = Door(now=NOW)
    text = token(now=NOW - 100, **claims)

    if reason is None:
        assert door.name(text) == "ehr"
    else:
        assert door.why(text) == reason


def test_a_token_is_good_once():
    door = Door()
    text = token()

    assert (door.name(text), door.why(text)) == ("ehr", "the token was used before")


def test_two_issuers_may_use_the_same_jti():
    door = Door()
    other = token(
        number=1,
        headers={"jku": "https://other.example/jwks"},
        iss="https://other.example",
        jti="same",
    )

    assert (door.name(token(jti="same")), door.name(other)) == ("ehr", "other")


@pytest.mark.parametrize("jti", ["", "x" * 1025], ids=["empty", "long"])
def test_a_jti_that_cannot_be_remembered_is_refused(jti):
    assert Door().why(token(jti=jti)) == "jti is empty or too long"


def test_a_refused_token_uses_nothing_up():
    door = Door()

    door.why(token(number=7, jti="a"))

    assert door.name(token(jti="a")) == "ehr"


@pytest.mark.parametrize(("tenant", "is_welcome"), [("north", True), ("south", False), (None, False)])
def test_a_tenant_must_be_one_of_the_clients(tenant, is_welcome):
    door = Door(replace(CLIENT, tenants=frozenset({"north"})))
    text = token(tenant=tenant)

    if is_welcome:
        assert door.name(text) == "ehr"
    else:
        assert door.why(text) == "the tenant is not one of the client's"


def test_extra_claims_and_headers_are_ignored():
    assert Door().name(token(sub="someone", scope="x", headers={"x5t": "abc"})) == "ehr"


def test_the_log_says_why_without_the_token(caplog):
    caplog.set_level(logging.DEBUG)
    text = token(number=7, jti="jti-in-no-log")

    with capture_logs() as lines:
        Door().why(text)

    assert lines == [
        {"event": "client_refused", "log_level": "warning", "why": "the signature is wrong", "client": "ehr"}
    ]
    assert caplog.text == ""


# CDS Hooks 2.0.1, "Trusting CDS Clients", its example: header, payload, JWK set and the complete JWT
SPECIFICATION_KEYS = {
    "keys": [
        {
            "kty": "EC",
            "use": "sig",
            "crv": "P-384",
            "kid": "example-kid",
            "x": "46SDH7Znh821wblCBglA61sNE9ZrHYKKt3qRtRTmSXyOI_FIGBLWrWa0GPUkDCEk",
            "y": "XMcRuuoGW7CXjQdy-F5i3FeBE0x9hPLdeFdSoDd3ELmx404tLX0VRRcqzAsPhXcI",
            "alg": "ES384",
        }
    ]
}
SPECIFICATION_EXAMPLE = (
    "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCIsImtpZCI6ImV4YW1wbGUta2lkIiwiamt1IjoiaHR0cHM6Ly9maGlyLWVoci5l"
    "eGFtcGxlLmNvbS9qd2tfdXJpIn0.eyJpc3MiOiJodHRwczovL2ZoaXItZWhyLmV4YW1wbGUuY29tLyIsInN1YiI6ImNsaWVu"
    "dF9pZCIsImF1ZCI6Imh0dHBzOi8vY2RzLmV4YW1wbGUub3JnL2Nkcy1zZXJ2aWNlcy9zb21lLXNlcnZpY2UiLCJleHAiOjE0"
    "MjI1Njg4NjAsImlhdCI6MTMxMTI4MDk3MCwianRpIjoiZWUyMmIwMjEtZTFiNy00NjExLWJhNWItOGVlYzZhMzNhYzFlIiwi"
    "dGVuYW50IjoiMmRkZDZjM2EtOGU5YS00NGM2LWEzMDUtNTIxMTFhZDMwMmEyIn0.CUFPkplnWd6YGIvzoHolWCQBDsCL8QtT"
    "WKGg_QFpS169WrqDGzktRi-_we6-6rVzbjerU27ZKww_SW0-b9RTz-dPJNcqsueMio8r6EqXUXhbLm_ch3XFSbDlGHDl_tqo"
)
SPECIFICATION_CLIENT = Client(
    name="specification",
    issuer="https://fhir-ehr.example.com/",
    jku=frozenset({"https://fhir-ehr.example.com/jwk_uri"}),
    max_token_life_s=1422568860 - 1311280970,  # three and a half years
)


def specification_door(now):
    door = Door(SPECIFICATION_CLIENT, now)
    door.keys["https://fhir-ehr.example.com/jwk_uri"] = json.dumps(SPECIFICATION_KEYS).encode()
    return door


def test_the_specifications_token_is_good_on_its_day():
    door = specification_door(now=1422568860)  # 2015-01-29

    assert door.name(SPECIFICATION_EXAMPLE, "/cds-services/some-service") == "specification"


def test_the_specifications_token_has_expired_since():
    door = specification_door(now=1422568860 + 60)

    assert door.why(SPECIFICATION_EXAMPLE, "/cds-services/some-service") == "the token has expired"


def test_an_open_door_lets_everybody_in():
    assert OpenDoor(CLIENT).client_calling(None, PATH) is CLIENT
