import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cards.rules import ALL_RULES
from cds_service.cli.main import main
from cds_service.memory.versions import policy_version
from cds_service.policy_file import policy_in
from cds_service.settings import Settings


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def site(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text("max_cards = 4\n[rules.minor-interactions]\nsilent = true\n", encoding="utf-8")
    return file


def test_rules_lists_every_rule_in_every_format():
    table, listing, page = (
        run("rules"),
        run("rules", "--format", "json"),
        run("rules", "--format", "markdown"),
    )

    assert (table.exit_code, listing.exit_code, page.exit_code) == (0, 0, 0)
    assert [one["id"] for one in json.loads(listing.output)["rules"]] == [rule.id for rule in ALL_RULES]
    assert [rule.id for rule in ALL_RULES if rule.id not in table.output or rule.id not in page.output] == []


def test_rules_as_json_says_what_a_rule_rests_on():
    (sepsis,) = (
        one for one in json.loads(run("rules", "--format", "json").output)["rules"] if one["id"] == "sepsis"
    )

    assert sepsis == {
        "id": "sepsis",
        "topic": "Sepsis",
        "question": "Is a thiopurine ordered or taken during sepsis or bacteraemia?",
        "hooks": ["order-sign", "patient-view"],
        "indicators": "warning to critical",
        "canBeCritical": True,
        "implements": ["H03", "H04", "H05", "H06"],
        "needs": ["conditions", "medications"],
        "sources": [
            {
                "key": "clinical-summary-2025",
                "label": 'Clinical summary "Azathioprine (Imuran): Dosage and Clinical Use"',
                "grade": "E",
                "published": "2025-11-19",
                "checked": "2026-11-23",
            }
        ],
    }


def test_check_policy_prints_what_differs(site):
    result = run("check-policy", site)

    assert result.exit_code == 0
    assert "max_cards" in result.output
    assert f"Policy version {policy_version(policy_in(site))}" in result.output


def test_check_policy_as_json(site):
    assert json.loads(run("check-policy", site, "--json").output) == {
        "version": policy_version(policy_in(site)),
        "differences": [
            {"name": "max_cards", "default": "6", "chosen": "4"},
            {"name": "rule minor-interactions", "default": "info to warning", "chosen": "silent"},
        ],
    }


def test_check_policy_says_that_nothing_differs(tmp_path):
    empty = tmp_path / "site.toml"
    empty.write_text("", encoding="utf-8")

    assert run("check-policy", empty).output.startswith("The policy is the default one.\n")


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


def test_evaluate_follows_a_policy(tmp_path):
    request = Path(__file__).parents[3] / "fixtures" / "requests" / "order-sign.json"
    quiet = tmp_path / "quiet.toml"
    quiet.write_text("max_cards = 2", encoding="utf-8")

    usual, fewer = (
        json.loads(run("evaluate", request, "--as-of", "2026-11-20", *more).output)["cards"]
        for more in ((), ("--policy", quiet))
    )

    critical = [card for card in usual if card["indicator"] == "critical"]
    assert len(fewer) == max(2, len(critical)) < len(usual)
    assert "not shown here" in fewer[-1]["detail"]
