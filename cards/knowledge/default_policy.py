"""The policy of a site that has chosen nothing."""

import tomllib
from functools import cache
from importlib.resources import files

from cards.knowledge.releases import tables_in_use
from cards.model.policy import Policy


@cache
def default_policy() -> Policy:
    """The project's own choices, on the tables in use.

    Raises TypeError for an unknown or missing name: start-up stops.
    """
    text = files("cards.knowledge").joinpath("policy.toml").read_text(encoding="utf-8")
    return Policy(**tomllib.loads(text), tables=tables_in_use())
