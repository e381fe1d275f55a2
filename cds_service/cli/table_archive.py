"""Keeping the present tables as a release, with the orders whose cards they must lead to."""

import re
import shutil
from datetime import date
from importlib.resources import files
from pathlib import Path

from cards.knowledge.releases import ARCHIVE, ReleaseError, digest_of, own_tables, versions

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}[a-z]?")  # no dots: it is the name of a folder in a package
_RECORD = """\
version = "{version}"
released = {on}
digest = "{digest}"  # of sources.toml and the tables beside this file

# Not signed off by a clinician. Whoever has checked these tables against their sources, and answers for them,
# adds an entry; it counts only with the digest above:
#
# [[sign_off]]
# name = "..."
# role = "..."
# on = YYYY-MM-DD
# digest = "{digest}"
"""


def archived(version: str, on: date) -> Path:
    """The folder of a new release of the present tables, signed off by nobody.

    Raises ReleaseError for a version that is there already, or that is no date such as 2026-11-24 or
    2026-11-24b; OSError where the package cannot be written.
    """
    if not _VERSION.fullmatch(version) or version in versions():
        raise ReleaseError(f"--archive {version!r}: expected a new version such as {on}")
    folder, own = Path(str(ARCHIVE)) / version, Path(str(own_tables()))
    shutil.copytree(own / "tables", folder / "tables", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(own / "sources.toml", folder)
    shutil.copy(str(files("cds_service.health") / "known_orders.json"), folder)
    record = _RECORD.format(version=version, on=on, digest=digest_of(folder))
    (folder / "release.toml").write_text(record, encoding="utf-8")
    return folder
