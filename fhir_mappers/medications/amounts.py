"""Amounts of a drug in FHIR: Quantity and Range by a closed table of units."""

import re
from dataclasses import replace
from fractions import Fraction

from cards.model.dosage.amounts import Amount, DoseError, exact, quoted, spell
from fhir_mappers.json.fhir_json import Json, code_of, number_of, object_of, text_of

# Spellings: shared terminology, unit_tables.dose; FHIR's orderableDrugForm codes TAB and CAP.
_UNITS: dict[str, tuple[str, int | Fraction]] = {
    "mg": ("mg", 1), "milligram": ("mg", 1), "milligrams": ("mg", 1), "mgs": ("mg", 1),
    "g": ("mg", 1000), "gm": ("mg", 1000), "gram": ("mg", 1000), "grams": ("mg", 1000),
    "ug": ("mg", Fraction(1, 1000)), "mcg": ("mg", Fraction(1, 1000)), "µg": ("mg", Fraction(1, 1000)),
    "μg": ("mg", Fraction(1, 1000)), "microgram": ("mg", Fraction(1, 1000)),
    "micrograms": ("mg", Fraction(1, 1000)),
    "ml": ("mL", 1), "milliliter": ("mL", 1), "milliliters": ("mL", 1), "millilitre": ("mL", 1),
    "millilitres": ("mL", 1),
    "mg/kg": ("mg/kg", 1), "mg/m2": ("mg/m2", 1), "mg/m^2": ("mg/m2", 1), "mg/m²": ("mg/m2", 1),
    "{tbl}": ("tablet", 1), "{tablet}": ("tablet", 1), "{tablets}": ("tablet", 1), "{tab}": ("tablet", 1),
    "tablet": ("tablet", 1), "tablets": ("tablet", 1), "tablet(s)": ("tablet", 1), "tab": ("tablet", 1),
    "tabs": ("tablet", 1), "tab(s)": ("tablet", 1), "tbl": ("tablet", 1),
    "{capsule}": ("capsule", 1), "{cap}": ("capsule", 1), "capsule": ("capsule", 1),
    "capsules": ("capsule", 1), "capsule(s)": ("capsule", 1), "cap": ("capsule", 1), "caps": ("capsule", 1),
    "{pill}": ("unit", 1), "{pills}": ("unit", 1), "pill": ("unit", 1), "pills": ("unit", 1),
    "{each}": ("unit", 1), "each": ("unit", 1), "1": ("unit", 1),
}  # fmt: skip
_A_DAY = re.compile(r"/(?:d|day|24 ?h|\(?24\.h\)?)$")


def unit_of(spelling: str) -> tuple[str, Fraction, bool] | None:
    """The unit, the factor into it, and whether it is per day; None for a spelling not in the table.

    >>> unit_of("mg/kg/day")
    ('mg/kg', Fraction(1, 1), True)
    """
    plain = " ".join(spelling.casefold().split())
    shorter = _A_DAY.sub("", plain)
    unit, factor = _UNITS.get(shorter, ("", 0))
    return (unit, Fraction(factor), shorter != plain) if unit else None


_MOST_UNITS = 10  # a bare number above it is more likely milligrams than tablets: a project choice
_LARGEST_DOSE = 1_000_000


def range_of(given: Json) -> Amount:
    """A Range as an amount.

    Raises DoseError for a range without an upper end, and for what `amount_of` refuses.
    """
    low, high = amount_of(given.get("low")), amount_of(given.get("high"))
    if high is None:
        raise DoseError("the dose is a range without an upper end")
    if low is None or low.unit != high.unit or low.is_per_day != high.is_per_day or low.high > high.high:
        raise DoseError("the dose is a range with unlike ends")
    return replace(high, low=low.low)


def amount_of(given: object) -> Amount | None:
    """A Quantity as a number of units from the closed table.

    Raises DoseError for another unit, for two units that differ, or for a value that is not a plain number.
    """
    quantity = object_of(given)
    if not quantity:
        return None
    number = number_of(quantity.get("value"))
    if number is None or quantity.get("comparator"):
        raise DoseError("the dose is not a plain number")
    if not 0 < number <= _LARGEST_DOSE:
        raise DoseError(f"the dose is {spell(exact(min(max(number, -1e9), 1e9)))}")
    unit, factor, is_per_day = _unit(code_of(quantity.get("code")), text_of(quantity.get("unit")))
    if unit == "" and number > _MOST_UNITS:
        raise DoseError(f"the dose is {spell(exact(number))} without a unit")
    units = exact(number) * factor
    return Amount(units, units, unit or "unit", is_per_day)


def _unit(code: str, unit: str) -> tuple[str, Fraction, bool]:
    """The unit that code and wording agree on, "" when neither is given."""
    if not code and not unit:
        return "", Fraction(1), False
    read = [found for spelled in (code, unit) if spelled and (found := unit_of(spelled))]
    if not read:
        raise DoseError(f"the unit {quoted(unit or code)} is not known")
    named = [found for found in read if found[0] != "unit"] or read
    if named[0][0] == "unit" and len(read) < len([spelled for spelled in (code, unit) if spelled]):
        raise DoseError(f"the unit {quoted(unit)} is not known")
    if len(set(named)) > 1:
        raise DoseError(f"the dose has two units, {code!r} and {unit!r}")
    return named[0] if named[0][0] != "unit" or unit or code != "1" else ("", Fraction(1), False)
