"""GET against real servers that behave badly."""

import gzip
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cds_service.net.allowance import Allowance, OverspentError
from cds_service.net.transport import FetchError, Transfer, Transport
from tests.cds_service.net.web_server import send, web_server


@pytest.fixture(scope="module")  # the certificates of the authorities are read for each
def transport():
    opened = Transport()
    yield opened
    opened.close()


def get(transport, url, seconds=5.0, max_bytes=10_000, headers=None):
    return transport.get(url, headers or {}, Allowance(seconds, max_bytes))


def why(transport, url, **more):
    with pytest.raises(FetchError) as failed:
        get(transport, url, **more)
    return failed.value.why


def answering(body=b"", **more):
    return lambda handler, _server: send(handler, body, **more)


def test_gives_the_body(transport):
    with web_server(answering(b'{"a": 1}')) as server:
        assert get(transport, server.address) == b'{"a": 1}'


def test_a_compressed_body_comes_decompressed(transport):
    with web_server(answering(gzip.compress(b"plain"), Content_Encoding="gzip")) as server:
        assert get(transport, server.address) == b"plain"


def test_one_connection_serves_several_calls(transport):
    with web_server(answering(b"{}")) as server:
        for _ in range(3):
            get(transport, server.address)

        assert len(server.connections) == 1


def test_a_kept_connection_that_the_server_closed_is_replaced(transport):
    def answer(handler, server):
        if len(server.asked) == 2:  # closed without an answer, as after an idle time-out
            handler.close_connection = True
            return
        send(handler, b"{}")

    with web_server(answer) as server:
        get(transport, server.address)

        assert (get(transport, server.address), len(server.asked)) == (b"{}", 3)


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 401, 403, 404, 429, 500, 503])
def test_any_other_status_is_a_failure(transport, status):
    with web_server(answering(b"", status=status)) as server, pytest.raises(FetchError) as failed:
        get(transport, server.address)

    assert (failed.value.why, failed.value.status) == (f"answered {status}", status)


def test_a_redirect_is_not_followed_and_the_token_stays_here(transport):
    with (
        web_server(answering(b"{}")) as thief,
        web_server(answering(status=302, Location=thief.address)) as server,
    ):
        why(transport, server.address, headers={"Authorization": "Bearer secret"})

        assert thief.asked == []


def test_a_cookie_is_not_kept(transport):
    with web_server(answering(b"{}", Set_Cookie="who=patient-1; Path=/")) as server:
        get(transport, server.address)
        get(transport, server.address)

        assert "Cookie" not in server.asked[1].headers


def test_the_environment_changes_nothing(transport, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password thief\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with web_server(answering(b"{}")) as server:
        get(transport, server.address, headers={"Authorization": "Bearer ours"})

        assert server.asked[0].headers["Authorization"] == "Bearer ours"


def test_a_slow_server_is_left(transport):
    with web_server(lambda _handler, server: server.pause(5)) as server:
        started = time.monotonic()

        assert why(transport, server.address, seconds=0.2) == "did not answer in time"
        assert time.monotonic() - started < 2


def test_a_dripping_body_cannot_outlive_the_deadline(transport):
    def answer(handler, server):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            server.pause(0.02)

    with web_server(answer) as server:
        started = time.monotonic()

        assert why(transport, server.address, seconds=0.3) == "did not answer in time"
        assert time.monotonic() - started < 2


def test_dripping_chunks_cannot_outlive_the_deadline(transport):
    def answer(handler, server):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"ffff\r\n")
        for _ in range(1000):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            server.pause(0.02)

    with web_server(answer) as server:
        assert why(transport, server.address, seconds=0.3) == "did not answer in time"


def test_dripping_headers_end_when_they_are_given_up(transport):
    def answer(handler, server):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        for _ in range(1000):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            server.pause(0.02)

    transfer = Transfer()
    threading.Timer(0.3, transfer.give_up).start()
    with web_server(answer) as server, pytest.raises(FetchError, match="did not answer in time"):
        transport.get(server.address, {}, Allowance(5, 1000), transfer)


def test_nothing_is_asked_once_the_time_is_over(transport):
    with web_server(answering(b"{}")) as server:
        assert why(transport, server.address, seconds=0) == "did not answer in time"
        assert server.asked == []


def test_a_body_may_not_exceed_what_is_left(transport):
    with web_server(answering(b"x" * 1001)) as server:
        assert get(transport, server.address, max_bytes=1001) == b"x" * 1001
        assert why(transport, server.address, max_bytes=1000) == "sent too much"


def test_an_endless_body_is_left(transport):
    def answer(handler, server):
        handler.send_response(200)
        handler.end_headers()
        while not server.stopping.is_set():
            handler.wfile.write(b"x" * 65_536)

    with web_server(answer) as server:
        assert why(transport, server.address, max_bytes=1_000_000) == "sent too much"


def test_a_gzip_bomb_is_not_unpacked(transport):
    bomb = gzip.compress(b"\0" * 10_000_000)  # 10 kB

    with web_server(answering(bomb, Content_Encoding="gzip")) as server:
        assert why(transport, server.address, max_bytes=1_000_000) == "sent too much"


