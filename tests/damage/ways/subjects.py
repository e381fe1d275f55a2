"""Ways to damage whose a record is, and what it is called."""

from tests.damage.ways.way import (
    PATIENT,
    Json,
    Setting,
    Statement,
    Way,
    subject_name,
    with_element,
    without_elements,
)

SAME, TOLD, OTHER = Statement.SAME, Statement.TOLD, Statement.OTHER
_ANOTHER = r"another patient|not the patient in the request"


def _names(record: Json, setting: Setting) -> bool:
    """Whether it names this patient; some stories hold another one's records."""
    subject = record.get(subject_name(record), {})
    return type(subject) is dict and str(subject.get("reference", "")).endswith(
        f"Patient/{setting.patient_id}"
    )


def _named(literal: str):
    def change(record: Json, setting: Setting) -> Json | None:
        if not _names(record, setting):
            return None
        reference = {"reference": literal.format(id=setting.patient_id)}
        return with_element(record, subject_name(record), reference)

    return change


def _subject(value: object):
    def change(record: Json, setting: Setting) -> Json | None:
        return with_element(record, subject_name(record), value) if _names(record, setting) else None

    return change


def _absent(record: Json, setting: Setting) -> Json | None:
    return without_elements(record, "subject", "patient") if _names(record, setting) else None


def _as_string(record: Json, setting: Setting) -> Json | None:
    if not _names(record, setting):
        return None
    return with_element(record, subject_name(record), f"Patient/{setting.patient_id}")


WAYS = (
    Way("subject is another patient", TOLD, _named("Patient/somebody-else"), _ANOTHER),
    Way("subject is an urn that leads nowhere", TOLD,
        _named("urn:uuid:0b6e2a0e-5b0b-4a0d-9f2f-0d2f2f7a9c11"), _ANOTHER, drafts=SAME),
    Way("subject is a group", TOLD, _named("Group/ward-7"), _ANOTHER),
    Way("subject absent", SAME, _absent),
    Way("subject as an address", SAME, _named("https://ehr.example/fhir/R4/Patient/{id}")),
    Way("subject with its version", SAME, _named("Patient/{id}/_history/3")),
    Way("subject in words alone", SAME, _subject({"display": "the patient"})),
    Way("subject by an identifier alone", SAME, _subject({"identifier": {"value": "4711"}})),
    Way("subject is a string", SAME, _as_string),
    Way("subject is a number", TOLD, _subject(17), _ANOTHER),
    Way("id is a number", SAME, lambda record, _: record | {"id": 17}, without=PATIENT),
    Way("id absent", SAME, lambda record, _: without_elements(record, "id"), without=PATIENT),
    Way("id of a patient absent", TOLD, lambda record, _: without_elements(record, "id"), _ANOTHER, types=PATIENT),
    Way("id of a patient is another", TOLD, lambda record, _: record | {"id": "somebody-else"}, _ANOTHER,
        types=PATIENT),
)  # fmt: skip
