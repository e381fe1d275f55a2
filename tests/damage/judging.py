"""What became of a damaged record, by the answers to the request whole, damaged, and without the record."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cards.card import Indicator
from tests.damage.ways.way import Statement, Way

Json = dict[str, Any]

_SAID_OF_ALL = "Not readable: "  # whatever the reason is
_GAP = "CouldNotBeChecked"
_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_KINDS: Mapping[str, str] = {
    "Patient": r"patient|birth|age|sex|gender",
    "MedicationRequest": r"medication|order|drug|dose|corticosteroid|azathioprine|mercaptopurine|thioguanine|"
    r"allopurinol",
    "MedicationDispense": r"medication|order|drug|dose|dispens",
    "Condition": r"condition|problem|diagnos",
    "AllergyIntolerance": r"allerg",
    "Immunization": r"immuni|vaccin",
    "ImmunizationRecommendation": r"immuni|vaccin|order",
    "Procedure": r"procedure|transplant|transfus|phototherap|ultraviolet|dialysis",
    "ServiceRequest": r"test|order|procedure|vaccin",
    "Observation": r"observation|result|count|leukocyte|neutrophil|lymphocyte|platelet|haemoglobin|hemoglobin|weight|"
    r"height|liver|kidney|creatinine|egfr|gfr|alt\b|ast\b|bilirubin|phosphatase|lipase|amylase|metabolite|"
    r"thioguanine|methylmercaptopurine|tpmt|nudt15|hepatitis|hbs|anti-hb|varicella|pregnan|serolog|value|mcv|"
    r"c-reactive|temperature|reticulocyte",
}


class Outcome(StrEnum):
    """What became of one damaged record."""

    SAME = "same"  # read as if it were whole
    TOLD = "told"
    NO_MATTER = "no matter"  # nothing in this story depends on it
    OTHER = "other"  # another answer that does not say why
    LOST = "lost"  # silently


@dataclass(frozen=True)
class Said:
    """An answer, as far as a reader sees it."""

    lines: frozenset[str]
    indicators: tuple[
        int, ...
    ]  # the urgency of each card but that of gaps, which goes when a record is mended
    is_refusal: bool = False

    @property
    def most_urgent(self) -> int:
        """The lowest is the most urgent."""
        return min(self.indicators, default=len(Indicator))


def said(answer: Json) -> Said:
    """The lines of an answer, without ids; of a refusal, its words."""
    if "error" in answer:
        return Said(frozenset({answer["error"]}), (), is_refusal=True)
    lines = {line for card in answer["cards"] for line in _lines_of(card)}
    judged = [card for card in answer["cards"] if card["source"].get("topic", {}).get("code") != _GAP]
    return Said(frozenset(lines), tuple(Indicator(card["indicator"]).urgency for card in judged))


def _lines_of(card: Json) -> list[str]:
    offers = [offer["label"] for offer in card.get("suggestions", ())]
    told = [line for line in card.get("detail", "").splitlines() if line.strip()]
    return [f"{card['indicator']}: {card['summary']}", *told, *offers]


@dataclass(frozen=True)
class Judged:
    """The outcome, and the lines that decided: those that tell, else those that were lost and came."""

    outcome: Outcome
    lines: tuple[str, ...] = ()
    is_as_stated: bool = True


def judged(way: Way, statement: Statement, kind: str, whole: Said, hurt: Said, gone: Said) -> Judged:
    """What became of a record of a type, by the answers to the request whole, damaged and without it."""
    if way.ignores_dates:
        whole, hurt, gone = (_without_days(one) for one in (whole, hurt, gone))
    if _plain(hurt) == _plain(whole):
        return Judged(Outcome.NO_MATTER if _plain(gone) == _plain(whole) else Outcome.SAME)
    if statement is Statement.OTHER:
        return Judged(Outcome.OTHER)
    new = hurt.lines - whole.lines - gone.lines
    telling = tuple(line for line in sorted(new) if _tells(line, way, kind, hurt))
    if telling:
        return Judged(Outcome.TOLD, telling, statement is Statement.TOLD)
    differences = (
        *(f"- {line}" for line in sorted(whole.lines - hurt.lines)),
        *(f"+ {line}" for line in sorted(hurt.lines - whole.lines)),
    )
    return Judged(_untold(whole, hurt, gone), differences, is_as_stated=False)


def _untold(whole: Said, hurt: Said, gone: Said) -> Outcome:
    """Lost where the answer is the one without the record, is milder, or is nearer to that one with a card less.

    Doubt may only raise: an answer with as many cards, each at least as urgent, is another one.
    """
    if _plain(hurt) == _plain(gone) or hurt.most_urgent > whole.most_urgent:
        return Outcome.LOST
    to_whole, to_gone = len(hurt.lines ^ whole.lines), len(hurt.lines ^ gone.lines)
    return Outcome.LOST if to_gone < to_whole and not _covers(hurt, whole) else Outcome.OTHER


def _covers(hurt: Said, whole: Said) -> bool:
    """Whether it is more urgent, or each card of the whole answer has one in its place that is at least as urgent."""
    if hurt.most_urgent < whole.most_urgent:
        return True
    pairs = zip(sorted(hurt.indicators), sorted(whole.indicators), strict=False)
    return len(hurt.indicators) >= len(whole.indicators) and all(found <= was for found, was in pairs)


def _tells(line: str, way: Way, kind: str, hurt: Said) -> bool:
    if hurt.is_refusal:
        return True
    names = re.search(way.names or _KINDS[kind], line, re.IGNORECASE) or kind in line
    why = line.replace(_SAID_OF_ALL, "")
    return bool(names and re.search(way.reason or ".", why, re.IGNORECASE))


def _plain(one: Said) -> tuple[frozenset[str], tuple[int, ...], bool]:
    return frozenset(map(_without_refs, one.lines)), one.indicators, one.is_refusal


def _without_refs(line: str) -> str:
    """The line without the names of records: a record without an id is called otherwise."""
    return re.sub(r"\b[A-Z][A-Za-z]+/[^\s,;)]+", "RECORD", line)


def _without_days(one: Said) -> Said:
    return Said(frozenset(_DAY.sub("DAY", line) for line in one.lines), one.indicators, one.is_refusal)
