"""Sentences: what cards say, each with its source; a number enters one only by a placeholder."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from string import Formatter
from sys import intern
from typing import Self

from cards.knowledge.number_words import HOW
from cards.knowledge.rule_sentences import RuleSentence
from cards.knowledge.sources import Citation
from cards.knowledge.tables import Row, TableError, Tables

# A digit in a name or a unit states no number.
_NAMES = re.compile(
    r"6-(?:TGN|MMP)|NUDT15|vitamin B12|UVA1|(?:AGA|BSG|NICE) \d{4}|8x10\^8|10\^9|mg/m2|anti-HB[cs]"
)
_DIGIT = re.compile(r"\d")
_CELL = re.compile(r"(?P<table>\w+)\.(?P<column>\w+)\[(?P<holds>[^]]+)]")


class Place(StrEnum):
    """Where on a card, or on its page, a sentence stands."""

    SUMMARY = "summary"
    ACT = "act"
    BECAUSE = "because"
    REMARK = "remark"
    GUIDE = "guide"


class Language(StrEnum):
    """The languages that sentences are written in."""

    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Blank:
    """A placeholder: what fills it, and how a number is printed there."""

    name: str
    how: str

    def filled(self, value: str | float) -> str:
        """The value as the sentence prints it; text as it is."""
        return value if isinstance(value, str) else HOW[self.how](value)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. Its blanks are what its row or its rule fills in."""

    place: Place
    parts: tuple[str | Blank, ...]
    citation: Citation

    @property
    def blanks(self) -> frozenset[str]:
        """The names of what is still to be filled in."""
        return frozenset(part.name for part in self.parts if isinstance(part, Blank))

    def text(self, **words: str | float) -> str:
        """The sentence as a card prints it. Raises KeyError for a blank without its word."""
        return "".join(
            part if isinstance(part, str) else part.filled(words[part.name]) for part in self.parts
        )

    def with_numbers(self, numbers: Mapping[str, float]) -> "Sentence":
        """The sentence with these blanks filled in."""
        parts = (
            part.filled(numbers[part.name]) if isinstance(part, Blank) and part.name in numbers else part
            for part in self.parts
        )
        return replace(self, parts=tuple(_joined(parts)))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sentences:
    """Every sentence by its id, with the numbers that evidence states filled in."""

    all: Mapping[str, Sentence]

    @classmethod
    def read(cls, tables: Tables) -> Self:
        """The rows of sentences.csv and sentence_numbers.csv.

        Raises TableError for a sentence that states a number itself, that a rule says and that is missing, or that
        asks a rule for what the rule does not know.
        """
        rows: dict[str, Row] = {}
        for row in tables.rows("sentences"):
            row.member("language", Language)
            if row.text("id") in rows:
                raise row.error("id", f"holds {row.text('id')!r} a second time")
            rows[row.text("id")] = row
        found = {
            one: Sentence(row.member("place", Place), _parts(row), row.citation())
            for one, row in rows.items()
        }
        for one, numbers in _numbers(tables, found).items():
            found[one] = found[one].with_numbers(numbers)
        _refuse_what_rules_cannot_say(found, rows)
        return cls(found)

    def text(self, sentence: RuleSentence, **words: str | float) -> str:
        """What a rule says, with its words filled in."""
        return self.all[sentence].text(**words)

    def citation(self, sentence: RuleSentence) -> Citation:
        """What a sentence of a rule rests on."""
        return self.all[sentence].citation

    def of(self, row: Row, column: str, *words: str) -> Sentence:
        """The sentence that a row of a table names, with the row's own numbers filled in.

        `words` are what the reader's caller fills in. Raises TableError for an id that does not exist, and for a
        blank that is neither a number of the row nor one of `words`.
        """
        named = self.all.get(row.text(column))
        if named is None:
            raise row.error(column, f"holds {row.text(column)!r}: not a sentence of sentences.csv")
        numbers = {name: row.number(name) for name in named.blanks & row.cells.keys()}
        if unknown := named.blanks - numbers.keys() - set(words):
            raise row.error(
                column, f"holds {row.text(column)!r}, which asks for {', '.join(sorted(unknown))}"
            )
        return named.with_numbers(numbers)


def _parts(row: Row) -> tuple[str | Blank, ...]:
    """The text cut at its placeholders."""
    text = row.text("text")
    try:
        cut = list(Formatter().parse(text))
    except ValueError as error:
        raise row.error("text", f"holds {text!r}: {error}") from None
    parts: list[str | Blank] = []
    for words, name, how, conversion in cut:
        if _DIGIT.search(_NAMES.sub("", words)):
            raise row.error("text", f"holds {words!r}: a number is written as a placeholder")
        parts.append(words)
        if name is None:
            continue
        if not name.isidentifier() or conversion or how not in HOW:
            raise row.error(
                "text", f"holds the placeholder {name}:{how}: expected name, or name and one of {[*HOW]}"
            )
        parts.append(Blank(intern(name), intern(how or "")))
    return tuple(_joined(parts))


def _joined(parts: Iterable[str | Blank]) -> Iterable[str | Blank]:
    """The parts, texts that follow each other as one."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
        yield part
        text = ""
    if text:
        yield text


def _numbers(tables: Tables, sentences: Mapping[str, Sentence]) -> dict[str, dict[str, float]]:
    """What evidence states, by sentence and placeholder: a value, or the cell of another table that holds it."""
    found: dict[str, dict[str, float]] = {}
    for row in tables.rows("sentence_numbers"):
        sentence, name = row.text("sentence"), row.text("name")
        if sentence not in sentences:
            raise row.error("sentence", f"holds {sentence!r}: not a sentence of sentences.csv")
        if name not in sentences[sentence].blanks:
            raise row.error("name", f"holds {name!r}: the sentence has no such placeholder")
        if name in found.setdefault(sentence, {}):
            raise row.error("name", f"holds {name!r} a second time for this sentence")
        if bool(row.text("value")) == bool(row.text("cell")):
            raise row.error("value", "and column 'cell': expected one of the two")
        row.citation()  # refuses a source that does not exist
        found[sentence][name] = row.number("value") if row.text("value") else _number_of_cell(row, tables)
    return found


def _number_of_cell(row: Row, tables: Tables) -> float:
    """The number in `table.column[what the row holds/...]`."""
    cell = row.text("cell")
    match = _CELL.fullmatch(cell)
    if match is None:
        raise row.error("cell", f"holds {cell!r}: expected table.column[cell of its row/...]")
    holds = set(match["holds"].split("/"))
    rows = [one for one in tables.rows(match["table"]) if holds <= {*one.cells.values()}]
    if len(rows) != 1:
        raise row.error("cell", f"holds {cell!r}: expected one such row, not {len(rows)}")
    return rows[0].number(match["column"])


def _refuse_what_rules_cannot_say(found: Mapping[str, Sentence], rows: Mapping[str, Row]) -> None:
    for sentence in RuleSentence:
        if sentence not in found:
            raise TableError(f"sentences.csv, column 'id' lacks {sentence.value!r}, which a rule says")
        if unknown := found[sentence].blanks - {*sentence.words}:
            raise rows[sentence].error("text", f"asks its rule for {', '.join(sorted(unknown))}")
