import json

import pytest

from fhir_mappers.bundle.references import RecordIndex
from fhir_mappers.bundle.relevance import chosen, leads_on
from fhir_mappers.bundle.resources import resources_in

LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def refs(*resources):
    raw = resources_in(
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}).encode()
    )
    return [one.record_ref for one in chosen(raw, RecordIndex(raw)).records]


def observation(code="99999-9", record_id="o", **elements):
    coded = {"coding": [{"system": LOINC, "code": code}]}
    return {"resourceType": "Observation", "id": record_id, "code": coded, **elements}


def medication(record_id="m", **elements):
    return {"resourceType": "MedicationRequest", "id": record_id, **elements}


@pytest.mark.parametrize(
    ("resource", "is_chosen"),
    [
        (observation("6690-2", valueQuantity={"value": 1}), True),
        (observation(valueQuantity={"value": 1}), False),
        (observation(component=[{"code": {"coding": [{"system": LOINC, "code": "6690-2"}]}}]), True),
        (observation(valueString="TPMT *1/*3A"), True),
        (observation(extension=[{"valueCodeableConcept": {"coding": [{"code": "12014"}]}}]), True),
        (observation(valueQuantity={"value": 1}, extension=[{"valueString": "NUDT15"}]), True),
        ({**observation(valueQuantity={"value": 1}), "code": {"text": "TPMT activity"}}, True),
        ({"resourceType": "DiagnosticReport", "id": "r", "code": {"text": "Chest X-ray"}}, False),
        ({"resourceType": "DiagnosticReport", "id": "r", "conclusion": "TPMT normal"}, True),
        ({"resourceType": "Condition", "id": "c", "code": {"text": "Crohn's disease"}}, True),
        ({"resourceType": "Condition", "id": "c", "code": {"text": "Hay fever"}}, False),
        ({"resourceType": "AllergyIntolerance", "id": "a"}, True),
        ({"resourceType": "Patient", "id": "p"}, True),
        ({"resourceType": "Claim", "id": "c", "code": {"text": "azathioprine"}}, False),
        (medication(medicationCodeableConcept={"coding": [{"system": RXNORM, "code": "197388"}]}), True),
        (medication(medicationCodeableConcept={"text": "azaTHIOprine 50 mg"}), True),
        (medication(medicationCodeableConcept={"text": "azacitidine"}), False),
        (medication(medication={"concept": {"text": "azathioprine"}}), True),
        (medication(medicationReference={"display": "AZATHIOPRINE 50 MG PO TABS"}), True),
        (medication(medicationReference={"reference": "Medication/gone", "display": "Tylenol"}), False),
        (medication(medicationReference={"reference": "Medication/gone"}), True),
        (medication(), True),
    ],
)  # fmt: skip
def test_what_matters_is_chosen_and_nothing_else(resource, is_chosen):
    assert bool(refs(resource)) is is_chosen


@pytest.mark.parametrize(("text", "is_chosen"), [("azathioprine", True), ("Tylenol PM", False)])
def test_a_medication_referred_to_decides_and_its_id_does_not(text, is_chosen):
    contained = {"resourceType": "Medication", "id": "med-azathioprine", "code": {"text": text}}
    inside = medication(medicationReference={"reference": "#med-azathioprine"}, contained=[contained])
    beside = medication(medicationReference={"reference": "Medication/med-azathioprine"})

    assert bool(refs(inside)) is is_chosen
    assert refs(beside, contained) == (["MedicationRequest/m"] if is_chosen else [])


def test_what_a_gene_report_refers_to_is_chosen_and_what_was_derived_from_it():
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "code": {"text": "TPMT genotype"},
        "result": [{"reference": "Observation/a"}],
    }
    result = observation(record_id="a", derivedFrom=[{"reference": "Observation/b"}])
    origin = observation(record_id="b")
    phenotype = observation(record_id="c", derivedFrom=[{"reference": "Observation/a"}])
    unrelated = observation(record_id="d", derivedFrom=[{"reference": "Observation/e"}])

    found = refs(report, result, origin, phenotype, unrelated)

    assert found == ["DiagnosticReport/r", "Observation/a", "Observation/b", "Observation/c"]


def test_reports_that_refer_in_a_circle_end():
    first = observation(record_id="a", valueString="TPMT", derivedFrom=[{"reference": "Observation/b"}])
    second = observation(record_id="b", derivedFrom=[{"reference": "Observation/a"}])

    assert refs(first, second) == ["Observation/a", "Observation/b"]


def test_results_within_a_report_are_lifted_out():
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "code": {"text": "Blood count"},
        "contained": [observation("6690-2", "wbc"), observation(record_id="x")],
    }

    assert refs(report) == ["DiagnosticReport/r#wbc"]


@pytest.mark.parametrize(
    ("relations", "is_leading"),
    [
        ({}, False),
        ({"hasMember": [{"reference": "Observation/2"}]}, True),
        ({"result": [{"reference": "https://fhir.example/DiagnosticReport/2/_history/1"}]}, True),
        ({"derivedFrom": [{"reference": "urn:uuid:1"}]}, True),  # it may be any record
        ({"derivedFrom": [{"reference": "#specimen"}, {"reference": "MolecularSequence/1"}]}, False),
        ({"basedOn": [{"reference": "Observation/2"}]}, False),
    ],
)
def test_a_report_leads_on_to_other_reports_only(relations, is_leading):
    sent = {"resourceType": "Observation", "id": "1", **relations}
    (report,) = resources_in(json.dumps(sent).encode())

    assert leads_on(report) == is_leading
