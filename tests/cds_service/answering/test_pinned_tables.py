"""A site that stays with an earlier release of the tables sees its numbers, and is told so."""

import json

import pytest
from click.testing import CliRunner

from cards.knowledge.knowledge import Knowledge
from cards.knowledge.releases import own_tables, release, versions
from cards.knowledge.table_changes import changes
from cds_service.answering.pipeline import Circumstances
from cds_service.cli.main import main
from cds_service.evaluation import response_to
from cds_service.health.known_orders import known_orders
from cds_service.hooks.card_json import numbered_ids
from tests.builders import KNOWLEDGE
from tests.copied_tables import VERSION

NEWEST = versions()[-1]
ORDER = next(one for one in known_orders(None) if one.name == "intermediate-tpmt-dose-offered")


@pytest.fixture
def earlier(tables):
    """A release in which the lower end of CPIC's range is 20 %, not 30 %."""
    tables.edit("genotype_doses", ",IM,30,80,", ",IM,20,70,")
    tables.released()
    return Knowledge.of_version(VERSION, tables.archive)


@pytest.fixture
def site(tmp_path):
    """A policy that stays with the newest release."""
    file = tmp_path / "site.toml"
    file.write_text(f'tables = "{NEWEST}"\n')
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

    told = f"Tables of release {NEWEST}, by this site's policy"
    assert (told in now, told in then) == (False, True)


def test_check_policy_tells_the_release(site):
    found = json.loads(run("check-policy", site, "--json").output)

    assert found["differences"] == [{"name": "tables", "default": "", "chosen": NEWEST}]


def test_an_unknown_release_stops_the_service_at_start(site, tmp_path):
    site.write_text('tables = "2025-01-01"\n')
    request = tmp_path / "request.json"
    request.write_bytes(ORDER.body)

    done = run("evaluate", request, "--policy", site, status=2)

    assert f"tables = '2025-01-01': expected one of {', '.join(versions())}" in done.output


def test_rules_since_tells_which_rows_changed():
    found = json.loads(run("rules", "--since", versions()[0], "--format", "json").output)

    told = [(one["table"], one["kind"], one["row"]) for one in found["changes"]]
    expected = changes(release(versions()[0]).folder, own_tables())
    assert told == [(one.table, one.kind, dict(one.row)) for one in expected]


def test_rules_since_prints_a_table():
    done = run("rules", "--since", versions()[0])

    assert f"rows differ between release {versions()[0]} and " in done.output
