"""An order-select's selections are references, however a client spells them."""

import json
from datetime import UTC

import pytest

from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.bundle.selections import selected_refs
from fhir_mappers.chart import ChartRequest, chart_from

UUID = "0c3a5b1e-6a7f-4d2c-9d53-0a9d6f4f7b11"
HOLDER = "https://ehr.example/fhir"
AZATHIOPRINE = {"text": "azathioprine 50 mg tablet"}


def draft(id_=None, full_url=None, **elements):
    resource = {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/1"},
        "medicationCodeableConcept": AZATHIOPRINE,
        **({"id": id_} if id_ else {}),
        **elements,
    }
    return {"resource": resource, **({"fullUrl": full_url} if full_url else {})}


def drafts(*entries):
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return resources_in(json.dumps(bundle).encode())


@pytest.mark.parametrize(
    ("selection", "entry"),
    [
        ("d1", draft("d1")),
        ("MedicationRequest/d1", draft("d1")),
        (" MedicationRequest/d1 ", draft("d1")),
        ("#d1", draft("d1")),
        (f"{HOLDER}/MedicationRequest/d1", draft("d1")),
        (f"{HOLDER}/MedicationRequest/d1/", draft("d1")),
        ("MedicationRequest/d1/_history/3", draft("d1")),
        (f"{HOLDER}/MedicationRequest/d1/_history/3", draft("d1")),
        (f"urn:uuid:{UUID}", draft(full_url=f"urn:uuid:{UUID}")),
        (f"urn:uuid:{UUID}", draft("d1", f"urn:uuid:{UUID}")),
        (f"urn:uuid:{UUID.upper()}", draft("d1", f"urn:uuid:{UUID}")),
        (UUID, draft(full_url=f"urn:uuid:{UUID}")),
        (f"urn:uuid:{UUID}", draft(UUID)),
        (f"{HOLDER}/MedicationRequest/d1", draft(full_url=f"{HOLDER}/MedicationRequest/d1")),
        ("MedicationRequest/d1", draft(full_url=f"{HOLDER}/MedicationRequest/d1")),
        ("MedicationRequest/d1", draft(full_url=f"{HOLDER}/MedicationRequest/d1/_history/1")),
        ("https://ehr.example/orders?id=7", draft(full_url="https://ehr.example/orders?id=7")),
    ],
)
def test_a_selection_names_its_draft(selection, entry):
    chosen, other = drafts(entry, draft("other"))

    assert selected_refs([selection], [chosen, other]) == {chosen.record_ref}


@pytest.mark.parametrize(
    "selection",
    ["d", "d11", "MedicationRequest/d2", "ServiceRequest/d1", "Patient/1", "", "/", "urn:uuid:", "#"],
)
def test_a_selection_of_nothing_names_no_draft(selection):
    assert selected_refs([selection], drafts(draft("d1"))) == frozenset()


def is_selected(selections, *entries):
    chart = chart_from(
        ChartRequest(
            zone=UTC,
            patient_id="1",
            draft_orders=drafts(*entries),
            selections=frozenset(selections),
        )
    ).chart
    return {order.record_ref: order.is_selected for order in chart.draft_orders}


def test_only_the_drafts_that_are_named_are_at_hand():
    assert is_selected(["d1"], draft("d1"), draft("d2")) == {
        "MedicationRequest/d1": True,
        "MedicationRequest/d2": False,
    }


@pytest.mark.parametrize("selections", [[], ["d9"], ["Order/7", ""]])
def test_every_draft_is_at_hand_where_none_is_named(selections):
    assert is_selected(selections, draft("d1"), draft("d2")) == {
        "MedicationRequest/d1": True,
        "MedicationRequest/d2": True,
    }


def test_one_of_several_selections_is_enough():
    assert is_selected(["gone", "d2"], draft("d1"), draft("d2")) == {
        "MedicationRequest/d1": False,
        "MedicationRequest/d2": True,
    }


def test_a_draft_of_another_drug_can_be_the_one_that_is_selected():
    other = draft("d2", medicationCodeableConcept={"text": "ibuprofen 400 mg tablet"})

    assert is_selected(["d2"], draft("d1"), other) == {"MedicationRequest/d1": False}
