"""Writing the present tables as a release, with the orders whose cards they must lead to."""

import re
import shutil
from collections import Counter
from datetime import date
from importlib.resources import files
from pathlib import Path

from cards.knowledge.releases import RECORD, SCHEMA, ReleaseError, checksum_of, own_tables, versions
from cards.knowledge.table_changes import changes

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}[a-z]?")  # no dots: it is the name of a folder
_RECORD = """\
schema = {schema}
version = "{version}"
released = {on}
checksum = "{checksum}"  # of what `sha256sum sources.toml tables/*.csv` prints here
since = "{since}"

[changes]  # rows that differ from the release before it, by table
{changes}
# Not signed off by a clinician. Whoever has checked these tables against their sources, and answers for them,
# adds an entry; it counts only with the checksum above:
#
# [[sign_off]]
# name = "..."
# role = "..."
# on = YYYY-MM-DD
# checksum = "{checksum}"
"""


def archived(version: str, on: date, releases: Path) -> Path:
    """The folder of a new release of the present tables, signed off by nobody; the software keeps its record too.

    Raises ReleaseError for a version that is there already, or that is no date such as 2026-11-24 or
    2026-11-24b; OSError where it cannot be written.
    """
    known = versions(releases)
    if not _VERSION.fullmatch(version) or version in known:
        raise ReleaseError(f"--archive {version!r}: expected a version that does not exist yet, such as {on}")
    folder, own = releases / version, Path(str(own_tables()))
    shutil.copytree(own / "tables", folder / "tables", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(own / "sources.toml", folder)
    shutil.copy(str(files("cds_service.health") / "known_orders.json"), folder)
    record = _record(folder, on, releases / known[-1] if known else None)
    for place in (folder, own):
        (place / RECORD).write_text(record, encoding="utf-8")
    return folder


def _record(folder: Path, on: date, before: Path | None) -> str:
    differing = Counter(change.table for change in changes(before, folder)) if before else Counter[str]()
    return _RECORD.format(
        schema=SCHEMA,
        version=folder.name,
        on=on,
        checksum=checksum_of(folder),
        since=before.name if before else "",
        changes="".join(f"{table} = {count}\n" for table, count in sorted(differing.items())),
    )
