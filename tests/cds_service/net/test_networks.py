import socket
from ipaddress import ip_network

import pytest

from cds_service.net.networks import ForbiddenAddressError, permitted_addresses


@pytest.fixture
def resolver(monkeypatch):
    """What every name resolves to."""
    addresses = []

    def getaddrinfo(_host, port, **_options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return addresses


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_a_public_address_may_be_called(resolver, address):
    resolver.append(address)

    assert permitted_addresses("fhir.example", 443, ()) == (address,)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 -- not bound: refused
        "169.254.169.254",  # where clouds keep their credentials
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "2002:0a00:0001::1",  # 6to4 of 10.0.0.1
        "64:ff9b::a00:1",  # NAT64 of 10.0.0.1
    ],
)
def test_a_name_may_not_lead_inside(resolver, address):
    resolver.append(address)

    with pytest.raises(ForbiddenAddressError):
        permitted_addresses("fhir.example", 443, ())


def test_a_network_that_the_site_allows_may_be_called(resolver):
    resolver.extend(["10.20.0.9", "10.21.0.9"])

    assert permitted_addresses("fhir.example", 443, [ip_network("10.20.0.0/16")]) == ("10.20.0.9",)


def test_localhost_leads_to_loopback_and_nowhere_else(resolver):
    resolver.extend(["::1", "127.0.0.1", "93.184.216.34"])

    assert permitted_addresses("localhost", 8080, ()) == ("::1", "127.0.0.1")


@pytest.mark.parametrize("host", ["10.0.0.1", "[fd00::1]", "127.0.0.1"])
def test_an_address_written_down_is_meant(resolver, host):
    resolver.append(host.strip("[]"))

    assert permitted_addresses(host, 8080, ()) == (host.strip("[]"),)
