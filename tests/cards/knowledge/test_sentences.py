"""The table of sentences: what is refused at load, and what its sentences may say."""

import ast
import re
from pathlib import Path

import pytest

from cards.knowledge.number_words import HOW
from cards.knowledge.rule_sentences import RuleSentence
from cards.knowledge.sentences import Sentences
from cards.knowledge.tables import Row, TableError
from tests.builders import KNOWLEDGE, OWN_TABLES

EVERY = Sentences.read(OWN_TABLES)
CARDS = Path(__file__).parents[3] / "cards"
NUMBER_WORD = re.compile(
    r"\b(two|three|four|five|six|seven|eight|nine|ten|twelve|half|halves|quarters?|thirds?|tenths?|second|twice"
    r"|double[ds]?|\w+fold|daily|weekly|monthly|yearly|dozen|hundreds?"
    r"|one (?:half|third|quarter|fifth|tenth|day|week|month|year|dose)s?)\b",
    re.IGNORECASE,
)
# Words that look like a number and state none.
LANGUAGE = {
    "inhibitor: counts and no titration": "the two are combined",
    "inhibitor on hold: before it is resumed": "keep the two apart",
    "patient: allopurinol stopped 2": "one of the two",
    "patient: lactation azathioprine 2": "a second view",
    "patient: lactation mercaptopurine 2": "a second view",
    "patient: phototherapy 1": "one of the two",
    "patient: phototherapy 2": "the worse of the two",
    "start: indication in kidney transplantation 1": "the dose of a day",
    "start: nausea and vomiting 2": "the dose of a day",
}


