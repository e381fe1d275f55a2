"""What is selected is all that the mappers' own selection would choose, and little besides."""

import json
import random
from itertools import chain

import pytest

from cds_service.replay.partitions import Medications
from cds_service.replay.run import BadLineError
from cds_service.replay.shards import rows_of
from cds_service.replay.sources import units_of
from fhir_mappers.bundle.references import RecordIndex
from fhir_mappers.bundle.relevance import chosen
from fhir_mappers.bundle.resources import resources_in
from tests.cds_service.replay.exports import (
    COUNT,
    SUBJECT,
    basic_export,
    order,
    patient_p1,
    plan_for,
    resource,
    select_all,
    white_cells,
    write_export,
)

TPMT = {"coding": [{"system": "http://loinc.org", "code": "41048-0"}], "text": "TPMT genotype"}
LOCAL = {"text": "a local test"}


def kept(plan):
    """The patients, each with their resources and the Medications that these refer to."""
    found = {}
    for number in range(plan.partitions):
        patients = rows_of(plan.work, number)
        medications = Medications(plan, patients)
        for patient, rows in patients:
            own = [one for row in rows for one in resources_in(row.raw)]
            found[patient] = [*own, *medications.named_in(rows)]
    return found


def kept_of(resources, tmp_path, **choices):
    """The names of all records kept of one patient."""
    plan = plan_for(write_export(tmp_path / "export", resources), tmp_path / "work", **choices)
    select_all(plan)
    return {one.record_ref for one in chain(*kept(plan).values())}


def observation(id_, code, **rest):
    return resource("Observation", id_, status="final", code=code, **rest)


def to(*names):
    return [{"reference": name} for name in names]


def number(id_, code=LOCAL, **rest):
    return observation(id_, code, valueQuantity={"value": 1.5, "unit": "mg/L"}, **rest)


RELATED = {
    "the result of a report": (
        [resource("DiagnosticReport", "g", code=TPMT, result=to("Observation/1")), number("1")],
        {"DiagnosticReport/g", "Observation/1"},
    ),
    "a member of a member": (
        [
            observation("g", TPMT, hasMember=to("Observation/1")),
            observation("1", LOCAL, hasMember=to("https://fhir.example/Observation/2/_history/3")),
            number("2"),
        ],
        {"Observation/g", "Observation/1", "Observation/2"},
    ),
    "what was derived from one, and what that refers to": (
        [
            observation("g", TPMT),
            number("1", derivedFrom=to("Observation/g", "Observation/2")),
            number("2"),
        ],
        {"Observation/g", "Observation/1", "Observation/2"},
    ),
    "what one contained in another report refers to": (
        [
            observation(
                "1", LOCAL, contained=[{"resourceType": "Observation", "id": "g", "code": TPMT,
                                        "hasMember": to("Observation/2")}],
            ),
            number("2"),
        ],
        {"Observation/1", "Observation/2"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("resources", "expected"), RELATED.values(), ids=RELATED)
def test_what_a_gene_report_leads_to_is_kept(resources, expected, tmp_path):
    assert kept_of(resources, tmp_path) == expected


def test_a_gene_report_in_a_bundle_leads_to_a_line_and_a_bundle_is_read_once(tmp_path):
    export = write_export(tmp_path / "export", [number("1")])
    entries = [observation("g", TPMT, hasMember=to("Observation/1", "Observation/2")), number("2")]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in entries]}
    (export / "p1.json").write_text(json.dumps(bundle))
    (export / "single.json").write_text(json.dumps(number("3")))
    plan = plan_for(export, tmp_path / "work")

    units = select_all(plan)

    (resources,) = kept(plan).values()
    assert [one.record_ref for one in resources] == [f"Observation/{one}" for one in ("1", "2", "3", "g")]
    assert sum(one.rows for one in units) == 4


UNRELATED = {
    "a number under an unknown code": ([number("1")], set()),
    "a text under an unknown code": ([observation("1", LOCAL, valueString="positive")], set()),
    "a panel of such": (
        [resource("DiagnosticReport", "r", code=LOCAL, result=to("Observation/1")), number("1")],
        set(),
    ),
    "one derived from another, without a gene report": (
        [number("1", derivedFrom=to("Observation/2"))],
        set(),
    ),
    "one beside a gene report that refers to no other": (
        [observation("g", TPMT, derivedFrom=to("#specimen", "MolecularSequence/1")), number("1")],
        {"Observation/g"},
    ),
    "one that contains no result": (
        [number("1", contained=[{"resourceType": "Specimen", "id": "s"}])],
        set(),
    ),
}


@pytest.mark.parametrize(("resources", "expected"), UNRELATED.values(), ids=UNRELATED)
def test_reports_that_nothing_leads_to_are_left_out(resources, expected, tmp_path):
    assert kept_of(resources, tmp_path) == expected


def test_without_skips_everything_is_kept(tmp_path):
    assert kept_of([number("1"), *basic_export()], tmp_path, skips=False) >= {
        "Observation/1",
        "Observation/w1",
    }


def test_medications_that_an_order_or_an_ingredient_refers_to_are_kept(tmp_path):
    def by(reference_, id_, element="medicationReference", **_):
        sent = order(id_, "2025-01-10", **{element: reference_})
        del sent["medicationCodeableConcept"]
        return sent

    found = kept_of(
        [
            by({"reference": "Medication/m1"}, "o1"),
            by({"reference": {"reference": "Medication/m2"}}, "o2", element="medication"),
            {
                "resourceType": "Medication",
                "id": "m1",
                "ingredient": [{"itemReference": {"reference": "Medication/m3"}}],
            },
            {"resourceType": "Medication", "id": "m2"},
            {"resourceType": "Medication", "id": "m3"},
            {"resourceType": "Medication", "id": "m4"},
        ],
        tmp_path,
    )

    assert found == {
        "MedicationRequest/o1", "MedicationRequest/o2", "Medication/m1", "Medication/m2", "Medication/m3",
    }  # fmt: skip


