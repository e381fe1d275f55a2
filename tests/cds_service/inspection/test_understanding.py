import json
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from cds_service.cli.main import main
from cds_service.inspection.rows import FactOfDay, row_of, without_quotes
from cds_service.inspection.source import UnreadableFileError, source_in

STORY = Path(__file__).parents[3] / "fixtures" / "stories" / "worked-example" / "request.json"
LOINC = "http://loinc.org"
WBC = {"coding": [{"system": LOINC, "code": "6690-2"}]}
PER_MICROLITRE = {"system": "http://unitsofmeasure.org", "code": "/uL", "unit": "/uL"}


def run(content, *arguments):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    options = ("--as-of", "2026-11-24", *arguments)
    return CliRunner().invoke(main, ["inspect", "-", *options], input=body)


def inspected(content, *arguments):
    result = run(content, "--json", *arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def only(content, *arguments):
    (patient,) = inspected(content, *arguments)["patients"]
    return patient


def bundle(*resources, **fields):
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in resources],
    } | fields


def wbc(patient="1", **fields):
    return {
        "resourceType": "Observation",
        "id": f"wbc-{patient}",
        "status": "final",
        "code": WBC,
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-11-20",
        "valueQuantity": {"value": 3400, **PER_MICROLITRE},
    } | fields


def azathioprine(**fields):
    return {
        "resourceType": "MedicationRequest",
        "id": "aza",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "azathioprine 50 MG Oral Tablet"},
        "subject": {"reference": "Patient/1"},
        "authoredOn": "2026-10-01",
        "dosageInstruction": [{"text": "2 tablets daily"}],
    } | fields


PATIENT = {
    "resourceType": "Patient",
    "id": "1",
    "name": [{"family": "Nightingale"}],
    "identifier": [{"value": "MRN-4711"}],
    "birthDate": "1981-04-12",
    "gender": "female",
}


def test_says_what_was_read_as_what_from_which_record():
    assert only(bundle(wbc()))["recognised"] == [
        {
            "kind": "result",
            "record_ref": "Observation/wbc-1",
            "date": "2026-11-20",
            "what": "wbc",
            "reading": "3.4 10*9/L; came as 3400 /uL",
            "wording": None,
        }
    ]


def test_says_what_was_not_read_and_why():
    odd = wbc(valueQuantity={"value": 3400, "unit": "furlong"})

    assert only(bundle(odd), "--show-text")["ledger"]["not_usable"] == [
        {
            "kind": "blood counts",
            "record_ref": "Observation/wbc-1",
            "what": "white cell count",
            "why": "3400, unit 'furlong' is not known for it",
            "reason": "not understood",
            "deciding": True,
        }
    ]


def test_counts_what_is_not_ours_with_its_codes():
    pressure = {"coding": [{"system": LOINC, "code": "8480-6"}]}
    others = [wbc(id=f"p{i}", code=pressure) for i in range(3)]

    assert only(bundle(*others, {"resourceType": "Encounter", "id": "e"}))["ledger"]["ignored"] == [
        {"resource_type": "Encounter", "count": 1, "codes": []},
        {"resource_type": "Observation", "count": 3, "codes": [f"{LOINC}|8480-6 x 3"]},
    ]


def test_names_a_known_record_that_gave_no_fact():
    assert only(wbc(status="entered-in-error"))["ledger"]["says_no"] == [
        {"record_ref": "Observation/wbc-1", "why": "its status is entered-in-error"}
    ]


def test_says_how_the_therapy_is_understood():
    assert only(bundle(PATIENT, azathioprine()))["therapies"] == [
        {
            "drug": "azathioprine",
            "state": "current",
            "started_on": "2026-10-01",
            "last_day": "2026-11-24",
            "line": ["2026-10-01 to today: taken 100 mg"],
            "mg_per_day": 100.0,
            "dose_since": "2026-10-01",
            "records": ["MedicationRequest/aza"],
            "ordered": None,
        }
    ]


