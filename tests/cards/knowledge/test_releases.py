"""Releases of the knowledge tables: what is kept, who signed, what changed."""

from dataclasses import replace

import pytest

from cards.engine import advise
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.releases import (
    ReleaseError,
    SignOff,
    digest_of,
    own_tables,
    own_version,
    release,
    versions,
)
from cards.knowledge.table_changes import changes
from tests.builders import KNOWLEDGE
from tests.copied_tables import VERSION


@pytest.mark.parametrize("version", versions())
def test_every_release_that_is_kept_is_as_it_was_released(version):
    assert release(version).version == version


def test_no_release_claims_a_clinician_who_did_not_sign():
    # Whoever signs off a release changes this line in the same commit.
    assert {version: release(version).standing for version in versions()} == {
        "2026-11-24": "not signed off by a clinician",
        "2026-11-30": "not signed off by a clinician",
    }


def test_a_sign_off_names_who_and_when(tables):
    signed = '[[sign_off]]\nname = "A. Test"\nrole = "pharmacist"\non = 2026-01-02\ndigest = "DIGEST"\n'
    folder = tables.released(signed)

    found = release(VERSION, tables.archive)

    assert [(one.name, one.role, one.digest) for one in found.signed_off] == [
        ("A. Test", "pharmacist", digest_of(folder))
    ]
    assert isinstance(found.signed_off[0], SignOff)
    assert found.standing == "signed off by A. Test (pharmacist) on 2026-01-02"


def test_a_sign_off_of_other_tables_does_not_count(tables):
    signed = '[[sign_off]]\nname = "A. Test"\nrole = "pharmacist"\non = 2026-01-02\ndigest = "0123"\n'
    tables.released(signed)

    assert release(VERSION, tables.archive).standing == "not signed off by a clinician"


@pytest.mark.parametrize("file", ["tables/renal_doses.csv", "sources.toml"])
def test_a_release_whose_files_were_changed_is_refused(tables, file):
    folder = tables.released()
    with (folder / file).open("a", encoding="utf-8") as changed:
        changed.write("\n")

    with pytest.raises(ReleaseError, match="its files have changed since it was released"):
        release(VERSION, tables.archive)


def test_an_unknown_release_is_refused_with_those_there_are(tables):
    tables.released()

    with pytest.raises(ReleaseError, match="tables = '2020': expected one of 2026-01-01"):
        release("2020", tables.archive)


def test_a_release_that_lacks_a_column_is_refused_by_its_name(tables):
    tables.edit("renal_doses", "reduce_by", "reduced_by")
    (tables.folder / "tables/varicella.csv").unlink()
    tables.released()

    with pytest.raises(ReleaseError) as refused:
        Knowledge.of_version(VERSION, tables.archive)

    assert str(refused.value) == (
        "tables = '2026-01-01': these tables are too old for the rules of this software: "
        "renal_doses.csv lacks reduce_by; varicella.csv"
    )


def test_without_an_archive_there_is_no_release(tmp_path):
    assert versions(tmp_path / "none") == ()


def test_no_rule_is_asked_by_a_policy_with_other_tables():
    with pytest.raises(ReleaseError, match=r"^tables = '2026-11-24': the rules were given those of ''$"):
        advise(None, (), replace(KNOWLEDGE.default_policy, tables="2026-11-24"), KNOWLEDGE)


def test_tables_that_differ_from_every_release_have_no_version(tables):
    tables.edit("renal_doses", ",0.25,", ",0.3,")
    tables.released()

    assert own_version(tables.archive) == ""


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
