"""The basis of a decision: short hashes of the tables and of the policy, and the software's release."""

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

from cards.knowledge.knowledge import Knowledge
from cards.model.policy import Policy

_TABLES = (".csv", ".toml")
_NO_TABLES = (
    "knowledge/policy.toml",
    "knowledge/release.toml",
)  # the one hashed separately, the other a record
_LENGTH = 12


@cache
def software_version() -> str:
    """The release of this distribution."""
    return version("thiopurine-cds")


def knowledge_version(knowledge: Knowledge) -> str:
    """A hash of every table that a decision may rest on: knowledge, codes and units."""
    return _version_with(knowledge.release.checksum if knowledge.release else "")


@cache
def _version_with(release: str) -> str:
    """The hash of the software's own tables, and the checksum of a release."""
    read = hashlib.sha256()
    for name, file in _tables():
        read.update(f"{name}\n".encode())
        read.update(file.read_bytes())
    read.update(release.encode())
    return read.hexdigest()[:_LENGTH]


@cache
def policy_version(policy: Policy) -> str:
    """A hash of all of a site's choices."""
    return hashlib.sha256(repr(policy).encode()).hexdigest()[:_LENGTH]


def _tables() -> list[tuple[str, Traversable]]:
    knowledge = files("cards.knowledge")
    folders = (knowledge, knowledge / "tables", files("fhir_mappers.terminology"))
    found = ((f"{folder.name}/{file.name}", file) for folder in folders for file in folder.iterdir())
    return sorted((name, file) for name, file in found if name.endswith(_TABLES) and name not in _NO_TABLES)
