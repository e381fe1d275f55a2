"""Records left out because they name another patient: type and count go further, and nothing else."""

import json

import pytest

from cards.model.facts import Availability, FactKind, Known
from cards.model.labs import Analyte
from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.chart import ChartRequest
from fhir_mappers.not_used.left_out import known_without
from tests.fhir_mappers.mapped import ZONE, chart_of, charted, fixture

LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
CVX = "http://hl7.org/fhir/sid/cvx"
ACTIVE = {"coding": [{"code": "active"}]}


def coded(system, code):
    return {"coding": [{"system": system, "code": code}]}


def theirs(kind, **elements):
    subject = "patient" if kind in ("AllergyIntolerance", "Immunization") else "subject"
    return {"resourceType": kind, "id": "x", subject: {"reference": "Patient/2"}, **elements}


def observed(code, **elements):
    result = {"status": "final", "valueQuantity": {"value": 3.4, "unit": "10*9/L"}}
    return theirs("Observation", code=code, **(result | elements))


def kinds(*records):
    return {kind.value for kind in chart_of(*records).chart.known}


WBC = coded(LOINC, "6690-2")
AZATHIOPRINE = coded(RXNORM, "197388")
ALL_MEASURED = {analyte.kind.value for analyte in Analyte} | {FactKind.GENES.value}


@pytest.mark.parametrize(
    ("record", "lacking"),
    [
        (observed(WBC), {"blood counts"}),
        (observed(coded(LOINC, "29463-7")), {"weight and height"}),
        (observed(WBC, valueQuantity={"value": 3.4, "unit": "K"}), {"blood counts"}),  # unreadable, and ours
        (observed({"text": "TPMT genotype"}, valueString="*1/*3A"), {"TPMT and NUDT15 results"}),
        (theirs("DiagnosticReport", status="final", code={"text": "TPMT"}), {"TPMT and NUDT15 results"}),
        (observed(coded("urn:local", "17")), set()),
        (observed({"text": "ferritin"}), set()),
        (observed({"coding": [{"display": "ferritin"}]}), set()),
        (observed({}), ALL_MEASURED),
        (observed({"coding": [{"system": LOINC}]}), ALL_MEASURED),
        (observed({}, status="entered-in-error"), set()),
        (observed(WBC, status="cancelled"), set()),
        (
            theirs("MedicationRequest", status="active", medicationCodeableConcept=AZATHIOPRINE),
            {"medications"},
        ),
        (
            theirs("MedicationStatement", status="active", medicationCodeableConcept={"text": "Imurek"}),
            {"medications"},
        ),
        (theirs("MedicationRequest", status="active"), {"medications"}),
        (
            theirs("MedicationRequest", status="active", medicationCodeableConcept={"text": "bisoprolol"}),
            set(),
        ),
        (theirs("Condition", clinicalStatus=ACTIVE, code=coded(ICD10, "A41.9")), {"conditions"}),
        (theirs("Condition", clinicalStatus=ACTIVE, code={"text": "hay fever"}), set()),
        (theirs("Condition", clinicalStatus=ACTIVE), {"conditions"}),
        (theirs("AllergyIntolerance", clinicalStatus=ACTIVE, code=AZATHIOPRINE), {"allergies"}),
        (theirs("AllergyIntolerance", clinicalStatus=ACTIVE, code={"text": "peanut"}), set()),
        (theirs("Procedure", status="completed"), {"procedures"}),
        (theirs("Immunization", status="completed", vaccineCode=coded(CVX, "03")), {"immunizations"}),
        (theirs("ServiceRequest", status="active", code={"text": "TPMT genotype"}), {"ordered tests"}),
        (theirs("Coverage"), set()),
    ],
)
def test_the_kinds_that_lack_a_record(record, lacking):
    assert kinds(record) == lacking


def test_a_record_of_this_patient_leaves_nothing_out():
    assert kinds(fixture("labs", "count_in_ucum")) == set()


@pytest.mark.parametrize(
    ("known", "left_out", "why"),
    [
        (None, ["Observation"], "1 result that names another patient was not used"),
        (None, ["Observation"] * 2, "2 results that name another patient were not used"),
        (
            Known(Availability.EMPTY),
            ["Observation", "DiagnosticReport"],
            "1 report and 1 result that name another patient were not used",
        ),
        (
            Known(Availability.UNKNOWN, "not sent"),
            ["Observation"],
            "not sent; 1 result that names another patient was not used",
        ),
        (
            Known(Availability.TRUNCATED),
            ["Observation"],
            "1 result that names another patient was not used",
        ),
    ],
)
def test_a_kind_that_lacks_records_is_known_in_part(known, left_out, why):
    before = {FactKind.GENES: known} if known else {}
    lacking = [(resource_type, frozenset({FactKind.GENES})) for resource_type in left_out]

    assert known_without(before, lacking) == {FactKind.GENES: Known(Availability.PARTIAL, why)}


def test_nothing_left_out_leaves_what_is_known():
    known = {FactKind.GENES: Known(Availability.KNOWN)}

    assert known_without(known, [("Observation", frozenset())]) is known


def draft(kind="MedicationRequest", **elements):
    order = {"resourceType": kind, "id": "d", "status": "draft", "intent": "order"}
    return {**order, "subject": {"reference": "Patient/2"}, **elements}


def drug(text, **elements):
    return draft(medicationCodeableConcept={"text": text}, **elements)


@pytest.mark.parametrize(
    ("order", "not_checked"),
    [
        (draft(medicationCodeableConcept=AZATHIOPRINE), 1),
        (drug("Imurek 50 mg"), 1),
        (drug("allopurinol 300 mg"), 1),
        (drug("febuxostat 80 mg"), 1),
        (drug("ribavirin 200 mg"), 1),
        (drug("azathioprine 50 mg", status="stopped"), 1),
        (drug("azathioprine 50 mg", status="entered-in-error"), 0),
        (drug("prednisone 5 mg"), 0),
        (drug("bisoprolol 5 mg"), 0),
        (draft(), 0),  # nobody's drug that we know of
        (drug("MMR vaccine"), 1),
        (draft("ServiceRequest", code={"text": "MMR vaccine"}), 1),
        (drug("influenza vaccine, inactivated"), 0),
    ],
)
def test_a_draft_for_another_patient_is_told_where_its_drug_is_ours(order, not_checked):
    asked = ChartRequest(zone=ZONE, patient_id="1", draft_orders=resources_in(json.dumps(order).encode()))

    assert charted(asked).chart.orders_of_others == not_checked


@pytest.mark.parametrize(
    ("order", "lacking"),
    [
        (draft("ServiceRequest", code={"text": "TPMT genotype"}), {FactKind.ORDERED_TESTS}),
        (draft("ServiceRequest", code={"text": "PUVA"}), {FactKind.PROCEDURES}),
        (draft("ServiceRequest", code={"text": "chest X-ray"}), set()),
        (drug("prednisone 5 mg"), {FactKind.MEDICATIONS}),
        (drug("influenza vaccine, inactivated"), {FactKind.IMMUNIZATIONS}),
        (drug("lozenges"), set()),
        (drug("azathioprine 50 mg"), set()),  # counted above
    ],
)
def test_what_else_is_drafted_for_another_patient_is_lacking(order, lacking):
    asked = ChartRequest(zone=ZONE, patient_id="1", draft_orders=resources_in(json.dumps(order).encode()))

    assert set(charted(asked).chart.known) == lacking