def test_an_order_in_draft_counts_as_ordered():
    (therapy,) = only(bundle(azathioprine(status="draft")))["therapies"]

    assert (therapy["state"], therapy["ordered"]["mg_per_day"]) == (None, 100.0)


def test_says_how_the_genes_are_understood():
    genotype = wbc(
        id="tpmt",
        code={"text": "TPMT genotype"},
        valueString="*1/*3C",
        valueQuantity=None,
        effectiveDateTime="2026-01",
    )

    (tpmt, nudt15) = only(genotype)["genes"]

    assert (tpmt["phenotype"], tpmt["readings"][0]["diplotype"]) == ("Intermediate Metabolizer", "*1/*3C")
    assert nudt15 == {
        "gene": "NUDT15",
        "phenotype": None,
        "is_conflicting": False,
        "notes": [],
        "readings": [],
    }


def test_each_patient_has_a_section_of_its_own():
    patients = inspected(bundle(PATIENT, wbc("1"), wbc("2")), "--show-text")["patients"]

    assert [
        (
            one["patient_id"],
            [row["record_ref"] for row in one["recognised"]],
            one["ledger"]["of_other_patients"],
        )
        for one in patients
    ] == [
        ("1", ["Patient/1", "Observation/wbc-1"], {"Observation": 1}),
        ("2", ["Observation/wbc-2"], {"Observation": 1, "Patient": 1}),
    ]


def test_one_patient_of_several_can_be_chosen():
    assert [
        row["record_ref"] for row in only(bundle(wbc("1"), wbc("2")), "--patient", "Patient/2")["recognised"]
    ] == ["Observation/wbc-2"]


def test_patients_of_a_transaction_are_known_by_their_urn():
    urns = ["urn:uuid:5f0c2ee0-0000-4000-8000-000000000001", "urn:uuid:5f0c2ee0-0000-4000-8000-000000000002"]
    entries = [{"fullUrl": urn, "resource": {"resourceType": "Patient", "birthDate": "1980"}} for urn in urns]
    entries += [
        {
            "fullUrl": f"{urn}0",
            "resource": wbc(
                id=None, subject={"reference": urn}, valueQuantity={"value": 3 + i, "unit": "10*9/L"}
            ),
        }
        for i, urn in enumerate(urns)
    ]
    transaction = {"resourceType": "Bundle", "type": "transaction", "entry": entries}

    read = [[row["reading"] for row in one["recognised"]] for one in inspected(transaction)["patients"]]

    assert read == [
        ["45 or 46 years", "3 10*9/L; came as 3 10*9/L"],
        ["45 or 46 years", "4 10*9/L; came as 4 10*9/L"],
    ]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (wbc(), "Observation"),
        (bundle(wbc()), "Bundle"),
        (bundle(bundle(wbc())), "Bundle"),
        ([wbc(), PATIENT], "list"),
        (b"\xef\xbb\xbf" + json.dumps(wbc()).encode(), "Observation"),
        (b"\n".join(json.dumps(one).encode() for one in (wbc(), PATIENT)), "lines"),
        ({"patientId": "1", "draftOrders": bundle(wbc())}, "hook context"),
    ],
)
def test_reads_fhir_however_it_is_packed(content, kind):
    told = inspected(content)

    assert told["source"]["kind"] == kind
    assert "wbc" in [row["what"] for row in told["patients"][0]["recognised"]]


def test_a_bad_line_is_named_and_loses_no_other():
    told = inspected(json.dumps(wbc()).encode() + b"\n{broken\n\n" + json.dumps(PATIENT).encode())

    assert [note.split(":")[0] for note in told["source"]["notes"]] == ["line 2 is not JSON"]
    assert len(told["patients"][0]["recognised"]) == 2


