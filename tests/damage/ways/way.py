"""What a way of damage is: one change of one record, and what must then be true of the answer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Statement(StrEnum):
    """What a way states beforehand about the answer to a damaged request."""

    SAME = "same"  # it means what it meant
    TOLD = "told"  # it is used as it stands, or a card names it and says why not
    OTHER = "another meaning"  # the answer may change


@dataclass(frozen=True)
class Setting:
    """What a way may know of the request around the record."""

    patient_id: str
    today: date
    is_draft: bool
    is_form: bool = False  # a draft that is still being written


Change = Callable[[Json, Setting], object]
"""A copy of the record, changed; None where the way has nothing to change in such a record."""


@dataclass(frozen=True)
class Way:
    """One way to damage a record.

    A line that tells of it has to match `reason`, and `names`, or the name of the record's kind.
    """

    name: str
    statement: Statement
    change: Change
    reason: str = ""
    names: str = ""
    types: frozenset[str] = frozenset()  # empty: every type
    without: frozenset[str] = frozenset()  # types that it does not apply to
    is_of_entry: bool = False  # `change` gives the entries to put in place of the record's entry
    ignores_dates: bool = False  # a day may be printed as another day
    drafts: Statement | None = None  # what it states of a draft, where that is something else
    for_drafts: bool = True
    for_forms: bool = True  # False: it leaves an empty form, about which nothing is said

    def applies_to(self, resource_type: str, *, is_draft: bool) -> bool:
        if is_draft and not self.for_drafts:
            return False
        return resource_type not in self.without and (not self.types or resource_type in self.types)

    def states(self, *, is_draft: bool) -> Statement:
        return self.drafts if is_draft and self.drafts is not None else self.statement


MEDICATIONS = frozenset({"MedicationRequest", "MedicationDispense"})
RESULTS = frozenset({"Observation"})
PATIENT = frozenset({"Patient"})
WITHOUT_STATUS = frozenset({"Patient", "Condition", "AllergyIntolerance", "ImmunizationRecommendation"})
UCUM = "http://unitsofmeasure.org"

_CODE_OF: Mapping[str, str] = {
    "MedicationRequest": "medicationCodeableConcept",
    "MedicationDispense": "medicationCodeableConcept",
    "Immunization": "vaccineCode",
}
_DATES = (
    "effectiveDateTime", "authoredOn", "recordedDate", "onsetDateTime", "occurrenceDateTime",
    "performedDateTime", "whenHandedOver", "date",
)  # fmt: skip


def copied(value: Any) -> Any:
    return json.loads(json.dumps(value))


def code_name(record: Json) -> str:
    """The element that says what the record is about, "" for a type that has none of its own."""
    name = _CODE_OF.get(record["resourceType"], "code")
    return name if name in record else ""


def subject_name(record: Json) -> str:
    return next((name for name in ("subject", "patient") if name in record), "")


def dates_of(record: Json) -> list[str]:
    return [name for name in _DATES if name in record]


def with_element(record: Json, name: str, value: object) -> Json | None:
    """The record with another value in an element that it has."""
    return record | {name: value} if name and name in record else None


def without_elements(record: Json, *names: str) -> Json | None:
    left = {name: value for name, value in record.items() if name not in names}
    return left if left != record else None


def of_element(name: str, value: object) -> Change:
    """Another value in an element, where the record has it."""
    return lambda record, _: with_element(record, name, value)


def of_concept(change: Callable[[Json], object]) -> Change:
    """Something else in place of the concept that says what the record is about."""

    def changed(record: Json, _setting: Setting) -> object:
        name = code_name(record)
        if not name:
            return None
        new = change(copied(record[name]))
        return None if new is None else record | {name: new}

    return changed


def of_codings(change: Callable[[Json], Json], *, keeps_words: bool = True) -> Change:
    """Each coding changed; without its words where only the code shall say what the record is."""

    def changed(concept: Json) -> Json | None:
        if not concept.get("coding"):
            return None
        new = {"coding": [change(dict(one)) for one in concept["coding"]]}
        if not keeps_words:
            for coding in new["coding"]:
                coding.pop("display", None)
            return new
        return concept | new

    return of_concept(changed)
