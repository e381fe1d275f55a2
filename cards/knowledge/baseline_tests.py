"""Which tests belong before the first dose, and which results make one superfluous?"""

from dataclasses import dataclass
from enum import StrEnum

from cards.knowledge.sentences import Sentences
from cards.knowledge.sources import Citation
from cards.knowledge.tables import Row, Tables
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.tests_ordered import OrderableTest


class Need(StrEnum):
    """How much a source asks for a test."""

    REQUIRED = "required"
    CONSIDER = "consider"


class Lasts(StrEnum):
    """For how long a result counts."""

    RECENT = "recent"  # policy: baseline_days
    EVER = "ever"
    PREGNANCY = "pregnancy"  # policy: pregnancy_test_days


@dataclass(frozen=True, slots=True)
class BaselineTest:
    """One test before the first dose, and the results that show it was done."""

    item: str
    analytes: tuple[Analyte, ...]
    needs_all: bool  # of the analytes; else any of them will do
    kinds: tuple[FactKind, ...]  # the kind of facts that shows whether it is there
    test: OrderableTest
    need: Need
    lasts: Lasts
    advice: str  # the sentence of a plan, for what is only to be considered
    citation: Citation


def baseline_tests(tables: Tables, sentences: Sentences) -> tuple[BaselineTest, ...]:
    """The tests in the order to name them."""
    return tuple(_test(row, sentences) for row in tables.rows("baseline_tests"))


def _test(row: Row, sentences: Sentences) -> BaselineTest:
    return BaselineTest(
        item=row.text("item"),
        analytes=tuple(Analyte(name) for name in row.text("analytes").split(";")),
        needs_all=row.text("enough") == "all",
        kinds=tuple(FactKind(name) for name in row.text("kinds").split(";")),
        test=row.member("test", OrderableTest),
        need=row.member("need", Need),
        lasts=row.member("lasts", Lasts),
        advice=sentences.text_or_none(row, "sentence"),
        citation=row.citation(),
    )
