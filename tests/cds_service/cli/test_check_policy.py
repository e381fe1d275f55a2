import json

import pytest

from cards.knowledge.site_policy import SCHEMA, age_of
from cds_service.memory.versions import policy_version
from cds_service.policy_file import policy_in
from cds_service.settings import Settings
from tests.cds_service.cli.conftest import run


@pytest.fixture
def site(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text("max_cards = 4\n[rules.minor-interactions]\nsilent = true\n", encoding="utf-8")
    return file


def test_check_policy_prints_what_differs(site):
    result = run("check-policy", site)

    assert result.exit_code == 0
    assert "max_cards" in result.output
    assert f"Policy version {policy_version(policy_in(site))}" in result.output


def test_check_policy_as_json(site):
    assert json.loads(run("check-policy", site, "--json").output) == {
        "version": policy_version(policy_in(site)),
        "schema": 0,
        "changesSince": list(age_of(site.read_text()).changes),
        "differences": [
            {"name": "max_cards", "default": "6", "chosen": "4"},
            {"name": "rule minor-interactions", "default": "info to warning", "chosen": "silent"},
        ],
    }


def test_check_policy_tells_an_older_file_what_has_changed_since(site):
    older = run("check-policy", site).output
    site.write_text(f"schema = {SCHEMA}\n{site.read_text()}", encoding="utf-8")

    assert "\nIt was written for schema 0 and can be used. What has changed since:\n- schema 1: " in older
    assert run("check-policy", site).output == older.partition("It was written")[0]


def test_check_policy_says_that_nothing_differs(tmp_path):
    empty = tmp_path / "site.toml"
    empty.write_text("", encoding="utf-8")

    assert run("check-policy", empty).output.startswith("The policy is the default.\n")


@pytest.mark.parametrize("content", [b"max_cards = 0", b"max_cards = \xff"])
def test_check_policy_refuses_what_cannot_be_used(tmp_path, content):
    wrong = tmp_path / "site.toml"
    wrong.write_bytes(content)

    text, listing = run("check-policy", wrong), run("check-policy", wrong, "--json")

    assert (text.exit_code, listing.exit_code) == (2, 2)
    assert text.stderr.startswith("Error: ")
    assert len(json.loads(listing.output)["problems"]) == 1


def test_the_service_uses_the_policy_of_its_settings(site, monkeypatch):
    monkeypatch.setenv("THIOPURINE_CDS_POLICY", str(site))

    assert Settings().site_policy.max_cards == 4
    assert Settings(policy=None).site_policy.max_cards == 6


def test_a_policy_that_cannot_be_used_stops_the_service(tmp_path):
    wrong = tmp_path / "site.toml"
    wrong.write_text("max_cards = 0", encoding="utf-8")

    with pytest.raises(ValueError, match="max_cards = 0: expected 2 to 12 cards"):
        Settings(policy=wrong)
