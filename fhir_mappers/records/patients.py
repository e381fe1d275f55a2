"""Patient -> PatientFacts."""

from dataclasses import dataclass

from cards.model.chart import Sex
from cards.model.dates import ClinicalDate
from cards.model.facts import FactKind, Unread
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import clinical_date
from fhir_mappers.json.fhir_json import Json, text_of

_OTHER_GENDER = "not recorded as male, female, other or unknown"
_GENDERS = (*Sex, "other", "unknown", "")  # FHIR R4, AdministrativeGender


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """The patient's personal facts in the chart."""

    record_ref: str = ""
    born_on: ClinicalDate | None = None  # as precise as recorded
    sex: Sex | None = None
    is_deceased: bool = False
    died_on: ClinicalDate | None = None  # as precise as recorded; None where only the fact is


def patient(resource: Json, context: MapContext) -> tuple[PatientFacts | Unread, ...]:
    """The patient's birth date, administrative gender and death; None for a date or gender that is missing or invalid.

    An Unread for a gender outside FHIR's value set.
    """
    died_on = clinical_date(resource.get("deceasedDateTime"), context.zone)
    gender = text_of(resource.get("gender")).casefold()
    facts = PatientFacts(
        record_ref=context.record_ref,
        born_on=clinical_date(resource.get("birthDate"), context.zone),
        sex=Sex(gender) if gender in tuple(Sex) else None,
        is_deceased=died_on is not None or resource.get("deceasedBoolean") is True,
        died_on=died_on,
    )
    if gender in _GENDERS:
        return (facts,)
    told = Unread(context.record_ref, FactKind.PATIENT, _OTHER_GENDER, what="the patient's sex")
    return (facts, told)
