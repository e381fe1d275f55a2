"""Small exports for the replay tests: one patient on azathioprine, told in NDJSON."""

import json
from datetime import UTC, datetime

from cards.knowledge.default_policy import default_policy
from cds_service.replay.plan import ReplayPlan
from cds_service.replay.sources import units_of

DRUG = {"text": "azathioprine 50 mg tablet"}
SUBJECT = {"reference": "Patient/p1"}
COUNT = {"coding": [{"system": "http://loinc.org", "code": "6690-2"}]}  # leukocytes, as in codes.csv


def resource(kind, id_, **rest):
    return {"resourceType": kind, "id": id_, "subject": SUBJECT, **rest}


def order(id_, authored, **rest):
    given = {"status": "active", "intent": "order", "medicationCodeableConcept": DRUG, "authoredOn": authored}
    dose = {"text": "100 mg once daily", "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": 100, "unit": "mg"}}]}  # fmt: skip
    return resource("MedicationRequest", id_, **(given | {"dosageInstruction": [dose]} | rest))


def white_cells(id_, issued, value, **rest):
    measured = {"valueQuantity": {"value": value, "unit": "10*9/L"}, "effectiveDateTime": issued}
    return resource("Observation", id_, status="final", code=COUNT, issued=issued, **(measured | rest))


def encounter(id_, start, **rest):
    return resource("Encounter", id_, status="finished", period={"start": start}, **rest)


def patient_p1():
    return {"resourceType": "Patient", "id": "p1", "birthDate": "1980-05-01", "gender": "female"}


def basic_export():
    return [
        patient_p1(),
        order("o1", "2025-01-10T09:00:00Z"),
        encounter("e1", "2025-02-10T09:00:00Z"),
        encounter("e2", "2025-03-10T09:00:00Z"),
        white_cells("w1", "2025-02-20T07:00:00Z", 5.1),
        white_cells("w2", "2025-03-01T07:00:00Z", 1.2),
    ]


def write_export(folder, resources):
    """One NDJSON file a type, as FHIR Bulk Data writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in {one["resourceType"] for one in resources}:
        lines = [json.dumps(one) for one in resources if one["resourceType"] == kind]
        (folder / f"{kind}.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def many_patients(count):
    """The basic patient, so many times, each with records of their own."""
    return [
        json.loads(json.dumps(one).replace("Patient/p1", f"Patient/q{number}"))
        | {"id": f"q{number}" if one["resourceType"] == "Patient" else f"{one['id']}-{number}"}
        for number in range(count)
        for one in basic_export()
    ]


def plan_for(export, work, **choices):
    return ReplayPlan(
        **{
            "units": units_of([str(export)]),
            "work": work,
            "partitions": 16,
            "as_of": datetime(2025, 12, 31, tzinfo=UTC),
            "policy": default_policy(),
            "hash_key": b"key of the tests",
        }
        | choices
    )
