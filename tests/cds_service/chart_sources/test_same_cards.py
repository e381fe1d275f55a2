"""Whoever brings the records, prefetch or FHIR server, the cards are the same."""

import json
from contextlib import contextmanager

import pytest

from cds_service.access.client_transports import ClientTransports
from cds_service.access.clients import Client
from cds_service.answering.pipeline import Circumstances, answer
from cds_service.chart_sources.fhir_access import FhirAccess
from cds_service.hooks.card_json import numbered_ids
from cds_service.hooks.request import hook_request_from
from cds_service.hooks.services import service_for_hook
from cds_service.wire.json_response import as_json
from tests.cds_service.chart_sources.fhir_server import fhir_server
from tests.stories import all_stories

pytestmark = pytest.mark.slow

STORIES = all_stories()
ME = Client("me", may_name_loopback=True)


@pytest.fixture(scope="module")
def access():
    transports = ClientTransports()
    opened = FhirAccess(transports, timeout_s=20, max_bytes=30_000_000)
    yield opened
    opened.close()
    transports.close()


class Told:
    """A story in which every key was answered: what the story leaves open, its hospital does not have."""

    def __init__(self, story):
        self.as_of = story.as_of
        self.body = json.loads(story.request_body())
        self.service = service_for_hook(self.body["hook"])
        sent = self.body.get("prefetch") or {}
        self.prefetch = {key.name: _or_nothing(sent.get(key.name)) for key in self.service.prefetch_keys}
        if self.prefetch["patient"] is None:  # every hospital has its patient
            self.prefetch["patient"] = {"resourceType": "Patient", "id": self.body["context"]["patientId"]}
        self.records = [
            resource
            for value in self.prefetch.values()
            if value is not None
            for resource in _resources(value)
        ]

    def cards(self, access=None, **more):
        body = {name: value for name, value in self.body.items() if name != "prefetch"} | more
        request = hook_request_from(json.dumps(body).encode(), self.body["hook"])
        around = Circumstances(fhir=access.for_request(request, ME)) if access else None
        found = answer(request, self.service, self.as_of, numbered_ids(), around)
        return json.loads(as_json(found.response))["cards"]


def _or_nothing(value):
    return None if value is None or value["resourceType"] == "OperationOutcome" else value


def _resources(value):
    if value["resourceType"] != "Bundle":
        return [value]
    return [entry["resource"] for entry in value.get("entry", []) if "resource" in entry]


@contextmanager
def told(story, **settings):
    found = Told(story)
    with fhir_server(*found.records, **settings) as server:
        yield found, server


def _is_found(story):
    """Whether a search for the patient finds all that was sent, and no more: no record of another, no notice."""
    patient = f"Patient/{json.loads(story.request_body())['context']['patientId']}"
    return all(
        one.get("subject", {}).get("reference", patient) == patient
        and (one["resourceType"] != "Patient" or f"Patient/{one['id']}" == patient)
        and one["resourceType"] != "OperationOutcome"
        for one in Told(story).records
    )


each_story = pytest.mark.parametrize(
    "story", [pytest.param(story, id=story.name) for story in STORIES if _is_found(story)]
)


@each_story
def test_without_prefetch_as_with_it(access, story):
    with told(story) as (found, server):
        assert found.cards(access, fhirServer=server.base) == found.cards(prefetch=found.prefetch)


WORKED = next(story for story in STORIES if story.name == "worked-example")


@pytest.mark.parametrize("missing", [key.name for key in service_for_hook("order-sign").prefetch_keys])
def test_without_one_key_as_with_all(access, missing):
    with told(WORKED) as (found, server):
        partial = {name: value for name, value in found.prefetch.items() if name != missing}

        cards = found.cards(access, fhirServer=server.base, prefetch=partial)

        assert cards == found.cards(prefetch=found.prefetch)
        assert len(server.asked) == 1


