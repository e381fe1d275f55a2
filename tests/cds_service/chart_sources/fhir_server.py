"""A small FHIR R4 server on loopback: reads and searches as ours are, and faults on demand."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.cds_service.net.web_server import WebServer, send, web_server

BASE = "/fhir/r4"
_DATES = ("effectiveDateTime", "issued", "authoredOn", "recordedDate", "occurrenceDateTime", "performedDateTime",
          "whenHandedOver", "dateAsserted")  # fmt: skip


@dataclass
class FhirServer:
    """`fault` may answer a request in its own way; it returns whether it did."""

    resources: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 1000
    web: WebServer = field(default_factory=WebServer)
    fault: Callable[[Any, WebServer], bool] = lambda _handler, _web: False
    token: str | None = None
    ignores_filters: bool = False

    @property
    def base(self) -> str:
        return self.web.address + BASE

    @property
    def asked(self) -> list[str]:
        """What was asked for: "Patient/1", "Observation?patient=1..."."""
        return [one.path.removeprefix(BASE + "/") for one in self.web.asked]

    def answer(self, handler: Any, web: WebServer) -> None:
        if self.fault(handler, web):
            return
        if self.token and handler.headers.get("Authorization") != f"Bearer {self.token}":
            send(handler, b"", status=401)
            return
        url = urlsplit(handler.path)
        parts = url.path.removeprefix(BASE + "/").split("/")
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        found = self._read(*parts) if len(parts) == 2 else self._search(parts[0], query, handler.path)
        send(handler, json.dumps(found).encode() if found else b"", status=200 if found else 404)

    def _read(self, kind: str, wanted: str) -> dict[str, Any] | None:
        return next(
            (one for one in self.resources if (one["resourceType"], one.get("id")) == (kind, wanted)), None
        )

    def _search(self, kind: str, query: dict[str, str], path: str) -> dict[str, Any]:
        found = [one for one in self.resources if one["resourceType"] == kind]
        if not self.ignores_filters:
            found = sorted((one for one in found if _matches(one, query)), key=_date, reverse=True)
        size = min(int(query.get("_count", self.page_size)), self.page_size)
        page = int(query.get("page", 1))
        shown = found[(page - 1) * size : page * size]
        bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
        if shown:
            bundle["entry"] = [{"resource": one, "search": {"mode": "match"}} for one in shown]
        if len(found) > page * size:
            following = re.sub(r"&page=\d+", "", path) + f"&page={page + 1}"
            bundle["link"] = [{"relation": "next", "url": self.web.address + following}]
        return bundle


def _matches(resource: dict[str, Any], query: dict[str, str]) -> bool:
    subject = resource.get("subject") or resource.get("patient") or {}
    if subject.get("reference", "").rpartition("/")[2] != query["patient"]:
        return False
    if "status" in query and resource.get("status") not in query["status"].split(","):
        return False
    if "code" not in query:
        return True
    codings = resource.get("code", {}).get("coding", [])
    return bool({f"{one.get('system')}|{one.get('code')}" for one in codings} & set(query["code"].split(",")))


def _date(resource: dict[str, Any]) -> str:
    return next((resource[name] for name in _DATES if name in resource), "")


@contextmanager
def fhir_server(*resources: dict[str, Any], **settings: Any) -> Iterator[FhirServer]:
    server = FhirServer(list(resources), **settings)
    with web_server(server.answer) as web:
        server.web = web
        yield server
