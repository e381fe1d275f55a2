"""The policy of this site and the knowledge that it names, each read once."""

from functools import cache, partial
from pathlib import Path

from cards.knowledge.knowledge import Knowledge
from cards.knowledge.releases import ReleaseError
from cards.knowledge.site_policy import PolicyError, site_policy
from cards.model.policy import Policy


@cache
def knowledge_of(version: str = "", releases: Path | None = None) -> Knowledge:
    """The tables of a release in a folder of releases; "" is the software's own. What was loaded is kept.

    Raises ReleaseError for a release that does not exist, or that this software cannot read.
    """
    if not version:
        return Knowledge.own()
    if releases is None:
        raise ReleaseError(
            f"tables = {version!r}: THIOPURINE_CDS_RELEASES does not name a folder of releases"
        )
    return Knowledge.of_release(version, releases)


@cache
def policy_in(file: Path | None, releases: Path | None = None) -> Policy:
    """The policy in a file; the default without one. It may name one of the `releases`.

    Raises PolicyError for a file that cannot be read, or that says what a site may not choose.
    """
    if file is None:
        return knowledge_of().default_policy
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError((f"{file} cannot be read: {error}",)) from error
    return site_policy(text, partial(knowledge_of, releases=releases))
