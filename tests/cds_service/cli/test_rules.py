import json

from cards.rules import ALL_RULES
from tests.cds_service.cli.conftest import run


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
