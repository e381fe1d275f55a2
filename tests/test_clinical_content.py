"""Every statement of the clinical reference has its place, every rule its facts, and the page says the same."""

from pathlib import Path

import pytest

from cards.knowledge.placement import ShownAs
from cards.rules import ALL_RULES
from cds_service.cli.rule_listing import as_csv, as_markdown, listed_rules, places_of
from tests.builders import KNOWLEDGE

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[1] / "docs" / "clinical-content.md"
RULES_TABLE = Path(__file__).parents[1] / "cards" / "knowledge" / "tables" / "rules.csv"
# Letter and number of the last row: of the clinical summary, and X of primary sources.
LAST_ROWS = {
    "A": 26, "B": 14, "C": 5, "D": 9, "E": 13, "F": 6, "G": 3, "H": 6, "I": 12, "J": 4, "K": 6, "X": 18,
}  # fmt: skip
ROWS = [f"{letter}{number:02}" for letter, last in LAST_ROWS.items() for number in range(1, last + 1)]
# What can kill or is a labelled contraindication, and nothing else.
CRITICAL_RULES = {
    "two-thiopurines",
    "sepsis",
    "varicella-exposure",
    "severe-cytopenia",
    "leukaemia-counts",
    "febrile-cytopenia",
    "thiopurine-hypersensitivity",
    "pancreatitis",
    "veno-occlusive-disease",
    "cholestasis-of-pregnancy",
    "alkylating-agents",
    "xanthine-oxidase-inhibitor",
    "interacting-drug",  # ribavirin
    "live-vaccine",
    "genotype-dose",  # a poor metabolizer
    "dose-for-indication",  # at least twice the ceiling
    "dose-over-time",  # the same of one day, or a later step
    "dose-being-taken",  # the same of a dose taken already
    "leukaemia-dose",  # at least twice the reference
    "thioguanine-dose",  # at least twice the label's highest
}


def test_every_row_has_a_place_and_none_is_invented():
    assert [one.row_id for one in KNOWLEDGE.placement] == ROWS


@pytest.mark.parametrize("statement", [pytest.param(one, id=one.row_id) for one in KNOWLEDGE.placement])
def test_a_row_is_carried_by_a_rule_or_has_a_reason_not_to(statement):
    if statement.shown_as is ShownAs.NOT_SHOWN:
        assert (places_of(statement), bool(statement.note)) == ((), True)
    else:
        assert places_of(statement)


@pytest.mark.parametrize("rule", [pytest.param(one, id=one.id) for one in ALL_RULES])
def test_a_rule_implements_rows_of_the_reference(rule):
    assert [row for row in rule.implements if row not in ROWS] == []


def test_the_table_of_rules_is_up_to_date():
    assert RULES_TABLE.read_text(encoding="utf-8") == as_csv(), "run `thiopurine-cds rules --update`"


@pytest.mark.parametrize("rule", [pytest.param(one, id=one.id) for one in ALL_RULES])
def test_a_rule_names_its_urgencies_and_its_sources(rule):
    assert rule.highest.urgency <= rule.lowest.urgency
    assert rule.sources


def test_only_the_named_rules_can_be_critical():
    assert {rule.id for rule in ALL_RULES if rule.can_be_critical} == CRITICAL_RULES


@pytest.mark.parametrize("listed", [pytest.param(one, id=one.rule.id) for one in listed_rules()])
def test_a_rule_is_asked_at_some_hook_and_reads_something(listed):
    assert listed.hooks
    assert listed.needs


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == as_markdown() + "\n", "run `thiopurine-cds rules --update`"
