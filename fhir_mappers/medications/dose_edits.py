"""A draft order with another dose: every element that states the dose is changed, and no other."""

import copy
import re
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cards.model.dosage.amounts import COUNTED, DoseError, Measures, exact
from cards.model.dosage.regimens import regimen_of
from cards.model.proposals import ChangeDose
from cards.model.therapy import DoseRegimen, Product
from fhir_mappers.json.fhir_json import Json, code_of, number_of, object_of, objects_of, text_of
from fhir_mappers.medications.amounts import unit_of
from fhir_mappers.medications.dosage import dosages
from fhir_mappers.medications.timing import days_of
from fhir_mappers.terminology.code_systems import UCUM

_HALF_TABLET = Fraction(1, 2)
_STATES_A_DOSE = re.compile(
    r"\d|\b(?:half|one|two|three|four|tablets?|tabs?|capsules?|caps?|pills?|mg|milligrams?)\b", re.IGNORECASE
)
# An amount in a sig that may be replaced, with the unit that decides how.
_SPOKEN_AMOUNT = re.compile(
    r"(?P<number>(?<!\d)\d++(?:\.\d++)?+(?: \d/\d)?|\d/\d|½|\b(?:one|two|three|four|five|six)\b)(?P<gap>[ -]?)"
    r"(?P<unit>mg\b|milligrams?\b|tablets?\b|tabs?\b|capsules?\b|caps?\b|pills?\b)(?P<plural>\(s\))?",
    re.IGNORECASE,
)


class CannotExpressError(ValueError):
    """The draft's shape cannot carry a proposal safely; the message says why."""


@dataclass(frozen=True, slots=True)
class ChangedDraft:
    """A whole draft order with its new dose, and what a reader should know of the change."""

    resource: Json
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _NewDose:
    """The dose to write, per dose and per day, in mg and in tablets."""

    old_mg: Fraction  # per dose
    mg: Fraction  # per dose
    per_day: Fraction  # doses
    tablet_mg: Fraction | None

    @property
    def tablets(self) -> Fraction:
        """How many tablets a dose is.

        Raises CannotExpressError when the strength is unknown or the dose is not a multiple of half a tablet.
        """
        if not self.tablet_mg:
            raise CannotExpressError("the order counts tablets of a strength that is not known")
        return self.mg / self.tablet_mg


def with_dose(draft: Json, proposal: ChangeDose) -> ChangedDraft:
    """The entire draft with only its dose changed; unknown elements and exact decimals are kept.

    Raises CannotExpressError when the draft's shape cannot carry the dose, or when it would still
    state the old one.
    """
    changed = copy.deepcopy(draft)
    dosage = _only_instruction(changed)
    before = _read(dosage, proposal)
    new = _new_dose(before, proposal)
    _set_entries(dosage, new)
    _set_most(dosage, before, proposal)
    for name in ("text", "patientInstruction"):
        if name in dosage:
            dosage[name] = _reworded(text_of(dosage[name]), new)
    if any(
        _STATES_A_DOSE.search(text_of(one.get("text")))
        for one in objects_of(dosage.get("additionalInstruction"))
    ):
        raise CannotExpressError("an additional instruction may state the old dose")
    notes = [*_set_supply(changed, new), *_without_stale_words(changed, new)]
    after = _read(dosage, proposal)
    if abs(after.mg_per_day - proposal.mg_per_day) > 1e-6 or after.plan:  # noqa: PLR2004 -- float noise
        raise CannotExpressError("the changed order does not read as the proposed dose")
    return ChangedDraft(changed, tuple(notes))


def _only_instruction(draft: Json) -> Json:
    """The one dosage instruction of a draft.

    Raises CannotExpressError for none, several, or one with an unknown meaning.
    """
    given = draft.get("dosageInstruction")
    if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], dict):
        raise CannotExpressError("the order has not exactly one dosage instruction")
    if "modifierExtension" in given[0] or "modifierExtension" in draft:
        raise CannotExpressError("the order is modified by an extension that is not known")
    return given[0]


def _read(dosage: Json, proposal: ChangeDose) -> DoseRegimen:
    """The regimen of an instruction.

    Raises CannotExpressError when it cannot be read.
    """
    product = Product(strength_mg=proposal.tablet_mg)
    written = dosages([_with_floats(dosage)], product, UTC)
    try:
        return regimen_of(written, Measures(product))
    except DoseError as error:
        raise CannotExpressError(f"the order's dose cannot be read: {error}") from None


