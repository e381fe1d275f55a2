"""The way to clients' FHIR servers: who may be asked, in parallel, within one deadline."""

import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import msgspec
import structlog

from cards.model.facts import FactKind
from cds_service.access.client_transports import ClientTransports
from cds_service.access.clients import Client
from cds_service.chart_sources.fhir_records import (
    FhirRecords,
    Found,
    Gap,
    NoFhirServer,
    Referred,
    RefusedFhirServer,
)
from cds_service.chart_sources.fhir_search import found_for, next_page
from cds_service.hooks.prefetch_keys import PrefetchKey
from cds_service.hooks.request import HookRequest
from cds_service.net.allowance import Allowance
from cds_service.net.transport import TOO_LATE, FetchError, Transfer, Transport
from cds_service.net.web_addresses import UnsafeAddressError, base_address, is_loopback_name
from fhir_mappers.bundle.references import plain
from fhir_mappers.bundle.resources import RawResource, resources_in

log = structlog.get_logger()

_MOST_THREADS = 512  # 32 calls of 18 searches each; with fewer, calls would wait for the searches of others
_MOST_MEDICATIONS = 40  # read one by one
_MOST_MERGED = 4  # ids of the same patient that are searched too
_ID = re.compile(r"(?!\.+$)[A-Za-z0-9\-._]{1,128}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
_ACCEPT = {"Accept": "application/fhir+json", "Prefer": "handling=lenient"}

_LATE = Found(why_not=f"the FHIR server {TOO_LATE}")
NOT_ALLOWED = "the FHIR server in the request is not one that this client may name"
_BAD_TOKEN = "the access token in the request is not one"  # noqa: S105  # nosec B105  # says so
_BAD_ID = "the patient's id is not one"

_Result = TypeVar("_Result")


class FhirAccess:
    """The threads of one process that ask FHIR servers."""

    def __init__(self, transports: ClientTransports, timeout_s: float, max_bytes: int) -> None:
        self._transports = transports
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._threads = ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="fhir")

    def for_request(self, request: HookRequest, client: Client) -> FhirRecords:
        """What this request may ask of the server it names; its time starts now."""
        if not request.fhir_server:
            return NoFhirServer()
        base = _allowed_base(request.fhir_server, client)
        if base is None:
            log.warning("fhir_server_refused", client=client.name)
            return RefusedFhirServer(NOT_ALLOWED)
        if not _ID.fullmatch(request.patient_id):
            return RefusedFhirServer(_BAD_ID)
        headers = dict(_ACCEPT)
        if request.fhir_authorization is not None:
            token = request.fhir_authorization.access_token
            if not _TOKEN.fullmatch(token):
                return RefusedFhirServer(_BAD_TOKEN)
            headers["Authorization"] = f"Bearer {token}"
        server = _AskedServer(base, headers, self._transports.of(client))
        return _PatientRecords(
            server, request.patient_id, Allowance(self._timeout_s, self._max_bytes), self._threads
        )

    def close(self) -> None:
        """Stop asking; fetches under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _AskedServer:
    base: str
    headers: Mapping[str, str]
    transport: Transport


@dataclass(frozen=True, slots=True)
class _Begun(Generic[_Result]):
    """A task under way, and what ends it."""

    future: Future[_Result]
    transfer: Transfer


class _PatientRecords:
    """The records of one patient; all fetches of the request share its allowance."""

    def __init__(
        self, server: _AskedServer, patient_id: str, allowance: Allowance, threads: ThreadPoolExecutor
    ) -> None:
        self._server = server
        self._patient_id = patient_id
        self._allowance = allowance
        self._threads = threads
        self._medications: dict[str, tuple[RawResource, ...]] = {}  # read already, by address

    def search(self, gaps: Iterable[Gap], referred: Referred) -> Mapping[str, Found]:
        """The answer for each gap, by the name of its key.

        Medications are read as soon as the orders are there: other searches may have pages to wait for.
        """
        base = self._server.base
        steps = {
            gap.key.name: replace(gap, next_link=next_page(gap.next_link, base, base))
            for gap in gaps
            if gap.next_link is None or next_page(gap.next_link, base, base)
        }
        searches = self._begun(
            {name: partial(self._search, gap, self._patient_id) for name, gap in steps.items()}
        )
        orders = {name: searches[name] for name, gap in steps.items() if gap.key.kind is FactKind.MEDICATIONS}
        reads = self._begun_reads(referred(self._in_time(orders)) if orders else ())
        found = self._in_time(searches)
        self._medications |= self._in_time(reads)
        whole = {name: found.get(name, _LATE) for name in steps}
        whole |= self._with_merged(whole, {name: gap.key for name, gap in steps.items()})
        failed = {name: one.why_not for name, one in whole.items() if one.why_not}
        log.info("fhir_searched", searches=len(whole), failed=failed)
        return whole

    def _with_merged(
        self, found: Mapping[str, Found], keys: Mapping[str, PrefetchKey]
    ) -> Mapping[str, Found]:
        """The answers with those to the same searches under the ids that the Patient, as read here, names as merged."""
        ids = sorted(frozenset().union(*(one.links.merged_ids for one in found.values() if one.links)))
        searched = {name: key for name, key in keys.items() if key.count is not None}
        begun = {
            one: self._begun({name: partial(self._search, Gap(key), one) for name, key in searched.items()})
            for one in ids[:_MOST_MERGED]
        }
        whole = {name: found[name] for name in searched}
        for one in ids:
            came = self._in_time(begun.get(one, {}))
            for name, key in searched.items():
                whole[name] = whole[name].with_those_of_merged(came.get(name, _LATE), key)
        return whole

    def read_medications(self, references: Iterable[str]) -> tuple[RawResource, ...]:
        """The Medications that could be read; the first ones, if there are very many."""
        wanted = tuple(references)
        self._medications |= self._in_time(self._begun_reads(wanted))
        found = (self._medications.get(url, ()) for url in self._medication_urls(wanted))
        return tuple(resource for resources in found for resource in resources)

    def _begun_reads(self, references: Iterable[str]) -> Mapping[str, _Begun[tuple[RawResource, ...]]]:
        """Reads of those Medications that were not read yet."""
        urls = [url for url in self._medication_urls(references) if url not in self._medications]
        return self._begun({url: partial(self._medication, url) for url in urls})

    def _begun(self, tasks: Mapping[str, Callable[[Transfer], _Result]]) -> Mapping[str, _Begun[_Result]]:
        transfers = {name: Transfer() for name in tasks}
        return {
            name: _Begun(self._threads.submit(task, transfers[name]), transfers[name])
            for name, task in tasks.items()
        }

    def _in_time(self, begun: Mapping[str, _Begun[_Result]]) -> dict[str, _Result]:
        """The results of the tasks that end in time; the others are abandoned."""
        done, _ = wait([one.future for one in begun.values()], timeout=self._allowance.seconds_left)
        for one in begun.values():
            if one.future not in done and not one.future.cancel():
                one.transfer.give_up()
        return {name: one.future.result() for name, one in begun.items() if one.future in done}

    def _search(self, gap: Gap, patient_id: str, transfer: Transfer) -> Found:
        return found_for(gap, self._server.base, patient_id, lambda url: self._get(url, transfer))

    def _get(self, url: str, transfer: Transfer) -> bytes:
        return self._server.transport.get(url, self._server.headers, self._allowance, transfer)

    def _medication(self, url: str, transfer: Transfer) -> tuple[RawResource, ...]:
        try:
            found = resources_in(self._get(url, transfer))
        except (FetchError, msgspec.DecodeError, RecursionError):
            return ()  # the order that refers to it then says that its drug is not readable
        wanted = url.rpartition("/")[2]
        return tuple(one for one in found if one.type == "Medication" and one.id == wanted)

    def _medication_urls(self, references: Iterable[str]) -> list[str]:
        """The addresses of the first of these Medications."""
        urls = (url for one in dict.fromkeys(references) if (url := self._medication_url(one)))
        return list(islice(urls, _MOST_MEDICATIONS))

    def _medication_url(self, reference: str) -> str | None:
        """The address of a Medication on this server; None for any other reference."""
        relative = plain(reference).removeprefix(f"{self._server.base}/")
        kind, _, medication_id = relative.partition("/")
        if kind != "Medication" or not _ID.fullmatch(medication_id):
            return None
        return f"{self._server.base}/Medication/{medication_id}"


def _allowed_base(address: str, client: Client) -> str | None:
    """The server's base URL if this client may name it."""
    try:
        base = base_address(address)
    except UnsafeAddressError:
        return None
    if base in client.fhir_servers:
        return base
    is_here = is_loopback_name(urlsplit(base).hostname or "")
    return base if is_here and client.may_name_loopback else None
