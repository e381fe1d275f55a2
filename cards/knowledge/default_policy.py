"""The policy of a site that has chosen nothing."""

import tomllib
from importlib.resources import files

from cards.model.policy import Policy


def default_policy(version: str = "") -> Policy:
    """The project's own choices, on a release of the tables; "" is the software's own tables.

    Raises TypeError for an unknown or missing name: start-up stops.
    """
    text = files("cards.knowledge").joinpath("policy.toml").read_text(encoding="utf-8")
    return Policy(**tomllib.loads(text), tables=version)