def _with_floats(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """JSON with exact decimals as plain numbers, for reading only."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _with_floats(part) for key, part in value.items()}
    return [_with_floats(item) for item in value] if isinstance(value, list) else value


def _new_dose(before: DoseRegimen, proposal: ChangeDose) -> _NewDose:
    if before.is_from_text or before.plan or before.low_mg_per_day is not None:
        raise CannotExpressError("the order's dose is not one plain structured dose")
    if before.mg_per_dose is None or before.doses_per_day != proposal.doses_per_day:
        raise CannotExpressError("the order's rhythm is not that of the proposal")
    per_day = exact(proposal.doses_per_day)
    mg = exact(proposal.mg_per_day) / per_day
    tablet_mg = exact(proposal.tablet_mg) if proposal.tablet_mg else None
    if tablet_mg and (mg / tablet_mg) % _HALF_TABLET:
        raise CannotExpressError("the dose is not so many whole or half tablets")
    return _NewDose(exact(before.mg_per_dose), mg, per_day, tablet_mg)


def _set_entries(dosage: Json, new: _NewDose) -> None:
    """Every entry that can state the new dose states it; the others are dropped."""
    entries = dosage.get("doseAndRate")
    if entries is None:
        _set_quantity(dosage, new)
        return
    if not isinstance(entries, list) or "doseQuantity" in dosage:
        raise CannotExpressError("the dose stands in two places")
    kept = [entry for entry in objects_of(entries) if _can_state(entry)]
    if not kept:
        raise CannotExpressError("no part of the order can state the dose in mg or tablets")
    for entry in kept:
        _set_quantity(entry, new)
    dosage["doseAndRate"] = kept


def _can_state(entry: Json) -> bool:
    """Whether an entry has a dose in mg or tablets; doses per kg and ranges would be left stale."""
    if any(name.startswith("rate") for name in entry):
        raise CannotExpressError("the dose has a rate")
    quantity = entry.get("doseQuantity")
    return isinstance(quantity, dict) and _unit(quantity)[0] in ("mg", *COUNTED)


def _set_quantity(holder: Json, new: _NewDose) -> None:
    quantity = holder.get("doseQuantity")
    if not isinstance(quantity, dict) or "doseRange" in holder:
        raise CannotExpressError("the order has no single dose quantity")
    unit, factor = _unit(quantity)
    if unit == "mg":
        quantity["value"] = _number(new.mg / factor)
    elif unit in COUNTED:
        quantity["value"] = _number(new.tablets)
    elif unit in ("mg/kg", "mg/m2"):
        extensions = {"extension": quantity["extension"]} if "extension" in quantity else {}
        holder["doseQuantity"] = {
            **extensions, "value": _number(new.mg), "unit": "mg", "system": UCUM, "code": "mg"
        }  # fmt: skip
    else:
        raise CannotExpressError("the order's dose is in a unit that cannot carry mg")


def _unit(quantity: Json) -> tuple[str, Fraction]:
    """The unit of a quantity and its factor into mg; a bare number counts tablets."""
    spelled = [text for text in (code_of(quantity.get("code")), text_of(quantity.get("unit"))) if text]
    if not spelled:
        return "unit", Fraction(1)
    found = [unit for text in spelled if (unit := unit_of(text))]
    if not found or found[0][2]:
        return "", Fraction(1)
    return found[0][0], found[0][1]


def _number(value: Fraction) -> int | Decimal:
    """A number as JSON writes it best.

    Raises CannotExpressError for a number without an exact decimal.
    """
    if value.denominator == 1:
        return value.numerator
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    if Fraction(decimal) != value:
        raise CannotExpressError("the dose has no exact decimal")
    return decimal


def _set_most(dosage: Json, before: DoseRegimen, proposal: ChangeDose) -> None:
    """A stated maximum that only repeats the old daily dose repeats the new one; a higher one stays.

    Raises CannotExpressError for one that cannot be compared with a dose.
    """
    for ratio in objects_of(dosage.get("maxDosePerPeriod")):
        numerator = object_of(ratio.get("numerator"))
        unit, factor = _unit(numerator)
        if unit in COUNTED and proposal.tablet_mg:
            unit, factor = "mg", exact(proposal.tablet_mg)
        days = days_of(_with_floats(ratio.get("denominator")))
        value = number_of(_with_floats(numerator.get("value")))
        if unit != "mg" or not days or value is None:
            raise CannotExpressError("the order has a maximum dose that cannot be compared")
        if exact(value) * factor / days == exact(before.mg_per_day):
            numerator["value"] = _number(exact(proposal.mg_per_day) * days / factor)


def _reworded(said: str, new: _NewDose) -> str:
    """A sig with its amounts replaced by the new dose.

    Raises CannotExpressError when it states something that cannot be replaced for sure.
    """
    if not _STATES_A_DOSE.search(said):
        return said
    amounts = list(_SPOKEN_AMOUNT.finditer(said))
    if not amounts or len(amounts) > 2:  # noqa: PLR2004 -- a count and its mass
        raise CannotExpressError("the sig states the dose in words that cannot be replaced for sure")
    reworded = _SPOKEN_AMOUNT.sub(lambda amount: _spoken(amount, new), said)
    if reworded == said:
        raise CannotExpressError("the sig would still state the old dose")
    return reworded


def _spoken(amount: re.Match[str], new: _NewDose) -> str:
    """One amount in the words of the sig, where it is the old dose."""
    unit, number = amount["unit"], _said_number(amount["number"])
    is_mass = unit.casefold().startswith(("mg", "milligram"))
    old = new.old_mg if is_mass else new.old_mg / new.tablet_mg if new.tablet_mg else None
    if number != old:
        raise CannotExpressError("the sig names an amount that is not the old dose")
    if is_mass:
        return f"{_number(new.mg)}{amount['gap']}{unit}{amount['plural'] or ''}"
    singular = unit.removesuffix("s")
    plural = amount["plural"] or ("s" if new.tablets > 1 else "")
    return f"{_number(new.tablets)}{amount['gap'] or ' '}{singular}{plural}"


_WORDS: dict[str, int | Fraction] = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "½": Fraction(1, 2),
}


def _said_number(text: str) -> Fraction | None:
    if text.casefold() in _WORDS:
        return Fraction(_WORDS[text.casefold()])
    whole, _, part = text.rpartition(" ")
    if "/" in part:
        over, under = part.split("/")
        return Fraction(int(whole or 0)) + Fraction(int(over), int(under)) if int(under) else None
    return Fraction(part)


def _set_supply(draft: Json, new: _NewDose) -> list[str]:
    """The dispense quantities, recomputed where they follow exactly from the dose, else removed with a note."""
    request = draft.get("dispenseRequest")
    if not isinstance(request, dict):
        return []
    notes = []
    fill = request.get("initialFill")
    holders = [(request, "expectedSupplyDuration")] + ([(fill, "duration")] if isinstance(fill, dict) else [])
    for holder, duration in holders:
        if "quantity" not in holder:
            continue
        quantity = _supply(holder["quantity"], holder.get(duration), new)
        if quantity is None:
            del holder["quantity"]
            notes.append("the quantity to dispense was removed: it was for the old dose")
        else:
            holder["quantity"] = quantity
    if isinstance(fill, dict) and not fill:
        del request["initialFill"]
    if not request:
        del draft["dispenseRequest"]
    return list(dict.fromkeys(notes))


def _supply(quantity: object, duration: object, new: _NewDose) -> Json | None:
    """The quantity for the new dose, None unless it was exactly duration x old dose in tablets."""
    days = days_of(_with_floats(duration))
    value = _with_floats(quantity.get("value")) if isinstance(quantity, dict) else None
    if days is None or not isinstance(quantity, dict) or not isinstance(value, int | float):
        return None
    if isinstance(value, bool) or _unit(quantity)[0] not in COUNTED or new.tablet_mg is None:
        return None
    old = new.old_mg / new.tablet_mg * new.per_day * days
    tablets = new.tablets * new.per_day * days
    if exact(value) != old or tablets.denominator != 1:
        return None
    return {**quantity, "value": tablets.numerator}


def _without_stale_words(draft: Json, new: _NewDose) -> list[str]:
    """Words made from the old dose: R5's rendered sig is reworded, a narrative that states a dose goes."""
    if "renderedDosageInstruction" in draft:
        draft["renderedDosageInstruction"] = _reworded(text_of(draft["renderedDosageInstruction"]), new)
    narrative = text_of(object_of(draft.get("text")).get("div"))
    if not _SPOKEN_AMOUNT.search(narrative):
        return []
    del draft["text"]
    return ["the order's narrative was removed: it stated the old dose"]
