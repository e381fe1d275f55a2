"""Ways to damage what a record says of its state: status, modifiers, denial."""

from tests.damage.ways.way import (
    MEDICATIONS,
    RESULTS,
    WITHOUT_STATUS,
    Json,
    Setting,
    Statement,
    Way,
    code_name,
    copied,
    of_element,
    with_element,
    without_elements,
)

SAME, TOLD, OTHER = Statement.SAME, Statement.TOLD, Statement.OTHER
_STATUS = r"status"
_STATED = frozenset({"Condition", "AllergyIntolerance"})


def _in_capitals(record: Json, _: Setting) -> Json | None:
    return with_element(record, "status", f" {record.get('status', '').upper()} ")


def _state_of(value: object):
    def change(record: Json, _: Setting) -> Json:
        return record | {"clinicalStatus": value, "verificationStatus": value}

    return change


def _state_as_code(record: Json, _: Setting) -> Json:
    """STU3 had codes where R4 has concepts."""
    names = [name for name in ("clinicalStatus", "verificationStatus") if name in record]
    return record | {name: record[name]["coding"][0]["code"] for name in names}


def _verified_as(code: str):
    def change(record: Json, _: Setting) -> Json:
        return record | {"verificationStatus": {"coding": [{"code": code}]}}

    return change


def _denied(record: Json, _: Setting) -> Json:
    name = code_name(record)
    words = record[name].get("text") or record[name]["coding"][0].get("display", "")
    return record | {name: {"text": f"{words} (not allergic)"}}


def _void(record: Json, _: Setting) -> Json:
    if record["resourceType"] in _STATED:
        return record | {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}
    return record | {"status": "entered-in-error"}


def _voided_later(record: Json, setting: Setting) -> list[Json]:
    """The same record again, as a newer version that was entered in error."""
    older = record | {"meta": {"versionId": "1", "lastUpdated": "2020-01-01T00:00:00Z"}}
    newer = _void(copied(record), setting) | {
        "meta": {"versionId": "2", "lastUpdated": "2020-01-02T00:00:00Z"}
    }
    return [{"resource": older}, {"resource": newer}]


def _modified(record: Json, _: Setting) -> Json:
    return record | {"modifierExtension": [{"url": "http://hospital.example/not", "valueBoolean": True}]}


_NOT_PATIENT = frozenset({"Patient"})

WAYS = (
    Way("status absent", TOLD, lambda record, _: without_elements(record, "status"), _STATUS, without=WITHOUT_STATUS),
    Way("status of no value set", TOLD, of_element("status", "fertig"), _STATUS),
    Way("status is a number", TOLD, of_element("status", 5), _STATUS),
    Way("status is null", TOLD, of_element("status", None), _STATUS),
    Way("status is a list", TOLD, of_element("status", ["final"]), _STATUS),
    Way("status in capitals and spaces", SAME, _in_capitals, without=WITHOUT_STATUS),
    Way("clinical and verification status absent", TOLD,
        lambda record, _: without_elements(record, "clinicalStatus", "verificationStatus"), _STATUS, types=_STATED),
    Way("clinical and verification status unknown", TOLD,
        _state_of({"coding": [{"code": "fertig"}]}), _STATUS, types=_STATED),
    Way("clinical and verification status are numbers", TOLD, _state_of(5), _STATUS, types=_STATED),
    Way("clinical and verification status as in STU3", SAME, _state_as_code, types=_STATED),
    Way("refuted", OTHER, _verified_as("refuted"), types=_STATED),
    Way("allergy denied in words", OTHER, _denied, types=frozenset({"AllergyIntolerance"})),
    Way("entered in error", OTHER, _void, without=_NOT_PATIENT),
    Way("entered in error, as a newer version", OTHER, _voided_later, is_of_entry=True, without=_NOT_PATIENT),
    Way("do not perform", OTHER, lambda record, _: record | {"doNotPerform": True},
        types=frozenset({"MedicationRequest", "ServiceRequest"})),
    Way("modifier extension", TOLD, _modified, r"modifier"),
    Way("reported by the patient, as a plan", TOLD,
        lambda record, _: record | {"intent": "plan", "reportedBoolean": True}, r"list|taken|plan|report",
        types=MEDICATIONS, for_drafts=False),
    Way("preliminary", TOLD, of_element("status", "preliminary"), r"preliminary", types=RESULTS),
)  # fmt: skip
