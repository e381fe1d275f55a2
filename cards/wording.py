"""Numbers and names as cards print them; what is printed is what was compared."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from cards.model.drug_names import drug_name as drug_name  # noqa: PLC0414 -- the mappers read it there
from cards.model.therapy import Drug

LONGEST_SUMMARY = 139  # CDS Hooks 2.0.1, "Card Attributes": under 140 characters
_SHORTEST_FINDING = 30  # characters: a drug and the start of what is wrong with it
_REMARK = re.compile(r" \([^()]*\)")
_ABSURD = 1e9  # more than any dose, count or weight: a typing error, printed short
_PER_KG_DECIMALS = {Drug.AZATHIOPRINE: 1}  # CPIC's limits for mercaptopurine need two: 0.45-1.2 mg/kg


def titled(text: str) -> str:
    """The text with its first letter capital and the rest untouched.

    One that is small before a capital is a name that is spelled so.

    >>> titled("lesinurad/allopurinol"), titled("eGFR 60")
    ('Lesinurad/allopurinol', 'eGFR 60')
    """
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def rounded(value: float, decimals: int) -> float:
    """The value rounded as people round: halves go up. An absurdly large value stays as it is.

    >>> rounded(1.25, 1), rounded(2.675, 2)
    (1.3, 2.68)
    """
    if abs(value) >= _ABSURD:
        return value
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def number(value: float, decimals: int = 2) -> str:
    """A number without needless zeros.

    >>> number(2.50), number(48.0), number(66.67, 0)
    ('2.5', '48', '67')
    """
    if abs(value) >= _ABSURD:
        return f"{value:.1e}"
    text = f"{rounded(value, decimals):.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def per_kg(drug: Drug, mg: float, kg: float) -> float:
    """Mg per kg as it is printed and compared, rounded once.

    >>> per_kg(Drug.AZATHIOPRINE, 97, 60)
    1.6
    """
    return rounded(mg / kg, _PER_KG_DECIMALS.get(drug, 2))


def span(low: float, high: float, decimals: int = 2) -> str:
    """A range, or one number where both ends print alike.

    >>> span(48, 128), span(2.0, 2.0)
    ('48-128', '2')
    """
    first, last = number(low, decimals), number(high, decimals)
    return first if first == last else f"{first}-{last}"


def fitting(*summaries: str) -> str:
    """The first summary short enough for a card, else the last: give the fullest first.

    >>> fitting("x" * 140, "short")
    'short'
    """
    return next((text for text in summaries if len(text) <= LONGEST_SUMMARY), summaries[-1])


def shortened(summary: str) -> str:
    """A summary that fits a card, whatever its length: the last resort, where no shorter form was given.

    Remarks in parentheses go first, then the end of the finding; the act, the last clause, stays whole.

    >>> shortened(f"Azathioprine: {'very ' * 30}low; stop and discuss")[-39:]
    'very very very very …; stop and discuss'
    """
    if len(summary) <= LONGEST_SUMMARY:
        return summary
    bare = _REMARK.sub("", summary)
    if len(bare) <= LONGEST_SUMMARY:
        return bare
    finding, mark, act = _last_clause(bare)
    room = LONGEST_SUMMARY - len(f" …{mark}{act}")
    if room < _SHORTEST_FINDING:
        return f"{bare[: LONGEST_SUMMARY - 1].rstrip()}…"
    return f"{finding[:room].rstrip(' ,;:')} …{mark}{act}"


def _last_clause(text: str) -> tuple[str, str, str]:
    """The text before the last clause, the mark between, and the clause."""
    marks = ("; ", ": ") if "; " in text or ": " in text else (", ",)
    mark = max(marks, key=text.rfind)
    before, _, clause = text.rpartition(mark)
    return before, mark, clause


def listed(words: Iterable[str]) -> str:
    """Words as a sentence lists them.

    >>> listed(["WBC", "ANC", "platelets"])
    'WBC, ANC and platelets'
    """
    items = list(words)
    if len(items) < 2:  # noqa: PLR2004 -- one or none needs no "and"
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
