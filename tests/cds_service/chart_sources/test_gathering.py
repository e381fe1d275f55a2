"""Which Medications are read, because orders refer to them and nobody sent them."""

import json
from datetime import UTC

import msgspec
import pytest

from cards.model.facts import FactKind
from cds_service.chart_sources.fhir_records import Found, NoFhirServer, RefusedFhirServer
from cds_service.chart_sources.gathering import with_missing_records, with_ordered_medications
from cds_service.chart_sources.prefetch import prefetched
from cds_service.hooks.prefetch_keys import PrefetchKey
from fhir_mappers.bundle.resources import Contents, resources_in

ORDERS = PrefetchKey("medications", FactKind.MEDICATIONS, "MedicationRequest", "", "authoredon", 9)


class Records:
    """A FHIR server that has every Medication; notes what it was asked."""

    def __init__(self, found=None):
        self.read = []
        self.found = found or {}

    def search(self, gaps, referred):
        return {gap.key.name: self.found[gap.key.name] for gap in gaps if gap.key.name in self.found}

    def read_medications(self, references):
        self.read += references
        return tuple(resource for one in references for resource in resources(medication(one)))


def medication(reference):
    return {"resourceType": "Medication", "id": reference.rpartition("/")[2]}


def order(reference=None, display=None, kind="MedicationRequest", **more):
    named = {name: value for name, value in (("reference", reference), ("display", display)) if value}
    return {"resourceType": kind, "id": "1", "medicationReference": named} | more


def resources(*content):
    return tuple(one for each in content for one in resources_in(json.dumps(each).encode()))


def sent(*content):
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in content]}
    return prefetched([ORDERS], {"medications": msgspec.Raw(json.dumps(bundle).encode())}, UTC)


@pytest.mark.parametrize(
    ("draft", "read"),
    [
        (order("Medication/a"), ["Medication/a"]),
        (order("Medication/a", "azathioprine 50 mg"), ["Medication/a"]),
        (order("Medication/a", "yellow fever vaccine"), ["Medication/a"]),
        (order("Medication/a", "paracetamol 500 mg"), []),  # its name says enough
        (order("#a"), []),
        (order(None, "azathioprine"), []),
        (order(None), []),
        (order("Medication/known"), []),
        (order("Medication/a", kind="ServiceRequest"), []),
        ({"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "azathioprine"}}, []),
    ],
    ids=str,
)
def test_a_medication_is_read_when_it_may_be_ours_and_is_not_at_hand(draft, read):
    records = Records()

    with_ordered_medications(sent(medication("known")), resources(draft), records)

    assert records.read == read


def test_a_sibling_of_the_draft_is_at_hand():
    records = Records()

    with_ordered_medications(sent(), resources(order("Medication/a"), medication("a")), records)

    assert records.read == []


def test_one_medication_is_read_once_and_nameless_ones_first():
    records = Records()
    orders = [order("Medication/named", "azathioprine"), order("Medication/a"), order("Medication/a")]

    with_missing_records(sent(*orders), (), records, UTC)

    assert records.read == ["Medication/a", "Medication/named"]


def test_what_fetched_orders_refer_to_is_read_too():
    fetched = Found(Contents(resources(order("Medication/a")), is_bundle=True))
    records = Records({"medications": fetched})

    found = with_missing_records(prefetched([ORDERS], {}, UTC), (), records, UTC)

    assert [one.record_ref for one in found.records] == ["MedicationRequest/1", "Medication/a"]


def test_without_a_server_everything_stays_as_it_came():
    came = prefetched([ORDERS], {}, UTC)

    assert with_missing_records(came, (), NoFhirServer(), UTC) == came


def test_a_server_that_must_not_be_asked_says_why():
    found = with_missing_records(
        prefetched([ORDERS], {}, UTC), (), RefusedFhirServer("it is not allowed"), UTC
    )

    assert found.known[FactKind.MEDICATIONS].why == "not sent, and it is not allowed"
