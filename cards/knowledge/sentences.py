"""Sentences: what cards say, each with its source; a number enters one only by a placeholder."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from string import Formatter
from sys import intern
from types import MappingProxyType
from typing import Self

from cards.knowledge.holds_for import ABOUT
from cards.knowledge.number_words import HOW
from cards.knowledge.rule_sentences import RuleSentence
from cards.knowledge.sources import Citation
from cards.knowledge.tables import Row, TableError, Tables
from cards.model.protocol import NOTHING_KNOWN, Group

# A digit in a name, a unit or the row of the reference states no number.
_NAMES = re.compile(
    r"\b[A-X]\d\d:|6-(?:TGN|MMP)|NUDT15|vitamin B12|UVA1|(?:AGA|BSG|NICE) \d{4}|8x10\^8|10\^9|mg/m2|anti-HB[cs]"
)
_DIGIT = re.compile(r"\d")
_CELL = re.compile(r"(?P<table>\w+)\.(?P<column>\w+)\[(?P<about>[^]]+)]")
_ABOUT = MappingProxyType({**ABOUT, "sentence_numbers": ("sentence", "name")})


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


class _Printed(float):
    """A number that a format specification prints in words."""

    def __format__(self, how: str) -> str:
        return HOW[how](float(self))


class _Blank(str):
    """A placeholder that stays one."""

    __slots__ = ()

    def __format__(self, how: str) -> str:
        return "".join(("{", self, ":" if how else "", how, "}"))


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. Its blanks are what its row or its rule fills in."""

    place: Place
    template: str
    blanks: tuple[str, ...]
    citation: Citation

    def text(self, **words: str | float) -> str:
        """The sentence as a card prints it. Raises KeyError for a blank without its word."""
        if not self.blanks:
            return self.template
        return self.template.format_map(_printed(words))

    def with_numbers(self, numbers: Mapping[str, float]) -> "Sentence":
        """The sentence with these blanks filled in."""
        blanks = tuple(blank for blank in self.blanks if blank not in numbers)
        words = _printed(numbers) | {blank: _Blank(blank) for blank in blanks}
        return Sentence(self.place, self.template.format_map(words), blanks, self.citation)


def _printed(words: Mapping[str, str | float]) -> dict[str, str | float]:
    return {name: word if isinstance(word, str) else _Printed(word) for name, word in words.items()}


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
        found = {one: _sentence(row) for one, row in rows.items()}
        for one, numbers in _numbers(tables, found).items():
            found[one] = found[one].with_numbers(numbers)
        _refuse_what_rules_cannot_say(found, rows)
        return cls(found)

    @property
    def of_rules(self) -> "Sentences":
        """Those that rules say themselves."""
        return Sentences({sentence: self.all[sentence] for sentence in RuleSentence})

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
        if not named.blanks:
            return named
        numbers = {name: row.number(name) for name in named.blanks if name in row.cells}
        if unknown := {*named.blanks} - numbers.keys() - {*words}:
            raise row.error(
                column, f"holds {row.text(column)!r}, which asks for {', '.join(sorted(unknown))}"
            )
        return named.with_numbers(numbers)

    def text_or_none(self, row: Row, column: str) -> str:
        """The text of the sentence that a row names, with the row's own numbers; "" where it names none."""
        return self.of(row, column).text() if row.text(column) else ""


def _sentence(row: Row) -> Sentence:
    template = row.text("text")
    try:
        cut = list(Formatter().parse(template))
    except ValueError as error:
        raise row.error("text", f"holds {template!r}: {error}") from None
    for words, name, how, conversion in cut:
        if _DIGIT.search(words) and _DIGIT.search(_NAMES.sub("", words)):
            raise row.error("text", f"holds {words!r}: a number is written as a placeholder")
        if name is not None and (not name.isidentifier() or conversion or how not in HOW):
            raise row.error(
                "text", f"holds the placeholder {name}:{how}: expected name, or name and one of {[*HOW]}"
            )
    blanks = tuple(dict.fromkeys(intern(name) for _, name, _, _ in cut if name is not None))
    return Sentence(row.member("place", Place), template, blanks, row.citation())


def _numbers(tables: Tables, sentences: Mapping[str, Sentence]) -> dict[str, dict[str, float]]:
    """What evidence states, by sentence and placeholder: a value, or the cell of another table that holds it."""
    cells = _Cells(tables, {})
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
        found[sentence][name] = row.number("value") if row.text("value") else cells.number(row)
    return found


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells that sentences name, of tables read once."""

    tables: Tables
    read: dict[str, list[tuple[list[str], Row]]]  # by table: what each row is about, and the row

    def number(self, row: Row) -> float:
        """The number in `table.column[what its row is about/...]`, in the words of `holds_for.ABOUT`."""
        cell = row.text("cell")
        match = _CELL.fullmatch(cell)
        if match is None or match["table"] not in _ABOUT:
            raise row.error("cell", f"holds {cell!r}: expected table.column[what the row is about/...]")
        about = match["about"].split("/")
        rows = [one for its, one in self._rows(match["table"]) if its == about]
        if len(rows) != 1:
            raise row.error("cell", f"holds {cell!r}: expected one such row, not {len(rows)}")
        return rows[0].number(match["column"])

    def _rows(self, table: str) -> list[tuple[list[str], Row]]:
        if table not in self.read:
            of_immune = replace(self.tables.protocol or NOTHING_KNOWN, group=Group.IMMUNE)
            held = replace(self.tables, protocol=of_immune)  # the closest row only
            self.read[table] = [
                ([row.text(column) for column in _ABOUT[table]], row) for row in held.rows(table)
            ]
        return self.read[table]


def _refuse_what_rules_cannot_say(found: Mapping[str, Sentence], rows: Mapping[str, Row]) -> None:
    for sentence in RuleSentence:
        if sentence not in found:
            raise TableError(f"sentences.csv, column 'id' lacks {sentence.value!r}, which a rule says")
        if unknown := {*found[sentence].blanks} - {*sentence.words}:
            raise rows[sentence].error("text", f"asks its rule for {', '.join(sorted(unknown))}")
