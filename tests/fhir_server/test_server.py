"""The FHIR server of the tests does what FHIR says, and misbehaves when it is told to."""

import pytest

from cds_service.ehr.prefetch import FhirServer, fetched
from cds_service.ehr.web import CallError, Web
from cds_service.hooks.prefetch_keys import all_keys
from fhir_mappers.terminology.codes import codes_of
from tests.fhir_server.charts import PATIENT, chart_of_everything

pytestmark = pytest.mark.slow

CONTEXT = {"patientId": PATIENT}


def found_in(ehr, *keys, token=None):
    templates = {key.name: key.template for key in all_keys() if not keys or key.name in keys}
    return {one.key: one for one in fetched(templates, CONTEXT, FhirServer(ehr.base, Web(2.0), token))}


def test_every_prefetch_template_returns_what_was_loaded_and_nothing_of_others(ehr):
    expected = chart_of_everything(PATIENT)
    ehr.load(record for records in expected.values() for record in records)
    ehr.load(record for records in chart_of_everything("somebody-else").values() for record in records)

    found = found_in(ehr)

    assert {one.why_not for one in found.values()} == {""}
    assert {key: [one["id"] for one in found[key].resources] for key in found} == {
        key: [one["id"] for one in records] for key, records in expected.items()
    }


def test_every_code_that_a_template_names_is_found(ehr):
    (key,) = (key for key in all_keys() if key.name == "counts")
    tokens = key.query.removeprefix("code=").split(",")
    ehr.load(
        {
            "resourceType": "Observation",
            "id": f"count-{number}",
            "status": "final",
            "code": {"coding": [{"system": token.split("|")[0], "code": token.split("|")[1]}]},
            "subject": {"reference": f"Patient/{PATIENT}"},
        }
        for number, token in enumerate(tokens)
    )

    assert len(found_in(ehr, "counts")["counts"].resources) == len(tokens)


def test_pages_follow_each_other_to_the_end(ehr):
    (code,) = codes_of("wbc", "analyte")[:1]
    ehr.switch(page=2)
    ehr.load(
        {
            "resourceType": "Observation",
            "id": f"wbc-{day:02}",
            "status": "final",
            "code": {"coding": [{"system": code.system, "code": code.code}]},
            "subject": {"reference": f"Patient/{PATIENT}"},
            "effectiveDateTime": f"2026-03-{day:02}",
        }
        for day in range(1, 8)
    )

    found = found_in(ehr, "counts")["counts"]

    assert [one["id"] for one in found.resources] == [f"wbc-{day:02}" for day in range(7, 0, -1)]
    assert len(ehr.asked) == 4  # 2 + 2 + 2 + 1


def test_a_token_opens_it(ehr):
    ehr.load([{"resourceType": "Patient", "id": PATIENT}])
    ehr.switch(token="s3cret")  # noqa: S106 -- of this test alone

    without, with_token = found_in(ehr, "patient"), found_in(ehr, "patient", token="s3cret")  # noqa: S106 -- likewise

    assert without["patient"].why_not == "the FHIR server answered 401"
    assert [one["id"] for one in with_token["patient"].resources] == [PATIENT]


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"status": 404}, "the FHIR server answered 404: fault 404"),
        ({"status": 429}, "the FHIR server answered 429: fault 429"),
        ({"status": 500}, "the FHIR server answered 500: fault 500"),
        ({"shape": "html"}, "answered 200 with something that is not JSON (text/html)"),
        ({"shape": "empty"}, "answered 200 with something that is not JSON"),
        ({"shape": "truncated"}, "broke off its answer"),
        ({"latency_ms": 3000}, "did not answer in time"),
    ],
)
def test_a_fault_comes_as_switched_on(ehr, fault, why):
    ehr.load([{"resourceType": "Patient", "id": PATIENT}])
    ehr.switch(faults=[{"match": "^/Patient/", **fault}])

    assert why in found_in(ehr, "patient")["patient"].why_not


def test_a_link_to_another_server_is_not_followed():
    with pytest.raises(CallError, match="at another server"):
        FhirServer("http://127.0.0.1:9/fhir", Web()).get("http://127.0.0.2:9/fhir/Observation?page=2")
