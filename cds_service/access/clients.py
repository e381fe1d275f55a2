"""The clients that may call the service: a TOML file lists them and what each may ask for."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import msgspec

from cards.model.tests_ordered import OrderableTest
from cds_service.access.server_notices import notice_of, server_notices
from cds_service.net.networks import Network
from cds_service.net.web_addresses import UnsafeAddressError, base_address, page_address

RECOMMENDED_ALGORITHMS = ("ES384", "RS384")
"""CDS Hooks 2.0.1, "JWT Signing Algorithm"."""

ALGORITHMS = frozenset(
    {"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"}
)
"""Every algorithm that a client may be allowed; `none` and those with a shared secret are not among them."""

_Value = TypeVar("_Value")
_Given = TypeVar("_Given")


class AcknowledgedNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A notice of its FHIR server that the site knows of, by the vendor's system and code."""

    system: str
    code: str


class ProfileName(StrEnum):
    """How a client wants its cards; `cds_service` holds what each means."""

    STANDARD = "standard"  # CDS Hooks 2.0.1
    EPIC = "epic"
    CRD = "crd"


@dataclass(frozen=True, slots=True)
class Client:
    """A calling EHR, and what it may ask the service to do.

    Without an issuer it stands for every caller: the only client of a service without authentication.
    """

    name: str  # the service's name for it, in logs and records
    issuer: str = ""  # `iss` of its tokens
    jku: frozenset[str] = frozenset()  # where its keys may be fetched
    keys_file: Path | None = None  # its JWK Set, when supplied out of band
    audiences: frozenset[str] = frozenset()  # accepted as `aud` beside the address called
    algorithms: tuple[str, ...] = RECOMMENDED_ALGORITHMS
    tenants: frozenset[str] = frozenset()  # empty: any
    max_token_life_s: int = 3600
    fhir_servers: tuple[str, ...] = ()  # base URLs, as base_address() spells them
    may_name_loopback: bool = False  # FHIR servers on this machine need not be listed
    networks: tuple[Network, ...] = ()  # non-public networks that its servers may be in
    ca_file: Path | None = None  # the authorities for its servers' certificates; None: the public ones
    profile: ProfileName = ProfileName.STANDARD
    is_silent: bool = False  # everything is evaluated and recorded, no card is sent
    preference_list: Mapping[OrderableTest, str] = field(default_factory=lambda: MappingProxyType({}))
    acknowledged_notices: frozenset[AcknowledgedNotice] = frozenset()  # of its FHIR server
    renames_patients: bool = False  # its gateway: the Patient it sends is the context's, whatever the id


class ClientsFileError(ValueError):
    """The clients file cannot be used; the message says where and why."""


class _ClientEntry(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    issuer: str
    jku: list[str] = []
    keys_file: str | None = None
    audiences: list[str] = []
    algorithms: tuple[str, ...] = RECOMMENDED_ALGORITHMS
    tenants: list[str] = []
    max_token_life_s: int = 3600
    fhir_servers: list[str] = []
    networks: list[str] = []
    ca_file: str | None = None
    profile: ProfileName = ProfileName.STANDARD
    silent: bool = False
    preference_list: dict[OrderableTest, str] = {}
    acknowledged_notices: list[AcknowledgedNotice] = []
    renames_patients: bool = False


class _File(msgspec.Struct, forbid_unknown_fields=True):
    client: list[_ClientEntry] = []


def clients_in(file: Path) -> tuple[Client, ...]:
    """The clients of a TOML file, in its order; paths in it are relative to its folder.

    Raises ClientsFileError, even for an entry that is only half right: the service must not start
    with a client that it would trust in part.
    """
    try:
        read = msgspec.toml.decode(file.read_bytes(), type=_File)
    except OSError as error:
        raise ClientsFileError(f"{file}: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ClientsFileError(f"{file}: {error}") from None
    try:
        _require(bool(read.client), "it holds no [[client]]: everybody would be let in")
        clients = tuple(_client(entry, file.parent) for entry in read.client)
        _refuse_doubles(clients)
    except ClientsFileError as error:
        raise ClientsFileError(f"{file}: {error}") from None
    return clients


def _client(entry: _ClientEntry, folder: Path) -> Client:
    _require(bool(entry.name.strip()), "every client needs a name")
    where = f"client {entry.name!r}"
    _require(bool(entry.issuer.strip()), f"{where}: issuer is empty")
    _require(bool(entry.jku or entry.keys_file), f"{where}: expected jku or keys_file")
    _require(bool(entry.algorithms), f"{where}: algorithms is empty")
    _require(
        set(entry.algorithms) <= ALGORITHMS, f"{where}: algorithms: expected some of {sorted(ALGORITHMS)}"
    )
    _require(entry.max_token_life_s > 0, f"{where}: max_token_life_s: expected seconds above 0")
    return Client(
        name=entry.name,
        issuer=entry.issuer,
        jku=frozenset(_each(page_address, entry.jku, f"{where}: jku")),
        keys_file=_existing(entry.keys_file, folder, f"{where}: keys_file"),
        audiences=frozenset(entry.audiences),
        algorithms=entry.algorithms,
        tenants=frozenset(entry.tenants),
        max_token_life_s=entry.max_token_life_s,
        fhir_servers=_each(base_address, entry.fhir_servers, f"{where}: fhir_servers"),
        networks=_each(ipaddress.ip_network, entry.networks, f"{where}: networks"),
        ca_file=_existing(entry.ca_file, folder, f"{where}: ca_file"),
        profile=entry.profile,
        is_silent=entry.silent,
        preference_list=MappingProxyType(dict(entry.preference_list)),
        acknowledged_notices=frozenset(_known(entry.acknowledged_notices, where)),
        renames_patients=entry.renames_patients,
    )


def _known(notices: list[AcknowledgedNotice], where: str) -> list[AcknowledgedNotice]:
    known = ", ".join(f"{one.code} of {one.system} ({one.about})" for one in server_notices())
    for one in notices:
        _require(
            notice_of(one.system, one.code) is not None,
            f"{where}: acknowledged_notices: nobody knows what {one.code!r} of {one.system!r} is about: "
            f"expected one of {known}",
        )
    return notices


def _require(is_met: bool, complaint: str) -> None:
    if not is_met:
        raise ClientsFileError(complaint)


def _each(read: Callable[[_Given], _Value], values: list[_Given], where: str) -> tuple[_Value, ...]:
    found = []
    for value in values:
        try:
            found.append(read(value))
        except (UnsafeAddressError, ValueError) as error:
            raise ClientsFileError(f"{where}: {value!r}: {error}") from None
    return tuple(found)


def _existing(name: str | None, folder: Path, where: str) -> Path | None:
    if name is None:
        return None
    file = folder / name
    _require(file.is_file(), f"{where}: {name!r} is not a file")
    return file


def _refuse_doubles(clients: tuple[Client, ...]) -> None:
    for what, values in (
        ("name", [client.name for client in clients]),
        ("issuer", [client.issuer for client in clients]),
    ):
        twice = sorted({value for value in values if values.count(value) > 1})
        _require(not twice, f"the same {what} twice: {', '.join(twice)}")
