"""Small exports for the replay tests: one patient on azathioprine, told in NDJSON."""

import json
from datetime import UTC, datetime

from cards.knowledge.default_policy import default_policy
from cds_service.replay.asking import Asked, ask_about
from cds_service.replay.partitions import Medications
from cds_service.replay.plan import ReplayPlan
from cds_service.replay.run import selected
from cds_service.replay.shards import rows_of
from cds_service.replay.sources import units_of
from fhir_mappers.bundle.resources import resources_in
from tests.stories import all_stories

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
    resources = list(resources)
    for kind in {one["resourceType"] for one in resources}:
        lines = [json.dumps(one) for one in resources if one["resourceType"] == kind]
        (folder / f"{kind}.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def stories_export(folder):
    """The records and orders of every story, each story's patient named after it."""
    resources = []
    for story in all_stories():
        request = json.loads(story.request_body())
        patient = request["context"]["patientId"]
        sent = [*request.get("prefetch", {}).values(), request["context"].get("draftOrders")]
        for one in resources_in(
            json.dumps(
                {"resourceType": "Bundle", "entry": [{"resource": own} for own in sent if own]}
            ).encode()
        ):
            named = json.loads(
                bytes(one.raw).replace(f'Patient/{patient}"'.encode(), f'Patient/{story.name}"'.encode())
            )
            resources.append(named | ({"id": story.name} if one.type == "Patient" else {}))
    return write_export(folder, [one for one in resources if one.get("resourceType")])


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


class InThisProcess:
    """Does tasks one after the other."""

    def each(self, task, calls):
        return (task(*call) for call in calls)


def told_nothing(_step, _done, _total, _patients):
    return None


def select_all(plan, **options):
    """The notes of every unit."""
    return selected(plan, InThisProcess(), told_nothing, **options)


def asked(plan):
    """What came of all patients of an export."""
    exported = frozenset(name for unit in select_all(plan) for name in unit.types)
    found = Asked()
    for number in range(plan.partitions):
        patients = rows_of(plan.work, number)
        medications = Medications(plan, patients)
        for patient, rows in patients:
            ask_about(patient, rows, exported, plan, medications.named_in(rows), found)
    return found
