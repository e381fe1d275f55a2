"""A CDS service as an EHR sees it: discovery, a hook call, feedback."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds_service.ehr.identity import Identity
from cds_service.ehr.web import CallError, Reply, Web

_DISCOVERY = "/cds-services"
_OK = 200


class CallRefusedError(CallError):
    """The service answered with a refusal."""

    def __init__(self, message: str, reply: Reply) -> None:
        super().__init__(message)
        self.reply = reply


class NoSuchServiceError(CallError):
    """Discovery offers no service for this hook, or several."""


@dataclass(frozen=True, slots=True)
class OfferedService:
    """One service as discovery describes it."""

    id: str
    hook: str
    prefetch: Mapping[str, str]  # key to template


class CdsServer:
    """The server at one base address, called as one EHR, or anonymously."""

    def __init__(self, address: str, web: Web, identity: Identity | None = None) -> None:
        self.discovery_url = f"{address.rstrip('/').removesuffix(_DISCOVERY)}{_DISCOVERY}"
        self._web = web
        self._identity = identity

    def offered(self) -> tuple[OfferedService, ...]:
        """What discovery lists. Raises CallError."""
        content = self._called("GET", self.discovery_url).json()
        services = content.get("services") if isinstance(content, dict) else None
        if not isinstance(services, list):
            raise CallError(f"{self.discovery_url} answered with something that is not CDS Hooks discovery")
        return tuple(
            OfferedService(str(one.get("id", "")), str(one.get("hook", "")), one.get("prefetch") or {})
            for one in services
            if isinstance(one, dict)
        )

    def service_for(self, hook: str, service_id: str | None = None) -> OfferedService:
        """The one service for a hook; `service_id` chooses among several. Raises CallError."""
        fitting = [one for one in self.offered() if one.hook == hook and service_id in (None, one.id)]
        if len(fitting) == 1:
            return fitting[0]
        if not fitting:
            raise NoSuchServiceError(f"discovery offers no service for {hook}")
        raise NoSuchServiceError(f"several services answer {hook}: {', '.join(one.id for one in fitting)}")

    def call(self, service_id: str, request: Mapping[str, Any]) -> Reply:
        """The answer to a hook call. Raises CallError."""
        return self._called("POST", f"{self.discovery_url}/{service_id}", request)

    def report(self, service_id: str, feedback: list[dict[str, Any]]) -> None:
        """Report what became of cards. Raises CallError."""
        self._called("POST", f"{self.discovery_url}/{service_id}/feedback", {"feedback": feedback})

    def _called(self, method: str, url: str, content: Mapping[str, Any] | None = None) -> Reply:
        headers = self._identity.headers_for(url) if self._identity else {}
        reply = self._web.call(method, url, headers=headers, content=content)
        if reply.status != _OK:
            raise CallRefusedError(f"{url} answered {reply.status}{_because(reply)}", reply)
        return reply


def _because(reply: Reply) -> str:
    if reply.complaint:
        return f": {reply.complaint}"
    if reply.status == 401:  # noqa: PLR2004 -- as HTTP numbers it
        return ": it does not know who calls; --key, --issuer and --kid prove it (its log says what is wrong)"
    return ""
