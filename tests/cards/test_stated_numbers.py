"""No string in the code of cards states a number: a number of the sources comes from a row, by a placeholder."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cards.rules import ALL_RULES
from tests.builders import KNOWLEDGE

CARDS = Path(__file__).parents[2] / "cards"
MODULES = sorted(
    file
    for file in CARDS.rglob("*.py")
    if file.relative_to(CARDS).parts[0] not in ("knowledge", "model")  # its readers, and the facts of a chart
)
NUMBER_WORD = re.compile(
    r"\b(one|two|three|four|five|six|seven|eight|nine|ten|twelve|half|halves|halve|quarters?|thirds?|fifths?"
    r"|tenths?|once|twice|thrice|double[ds]?|\w+fold|daily|weekly|monthly|yearly|fortnight\w*|dozen|hundreds?)\b",
    re.IGNORECASE,
)
# A digit in a name, a unit or the row of the reference that a rule implements states no number.
NAMES = re.compile(
    r"6-(?:TGN|MMP|MP)\b|NUDT15|AGA 2017|CKD-EPI 2021|\b[A-X]\d\d\b"
    r"|\{?1\.73[_ ]m2\}?|mg/m2|\bm2\b|10[*^]9/L|8[.x]10[*^]8"
)
KEYS = {*KNOWLEDGE.sources.all, *(rule.id for rule in ALL_RULES)}
# What counts things of the chart or of the sentence itself, or is a way to say something else.
OF_THE_CHART = "counts what the chart holds"
A_PATTERN = "a pattern"
OF_THE_ORDER = "how an order is taken, in words"
PRONOUN = "stands for a noun, or orders in time"
NAME = "the name of a problem, as it is coded"
LANGUAGE = {
    "several dosage instructions in sequence, not said when each one ends": PRONOUN,
    "chronic kidney disease stage 4 or 5": NAME,
    "Chronic kidney disease stage 4 or 5, eGFR not known": NAME,
    "mg in one day": OF_THE_ORDER,
    "at-most-one": "a word of CDS Hooks",
    " mg once a day": OF_THE_ORDER,
    r"(?=[-+])|\d{1,9}(?=[.)](?:\s|$))": A_PATTERN,
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\U000e0000-\U000e007f]+": A_PATTERN,
    r"\1 \2": A_PATTERN,
    "0": "a zero that is cut off",
    "1 order names": OF_THE_CHART,
    "two thiopurines": OF_THE_CHART,
    "After sepsis, restart only once it has completely resolved and the patient is stable; then ": PRONOUN,
    " at once and hold it until the infection has completely resolved and the patient is stable.": PRONOUN,
    "): not advised together, choose one": PRONOUN,
    "keep both together, never stop one alone": PRONOUN,
    ": close one and ": PRONOUN,
    ": contraindicated, choose another drug for one of them": PRONOUN,
    "mg on one day": OF_THE_ORDER,
    "once a week": OF_THE_ORDER,
    "Is a later step or a single day of the order above the ceiling, and is it meant to be taken daily?": OF_THE_ORDER,
    " on one day": OF_THE_ORDER,
    ", that much on one day": OF_THE_ORDER,
    " mg/day): is daily meant? Check the order": OF_THE_ORDER,
    " is usually taken daily. If fewer days are meant, say on the order why; a poor metabolizer takes it on ": (
        OF_THE_ORDER
    ),
    "less often than daily is asked about": OF_THE_ORDER,
    "CPIC's ranges are for use without a xanthine oxidase inhibitor: beside one no source gives a number.": PRONOUN,
    ", and states one only in malignancy: agree the dose for ": PRONOUN,
    "Does this genotype call for another drug, or for a lower dose than the one ordered?": PRONOUN,
    "Does a thiopurine meet a xanthine oxidase inhibitor once the one on hold is resumed?": PRONOUN,
    " days, once bilirubin is below ": PRONOUN,
    "two": OF_THE_CHART,
    "three": OF_THE_CHART,
    "Do several active orders of one thiopurine leave it open how much is taken?": OF_THE_CHART,
    "the active orders make one dose": OF_THE_CHART,
    " mg/day; close one": PRONOUN,
    " mg/day; close all but one": PRONOUN,
    "Would the patient take two thiopurines at once?": OF_THE_CHART,
    "only one thiopurine is ordered or taken": OF_THE_CHART,
    ": two thiopurines at once; keep only one": OF_THE_CHART,
    "Stop one of them before the other is given. No dose is converted automatically.": PRONOUN,
    "If so: stop one before the other is given. Their toxicity to the marrow adds up.": PRONOUN,
    ", still taken? Keep only one thiopurine": OF_THE_CHART,
    ": keep only one, end the ": OF_THE_CHART,
    ", so that the two never meet: their toxicity to the marrow adds up.": PRONOUN,
    ": are all still taken? Keep only one thiopurine": OF_THE_CHART,
    "Taken as one dose a day": OF_THE_ORDER,
    "do not give one again": PRONOUN,
}


def strings_of(source: str) -> Iterator[tuple[int, str]]:
    """Every string but docstrings and format specifications, with its line."""
    tree = ast.parse(source)
    left_out = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(id(node.value))
        if isinstance(node, ast.FormattedValue) and node.format_spec:
            left_out |= {id(part) for part in ast.walk(node.format_spec)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield node.lineno, node.value


def states_a_number(text: str) -> bool:
    rest = NAMES.sub("", text)
    return text not in KEYS and bool(re.search(r"\d", rest) or NUMBER_WORD.search(rest))


def test_no_string_states_a_number():
    found = {
        f"{file.relative_to(CARDS)}:{line}": text
        for file in MODULES
        for line, text in strings_of(file.read_text(encoding="utf-8"))
        if states_a_number(text) and text not in LANGUAGE
    }

    assert found == {}


def test_what_counts_things_of_the_chart_is_still_said():
    said = {text for file in MODULES for _, text in strings_of(file.read_text(encoding="utf-8"))}

    assert set(LANGUAGE) - said == set()


@pytest.mark.parametrize(
    ("code", "is_stated"),
    [
        ('do = ("Reduce to one quarter of the usual dose.",)', True),
        ('do = f"Reduce to {low} of it: 25 % at the most"', True),
        ('summary = "check blood counts weekly"', True),
        ('"""Reduce to one quarter of it."""', False),  # a docstring
        ('summary = f"{mg:.1f} mg, 6-TGN in pmol, NUDT15 (mg/m2)"', False),
        ('implements = ("F01",)', False),
        ('cite("bsg-2019", "6-TGN and 6-MMP together")', False),
    ],
)
def test_a_number_is_seen_wherever_it_stands_in_a_string(code, is_stated):
    assert any(states_a_number(text) for _, text in strings_of(code)) == is_stated
