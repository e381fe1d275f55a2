"""What an answer says of its own completeness: pages that were cut, issues that something may be missing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cds_service.access.clients import AcknowledgedNotice
from cds_service.access.server_notices import NoticeAbout, ServerNotice, notice_of
from cds_service.hooks.prefetch_keys import PrefetchKey, all_keys
from fhir_mappers.bundle.outcomes import Outcome
from fhir_mappers.bundle.resources import Contents
from fhir_mappers.terminology.issue_types import incomplete_types

Acknowledged = frozenset[AcknowledgedNotice]

_TYPE_NAME = re.compile(r"[A-Z][A-Za-z]+")


@dataclass(frozen=True, slots=True)
class HeardNotice:
    """A notice of a server's vendor in an answer, and whether the site knows of it."""

    notice: ServerNotice
    is_acknowledged: bool


@dataclass(frozen=True, slots=True)
class AnswerEvidence:
    """What the issues beside some records say of them."""

    why_unknown: str = ""  # why records may be missing, whatever came and however mild it sounds
    withheld: str = ""  # what the server keeps from every request of this client
    heard: frozenset[HeardNotice] = frozenset()


_NOTHING_SAID = AnswerEvidence()


def evidence_of(
    outcomes: Sequence[Outcome], resource_type: str, acknowledged: Acknowledged
) -> AnswerEvidence:
    """What the issues of an answer to a search for one type say of its completeness.

    A vendor's notice that is known decides before the type of its issue.
    """
    if not outcomes:
        return _NOTHING_SAID
    types = incomplete_types()
    heard: set[HeardNotice] = set()
    why, withheld = "", ""
    for outcome in outcomes:
        notice = _notice_in(outcome, acknowledged)
        if notice is None:
            why = why or types.get(outcome.code, "")
            continue
        heard.add(notice)
        if _withholds(notice, outcome, resource_type):
            what = f"{resource_type}, notice {notice.notice.code}"
            withheld = f"the FHIR server withholds some of them from this service ({what})"
    return AnswerEvidence(f"may be incomplete, {why}" if why else "", withheld, frozenset(heard))


def is_partial(outcome: Outcome) -> bool:
    """Whether an issue says that something may be missing, for all that is known of it."""
    return bool(evidence_of([outcome], "", frozenset()).why_unknown)


def _notice_in(outcome: Outcome, acknowledged: Acknowledged) -> HeardNotice | None:
    for coding in outcome.codes:
        if (notice := notice_of(coding.system, coding.code)) is not None:
            is_acknowledged = any(
                notice.is_meant_by(one.system, one.code) and one.system in (coding.system, notice.system)
                for one in acknowledged
            )
            return HeardNotice(notice, is_acknowledged)
    return None


def _withholds(heard: HeardNotice, outcome: Outcome, resource_type: str) -> bool:
    """Whether something of the type searched for is withheld and nobody knows; in doubt it is."""
    if heard.notice.about is not NoticeAbout.TYPE_WITHHELD or heard.is_acknowledged:
        return False
    named = _types_named(outcome)
    return not named or resource_type in named


def _types_named(outcome: Outcome) -> set[str]:
    """The types of resources that an issue names, in its words or in what it points at."""
    words = " ".join((outcome.text, outcome.diagnostics, *outcome.expression))
    return {key.resource_type for key in all_keys()}.intersection(_TYPE_NAME.findall(words))


def is_cut(key: PrefetchKey, pages: Sequence[Contents], before: int = 0) -> bool:
    """Whether pages of one search leave matches behind; `before` are the matches of earlier pages.

    Only matches fill a page or make up a total. A total below them says nothing.
    """
    last = pages[-1]
    if last.next_link is not None:
        return True
    # On most pages everything that came is a match, and is all there is.
    if not _may_be_full(key, pages) and last.total in (None, before + sum([page.count for page in pages])):
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
