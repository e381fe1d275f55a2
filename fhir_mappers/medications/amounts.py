"""Amounts of a drug: the closed table of units, and what an amount is in milligrams."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from cards.model.therapy import Product
from fhir_mappers.body_size import BodySize
from fhir_mappers.json.fhir_json import Json, code_of, number_of, object_of, text_of


@dataclass(frozen=True, slots=True)
class Amount:
    """What is taken at once: `unit` is "mg", "mL", "mg/kg", "mg/m2", "tablet" or "capsule" or "unit"."""

    low: Fraction
    high: Fraction
    unit: str
    is_per_day: bool = False

    def times(self, factor: Fraction, unit: str) -> "Amount":
        """The amount in another unit."""
        return Amount(self.low * factor, self.high * factor, unit, self.is_per_day)

    def __str__(self) -> str:
        number = spell(self.high) if self.low == self.high else f"{spell(self.low)}-{spell(self.high)}"
        plural = "s" if self.unit in COUNTED and self.high > 1 else ""
        return f"{number} {self.unit}{plural}"


COUNTED = ("tablet", "capsule", "unit")

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


def spell(number: Fraction) -> str:
    """A number as a measures writes it.

    >>> spell(Fraction(200)), spell(Fraction(5, 2)), spell(Fraction(50, 7))
    ('200', '2.5', '7.14')
    """
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


_LIQUIDS = ("suspension", "solution", "injection", "liquid", "syrup")
_MOST_UNITS = 10  # a bare number above it is more likely milligrams than tablets: a project choice
_LARGEST_DOSE = 1_000_000
_QUOTED = 160  # characters of a sig


def exact(number: float) -> Fraction:
    """A number as it was written: 0.1 is one tenth."""
    return Fraction(Decimal(str(number)))


class DoseError(ValueError):
    """The dose cannot be read; the message says why."""


class ContradictionError(DoseError):
    """The order states two different doses."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken at once, or in a day: in mg, and in the words of the order."""

    mg: Amount
    words: str
    is_by_weight: bool = False


@dataclass(frozen=True, slots=True)
class Measures:
    """The factors that turn an amount into milligrams."""

    product: Product
    body: BodySize


def quoted(text: str) -> str:
    """A text in quotation marks, cut to a readable length."""
    return f'"{text if len(text) <= _QUOTED else text[: _QUOTED - 3] + "..."}"'


def range_in_mg(given: Json, measures: Measures) -> Taken | None:
    """A Range in milligrams.

    Raises DoseError for a range without an upper end, and for what `quantity_in_mg` refuses.
    """
    low, high = _amount(given.get("low")), _amount(given.get("high"))
    if high is None:
        raise DoseError("the dose is a range without an upper end")
    if low is None or low.unit != high.unit or low.is_per_day != high.is_per_day or low.high > high.high:
        raise DoseError("the dose is a range with unlike ends")
    return in_mg(replace(high, low=low.low), measures)


def quantity_in_mg(given: object, measures: Measures) -> Taken | None:
    """A Quantity in milligrams, None when there is none.

    Raises DoseError for a unit that is not in the table, and when the thing it counts is unknown.
    """
    amount = _amount(given)
    return in_mg(amount, measures) if amount else None


def _amount(given: object) -> Amount | None:
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


def in_mg(amount: Amount, measures: Measures) -> Taken:
    """An amount in mg by the product's strength or the patient's size.

    Raises DoseError when the factor is unknown.
    """
    product, body = measures.product, measures.body
    if amount.unit == "mg":
        return Taken(amount, str(amount))
    if amount.unit in COUNTED:
        if product.form in _LIQUIDS:
            raise DoseError(f"the dose is {amount}, but the product is a {product.form}")
        shown = (
            replace(amount, unit=product.form)
            if amount.unit == "unit" and product.form in COUNTED
            else amount
        )
        return _times(shown, product.strength_mg, "mg", f"the dose is {shown}, and the strength is not known")
    if amount.unit == "mL":
        why = f"the dose is {amount}, and the concentration is not known"
        return _times(amount, product.mg_per_ml, "mg/mL", why)
    size, unit = (body.weight_kg, "kg") if amount.unit == "mg/kg" else (body.surface_m2, "m2")
    needed = "weight" if unit == "kg" else "weight and height"
    taken = _times(amount, size, unit, f"the dose is {amount}, and the {needed} is not known")
    return replace(taken, is_by_weight=True)


def _times(amount: Amount, factor: float | None, unit: str, why_not: str) -> Taken:
    if factor is None or not 0 < factor <= _LARGEST_DOSE:
        raise DoseError(why_not)
    of_each = exact(factor)
    return Taken(amount.times(of_each, "mg"), f"{amount} x {spell(of_each)} {unit}")
