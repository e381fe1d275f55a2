"""From a laboratory's unit to the analyte's one unit, by a closed table; no unit is parsed or guessed."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cards.model.labs import Analyte
from fhir_mappers.json.fhir_json import Quantity
from fhir_mappers.terminology.tables import packaged_rows

_DIGITS = 6  # significant digits kept: more than any laboratory reports
_NEAR = 1e-9


class UnknownUnitError(ValueError):
    """The table lacks the unit for this analyte, or two units disagree."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a number in one unit becomes one in the analyte's: (number - offset) x factor."""

    factor: float
    offset: float = 0.0

    def __call__(self, number: float) -> float:
        """The number in the analyte's unit, rounded to six significant digits.

        >>> Conversion(0.001)(3400)
        3.4
        """
        return float(f"{(number - self.offset) * self.factor:.{_DIGITS}g}")


def conversion(analyte: Analyte, quantity: Quantity) -> Conversion:
    """How to convert a quantity of an analyte.

    Raises UnknownUnitError when neither its code nor its unit is in the table, or when they disagree.
    """
    if not quantity.code and not quantity.unit:
        raise UnknownUnitError("no unit")
    by_code = find(analyte, quantity.code) if quantity.code else None
    by_unit = find(analyte, quantity.unit) if quantity.unit and quantity.unit != quantity.code else by_code
    known = by_code or by_unit
    if known is None:
        raise UnknownUnitError(f"unit {_quoted(quantity.unit or quantity.code)} is not known for it")
    if by_unit is not None and not _is_same(by_unit, known):
        raise UnknownUnitError(f"unit {_quoted(quantity.unit)} with code {_quoted(quantity.code)} disagree")
    return known


def _is_same(one: Conversion, other: Conversion) -> bool:
    return one.offset == other.offset and abs(one.factor - other.factor) <= _NEAR * other.factor


def find(analyte: Analyte, spelling: str) -> Conversion | None:
    """The conversion for one spelling of a unit, None when the table lacks it."""
    group = analyte.row.units
    table = _conversions()
    return table.get((group, "exact", spelling.strip())) or table.get((group, "folded", folded(spelling)))


def folded(spelling: str) -> str:
    """A unit without spaces and case, with one micro sign.

    >>> folded("\u00b5mol / L") == folded("umol/L")
    True
    """
    plain = unicodedata.normalize("NFKC", spelling).replace("\u03bc", "u")
    return "".join(plain.split()).casefold()


def _quoted(spelling: str) -> str:
    return repr(spelling[:30])


@cache
def _conversions() -> Mapping[tuple[str, str, str], Conversion]:
    found: dict[tuple[str, str, str], Conversion] = {}
    for row in packaged_rows("units.csv"):
        match, spelling = row.one_of("match", ("exact", "folded")), row.filled("spelling")
        known = Conversion(float(row.filled("factor")), row.number_or_none("offset") or 0.0)
        row.filled("source")
        if match == "folded":
            found[row.filled("group"), match, folded(spelling)] = known
            found.setdefault((row.filled("group"), "exact", spelling), known)  # most come as spelled here
        else:
            found[row.filled("group"), match, spelling] = known
    return found