class CountedAllowance(Allowance):
    spent = 0

    def spend(self, count):
        self.spent += count
        super().spend(count)


@pytest.mark.parametrize("too_many", [1, 500])
def test_a_gzip_bomb_is_not_unpacked_when_others_have_spent_what_there_was(transport, too_many):
    bomb = gzip.compress(b"\0" * 10_000_000)  # 10 kB, that arrive at once
    shared = CountedAllowance(5.0, 1_000_000)
    with pytest.raises(OverspentError):
        shared.spend(1_000_000 + too_many)

    with web_server(answering(bomb, Content_Encoding="gzip")) as server, pytest.raises(FetchError) as failed:
        transport.get(server.address, {}, shared)

    assert failed.value.why == "sent too much"
    assert shared.spent <= 1_000_000 + too_many + 64 * 1024


def test_a_compressed_body_comes_whole_though_it_is_unpacked_in_parts(transport):
    body = bytes(range(256)) * 4_000 + b"\0" * 3_000_001

    with web_server(answering(gzip.compress(body), Content_Encoding="gzip")) as server:
        assert get(transport, server.address, max_bytes=len(body)) == body
        assert why(transport, server.address, max_bytes=len(body) - 1) == "sent too much"


def test_a_truncated_body_is_a_failure(transport):
    def answer(handler, _server):
        send(handler, b"{}", Content_Length="10")
        handler.close_connection = True

    with web_server(answer) as server:
        assert why(transport, server.address) == "broke off its answer"


@pytest.mark.parametrize(("encoding", "reason"), [
    ("br", "answered in an encoding that was not asked for"),
    ("gzip", "broke off its answer"),
])  # fmt: skip
def test_an_unreadable_encoding_is_a_failure(transport, encoding, reason):
    with web_server(answering(b"not compressed", Content_Encoding=encoding)) as server:
        assert why(transport, server.address) == reason


def test_a_server_that_is_not_there_is_a_failure(transport):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"

        assert why(transport, address) == "could not be reached"


def test_a_server_that_speaks_no_tls_cannot_prove_who_it_is(transport):
    with web_server(answering(b"{}")) as server:
        assert why(transport, server.address.replace("http", "https")) == "could not prove who it is"


def test_a_failure_tells_no_address_and_no_token(transport):
    with web_server(answering(status=500)) as server, pytest.raises(FetchError) as failed:
        get(transport, f"{server.address}/Patient/secret-id", headers={"Authorization": "Bearer secret"})

    told = repr(failed.value) + repr(failed.value.__cause__)
    assert [word for word in ("secret", "127.0.0.1") if word in told] == []


def resolving_to(monkeypatch, *answers):
    """Names resolve to these addresses, one answer a look-up; what is asked for is noted."""
    looked_up = []
    resolve = socket.getaddrinfo

    def getaddrinfo(host, port, *arguments, **options):
        if host.replace(".", "").isdigit():
            return resolve(host, port, *arguments, **options)
        looked_up.append(host)
        address = answers[min(len(looked_up), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return looked_up


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1"],
)
def test_a_name_that_leads_inside_is_not_called(transport, monkeypatch, address):
    resolving_to(monkeypatch, address)

    assert why(transport, "https://fhir.example") == "is at an address that is not allowed"


def test_dns_rebinding_changes_nothing_because_the_checked_address_is_called(transport, monkeypatch):
    looked_up = resolving_to(monkeypatch, "93.184.216.34", "127.0.0.1")
    called = []

    def connect(_socket, address):
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)

    assert why(transport, "https://fhir.example") == "could not be reached"
    assert (looked_up, called) == (["fhir.example"], [("93.184.216.34", 443)])


def test_the_certificate_must_be_the_names_though_the_address_is_called(monkeypatch):
    names = []

    def wrap_socket(_context, sock, *_arguments, server_hostname=None, **_options):
        names.append(server_hostname)
        raise ssl.SSLError("not further")

    resolving_to(monkeypatch, "127.0.0.1")
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap_socket)
    transport = Transport(networks=(ip_network("127.0.0.0/8"),))
    with web_server(answering(b"{}")) as server:
        address = server.address.replace("http://127.0.0.1", "https://fhir.example")

        assert why(transport, address) == "could not prove who it is"
    assert names == ["fhir.example"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate of this machine that signed itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("authority") / "here.pem"
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def tls(authority):
    """What a server with that certificate needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    return context


def test_a_server_is_believed_that_the_clients_authority_signed_for(authority, tls):
    transport = Transport(ca_file=authority)
    with web_server(answering(b"{}"), tls) as server:
        assert [get(transport, server.address) for _ in range(2)] == [b"{}", b"{}"]
    transport.close()


def test_a_server_is_not_believed_that_no_public_authority_signed_for(transport, tls):
    with web_server(answering(b"{}"), tls) as server:
        assert why(transport, server.address) == "could not prove who it is"
        assert server.asked == []


def test_a_server_is_not_believed_under_another_name_than_its_certificates(authority, tls):
    transport = Transport(ca_file=authority)
    with web_server(answering(b"{}"), tls) as server:
        assert why(transport, server.address.replace("127.0.0.1", "localhost")) == "could not prove who it is"
        assert server.asked == []
    transport.close()