def any_reports(dice):
    """The reports of many patients, of any code, each related to any others."""
    for number_ in range(400):
        subject = {"subject": {"reference": f"Patient/q{number_}"}}
        names = [f"{number_}-{place}" for place in range(dice.randint(1, 9))]
        for name in names:
            yield any_report(dice, name, names) | subject


def any_report(dice, name, names):
    found = resource(dice.choice(("Observation", "Observation", "DiagnosticReport")), name, status="final")
    found["code"] = dice.choice((TPMT, COUNT, LOCAL, LOCAL, LOCAL, LOCAL))
    if dice.random() < 0.4:
        found["valueQuantity"] = {"value": 1, "unit": "mg/L"}
    for relation in ("derivedFrom", "hasMember", "result"):
        if dice.random() < 0.2:
            found[relation] = to(
                f"{dice.choice(('Observation', 'DiagnosticReport'))}/{dice.choice(names)}", "#c"
            )
    if dice.random() < 0.1:
        found["contained"] = [any_report(dice, "c", names)]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_of_every_patient_the_same_is_chosen_as_from_everything(seed, tmp_path):
    write_export(tmp_path / "export", any_reports(random.Random(seed)))  # noqa: S311 -- repeatable on purpose
    few = plan_for(tmp_path / "export", tmp_path / "few")
    everything = plan_for(tmp_path / "export", tmp_path / "all", skips=False)

    of_few, of_all = select_all(few), select_all(everything)

    assert picks(kept(few)) == picks(kept(everything))
    assert sum(one.rows for one in of_few) < sum(one.rows for one in of_all)


def picks(patients):
    """What is chosen of each patient; a patient with nothing has no part in it."""
    found = {}
    for patient, resources in patients.items():
        picked = chosen(resources, RecordIndex(resources))
        if picked.records:
            found[patient] = [
                [one.record_ref for one in some] for some in (picked.records, picked.gene_reports)
            ]
    return found


def test_a_file_in_parts_gives_the_same_and_counts_as_one(tmp_path):
    export = write_export(tmp_path / "export", [*basic_export(), *(number(str(one)) for one in range(30))])
    whole = plan_for(export, tmp_path / "whole")
    parts = plan_for(export, tmp_path / "parts", units=units_of([str(export)], part_bytes=100))

    for plan in (whole, parts):
        select_all(plan)

    assert kept(parts) == kept(whole)
    assert len(parts.units) > len(whole.units)
    assert sum(unit.size for unit in parts.units) == sum(unit.size for unit in whole.units)


def test_bad_lines_of_parts_have_their_numbers_in_the_file(tmp_path):
    lines = [json.dumps(white_cells(f"w{one}", "2025-03-01", 5.0)) for one in range(40)]
    lines[7], lines[20], lines[33] = "not json", "", '["a list"]'
    (tmp_path / "Observation.ndjson").write_text("\n".join(lines))
    plan = plan_for(tmp_path, tmp_path / "work", units=units_of([str(tmp_path)], part_bytes=700))

    units = select_all(plan)

    found = [(line, quote) for one in units for _, line, quote in one.bad]
    assert found == [(8, "not json"), (34, '["a list"]')]
    assert sum(one.rows for one in units) == 37
    again = plan_for(tmp_path, tmp_path / "again", units=plan.units)
    with pytest.raises(BadLineError, match=r"Observation.ndjson, line 8: .* not json"):
        select_all(again, is_strict=True)


def test_a_line_too_long_or_not_in_utf_8_is_bad(tmp_path):
    fine = json.dumps(white_cells("w1", "2025-03-01", 5.0)).encode()
    long = json.dumps(patient_p1() | {"note": "x" * 8_400_000}).encode()
    broken = fine.replace(b"final", b"fin\xe4l")
    nested = b'{"resourceType": "Observation", "a": ' + b"[" * 100_000
    (tmp_path / "Observation.ndjson").write_bytes(b"\r\n".join((long, broken, nested, fine)))

    (unit,) = select_all(plan_for(tmp_path, tmp_path / "work"))

    assert [line for _, line, _ in unit.bad] == [1, 2, 3]
    assert unit.types == {"Observation": 1}


def test_every_type_that_is_there_is_exported_and_only_what_is_kept_is_counted(tmp_path):
    lines = [
        number("1"),
        {"resourceType": "Practitioner", "id": "d1"},
        patient_p1(),
        {"resourceType": "Observation", "id": "2", "code": COUNT},  # nobody's
        {"resourceType": "Medication", "id": "m1", "subject": SUBJECT},
    ]
    (tmp_path / "all.ndjson").write_text("\n".join(map(json.dumps, lines)))

    (unit,) = select_all(plan_for(tmp_path, tmp_path / "work"))

    assert unit.types == {"Observation": 0, "Practitioner": 0, "Patient": 1, "Medication": 1}
    assert (unit.rows, unit.without_patient, unit.bad_count) == (2, 1, 0)


def test_what_a_killed_worker_left_is_not_read(tmp_path):
    plan = plan_for(write_export(tmp_path / "export", basic_export()), tmp_path / "work")
    select_all(plan)
    before = kept(plan)

    (plan.work / "selected" / "000000").rename(plan.work / "unfinished" / "left")
    select_all(plan)

    assert kept(plan) == before
