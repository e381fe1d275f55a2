"""When a client's keys are asked for, and when not."""

import threading

import pytest

from cds_service.access.client_transports import ClientTransports
from cds_service.access.clients import Client
from cds_service.access.key_sets import KeySets, NoKeyError, fetch_by
from cds_service.access.public_keys import KeySetError, public_keys_in
from cds_service.net.transport import FetchError
from tests.cds_service.access.signing import JKU, jwk, jwks, private_key
from tests.cds_service.net.web_server import send, web_server

CLIENT = Client(name="ehr", issuer="https://ehr.example", jku=frozenset({JKU}))


class Source:
    """A published key set, and how often it was asked for."""

    def __init__(self):
        self.published = jwks(jwk(kid="old"))
        self.asked = 0
        self.now = 1000.0
        self.sets = KeySets(self.fetch, lambda: self.now)

    def fetch(self, _client, _jku):
        self.asked += 1
        if isinstance(self.published, Exception):
            raise self.published
        return self.published

    def has(self, kid):
        try:
            return self.sets.key(CLIENT, JKU, kid, "ES384").kid == kid
        except NoKeyError:
            return False


def test_a_key_set_is_fetched_once():
    source = Source()

    assert ([source.has("old") for _ in range(3)], source.asked) == ([True, True, True], 1)


def test_a_rotated_key_is_found_by_one_more_fetch():
    source = Source()
    source.has("old")
    source.now += 31
    source.published = jwks(jwk(kid="new"))

    assert ([source.has("new"), source.has("new")], source.asked) == ([True, True], 2)


def test_unknown_keys_do_not_ask_again_and_again():
    source = Source()

    assert [source.has(f"unknown-{number}") for number in range(50)] == [False] * 50
    assert source.asked == 1


def test_a_withdrawn_key_is_trusted_for_a_quarter_of_an_hour():
    source = Source()
    source.has("old")
    source.published = jwks(jwk(kid="new"))
    source.now += 15 * 60 - 1
    before = source.has("old")
    source.now += 1

    assert (before, source.has("old")) == (True, False)


def test_a_dead_address_leaves_the_keys_standing_for_four_hours():
    source = Source()
    source.has("old")
    source.published = FetchError("could not be reached")
    source.now += 4 * 60 * 60 - 1
    before = source.has("old")
    source.now += 1

    assert (before, source.has("old")) == (True, False)


def test_a_dead_address_is_asked_ever_more_rarely():
    source = Source()
    source.published = FetchError("did not answer in time")
    asked_at = []
    for second in range(1200):
        source.now = second
        before = source.asked
        source.has("old")
        if source.asked > before:
            asked_at.append(second)

    assert asked_at == [0, 30, 90, 210, 450, 750, 1050]


@pytest.mark.parametrize("published", [b"", b"[]", b"<html>", b'{"keys": 1}', b'{"\xff": 1}', b"[" * 100_000])
def test_what_is_no_key_set_is_refused(published):
    source = Source()
    source.published = published

    assert source.has("old") is False
    with pytest.raises(KeySetError):
        public_keys_in(published)


def test_a_bad_key_spoils_no_other():
    bad = [
        {},
        {"kty": "EC", "kid": "x"},
        {"kty": "EC", "crv": "P-384", "x": "!", "y": "!", "kid": "x"},
        {"kty": "EC", "crv": "P-384", "x": "AAAA", "y": "AAAA", "kid": "x"},
        {"kty": "RSA", "kid": "x", "n": "AQAB"},
        {"kty": "oct", "kid": "x", "k": "c2VjcmV0"},
        {"kty": "XX", "kid": 7},
        "text",
    ]

    assert [key.kid for key in public_keys_in(jwks(*bad, jwk(kid="good")))] == ["good"]


def test_a_private_key_that_was_published_is_used_as_its_public_half():
    secret = private_key().private_numbers().private_value.to_bytes(48, "big").hex()

    (key,) = public_keys_in(jwks(jwk(d=secret)))

    assert key.material == private_key().public_key()


def test_a_key_that_is_not_utf_8_spoils_no_other():
    """Found by fuzzing: it was an exception, and the caller had a 500."""
    good = jwk("ES384", kid="old")

    found = public_keys_in(
        b'{"keys": [{"kty": "EC", "kid": "\xed\xa0\x80"}, ' + jwks(good)[len('{"keys": [') :]
    )

    assert [key.kid for key in found] == ["old"]


def test_only_one_thread_fetches():
    started, release = threading.Event(), threading.Event()
    asked = []

    def fetch(_client, _jku):
        asked.append(1)
        started.set()
        release.wait(5)
        return jwks(jwk())

    sets = KeySets(fetch)
    threads = [
        threading.Thread(target=sets.key, args=(CLIENT, JKU, "one", "ES384"), daemon=True) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    started.wait(5)
    release.set()
    for thread in threads:
        thread.join(5)

    assert len(asked) == 1


@pytest.fixture
def transports():
    opened = ClientTransports()
    yield opened
    opened.close()


def test_a_key_set_comes_over_the_network(transports):
    body = jwks(jwk())

    with web_server(lambda handler, _server: send(handler, body)) as server:
        assert fetch_by(transports)(CLIENT, f"{server.address}/jwks") == body


def test_a_key_set_has_a_size(transports):
    with (
        web_server(lambda handler, _server: send(handler, b" " * 300_000)) as server,
        pytest.raises(FetchError, match="sent too much"),
    ):
        fetch_by(transports)(CLIENT, f"{server.address}/jwks")


def test_a_key_set_comes_from_a_file(transports, tmp_path):
    file = tmp_path / "keys.json"
    file.write_bytes(jwks(jwk()))
    client = Client(name="ehr", issuer="https://ehr.example", keys_file=file)

    assert fetch_by(transports)(client, None) == jwks(jwk())
