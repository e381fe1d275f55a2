"""What an answer says of its own completeness: pages that were cut, issues that something may be missing."""

from collections.abc import Sequence

from cds_service.hooks.prefetch_keys import PrefetchKey
from fhir_mappers.bundle.outcomes import Outcome
from fhir_mappers.bundle.resources import Contents
from fhir_mappers.terminology.issue_types import incomplete_types


def why_incomplete(outcomes: Sequence[Outcome]) -> str:
    """Why records may be missing, whatever came and however mild it sounds; "" when nothing says so."""
    if not outcomes:
        return ""
    types = incomplete_types()
    what_came = next((types[one.code] for one in outcomes if one.code in types), "")
    return f"what came may not be complete: {what_came}" if what_came else ""


def is_cut(key: PrefetchKey, pages: Sequence[Contents], before: int = 0) -> bool:
    """Whether pages of one search leave matches behind; `before` are the matches of earlier pages.

    Only matches fill a page or make up a total. A total below them says nothing.
    """
    last = pages[-1]
    if last.next_link is not None:
        return True
    if last.total is None and not _may_be_full(key, pages):
        return False
    matches = sum(page.matches(key.resource_type) for page in pages)
    if len(pages) == 1 and key.count is not None and matches >= key.count:
        return True
    if last.total is None or last.total <= before + matches:
        return False
    # Some servers count in the total what came along, or their own notices.
    return last.total not in (
        before + sum(page.count for page in pages),
        sum(page.entry_count for page in pages),
    )


def _may_be_full(key: PrefetchKey, pages: Sequence[Contents]) -> bool:
    return len(pages) == 1 and key.count is not None and pages[0].count >= key.count
