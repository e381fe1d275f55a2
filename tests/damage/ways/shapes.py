"""Ways to damage a record as a whole: its type, its entry, its version of FHIR, and what does not matter."""

from typing import Any

from tests.damage.ways.way import (
    PATIENT,
    RESULTS,
    Change,
    Json,
    Setting,
    Statement,
    Way,
    copied,
    without_elements,
)

SAME, TOLD, OTHER = Statement.SAME, Statement.TOLD, Statement.OTHER
_ANY = r"record|order|something else"  # nobody can say of what kind it was
_TYPELESS = r"its type is|something else"
_NOTE = [{"text": "Results discussed. No neutrophils, no allopurinol, not a patient of Dr Nobody."}]


def _typed(value: object):
    return lambda record, _: record | {"resourceType": value}


def _typeless(name: str, change: Change, **more: Any) -> Way:
    return Way(name, TOLD, change, _TYPELESS, names=_ANY, for_forms=False, **more)


def _misspelled(record: Json, _: Setting) -> Json:
    return record | {"resourceType": record["resourceType"][:-3] + record["resourceType"][-2:]}


def _in_small_letters(record: Json, _: Setting) -> Json:
    return record | {"resourceType": record["resourceType"].lower()}


def _nested(record: Json, _: Setting) -> list[Json]:
    return [{"resource": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": record}]}}]


def _contained(record: Json, setting: Setting) -> list[Json]:
    record = {"id": "result"} | record
    report = {
        "resourceType": "DiagnosticReport",
        "id": "damage-report",
        "status": "final",
        "subject": {"reference": f"Patient/{setting.patient_id}"},
        "code": record.get("code", {}),
        "contained": [record],
        "result": [{"reference": f"#{record.get('id', 'x')}"}],
    }
    return [{"resource": report}]


def _group(setting: Setting, name: str) -> Json:
    return {
        "resourceType": "RequestGroup",
        "id": "damage-group",
        "status": "draft",
        "subject": {"reference": f"Patient/{setting.patient_id}"},
        "action": [{"resource": {"reference": name}}],
    }


def _in_a_group(record: Json, setting: Setting) -> list[Json] | None:
    if not setting.is_draft:
        return None
    inner = {key: value for key, value in record.items() if key != "subject"} | {"id": "inner"}
    return [{"resource": _group(setting, "#inner") | {"contained": [inner]}}]


def _beside_a_group(record: Json, setting: Setting) -> list[Json] | None:
    if not setting.is_draft or "id" not in record:
        return None
    group = _group(setting, f"{record['resourceType']}/{record['id']}")
    return [{"resource": group}, {"resource": record}]


def _listed_alone(record: Json, setting: Setting) -> list[Json] | None:
    if not setting.is_draft or setting.is_form:
        return None
    return [{"resource": _group(setting, f"{record['resourceType']}/{record.get('id', 'x')}")}]


def _twice(record: Json, _: Setting) -> list[Json]:
    return [{"resource": record}, {"resource": copied(record)}]


def _as_dstu2(record: Json, _: Setting) -> Json:
    """An order as DSTU2 sent it."""
    dates = {"dateWritten": record.pop("authoredOn")} if "authoredOn" in record else {}
    patient = {"patient": record.pop("subject")} if "subject" in record else {}
    return record | {"resourceType": "MedicationOrder"} | dates | patient


def _adorned(record: Json, _: Setting) -> Json:
    """What says nothing about the record, said."""
    return record | {
        "meta": {"tag": [{"code": "copied"}], "profile": ["http://hospital.example/p"]},
        "text": {
            "status": "generated",
            "div": "<div xmlns='http://www.w3.org/1999/xhtml'>No allopurinol</div>",
        },
        "note": _NOTE,
        "extension": [{"url": "http://hospital.example/ward", "valueString": "7b"}],
        "colour": "red",
    }


_GROUPED = frozenset({"MedicationRequest", "ServiceRequest"})

WAYS = (
    _typeless("resourceType absent", lambda record, _: without_elements(record, "resourceType")),
    _typeless("resourceType misspelled", _misspelled),
    _typeless("resourceType in small letters", _in_small_letters),
    _typeless("resourceType is null", _typed(None)),
    _typeless("resourceType is a number", _typed(5)),
    _typeless("entry is null", lambda _record, _: [None], is_of_entry=True, without=PATIENT),
    _typeless("entry without resource", lambda _record, _: [{"fullUrl": "https://ehr.example/1"}],
        is_of_entry=True, without=PATIENT),
    _typeless("resource is a string", lambda _record, _: [{"resource": "a record"}], is_of_entry=True, without=PATIENT),
    _typeless("resource is a list", lambda record, _: [{"resource": [record]}], is_of_entry=True, without=PATIENT),
    _typeless("resource without its entry", lambda record, _: [record], is_of_entry=True, without=PATIENT),
    Way("nested in a Bundle", SAME, _nested, is_of_entry=True, without=PATIENT),
    Way("contained in a report", TOLD, _contained, r".", is_of_entry=True, types=RESULTS),
    Way("draft contained in a group", TOLD, _in_a_group, r".", is_of_entry=True, types=_GROUPED),
    Way("draft beside its group", SAME, _beside_a_group, is_of_entry=True, types=_GROUPED),
    Way("draft listed and not sent", TOLD, _listed_alone, r"not sent", is_of_entry=True,
        types=frozenset({"MedicationRequest"})),
    Way("sent twice", SAME, _twice, is_of_entry=True, without=PATIENT),
    Way("order as in DSTU2", SAME, _as_dstu2, types=frozenset({"MedicationRequest"})),
    Way("with a note, a narrative and what no reader knows", SAME, _adorned),
)  # fmt: skip