def test_pages_of_one_record_as_one_page(access):
    with told(WORKED, page_size=1) as (found, server):
        assert found.cards(access, fhirServer=server.base) == found.cards(prefetch=found.prefetch)


def test_a_server_that_ignores_filters_and_holds_other_patients_changes_nothing(access):
    with told(WORKED) as (found, server):
        stranger = [
            json.loads(json.dumps(one).replace(found.body["context"]["patientId"], "stranger"))
            | {"id": f"stranger-{number}"}
            for number, one in enumerate(found.records)
        ]
        server.resources = stranger + server.resources
        server.ignores_filters = True

        assert found.cards(access, fhirServer=server.base) == found.cards(prefetch=found.prefetch)


def test_a_fully_sent_request_asks_for_nothing(access):
    with told(WORKED) as (found, server):
        found.cards(access, fhirServer=server.base, prefetch=found.prefetch)

        assert server.asked == []


def test_orders_that_hold_nothing_of_ours_ask_for_nothing(access):
    story = next(one for one in STORIES if one.name == "not-ours")
    with told(story) as (found, server):
        assert (found.cards(access, fhirServer=server.base), server.asked) == ([], [])


def test_a_reader_who_is_no_prescriber_asks_for_nothing(access):
    story = next(one for one in STORIES if json.loads(one.request_body())["hook"] == "patient-view")
    with told(story) as (found, server):
        context = found.body["context"] | {"userId": "Patient/1"}

        assert (found.cards(access, fhirServer=server.base, context=context), server.asked) == ([], [])


def _referring(found, display=None):
    """The worked example, its azathioprine known by a reference only; and the Medication referred to."""
    context = json.loads(json.dumps(found.body["context"]))
    order = next(
        entry["resource"]
        for entry in context["draftOrders"]["entry"]
        if "azathioprine" in json.dumps(entry).lower()
    )
    code = order.pop("medicationCodeableConcept")
    order["medicationReference"] = {"reference": "Medication/drug"} | (
        {"display": display} if display else {}
    )
    return context, {"resourceType": "Medication", "id": "drug", "code": code}


def test_a_medication_that_only_the_server_knows_is_read(access):
    with told(WORKED) as (found, server):
        context, medication = _referring(found)
        server.resources.append(medication)

        cards = found.cards(access, fhirServer=server.base, context=context, prefetch=found.prefetch)

        summaries = [card["summary"] for card in cards]
        assert summaries == [card["summary"] for card in found.cards(prefetch=found.prefetch)]
        assert server.asked == ["Medication/drug"]


def test_a_medication_that_is_not_ours_is_all_that_is_read(access):
    with told(WORKED) as (found, server):
        context, medication = _referring(found)
        context["draftOrders"]["entry"] = [
            entry for entry in context["draftOrders"]["entry"] if "medicationReference" in entry["resource"]
        ]
        server.resources.append(medication | {"code": {"text": "acetaminophen 500 mg"}})

        assert found.cards(access, fhirServer=server.base, context=context) == []
        assert server.asked == ["Medication/drug"]


def test_a_medication_that_cannot_be_read_is_told(access):
    with told(WORKED) as (found, server):
        context, _ = _referring(found)

        cards = found.cards(access, fhirServer=server.base, context=context, prefetch=found.prefetch)

        assert any("the drug that it refers to was not sent" in card["detail"] for card in cards)


def test_medications_of_fetched_orders_are_read_too(access):
    with told(WORKED) as (found, server):
        expected = [card["summary"] for card in found.cards(prefetch=found.prefetch)]
        for number, one in enumerate(list(server.resources)):
            if one["resourceType"] == "MedicationRequest":
                changed = dict(one)
                code = changed.pop("medicationCodeableConcept")
                changed["medicationReference"] = {"reference": f"{server.base}/Medication/m{number}"}
                server.resources[number] = changed
                server.resources.append({"resourceType": "Medication", "id": f"m{number}", "code": code})

        cards = found.cards(access, fhirServer=server.base)

        assert [card["summary"] for card in cards] == expected
