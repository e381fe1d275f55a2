"""Releases of the knowledge tables: what is kept, who signed, what changed."""

import csv
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from cards.engine import advise
from cards.knowledge.holds_for import ABOUT, COLUMNS
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.releases import (
    SCHEMA,
    ReleaseError,
    SignOff,
    checksum_of,
    own_tables,
    own_version,
    release,
    versions,
)
from cards.knowledge.table_changes import changes
from tests.builders import KNOWLEDGE
from tests.copied_tables import VERSION

RELEASES = Path(__file__).parents[3] / "docs" / "releases"


@pytest.mark.parametrize("version", versions(RELEASES))
def test_every_release_that_is_kept_is_as_it_was_released(version):
    found = release(version, RELEASES)

    assert sum(found.changes.values()) == (
        len(changes(RELEASES / found.since, found.folder)) if found.since else 0
    )


@pytest.mark.parametrize("version", versions(RELEASES))
def test_a_kept_release_is_read_or_is_of_another_schema(version):
    """A table or column that came or went since the last release of this schema needs a new schema."""
    if release(version, RELEASES).schema == SCHEMA:
        assert Knowledge.of_release(version, RELEASES).version == version
    else:
        said = f"this software reads schema {SCHEMA} of the tables, and the release has schema 0"
        with pytest.raises(ReleaseError, match=f"^tables = '{version}': {said}$"):
            Knowledge.of_release(version, RELEASES)


def test_no_release_claims_a_clinician_who_did_not_sign():
    # Whoever signs off a release changes this line in the same commit.
    assert {version: release(version, RELEASES).standing for version in versions(RELEASES)} == {
        "2026-11-24": "not signed off by a clinician",
        "2026-11-30": "not signed off by a clinician",
    }


def test_a_sign_off_names_who_and_when(tables):
    signed = '[[sign_off]]\nname = "A. Test"\nrole = "pharmacist"\non = 2026-01-02\nchecksum = "CHECKSUM"\n'
    folder = tables.released(signed)

    found = release(VERSION, tables.releases)

    assert [(one.name, one.role, one.checksum) for one in found.signed_off] == [
        ("A. Test", "pharmacist", checksum_of(folder))
    ]
    assert isinstance(found.signed_off[0], SignOff)
    assert found.standing == "signed off by A. Test (pharmacist) on 2026-01-02"


def test_a_sign_off_of_other_tables_does_not_count(tables):
    signed = '[[sign_off]]\nname = "A. Test"\nrole = "pharmacist"\non = 2026-01-02\nchecksum = "0123"\n'
    tables.released(signed)

    assert release(VERSION, tables.releases).standing == "not signed off by a clinician"


@pytest.mark.parametrize("file", ["tables/renal_doses.csv", "sources.toml"])
def test_a_release_whose_files_were_changed_is_refused(tables, file):
    folder = tables.released()
    with (folder / file).open("a", encoding="utf-8") as changed:
        changed.write("\n")

    with pytest.raises(ReleaseError, match="its files have changed since it was released"):
        release(VERSION, tables.releases)


def test_an_unknown_release_is_refused_with_those_there_are(tables):
    tables.released()

    with pytest.raises(ReleaseError, match="tables = '2020': expected one of 2026-01-01"):
        release("2020", tables.releases)


def test_a_release_that_lacks_a_column_is_refused_by_its_name(tables):
    tables.edit("renal_doses", "reduce_by", "reduced_by")
    (tables.folder / "tables/varicella.csv").unlink()
    tables.released()

    with pytest.raises(ReleaseError) as refused:
        Knowledge.of_release(VERSION, tables.releases)

    assert str(refused.value) == (
        "tables = '2026-01-01': its tables lack what the rules of this software read: "
        "renal_doses.csv lacks reduce_by; varicella.csv"
    )


def test_a_release_of_a_later_schema_is_refused(tables):
    tables.released(schema=SCHEMA + 1)

    with pytest.raises(
        ReleaseError, match=f"reads schema {SCHEMA} of the tables, and the release has schema 2$"
    ):
        Knowledge.of_release(VERSION, tables.releases)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("schema = 1", "", "2026-01-01/release.toml: schema = None is no int"),
        ("schema = 1", 'schema = "1"', "2026-01-01/release.toml: schema = '1' is no int"),
        ("released = 2026-01-01", "released = 2026", "2026-01-01/release.toml: released = 2026 is no date"),
        ('version = "2026-01-01"', 'version = "x"', "tables = '2026-01-01': its release.toml says 'x'"),
        ("schema = 1", "schema", "2026-01-01/release.toml: Expected '=' after a key"),
        ("schema = 1", "schema = 1\nsign_off = [{}]", "2026-01-01/release.toml: SignOff.__init__() missing"),
    ],
)
def test_a_record_that_cannot_be_read_is_named(tables, old, new, problem):
    record = tables.released() / "release.toml"
    record.write_text(record.read_text().replace(old, new))

    with pytest.raises(ReleaseError) as refused:
        release(VERSION, tables.releases)

    assert str(refused.value).startswith(problem)


