"""Which other records a Patient names, as its FHIR server has it, and what becomes of theirs."""

import json
from dataclasses import replace
from datetime import UTC

import msgspec
import pytest

from cards.model.facts import Availability, FactKind, Known
from cds_service.access.client_transports import ClientTransports
from cds_service.access.clients import Client
from cds_service.chart_sources.fhir_access import FhirAccess
from cds_service.chart_sources.fhir_records import Found
from cds_service.chart_sources.gathering import with_missing_records
from cds_service.chart_sources.patient_links import PatientLinks, links_of
from cds_service.chart_sources.prefetch import prefetched
from cds_service.hooks.prefetch_keys import PrefetchKey
from cds_service.hooks.request import HookRequest
from fhir_mappers.bundle.resources import resources_in
from tests.cds_service.chart_sources.fhir_server import fhir_server
from tests.cds_service.net.web_server import send

BASE = "https://fhir.example/r4"
PATIENT = PrefetchKey("patient", FactKind.PATIENT, "Patient")
COUNTS = PrefetchKey("counts", FactKind.COUNTS, "Observation", "code=http://loinc.org|6690-2", "date", 9)
DEVELOPER = Client("developer", may_name_loopback=True)


def link(to, kind="replaces"):
    return {"other": {"reference": to}, "type": kind}


def patient(*links, number="p"):
    return {"resourceType": "Patient", "id": number} | ({"link": list(links)} if links else {})


def count(number, of, code="6690-2"):
    return {
        "resourceType": "Observation",
        "id": number,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/{of}"},
        "effectiveDateTime": "2026-03-01",
    }


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([], PatientLinks()),
        ([link("Patient/old")], PatientLinks(frozenset({"old"}))),
        ([link("Patient/new", "replaced-by")], PatientLinks(frozenset({"new"}))),
        ([link(f"{BASE}/Patient/old/_history/2")], PatientLinks(frozenset({"old"}))),
        ([link("Patient/a"), link("Patient/b", "seealso")], PatientLinks(frozenset({"a"}), 1)),
        ([link("Patient/a", "refer"), link("Patient/b", "seealso")], PatientLinks(not_followed=2)),
        ([link("https://elsewhere.example/Patient/old")], PatientLinks(not_followed=1)),
        ([link("RelatedPerson/old")], PatientLinks(not_followed=1)),
        ([link("urn:uuid:old")], PatientLinks(not_followed=1)),
        ([link("Patient/p")], PatientLinks()),
        ([{"type": "replaces"}], PatientLinks(not_followed=1)),
        ([{"type": 5, "other": []}], PatientLinks(not_followed=1)),
    ],
    ids=lambda value: str(value)[:60],
)
def test_merged_records_are_followed_and_others_counted(links, expected):
    (one,) = resources_in(json.dumps(patient(*links)).encode())

    assert links_of(one, BASE) == expected


@pytest.fixture(scope="module")
def access():
    transports = ClientTransports()
    opened = FhirAccess(transports, timeout_s=5, max_bytes=1_000_000)
    yield opened
    opened.close()
    transports.close()


def gathered(access, base, **sent):
    request = HookRequest("order-sign", "h", "Practitioner/1", "p", fhir_server=base)
    raw = {name: msgspec.Raw(json.dumps(one).encode()) for name, one in sent.items()}
    fhir = access.for_request(replace(request, prefetch=raw), DEVELOPER)
    return with_missing_records(prefetched((PATIENT, COUNTS), raw, UTC), (), fhir, UTC)


def answering_all(*resources):
    """A server that finds the records of every patient."""
    return fhir_server(*resources, ignores_filters=True)


def refs(found):
    return [one.record_ref for one in found.records]


def test_records_of_a_merged_patient_are_the_patients(access):
    own, old, other = count("own", "p"), count("old", "before"), count("other", "stranger")
    with answering_all(patient(link("Patient/before")), own, old, other) as server:
        found = gathered(access, server.base)

    assert found.links == PatientLinks(frozenset({"before"}))
    assert refs(found) == ["Patient/p", "Observation/own", "Observation/old"]
    assert found.known[FactKind.COUNTS] == Known(Availability.KNOWN)


def test_where_all_are_of_the_merged_patient_they_are_an_answer(access):
    with answering_all(patient(link("Patient/before")), count("old", "before")) as server:
        found = gathered(access, server.base)

    assert (refs(found)[1:], found.known[FactKind.COUNTS]) == (
        ["Observation/old"],
        Known(Availability.KNOWN),
    )


