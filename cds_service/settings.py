"""Settings, read from the environment once."""

import ipaddress
import os
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cards.knowledge.knowledge import Knowledge
from cards.model.policy import Policy
from cds_service.access.clients import Client, clients_in
from cds_service.net.web_addresses import base_address, is_loopback_name
from cds_service.policy_file import knowledge_of, policy_in

_TEN_MB = 10 * 1024 * 1024
_THIRTY_MB = 30 * 1024 * 1024
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[?[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*\]?")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]+")
_LOG_LEVELS = ("debug", "info", "warning", "error")


def user_data_folder() -> Path:
    """Where a user's own data lives, by the XDG Base Directory Specification."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "thiopurine-cds"


@cache
def _zones() -> frozenset[str]:
    """The names of all time zones; to list them, every file of the system's database is opened."""
    return frozenset(available_timezones())


def _sqlite_in_user_data() -> str:
    return f"sqlite:///{user_data_folder() / 'thiopurine-cds.sqlite3'}"


class Settings(BaseSettings):
    """How the service runs; each field is read from THIOPURINE_CDS_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="THIOPURINE_CDS_", frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default=1, ge=1)
    threads: int = Field(default=32, ge=1)  # of one worker; slow clients hold none
    timeout_s: int = Field(default=30, ge=1)
    database_url: str = Field(default_factory=_sqlite_in_user_data)
    timezone: str = "UTC"  # the site's zone: it decides which day "today" is
    max_body_bytes: int = Field(default=_TEN_MB, ge=1)
    allowed_origins: str = "*"  # of browser clients, separated by spaces
    log_level: str = "info"
    hash_keys_file: Path | None = None  # what patients and users are hashed with; None: beside the database
    keeps_ids: bool = False  # keep the ids of patients and users themselves
    retention_days: int | None = Field(default=None, ge=1)  # None: records are kept for ever
    records_waiting: int = Field(default=1_000, ge=1)  # for the database; beyond it they are dropped
    clients: Path | None = None  # a TOML file of those who may call; None: everybody, without proof
    public_url: str | None = None  # where clients reach the service: the audience of their tokens
    fhir_timeout_s: float = Field(default=3.0, gt=0)  # for all fetches of one request together
    fhir_max_bytes: int = Field(default=_THIRTY_MB, ge=1)  # for the same fetches
    allow_fhir_servers: str = ""  # base URLs separated by spaces, for a service without clients
    allow_networks: str = ""  # non-public networks that these servers may be in, separated by spaces
    traces_url: str | None = None  # OTLP/HTTP address of a collector, such as http://127.0.0.1:4318/v1/traces
    releases: Path | None = (
        None  # a folder of releases of the knowledge tables, of which the policy may name one
    )
    policy: Path | None = None  # a TOML file with what the site has chosen; None: the default policy

    @field_validator("host")
    @classmethod
    def _is_host(cls, host: str) -> str:
        if not _HOST.fullmatch(host):
            raise ValueError(f"host {host!r}: expected an address or a name, without a port")
        return host

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, origins: str) -> str:
        wrong = [origin for origin in origins.split() if origin != "*" and not _ORIGIN.fullmatch(origin)]
        if wrong:
            raise ValueError(f"origin {wrong[0]!r}: expected * or such as https://ehr.example.org")
        return origins

    @field_validator("timezone")
    @classmethod
    def _is_iana_zone(cls, name: str) -> str:
        if name not in _zones():
            raise ValueError(f"timezone {name!r}: expected an IANA name such as 'Europe/Zurich'")
        return name

    @field_validator("log_level")
    @classmethod
    def _is_log_level(cls, level: str) -> str:
        if level.lower() not in _LOG_LEVELS:
            raise ValueError(f"log level {level!r}: expected one of {_LOG_LEVELS}")
        return level.lower()

    @field_validator("clients")
    @classmethod
    def _are_clients(cls, file: Path | None) -> Path | None:
        if file is not None:
            clients_in(file)  # its ClientsFileError is a ValueError that says what is wrong with the file
        return file

    @field_validator("public_url")
    @classmethod
    def _is_base_address(cls, url: str | None) -> str | None:
        return base_address(url) if url else None

    @field_validator("traces_url")
    @classmethod
    def _can_be_sent_to(cls, url: str | None) -> str | None:
        if not url:
            return None
        if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
            raise ValueError("traces need OpenTelemetry: pip install 'thiopurine-cds[otel]'")
        return base_address(url)

    @field_validator("allow_fhir_servers")
    @classmethod
    def _are_base_addresses(cls, urls: str) -> str:
        return " ".join(base_address(url) for url in urls.split())

    @field_validator("allow_networks")
    @classmethod
    def _are_networks(cls, networks: str) -> str:
        return " ".join(str(ipaddress.ip_network(network)) for network in networks.split())

    @model_validator(mode="after")
    def _trust_is_whole(self) -> "Settings":
        if self.clients and not self.public_url:
            raise ValueError("with clients, public_url must say where they reach the service")
        if self.clients and self.allow_fhir_servers:
            raise ValueError("with clients, the clients file says which FHIR servers each may name")
        return self

    @field_validator("releases")
    @classmethod
    def _is_folder(cls, releases: Path | None) -> Path | None:
        if releases is None:
            return None
        if not releases.is_dir():
            raise ValueError(f"releases {str(releases)!r}: expected a folder")
        return releases.absolute()  # a worker of `replay` may run elsewhere

    @field_validator("policy")
    @classmethod
    def _is_policy(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file is not None:
            # Its PolicyError is a ValueError that says what is wrong with the file.
            policy_in(file, info.data.get("releases"))
        return file

    @property
    def known_clients(self) -> tuple[Client, ...]:
        """The clients that may call; empty when callers need not authenticate."""
        return clients_in(self.clients) if self.clients else ()

    @property
    def everybody(self) -> Client:
        """The only client of a service without authentication."""
        return Client(
            name="anybody",
            fhir_servers=tuple(self.allow_fhir_servers.split()),
            networks=tuple(ipaddress.ip_network(network) for network in self.allow_networks.split()),
            may_name_loopback=is_loopback_name(self.host),
        )

    @property
    def site_policy(self) -> Policy:
        """The site's choices."""
        return policy_in(self.policy, self.releases)

    @property
    def knowledge(self) -> Knowledge:
        """The tables that the site's policy names."""
        return knowledge_of(self.site_policy.tables, self.releases)

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def origins(self) -> frozenset[str]:
        """The browser origins that may call; "*" is any."""
        return frozenset(self.allowed_origins.split())
