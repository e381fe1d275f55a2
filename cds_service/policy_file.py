"""The policy of this site: read from its TOML file once, or the default."""

from functools import cache
from pathlib import Path

from cards.knowledge.site_policy import PolicyError, site_policy
from cards.model.policy import Policy


@cache
def policy_in(file: Path | None) -> Policy:
    """The policy in a file; the default without one.

    Raises PolicyError for a file that cannot be read, or that says what a site may not choose.
    """
    if file is None:
        return site_policy("")
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError((f"{file} cannot be read: {error}",)) from error
    return site_policy(text)
