"""The policy of this site and the knowledge that it names, each read once."""

from functools import cache
from pathlib import Path

from cards.knowledge.knowledge import Knowledge
from cards.knowledge.site_policy import PolicyError, site_policy
from cards.model.policy import Policy


@cache
def knowledge_of(version: str) -> Knowledge:
    """The tables of a release; "" is the software's own. What was loaded is kept.

    Raises ReleaseError for a release that does not exist or lacks what the rules read.
    """
    return Knowledge.of_version(version)


@cache
def policy_in(file: Path | None) -> Policy:
    """The policy in a file; the default without one.

    Raises PolicyError for a file that cannot be read, or that says what a site may not choose.
    """
    if file is None:
        return site_policy("", knowledge_of)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError((f"{file} cannot be read: {error}",)) from error
    return site_policy(text, knowledge_of)