@pytest.mark.parametrize(
    ("table", "old", "new", "refusal"),
    [
        ("sentences", ",act,en,Then", ",heading,en,Then", "column 'place' holds 'heading': expected one of"),
        ("sentences", ",act,en,Then", ",act,xx,Then", "column 'language' holds 'xx': expected one of"),
        ("sentences", "inhibitor: counts at first,", "inhibitor on hold: counts,", "column 'id' .* a second time"),
        ("sentences", "sepsis: after restarting,", "sepsis: lost,", "column 'id' lacks 'sepsis: after restarting'"),
        ("sentences", "{resumed} is resumed", "{since} is resumed", "column 'text' asks its rule for since"),
        ("sentences", "allopurinol {mg} mg is", "allopurinol 100 mg is", "column 'text' holds .*100 mg is"),
        ("sentences", "{low:ratio}", "{low:words}", "column 'text' holds the placeholder low:words"),
        ("sentences", "{low:ratio}", "{low!r}", "column 'text' holds the placeholder low"),
        ("sentences", "{low:ratio}", "{low", "column 'text' holds "),
        ("sentences", "order on hold.\",fda-imuran-interactions", "\",nobody", "column 'source' source 'nob"),
        ("sentence_numbers", "inhibitor on hold: counts,", "on hold,", "column 'sentence' holds 'on hold'"),
        ("sentence_numbers", "co-therapy,mg,", "co-therapy,g,", "column 'name' holds 'g'"),
        ("sentence_numbers", ",mg,100,", ",mg,,", "column 'value' and column 'cell'"),
        ("sentence_numbers", ",mg,100,", ",mg,many,", "column 'value' holds 'many': expected a number"),
        ("sentence_numbers", "sentence_numbers.value[", "sentence_numbers.value(", "column 'cell' holds"),
        ("sentence_numbers", "counts at first/days]", "counts at last/days]", "column 'cell' holds .* not 0"),
        ("sentence_numbers", ",bsg-2019,", ",nobody,", "column 'source' source 'nobody'"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_trusted_is_refused_by_line_and_column(tables, table, old, new, refusal):
    tables.edit(table, old, new, 1)

    with pytest.raises(TableError, match=rf"^{table}\.csv,( line \d+,)? {refusal}"):
        _ = tables.knowledge


def test_a_number_of_a_sentence_stands_once(tables):
    line = "inhibitor: low-dose co-therapy,mg,100,"
    tables.edit("sentence_numbers", line, f"inhibitor: low-dose co-therapy,mg,50,,project,,P\n{line}", 1)

    with pytest.raises(TableError, match=r"column 'name' holds 'mg' a second time for this sentence$"):
        _ = tables.knowledge


def test_a_sentence_prints_its_numbers_as_its_text_asks():
    said = KNOWLEDGE.sentences.text

    assert said(RuleSentence.INHIBITOR_DOUBT, low=0.25, high=1 / 3) == "reduce to 1/4-1/3 of the usual dose"
    assert said(RuleSentence.INHIBITOR_DOUBT, low=0.4, high=0.5) == "reduce to 40 %-1/2 of the usual dose"
    assert said(RuleSentence.INHIBITOR_LOW_DOSE, drug="azathioprine").startswith(
        "Low-dose azathioprine with allopurinol 100 mg is used on purpose"
    )


def test_a_number_changed_in_its_cell_is_said_by_every_sentence_that_names_the_cell(tables):
    tables.edit("sentence_numbers", "counts at first,days,7", "counts at first,days,14")
    sentences = tables.knowledge.sentences

    assert (
        sentences.text(RuleSentence.INHIBITOR_ON_HOLD_COUNTS)
        == "Then check blood counts every 2 weeks at first."
    )
    assert sentences.text(RuleSentence.INHIBITOR_LOW_GENE_COUNTS).endswith(
        "blood counts at least every 2 weeks."
    )


def test_a_row_fills_the_numbers_of_its_sentence_and_says_what_it_lacks():
    sentences = EVERY
    row = Row(
        "doses",
        7,
        {"sentence": "inhibitor: reduce in short", "low": "0.25", "high": "0.5"},
        KNOWLEDGE.sources,
    )
    poorer = Row("doses", 8, {"sentence": "inhibitor: reduce in short", "low": "0.25"}, KNOWLEDGE.sources)
    lost = Row("doses", 9, {"sentence": "nothing"}, KNOWLEDGE.sources)

    assert sentences.of(row, "sentence").text() == "reduce to a quarter to half of the usual dose"
    assert (
        sentences.of(poorer, "sentence", "high").text(high=0.5)
        == "reduce to a quarter to half of the usual dose"
    )
    with pytest.raises(TableError, match=r"^doses\.csv, line 8, column 'sentence' .* which asks for high$"):
        sentences.of(poorer, "sentence")
    with pytest.raises(
        TableError, match=r"^doses\.csv, line 9, column 'sentence' holds 'nothing': not a sentence"
    ):
        sentences.of(lost, "sentence")


def test_every_sentence_is_said():
    """By a rule, or by the row of a table that names it."""
    named = {
        cell
        for file in (CARDS / "knowledge" / "tables").glob("*.csv")
        if not file.stem.startswith("sentence")
        for row in OWN_TABLES.rows(file.stem)
        for cell in row.cells.values()
    }

    assert EVERY.all.keys() - named - {*RuleSentence} == set()


def test_every_sentence_of_a_rule_is_said_by_one_with_the_words_it_asks_for():
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in CARDS.rglob("*.py")]
    said = {
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "RuleSentence"
    }

    assert {*RuleSentence.__members__} - said == set()
    assert {one: set(one.words) for one in RuleSentence} == {
        one: {*EVERY.all[one].blanks} for one in RuleSentence
    }


def test_no_sentence_states_a_number_in_words():
    found = {
        row.text("id"): words
        for row in OWN_TABLES.rows("sentences")
        if (words := NUMBER_WORD.findall(re.sub(r"\{[^}]*\}", "", row.text("text"))))
        and row.text("id") not in LANGUAGE
    }

    assert found == {}


@pytest.mark.parametrize("how", HOW)
def test_every_way_to_print_a_number_is_used(how):
    assert any(
        f":{how}}}" in row.text("text") or (not how and re.search(r"\{\w+\}", row.text("text")))
        for row in OWN_TABLES.rows("sentences")
    )
