"""One search at a FHIR server, page by page; the server's filtering, sorting and counting are never trusted."""

from collections import Counter
from collections.abc import Callable, Container
from urllib.parse import quote, urljoin

import msgspec

from cards.model.facts import FactKind
from cds_service.chart_sources.evidence import is_cut
from cds_service.chart_sources.fhir_records import OF_OTHERS, Found, Gap
from cds_service.chart_sources.patient_links import links_of
from cds_service.hooks.prefetch_keys import PrefetchKey
from cds_service.net.transport import FetchError
from cds_service.net.web_addresses import UnsafeAddressError, origin_of, page_address
from fhir_mappers.bundle.resources import Contents, RawResource, contents_of
from fhir_mappers.bundle.subjects import Subjects
from fhir_mappers.bundle.unnamed import why_unnamed
from fhir_mappers.not_used.left_out import not_used_for_subject
from fhir_mappers.terminology.code_systems import canonical_code, canonical_system
from fhir_mappers.terminology.resource_types import is_resource_type

Ask = Callable[[str], bytes]

_PATIENT = "Patient"
_MOST_PAGES = 20
_BAD_SEARCH = 400
_TOKEN = "{{context.patientId}}"  # noqa: S105  # nosec B105  # of a prefetch template
_UNREADABLE = "the FHIR server answered with something that is not FHIR"
_FAILED = "the search failed at the FHIR server"


def found_for(gap: Gap, base: str, patient_id: str, ask: Ask) -> Found:
    """The server's records for one key: those that match, whatever else it sent along.

    `ask` gives the body of the answer to a GET; FetchError from it becomes a value.
    """
    subjects = Subjects(patient_id, ())
    try:
        pages = _pages(gap, f"{base}/{_query(gap.key, patient_id)}", base, subjects, ask)
    except FetchError as error:
        return Found(why_not=f"the FHIR server {error.why}", status=error.status)
    except (msgspec.DecodeError, RecursionError):
        return Found(why_not=_UNREADABLE)
    if any(outcome.is_failure for page in pages for outcome in page.outcomes):
        return Found(why_not=_FAILED)
    if not all(_is_answer(page, gap.key) for page in pages):
        return Found(why_not=_UNREADABLE)
    return _matching(gap, pages, subjects, base)


def _pages(gap: Gap, first: str, base: str, subjects: Subjects, ask: Ask) -> list[Contents]:
    """The pages, until there are no more, or as many records as a client would have sent.

    A later page that is unavailable does not lose the pages before it: the last one's link says that
    there is more.
    """
    url: str | None = gap.next_link or first
    pages: list[Contents] = []
    asked: set[str] = set()
    matching = 0
    while url and url not in asked and len(pages) < _MOST_PAGES:
        asked.add(url)
        try:
            pages.append(contents_of(_asked(url, gap.key, ask)))
        except (FetchError, msgspec.DecodeError, RecursionError):
            if not pages:
                raise
            break
        matching += sum(
            one.type == gap.key.resource_type and _is_wanted(one, gap.key, subjects)
            for one in pages[-1].resources
        )
        is_enough = gap.key.count is not None and matching >= gap.key.count
        url = None if is_enough else next_page(pages[-1].next_link, url, base)
    return pages


def next_page(link: str | None, page: str, base: str) -> str | None:
    """The address of a search's next page, None when there is none, or it is not the same server's.

    Elsewhere the token would be given away.
    """
    if not link:
        return None
    try:
        url = page_address(urljoin(page, link))
    except (UnsafeAddressError, ValueError):
        return None
    return url if origin_of(url) == origin_of(base) else None


def _asked(url: str, key: PrefetchKey, ask: Ask) -> bytes:
    """The answer; a server that refuses to sort is asked once more without."""
    try:
        return ask(url)
    except FetchError as error:
        unsorted = url.replace(f"&_sort=-{key.sort}", "")
        if error.status != _BAD_SEARCH or not key.sort or unsorted == url:
            raise
    return ask(unsorted)


def _query(key: PrefetchKey, patient_id: str) -> str:
    return key.template.replace(_TOKEN, quote(patient_id, safe="")).replace("|", "%7C")


def _is_answer(page: Contents, key: PrefetchKey) -> bool:
    """Whether a page has the right kind of content: a Bundle for a search, the resource for a read."""
    if key.count is not None:
        return page.is_bundle or bool(page.outcomes)
    return any(one.type == key.resource_type for one in page.resources)


def _matching(gap: Gap, pages: list[Contents], subjects: Subjects, base: str) -> Found:
    key = gap.key
    everything = [one for page in pages for one in page.resources]
    wanted = tuple(one for one in everything if _is_wanted(one, key, subjects))
    nameless = Counter(one.type for one in everything if _names_nobody(one, key, subjects))
    others = tuple(one for one in everything if one.type == key.resource_type and not subjects.is_ours(one))
    outcomes = tuple(outcome for page in pages for outcome in page.outcomes)
    contents = Contents(wanted, outcomes, pages[-1].next_link, is_bundle=key.count is not None)
    return Found(
        contents,
        why_not=OF_OTHERS if others and not wanted else "",
        is_cut=is_cut(key, pages, gap.matches),
        links=links_of(wanted[0], base) if wanted and key.kind is FactKind.PATIENT else None,
        of_others=tuple(one for one in others if _is_as_searched(one, key)),
        left_out=not_used_for_subject(nameless, "no patient") if nameless else "",
    )


def _names_nobody(resource: RawResource, key: PrefetchKey, subjects: Subjects) -> bool:
    """Whether a record that matches may be anybody's: a server's filter is not trusted."""
    if resource.type != key.resource_type or resource.type == _PATIENT or resource.subject_reference:
        return False
    return subjects.is_ours(resource) and _is_as_searched(resource, key)


def _is_wanted(resource: RawResource, key: PrefetchKey, subjects: Subjects) -> bool:
    """Whether a resource is what was searched for, a Medication that came along, or does not say what it is."""
    if resource.type != key.resource_type:
        return resource.type == "Medication" or not is_resource_type(resource.type)
    if not subjects.is_ours(resource) or not (resource.subject_reference or key.resource_type == _PATIENT):
        return False
    return _is_as_searched(resource, key)


def _is_as_searched(resource: RawResource, key: PrefetchKey) -> bool:
    name, _, tokens = key.query.partition("=")
    if name == "status":
        return resource.status in ("", *tokens.split(","))
    if name != "code" or _has_code(resource, frozenset(tokens.split(","))):
        return True
    return bool(why_unnamed(resource))  # a server that looks at codes found it all the same


def _has_code(resource: RawResource, tokens: Container[str]) -> bool:
    return any(_token(coding.system, coding.code) in tokens for coding in resource.codings)


def _token(system: str | None, code: str | None) -> str:
    """A coding as a search names it, in the one spelling of its system."""
    known = canonical_system(system) if system else None
    return f"{known}|{canonical_code(known, code)}" if known and code else f"{system}|{code}"
