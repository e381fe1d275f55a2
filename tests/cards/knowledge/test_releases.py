"""Releases of the knowledge tables: what is kept, who signed, what changed."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cards.engine import advise
from cards.knowledge import releases
from cards.knowledge.default_policy import default_policy
from cards.knowledge.releases import (
    ReleaseError,
    SignOff,
    digest_of,
    own_tables,
    release,
    use_tables,
    versions,
)
from cards.knowledge.table_changes import changes


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """A folder of releases with one, "2026-01-01": the tables as they are."""
    folder = tmp_path / "2026-01-01"
    shutil.copytree(Path(str(own_tables())) / "tables", folder / "tables")
    shutil.copy(Path(str(own_tables())) / "sources.toml", folder)
    monkeypatch.setattr(releases, "ARCHIVE", tmp_path)
    release.cache_clear()
    yield tmp_path
    release.cache_clear()


def record(archive, more="", version="2026-01-01"):
    folder = archive / version
    digest = digest_of(folder)
    (folder / "release.toml").write_text(
        f'version = "{version}"\nreleased = 2026-01-01\ndigest = "{digest}"\n{more}'.replace("DIGEST", digest)
    )
    return folder


def edit(folder, table, old, new):
    file = folder / "tables" / f"{table}.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("version", versions())
def test_every_release_that_is_kept_is_as_it_was_released(version):
    assert release(version).version == version


def test_no_release_claims_a_clinician_who_did_not_sign():
    # Whoever signs off a release changes this line in the same commit.
    assert {version: release(version).standing for version in versions()} == {
        "2026-11-24": "not signed off by a clinician",
        "2026-11-30": "not signed off by a clinician",
    }


def test_a_sign_off_names_who_and_when(archive):
    signed = '[[sign_off]]\nname = "A. Test"\nrole = "pharmacist"\non = 2026-01-02\ndigest = "DIGEST"\n'
    folder = record(archive, signed)

    found = release("2026-01-01")

    assert [(one.name, one.role, one.digest) for one in found.signed_off] == [
        ("A. Test", "pharmacist", digest_of(folder))
    ]
    assert isinstance(found.signed_off[0], SignOff)
    assert found.standing == "signed off by A. Test (pharmacist) on 2026-01-02"


def test_a_sign_off_of_other_tables_does_not_count(archive):
    signed = '[[sign_off]]\nname = "A. Test"\nrole = "pharmacist"\non = 2026-01-02\ndigest = "0123"\n'
    record(archive, signed)

    assert release("2026-01-01").standing == "not signed off by a clinician"


@pytest.mark.parametrize("file", ["tables/renal_doses.csv", "sources.toml"])
def test_a_release_whose_files_were_changed_is_refused(archive, file):
    folder = record(archive)
    with (folder / file).open("a", encoding="utf-8") as changed:
        changed.write("\n")

    with pytest.raises(ReleaseError, match="its files have changed since it was released"):
        release("2026-01-01")


def test_an_unknown_release_is_refused_with_those_there_are(archive):
    record(archive)

    with pytest.raises(ReleaseError, match="tables = '2020': expected one of 2026-01-01"):
        release("2020")


def test_a_release_that_lacks_a_column_is_refused_by_its_name(archive, monkeypatch):
    edit(archive / "2026-01-01", "renal_doses", "reduce_by", "reduced_by")
    (archive / "2026-01-01/tables/varicella.csv").unlink()
    record(archive)
    monkeypatch.setattr(releases._ReleaseInUse, "version", None)

    with pytest.raises(ReleaseError) as refused:
        use_tables("2026-01-01")

    assert str(refused.value) == (
        "tables = '2026-01-01': these tables are too old for the rules of this software: "
        "renal_doses.csv lacks reduce_by; varicella.csv"
    )


def test_the_tables_of_a_pinned_release_are_read_but_for_those_of_the_software(archive, monkeypatch):
    folder = record(archive)
    monkeypatch.setattr(releases._ReleaseInUse, "version", None)

    use_tables("2026-01-01")

    assert releases.tables_in_use() == "2026-01-01"
    assert [releases.folder_of_table(name) for name in ("renal_doses", "rules")] == [
        folder / "tables",
        own_tables() / "tables",
    ]


def test_the_softwares_own_tables_can_be_asked_for(monkeypatch):
    monkeypatch.setattr(releases._ReleaseInUse, "version", None)

    use_tables("")

    assert releases._ReleaseInUse.version == ""


def test_who_reads_a_table_unasked_reads_the_softwares_own(monkeypatch):
    monkeypatch.setattr(releases._ReleaseInUse, "version", None)

    assert (releases.tables_in_use(), releases._ReleaseInUse.version) == ("", "")


def test_without_an_archive_there_is_no_release(monkeypatch, tmp_path):
    monkeypatch.setattr(releases, "ARCHIVE", tmp_path / "none")

    assert versions() == ()


def test_a_process_reads_one_release_only(archive, monkeypatch):
    record(archive)
    monkeypatch.setattr(releases._ReleaseInUse, "version", "")

    use_tables("")  # again

    with pytest.raises(ReleaseError, match="a second release needs a process of its own"):
        use_tables("2026-01-01")


def test_no_rule_is_asked_by_a_policy_with_other_tables(monkeypatch):
    monkeypatch.setattr(releases._ReleaseInUse, "version", "")

    with pytest.raises(
        ReleaseError, match="tables = '2026-11-24': this process already reads 'its own tables'"
    ):
        advise(None, (), replace(default_policy(), tables="2026-11-24"))


def test_tables_that_differ_from_every_release_have_no_version(archive):
    edit(archive / "2026-01-01", "renal_doses", ",0.25,", ",0.3,")
    record(archive)

    assert releases.own_version() == ""


def test_rows_that_changed_came_and_went(archive):
    folder = record(archive)
    edit(folder, "renal_doses", "creatinine clearance,10,50,,0.25", "creatinine clearance,10,50,,0.3")
    edit(folder, "rules", "sepsis,critical,warning,no,clinical-summary-2025\n", "")
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


def test_rows_that_begin_otherwise_are_not_one_row_changed(archive):
    folder = archive / "2026-01-01"
    edit(folder, "rules", "sepsis,critical,warning", "septicaemia,critical,warning")

    found = changes(folder, own_tables())

    assert [(one.kind, one.row["rule"]) for one in found] == [("removed", "septicaemia"), ("added", "sepsis")]


def test_a_source_that_reads_otherwise_is_told(archive):
    folder = archive / "2026-01-01"
    text = (folder / "sources.toml").read_text(encoding="utf-8")
    (folder / "sources.toml").write_text(text.replace('grade = "D"', 'grade = "E"', 1), encoding="utf-8")

    (change,) = changes(folder, own_tables())

    assert (change.table, change.kind, change.cells) == ("sources", "changed", {"grade": ("E", "D")})