@pytest.mark.parametrize(
    "links", [(), (link("Patient/before", "seealso"),), (link("https://elsewhere.example/Patient/before"),)]
)
def test_records_of_any_other_patient_are_none(access, links):
    with answering_all(patient(*links), count("old", "before")) as server:
        found = gathered(access, server.base)

    assert (refs(found), found.known[FactKind.COUNTS].is_unknown) == (["Patient/p"], True)


def test_of_a_merged_patient_only_what_was_searched_for_counts(access):
    with answering_all(patient(link("Patient/before")), count("old", "before", code="1-1")) as server:
        found = gathered(access, server.base)

    assert refs(found) == ["Patient/p"]


def test_the_id_of_a_merged_patient_is_searched_too(access):
    stored = [
        patient(link("Patient/before")),
        count("own", "p"),
        count("old", "before"),
        count("x", "stranger"),
    ]
    with fhir_server(*stored) as server:
        found = gathered(access, server.base)

    assert refs(found) == ["Patient/p", "Observation/own", "Observation/old"]
    assert found.known[FactKind.COUNTS] == Known(Availability.KNOWN)
    assert sorted(one.partition("&")[0] for one in server.asked) == [
        "Observation?patient=before",
        "Observation?patient=p",
        "Patient/p",
    ]


def test_where_the_merged_record_alone_holds_any_they_are_the_patient_s(access):
    with fhir_server(patient(link("Patient/before")), count("old", "before")) as server:
        found = gathered(access, server.base)

    assert refs(found)[1:] == ["Observation/old"]
    assert found.known[FactKind.COUNTS] == Known(Availability.KNOWN)


def refuses_the_merged(handler, _web):
    return "patient=before" in handler.path and (send(handler, status=500) or True)


@pytest.mark.parametrize("own", [[count("own", "p")], []])
def test_a_merged_record_that_cannot_be_searched_is_told(access, own):
    with fhir_server(patient(link("Patient/before")), *own, fault=refuses_the_merged) as server:
        found = gathered(access, server.base)

    assert refs(found)[1:] == [f"Observation/{one['id']}" for one in own]
    why = "the record merged with this patient's was not read, the FHIR server answered 500"
    assert found.known[FactKind.COUNTS] == Known(Availability.PARTIAL, why)


def test_more_merged_records_than_are_searched_are_told(access):
    links = [link(f"Patient/m{number}") for number in range(5)]
    with fhir_server(patient(*links), count("own", "p")) as server:
        found = gathered(access, server.base)

    assert found.known[FactKind.COUNTS].availability is Availability.PARTIAL
    assert not any("patient=m4" in one for one in server.asked)


def test_links_that_only_a_client_sends_are_not_searched(access):
    with fhir_server(patient(), count("old", "claimed")) as server:
        found = gathered(access, server.base, patient=patient(link("Patient/claimed")))

    assert refs(found) == ["Patient/p"]


def test_a_search_beside_the_main_one_that_the_server_does_not_offer_says_nothing_of_the_merged():
    beside = replace(COUNTS, is_main=False)
    not_offered = Found(why_not="the FHIR server answered 403", status=403)

    assert Found().with_those_of_merged(not_offered, beside) == Found()
    assert Found().with_those_of_merged(not_offered, COUNTS).left_out
    failed = Found(why_not="the FHIR server answered 500", status=500)
    assert failed.with_those_of_merged(Found(), COUNTS) == failed


def test_links_that_a_client_sends_are_asked_of_its_server(access):
    sent = patient(link("Patient/claimed"))
    with fhir_server(patient(link("Patient/before")), count("own", "p")) as server:
        found = gathered(access, server.base, patient=sent, counts=None)

    assert found.links == PatientLinks(frozenset({"before"}))


def test_links_that_only_the_client_knows_are_not_believed(access):
    sent = patient(link("Patient/claimed"))
    with fhir_server(fault=lambda handler, _web: send(handler, status=500) or True) as server:
        found = gathered(access, server.base, patient=sent, counts=None)

    assert (found.links, found.known[FactKind.PATIENT]) == (PatientLinks(), Known(Availability.KNOWN))


def test_a_patient_without_links_is_not_asked_for_again(access):
    with fhir_server() as server:
        gathered(access, server.base, patient=patient(), counts=None)

        assert server.asked == []
