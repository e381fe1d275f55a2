"""The software's tables in a folder of their own, in which a test changes a cell."""

import shutil
from pathlib import Path

from cards.knowledge.knowledge import Knowledge
from cards.knowledge.releases import SCHEMA, checksum_of, own_tables

VERSION = "2026-01-01"


class CopiedTables:
    """A copy in a folder of releases; it is a release once `released` was called."""

    def __init__(self, releases: Path) -> None:
        self.releases = releases
        self.folder = releases / VERSION
        shutil.copytree(Path(str(own_tables())) / "tables", self.folder / "tables")
        shutil.copy(Path(str(own_tables())) / "sources.toml", self.folder)

    def edit(self, table, old, new, count=-1):
        """Write `new` for `old` in a table: everywhere, or at the first `count` places."""
        file = self.folder / "tables" / f"{table}.csv"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, count), encoding="utf-8")

    def repeat_rows(self, table, old, new):
        """Repeat every row that holds `old`, with `new` for it, at the end of a table."""
        file = self.folder / "tables" / f"{table}.csv"
        text = file.read_text(encoding="utf-8")
        repeated = [line.replace(old, new) for line in text.splitlines(keepends=True) if old in line]
        file.write_text(text + "".join(repeated), encoding="utf-8")

    def released(self, more="", schema=SCHEMA):
        """Make it a release; `more` is what its record says besides, CHECKSUM standing for its checksum."""
        said = (
            f'version = "{VERSION}"\nschema = {schema}\nreleased = 2026-01-01\nchecksum = "CHECKSUM"\n{more}'
        )
        (self.folder / "release.toml").write_text(said.replace("CHECKSUM", checksum_of(self.folder)))
        return self.folder

    @property
    def knowledge(self):
        """The tables as they are now, as no release."""
        return Knowledge.load(self.folder)