def test_what_may_be_missing_is_noted():
    epic = {"system": "urn:oid:1.2.840.114350.1.13.1.1.7.2.657369", "code": "4119"}
    issues = [
        {"severity": "warning", "code": "incomplete"},
        {"severity": "warning", "code": "processing"},
        {"severity": "warning", "code": "suppressed", "details": {"coding": [epic]}},  # on every answer
    ]
    page = bundle(wbc(), {"resourceType": "OperationOutcome", "issue": issues})

    assert inspected(page)["source"]["notes"] == [
        "1 OperationOutcome issues say that something may be missing"
    ]


def test_a_cut_page_and_a_failed_search_are_noted():
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    page = bundle(wbc(), failed, link=[{"relation": "next", "url": "http://x.example/2"}])

    assert inspected(page)["source"]["notes"] == [
        "it is one page of a search; further pages are not in this file",
        "1 OperationOutcome issues of failure are in it: a search went wrong",
    ]


@pytest.mark.parametrize("kind", get_args(FactOfDay), ids=lambda kind: kind.__name__)
def test_every_kind_of_fact_has_a_line(kind):
    assert row_of.dispatch(kind) is not row_of.dispatch(object)


# --- hook requests


def test_a_hook_request_tells_what_each_rule_answered():
    patient = only(STORY.read_bytes())

    outcomes = {one["rule"]: one["outcome"] for one in patient["checks"]}
    assert (outcomes["live-vaccine"], outcomes["sepsis"]) == ("fired", "silent")
    assert patient["known"]["blood counts"]["availability"] == "known"


def test_a_hook_request_about_nothing_of_ours_asks_no_rule():
    request = json.loads(STORY.read_bytes())
    request["context"]["draftOrders"]["entry"] = []

    patient = only(request)

    assert (patient["checks"], patient["no_check_because"][:27]) == ([], "nothing in the draft orders")


def test_a_request_for_a_patient_asks_no_rule():
    request = json.loads(STORY.read_bytes())
    request["context"]["userId"] = "Patient/pat1"

    assert only(request)["no_check_because"] == "the user is a patient or a relative: no rule is asked"


def test_a_chart_opened_without_medications_asks_no_rule():
    context = {"userId": "Practitioner/1", "patientId": "1"}
    request = {"hook": "patient-view", "hookInstance": "1", "context": context, "prefetch": {}}

    assert only(request)["no_check_because"] == (
        "the patient's medications were not sent: without a FHIR server the service answers 412"
    )


def test_prefetch_keys_nobody_asked_for_are_noted():
    request = json.loads(STORY.read_bytes())
    request["prefetch"]["everything"] = bundle(wbc())

    assert inspected(request)["source"]["notes"] == [
        "prefetch key 'everything' is not one this service asks for"
    ]


# --- what is not printed


def test_no_name_identifier_or_text_is_printed_unasked():
    told = azathioprine(
        medicationCodeableConcept={"text": "azathioprine for Florence Nightingale"},
        dosageInstruction=[{"text": "as Florence Nightingale was told"}],
    )
    content = bundle(PATIENT, told, wbc(valueString="Nightingale", valueQuantity=None))

    for output in (run(content).output, run(content, "--json").output):
        assert [word for word in ("Nightingale", "MRN-4711", "1981", "Patient/1") if word in output] == []


def test_texts_and_ids_are_printed_when_asked_for():
    told = azathioprine(dosageInstruction=[{"text": "as she was told"}])

    output = run(bundle(PATIENT, told), "--show-text").output

    assert [word for word in ("as she was told", "1981-04-12", "Patient/1") if word not in output] == []
    assert "MRN-4711" not in output


def test_a_quote_in_a_quote_is_hidden_whole():
    assert without_quotes('the sig was not understood: "take "two" for Ann"') == (
        'the sig was not understood: "..."'
    )


