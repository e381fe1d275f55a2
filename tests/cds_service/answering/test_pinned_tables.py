"""A site that stays with an earlier release of the tables sees its numbers, and is told so."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from cards.knowledge.knowledge import Knowledge
from cards.knowledge.releases import own_tables, own_version, release, versions
from cards.knowledge.table_changes import changes
from cds_service.answering.pipeline import Circumstances
from cds_service.cli.main import main
from cds_service.evaluation import response_to
from cds_service.health.known_orders import known_orders
from cds_service.hooks.card_json import numbered_ids
from cds_service.settings import Settings
from tests.builders import KNOWLEDGE
from tests.copied_tables import VERSION

KEPT = Path(__file__).parents[3] / "docs" / "releases"
ORDER = next(one for one in known_orders(None) if one.name == "intermediate-tpmt-dose-offered")


@pytest.fixture
def earlier(tables):
    """A release in which the lower end of CPIC's range is 20 %, not 30 %."""
    tables.edit("genotype_doses", ",IM,30,80,", ",IM,20,70,")
    tables.released()
    return Knowledge.of_release(VERSION, tables.releases)


@pytest.fixture
def site(tmp_path, earlier, tables, monkeypatch):
    """A policy that stays with the earlier release, at a site that keeps it."""
    monkeypatch.setenv("THIOPURINE_CDS_RELEASES", str(tables.releases))
    file = tmp_path / "site.toml"
    file.write_text(f'schema = 1\ntables = "{VERSION}"\n')
    return file


def details(knowledge):
    around = Circumstances(knowledge.default_policy, knowledge)
    cards = response_to(ORDER.body, ORDER.as_of, numbered_ids(), around)["cards"]
    return "\n".join(card["detail"] for card in cards)


def run(*arguments, status=0):
    done = CliRunner().invoke(main, [str(one) for one in arguments])
    assert done.exit_code == status, done.output
    return done


def test_cards_hold_the_earlier_number_and_name_the_release(earlier):
    now, then = details(KNOWLEDGE), details(earlier)

    assert ("30-80 %" in now, "20-70 %" in now) == (True, False)
    assert ("20-70 %" in then, "30-80 %" in then) == (True, False)
    told = "Tables of release 2026-01-01, by this site's policy; not signed off by a clinician."
    assert (told in now, told in then) == (False, True)


def test_a_policy_that_names_a_release_is_answered_by_it(site, tmp_path):
    request = tmp_path / "request.json"
    request.write_bytes(ORDER.body)

    asked = ("evaluate", request, "--as-of", ORDER.as_of.isoformat(), "--number-ids")
    now, then = run(*asked).output, run(*asked, "--policy", site).output

    told = f"Tables of release {VERSION}, by this site's policy"
    assert (told in now, told in then) == (False, True)


def test_check_policy_tells_the_release(site):
    found = json.loads(run("check-policy", site, "--json").output)

    assert found["differences"] == [{"name": "tables", "default": "", "chosen": VERSION}]


def test_a_site_without_its_releases_cannot_name_one(site, tmp_path, monkeypatch):
    monkeypatch.delenv("THIOPURINE_CDS_RELEASES")
    request = tmp_path / "request.json"
    request.write_bytes(ORDER.body)

    done = run("evaluate", request, "--policy", site, status=2)

    assert f"tables = '{VERSION}': THIOPURINE_CDS_RELEASES does not name a folder of releases" in done.output


def test_a_folder_of_releases_that_is_none_stops_the_service(tmp_path):
    with pytest.raises(ValueError, match=rf"releases '{tmp_path}/none': expected a folder"):
        Settings(releases=tmp_path / "none")


def test_a_release_of_another_schema_stops_the_service_with_one_sentence(site, tmp_path, monkeypatch):
    monkeypatch.setenv("THIOPURINE_CDS_RELEASES", str(KEPT))
    site.write_text('tables = "2026-11-30"\n')

    done = run("check-policy", site, status=2)

    said = "tables = '2026-11-30': this software reads schema 1 of the tables, and the release has schema 0"
    assert done.output == f"Error: {said}\n"


def test_an_unknown_release_stops_the_service_at_start(site, tmp_path):
    site.write_text('tables = "2025-01-01"\n')
    request = tmp_path / "request.json"
    request.write_bytes(ORDER.body)

    done = run("evaluate", request, "--policy", site, status=2)

    assert f"tables = '2025-01-01': expected one of {VERSION}" in done.output


def test_rules_since_tells_which_rows_changed():
    found = json.loads(run("rules", "--since", "2026-11-24", "--releases", KEPT, "--format", "json").output)

    told = [(one["table"], one["kind"], one["row"]) for one in found["changes"]]
    expected = changes(release("2026-11-24", KEPT).folder, own_tables())
    assert told == [(one.table, one.kind, dict(one.row)) for one in expected]


def test_rules_since_prints_a_table():
    done = run("rules", "--since", "2026-11-24", "--releases", KEPT)

    assert f"rows differ between release 2026-11-24 and the present tables ({own_version()})" in done.output


@pytest.mark.parametrize(
    "command", [("rules", "--since", "2026-11-24"), ("tables", "--archive", "2026-12-01")]
)
def test_a_command_about_a_release_needs_their_folder(command):
    assert f"{command[1]} needs --releases FOLDER" in run(*command, status=2).output


def test_the_releases_of_a_folder_are_listed():
    found = json.loads(run("tables", "--releases", KEPT, "--json").output)
    table = run("tables", "--releases", KEPT).output

    assert (found["own"], found["schema"]) == (own_version(), 1)
    assert [one["version"] for one in found["releases"]] == list(versions(KEPT))
    assert found["releases"][1]["changes"]["rules"] == 20
    assert f"own tables: {own_version()}. It reads releases of schema 1." in table


def test_the_present_tables_become_a_release_that_a_site_can_name(tmp_path, monkeypatch):
    checkout = tmp_path / "checkout"
    shutil.copytree(Path(str(own_tables())) / "tables", checkout / "tables")
    shutil.copy(Path(str(own_tables())) / "sources.toml", checkout)
    monkeypatch.setattr("cds_service.cli.table_archive.own_tables", lambda: checkout)
    releases = tmp_path / "releases"
    releases.mkdir()

    run("tables", "--archive", "2026-12-01", "--releases", releases)
    (checkout / "tables" / "renal_doses.csv").write_text(
        (checkout / "tables" / "renal_doses.csv").read_text().replace(",0.25,", ",0.3,")
    )
    run("tables", "--archive", "2026-12-02", "--releases", releases)

    first, second = (release(version, releases) for version in versions(releases))
    assert (first.since, first.changes, second.since, second.changes) == (
        "",
        {},
        first.version,
        {"renal_doses": 2},
    )
    assert (checkout / "release.toml").read_bytes() == (second.folder / "release.toml").read_bytes()
    knowledge = Knowledge.of_release("2026-12-01", releases)
    assert known_orders(knowledge.release) == known_orders(None)
