"""Amounts of a drug, and what they are in milligrams by the product's strength and the patient's size."""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from cards.model.therapy import Product

COUNTED = ("tablet", "capsule", "unit")
_LIQUIDS = ("suspension", "solution", "injection", "liquid", "syrup")
_LARGEST_FACTOR = 1_000_000
_QUOTED = 160  # characters of a sig


class DoseError(ValueError):
    """The dose cannot be read; the message says why."""


class ContradictionError(DoseError):
    """The order states two different doses."""


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


@dataclass(frozen=True, slots=True)
class BodySize:
    """The weight and height used to compute doses; None where the chart contains none that can be used."""

    weight_kg: float | None = None
    height_cm: float | None = None

    @property
    def surface_m2(self) -> float | None:
        """Body surface by Mosteller, N Engl J Med 1987;317:1098: the root of cm x kg / 3600."""
        if self.weight_kg is None or self.height_cm is None:
            return None
        return round(float((self.weight_kg * self.height_cm / 3600) ** 0.5), 2)


@dataclass(frozen=True, slots=True)
class Measures:
    """The factors that turn an amount into milligrams."""

    product: Product
    body: BodySize = BodySize()


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken at once, or in a day: in mg, and in the words of the order."""

    mg: Amount
    words: str
    is_by_weight: bool = False


def spell(number: Fraction) -> str:
    """A number as a dose is written.

    >>> spell(Fraction(200)), spell(Fraction(5, 2)), spell(Fraction(50, 7))
    ('200', '2.5', '7.14')
    """
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


def exact(number: float) -> Fraction:
    """A number as it was written: 0.1 is one tenth."""
    return Fraction(Decimal(str(number)))


def quoted(text: str) -> str:
    """A text in quotation marks, cut to a readable length."""
    return f'"{text if len(text) <= _QUOTED else text[: _QUOTED - 3] + "..."}"'


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
    if factor is None or not 0 < factor <= _LARGEST_FACTOR:
        raise DoseError(why_not)
    of_each = exact(factor)
    return Taken(amount.times(of_each, "mg"), f"{amount} x {spell(of_each)} {unit}")
