"""A draft order from a few words, "azathioprine 150 mg daily for Crohn's disease", as an EHR would write it."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from fhir_mappers.terminology.code_systems import RXNORM, UCUM
from fhir_mappers.terminology.codes import codes_of
from fhir_mappers.terminology.synonyms import mentioned, plain_text

_ORDER = re.compile(r"(?P<drug>.+?)\s+(?P<sig>(?P<dose>\d+(?:\.\d+)?)\s*mg\s+(?P<often>\D+))")

# frequency, period and its unit (FHIR R4 Timing.repeat)
_RHYTHMS: Mapping[str, tuple[int, int, str]] = {
    "daily": (1, 1, "d"),
    "a day": (1, 1, "d"),
    "once daily": (1, 1, "d"),
    "once a day": (1, 1, "d"),
    "every day": (1, 1, "d"),
    "twice daily": (2, 1, "d"),
    "twice a day": (2, 1, "d"),
    "three times daily": (3, 1, "d"),
    "three times a day": (3, 1, "d"),
    "every other day": (1, 2, "d"),
    "weekly": (1, 1, "wk"),
    "once a week": (1, 1, "wk"),
}


class UnknownDrugError(ValueError):
    """Words that name nothing the service knows: it would stay silent, and that would mislead."""


def draft_orders(orders: Iterable[str], patient_id: str, authored_on: date) -> dict[str, Any]:
    """The draft orders of a hook's context, as a Bundle. Raises UnknownDrugError."""
    entries = [
        {"resource": _draft(words, f"draft-{number}", patient_id, authored_on)}
        for number, words in enumerate(orders, start=1)
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _draft(words: str, draft_id: str, patient_id: str, authored_on: date) -> dict[str, Any]:
    plain, reason = _parted(plain_text(words))
    match = _ORDER.fullmatch(plain)
    name = match["drug"] if match else re.split(r"\s+\d", plain, maxsplit=1)[0]
    order: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "id": draft_id,
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": _medication(name, words),
        "subject": {"reference": f"Patient/{patient_id}"},
        "authoredOn": authored_on.isoformat(),
    }
    sig = plain.removeprefix(name).strip()
    if sig:
        order["dosageInstruction"] = [_dosage(sig, match)]
    if reason:
        order["reasonCode"] = [{"text": reason}]
    return order


def _parted(words: str) -> tuple[str, str]:
    """The order and what it is for: "for crohn's disease" is a reason, "for 30 days" is not."""
    order, _, reason = words.rpartition(" for ")
    return (order, reason) if order and mentioned(reason, "problem") else (words, "")


def _medication(name: str, words: str) -> dict[str, Any]:
    drugs, vaccines = mentioned(name, "drug"), mentioned(name, "vaccine")
    if not drugs and not vaccines:
        raise UnknownDrugError(
            f"{words!r}: names no drug or vaccine that the service knows; expected words such as "
            "'azathioprine 150 mg daily', or a file with the order as FHIR (--orders)"
        )
    if len(drugs) != 1 or drugs[0].text != name:
        return {"text": name}
    coding = _ingredient(drugs[0].concept)
    return {"coding": coding, "text": name} if coding else {"text": name}


def _ingredient(concept: str) -> list[dict[str, str]]:
    """The coding of a drug as such, when the code table has it under its plain name."""
    named = (one for one in codes_of(concept, "drug", RXNORM) if one.display.casefold() == concept)
    return [{"system": one.system, "code": one.code, "display": one.display} for one in named][:1]


def _dosage(sig: str, match: re.Match[str] | None) -> dict[str, Any]:
    """The dosage in words, and in numbers where the words are plain; the service reads words too."""
    dosage: dict[str, Any] = {"text": sig}
    if match is None or match["often"] not in _RHYTHMS:
        return dosage
    frequency, period, unit = _RHYTHMS[match["often"]]
    amount = Decimal(match["dose"])
    value = int(amount) if amount == amount.to_integral_value() else float(amount)
    quantity = {"value": value, "unit": "mg", "system": UCUM, "code": "mg"}
    return dosage | {
        "timing": {"repeat": {"frequency": frequency, "period": period, "periodUnit": unit}},
        "doseAndRate": [{"doseQuantity": quantity}],
    }
