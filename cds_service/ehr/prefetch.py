"""Prefetch as an EHR does it: each template filled from the context, and asked of the FHIR server."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from cds_service.ehr.web import CallError, Reply, Web

_TOKEN = re.compile(r"\{\{\s*context\.(\w+)\s*\}\}")
_AT_ONCE = 8
_MOST_PAGES = 50
_OK = 200


class UnfillableTemplateError(ValueError):
    """A template that asks for what the context does not have."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The content for one key; `content` is None when nothing can be sent for it."""

    key: str
    query: str
    content: dict[str, Any] | None = None
    why_not: str = ""

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The resources that came."""
        if self.content is None or self.content.get("resourceType") == "OperationOutcome":
            return []
        if self.content.get("resourceType") != "Bundle":
            return [self.content]
        return [one["resource"] for one in self.content.get("entry") or () if "resource" in one]


@dataclass(frozen=True, slots=True)
class FhirServer:
    """An EHR's FHIR server, and the token that opens it."""

    base: str  # without a trailing slash
    web: Web
    token: str | None = None

    def get(self, url: str) -> Reply:
        """The answer to a search or a read: `url` is relative, or a `next` link. Raises CallError.

        A link to another server is refused: the token would be given away.
        """
        address = urljoin(f"{self.base}/", url)
        if urlsplit(address)[:2] != urlsplit(self.base)[:2]:
            raise CallError("the FHIR server's next page is at another server")
        headers = {"Accept": "application/fhir+json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return self.web.call("GET", address, headers=headers)


def filled(template: str, context: Mapping[str, Any]) -> str:
    """The query of a template (CDS Hooks 2.0.1, "Prefetch tokens").

    >>> filled("Condition?patient={{context.patientId}}&_count=5", {"patientId": "17"})
    'Condition?patient=17&_count=5'

    Raises UnfillableTemplateError.
    """

    def value(match: re.Match[str]) -> str:
        found = context.get(match[1])
        if not isinstance(found, str):
            raise UnfillableTemplateError(f"{{{{context.{match[1]}}}}} is not in the context")
        return quote(found, safe="")

    query = _TOKEN.sub(value, template)
    if "{{" in query:
        raise UnfillableTemplateError(f"this token is not known here: {query[query.index('{{') :]}")
    return query


def fetched(templates: Mapping[str, str], context: Mapping[str, Any], fhir: FhirServer) -> list[Fetched]:
    """What the FHIR server holds for each template, in their order."""
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        under_way = [threads.submit(_fetched, *one, context, fhir) for one in templates.items()]
        return [one.result() for one in under_way]


def sendable(found: list[Fetched]) -> dict[str, Any]:
    """The prefetch of a request; unavailable records are left out."""
    return {one.key: one.content for one in found if one.content is not None}


def _fetched(key: str, template: str, context: Mapping[str, Any], fhir: FhirServer) -> Fetched:
    try:
        query = filled(template, context)
    except UnfillableTemplateError as error:
        return Fetched(key, template, why_not=str(error))
    try:
        return _whole(key, query, fhir)
    except CallError as error:
        return Fetched(key, query, why_not=str(error))


def _whole(key: str, query: str, fhir: FhirServer) -> Fetched:
    """The answer with its further pages, up to the `_count` of the query; the last link stays."""
    # The bar parts system and code; many servers take it only encoded.
    reply = fhir.get(query.replace("|", "%7C"))
    if reply.status != _OK:
        return _refused(key, query, reply)
    content = reply.json()
    if not isinstance(content, dict):
        raise CallError("answered with something that is not FHIR")
    if content.get("resourceType") == "Bundle":
        _add_pages(content, _count_in(query), fhir)
    return Fetched(key, query, content)


def _refused(key: str, query: str, reply: Reply) -> Fetched:
    """An OperationOutcome is sent along: it spares the service a second, equally hopeless search."""
    why_not = f"the FHIR server answered {reply.status}{f': {reply.complaint}' if reply.complaint else ''}"
    return Fetched(key, query, reply.json() if reply.complaint else None, why_not)


def _count_in(query: str) -> int | None:
    (text,) = parse_qs(query.partition("?")[2]).get("_count", [""])[:1]
    return int(text) if text.isdigit() else None


def _add_pages(bundle: dict[str, Any], count: int | None, fhir: FhirServer) -> None:
    asked: set[str] = set()
    while (link := _next_in(bundle)) and link not in asked and len(asked) < _MOST_PAGES:
        if count is not None and len(bundle.get("entry") or ()) >= count:
            return
        asked.add(link)
        page = fhir.get(link).json()
        if not isinstance(page, dict) or page.get("resourceType") != "Bundle":
            return  # the link that stays says that there is more
        bundle["entry"] = [*(bundle.get("entry") or ()), *(page.get("entry") or ())]
        bundle["link"] = page.get("link") or []


def _next_in(bundle: dict[str, Any]) -> str | None:
    links = [one for one in bundle.get("link") or () if isinstance(one, dict)]
    return next((one.get("url") for one in links if one.get("relation") == "next"), None)
