"""Which addresses a name may lead to: a name is resolved once, checked, and the checked address is called."""

import ipaddress
import socket
from collections.abc import Iterable

from cds_service.net.web_addresses import is_loopback_name

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address meant


class ForbiddenAddressError(Exception):
    """A name leads to addresses that are not allowed; the message names neither."""


def permitted_addresses(host: str, port: int, networks: Iterable[Network]) -> tuple[str, ...]:
    """The addresses of a host that may be called, in the resolver's order.

    A public address may, and one in `networks`. A literal address may, because whoever allowed the
    server wrote it down; `localhost` may lead to loopback and nowhere else. Raises
    ForbiddenAddressError when nothing is left, and OSError when the name does not resolve.
    """
    resolved = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    found = dict.fromkeys(str(one[4][0]) for one in resolved)
    permitted = tuple(address for address in found if _may_be_called(host, address, networks))
    if not permitted:
        raise ForbiddenAddressError("the name leads to an address that is not allowed")
    return permitted


def _may_be_called(host: str, text: str, networks: Iterable[Network]) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    meant = _embedded(address)
    if _is_literal(host):
        return True
    if is_loopback_name(host):
        return meant.is_loopback
    if any(meant in network or address in network for network in networks):
        return True
    return meant.is_global and not meant.is_multicast and not meant.is_reserved


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