def test_control_characters_and_markup_stay_harmless():
    told = azathioprine(medicationCodeableConcept={"text": "azathioprine \x1b[31m[bold red]\u202e"})

    output = run(bundle(told), "--show-text").output

    assert ("\x1b" in output, "\u202e" in output, "[bold red]" in output) == (False, False, True)


# --- the command


def test_prints_tables():
    output = run(bundle(PATIENT, azathioprine(), wbc())).output

    titles = (
        "Recognised",
        "Ledger",
        "Not usable: none",
        "Ignored: not ours",
        "Therapies as understood",
        "Genes as understood",
    )
    assert [title for title in titles if title not in output] == []


def test_prints_the_checks_of_a_hook_request():
    output = run(STORY.read_bytes()).output

    assert [word for word in ("What each rule answered", "live-vaccine", "fired") if word not in output] == []


@pytest.mark.parametrize(
    ("content", "arguments", "code", "said"),
    [
        (b"", (), 2, "not JSON"),
        (b"<Bundle/>", (), 2, "not JSON"),
        (b'{"a": 1}', (), 2, "not FHIR"),
        (b"[1, 2]", (), 2, "not FHIR"),
        (b'"text"', (), 2, "not FHIR"),
        (bundle(wbc()), ("--patient", "99"), 2, "no patient in the file has this id"),
        (bundle(wbc()), ("--as-of", "soon"), 2, "expected 2026-03-09"),
        ({"hook": "order-sign", "context": {}}, (), 3, "would refuse this request"),
        ({"hook": "order-dispatch", "hookInstance": "1", "context": {}}, (), 3, "no service answers"),
    ],
)
def test_exit_codes(content, arguments, code, said):
    result = run(content, *arguments)

    assert (result.exit_code, said in result.output) == (code, True), result.output


def test_a_file_of_nothing_but_bad_lines_is_not_json():
    with pytest.raises(UnreadableFileError, match="not JSON"):
        source_in(b"a\nb", UTC)


def test_the_day_decides():
    early = only(bundle(azathioprine(authoredOn="2020-01-01")))

    assert (early["as_of"], early["therapies"][0]["state"]) == (
        datetime(2026, 11, 24, tzinfo=UTC).isoformat(),
        "possibly still taken",
    )


def test_a_sites_policy_is_used(tmp_path):
    site = tmp_path / "site.toml"
    site.write_text("nothing = 'of the kind'", encoding="utf-8")

    assert run(bundle(wbc()), "--policy", site).exit_code == 2


def test_what_a_record_of_another_patient_leaves_unknown_is_shown_as_the_service_judges_it():
    request = json.loads(STORY.read_text())
    request["prefetch"]["counts"] = bundle(wbc("another"), type="searchset")

    assert only(request)["known"]["blood counts"] == {
        "availability": "records came that were not used",
        "why": "1 result that names another patient was not used",
        "complete_since": None,
    }


def test_a_weight_in_doubt_says_so():
    request = json.loads((STORY.parents[1] / "child-weighed-in-pounds" / "request.json").read_text())
    weight = only(request)["weight"]

    assert (weight["kg"], weight["in_doubt"]) == (
        31.8,
        "31.8 kg on 2026-11-07, 70.1 kg on 2026-11-20 (= 31.8 kg in lb)",
    )
    assert only(json.loads(STORY.read_text()))["weight"]["in_doubt"] is None


@pytest.mark.parametrize("code", ["48642-3", "48643-1"])
def test_an_egfr_that_depends_on_race_is_not_used_and_is_told(code):
    estimate = wbc(
        code={"coding": [{"system": LOINC, "code": code, "display": "GFR/BSA.pred SerPl MDRD-ArVRat"}]},
        valueQuantity={"value": 22, "unit": "mL/min/{1.73_m2}"},
    )

    patient = only(bundle(estimate))

    assert patient["recognised"] == []
    (told,) = patient["ledger"]["not_usable"]
    assert (told["what"], told["why"]) == ("eGFR 22 mL/min/{1.73_m2}", "computed with a term for race")