def test_the_checksum_is_that_of_what_sha256sum_prints(tables):
    names = ["sources.toml", *sorted(f"tables/{file.name}" for file in (tables.folder / "tables").iterdir())]
    printed = "".join(
        f"{sha256((tables.folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names
    )

    assert checksum_of(tables.folder) == sha256(printed.encode()).hexdigest()


def test_without_a_folder_of_releases_there_is_none(tmp_path):
    assert versions(tmp_path / "none") == ()


def test_no_rule_is_asked_by_a_policy_with_other_tables():
    with pytest.raises(ReleaseError, match=r"^tables = '2026-11-24': the rules were given those of ''$"):
        advise(None, (), replace(KNOWLEDGE.default_policy, tables="2026-11-24"), KNOWLEDGE)


def test_the_softwares_own_tables_are_a_release_or_unreleased_since_one(tables, monkeypatch):
    monkeypatch.setattr("cards.knowledge.releases._KNOWLEDGE", tables.released())

    exactly = own_version()
    tables.edit("renal_doses", ",0.25,", ",0.3,")

    assert (exactly, own_version()) == (VERSION, f"unreleased since {VERSION}")


def test_the_record_of_the_softwares_own_tables_is_that_of_a_release_that_is_kept():
    record = (own_tables() / "release.toml").read_text(encoding="utf-8")

    assert record in [(RELEASES / version / "release.toml").read_text() for version in versions(RELEASES)]


def test_a_row_that_holds_for_anyone_is_the_row_of_before_it_said_so(tables):
    folder = tables.released()
    for name in ABOUT:
        file = folder / "tables" / f"{name}.csv"
        with file.open(encoding="utf-8", newline="") as read:
            rows = list(csv.DictReader(read))
        with file.open("w", encoding="utf-8", newline="") as written:
            earlier = [column for column in rows[0] if column not in COLUMNS]
            table = csv.DictWriter(written, earlier, extrasaction="ignore")
            table.writeheader()
            table.writerows(rows)

    assert {change.table for change in changes(folder, own_tables())} == {
        "count_limits",
        "indication_doses",
        "leukaemia_limits",
    }


def test_rows_that_changed_came_and_went(tables):
    folder = tables.released()
    tables.edit("renal_doses", "creatinine clearance,10,50,,0.25", "creatinine clearance,10,50,,0.3", 1)
    tables.edit("rules", "sepsis,critical,warning,no,clinical-summary-2025\n", "")
    with (folder / "tables/override_reasons.csv").open(encoding="utf-8") as file:
        columns = next(file).count(",") + 1
    with (folder / "tables/override_reasons.csv").open("a", encoding="utf-8") as file:
        file.write(",".join(["withdrawn"] * columns) + "\n")

    found = changes(folder, own_tables())

    assert [(one.table, one.kind) for one in found] == [
        ("rules", "added"),
        ("override_reasons", "removed"),
        ("renal_doses", "changed"),
    ]
    assert found[0].row["rule"] == "sepsis"
    assert (found[2].cells, found[2].row["source"]) == ({"reduce_by": ("0.3", "0.25")}, "compendium-renal")


def test_rows_that_begin_otherwise_are_not_one_row_changed(tables):
    tables.edit("rules", "sepsis,critical,warning", "septicaemia,critical,warning")

    found = changes(tables.folder, own_tables())

    assert [(one.kind, one.row["rule"]) for one in found] == [("removed", "septicaemia"), ("added", "sepsis")]


def test_a_source_that_reads_otherwise_is_told(tables):
    folder = tables.folder
    text = (folder / "sources.toml").read_text(encoding="utf-8")
    (folder / "sources.toml").write_text(text.replace('grade = "D"', 'grade = "E"', 1), encoding="utf-8")

    (change,) = changes(folder, own_tables())

    assert (change.table, change.kind, change.cells) == ("sources", "changed", {"grade": ("E", "D")})
