"""Draft orders that another draft holds are judged; those that it lists and that did not come are told."""

import json

import pytest

from fhir_mappers.bundle.held_orders import with_held_orders
from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.bundle.selections import selected_refs
from fhir_mappers.chart import ChartRequest
from fhir_mappers.not_used.possibly_ours import orders_not_sent
from tests.fhir_mappers.mapped import ZONE, charted

AZATHIOPRINE = {"text": "Azathioprine 50 mg tablet"}
US, ANOTHER = {"reference": "Patient/1"}, {"reference": "Patient/2"}


def order(name="med", **more):
    named = {"resourceType": "MedicationRequest", "id": name, "status": "draft", "intent": "order"}
    return named | {"medicationCodeableConcept": AZATHIOPRINE} | more


def group(resource_type="RequestGroup", **more):
    return {"resourceType": resource_type, "id": "g", "status": "draft", "subject": US} | more


def drafts(*sent):
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in sent]}
    return with_held_orders(resources_in(json.dumps(bundle).encode()))


def chart(*sent, selections=()):
    return charted(ChartRequest(ZONE, "1", draft_orders=drafts(*sent), selections=frozenset(selections)))


def refs(*sent):
    return [one.record_ref for one in drafts(*sent)]


@pytest.mark.parametrize("resource_type", ["RequestGroup", "RequestOrchestration", "List", "CarePlan"])
def test_a_contained_order_is_a_draft_of_its_own(resource_type):
    held = group(resource_type, contained=[order(), {"resourceType": "Medication", "id": "drug"}])

    assert refs(held) == [f"{resource_type}/g", f"{resource_type}/g#med"]
    assert [(one.record_ref, one.drug) for one in chart(held).chart.draft_orders] == [
        (f"{resource_type}/g#med", "azathioprine")
    ]


def test_an_order_is_no_holder_of_others():
    assert refs(order("a", contained=[order("b")])) == ["MedicationRequest/a"]


def test_a_contained_order_is_for_the_patient_of_its_holder_unless_it_names_one():
    theirs = group(subject=ANOTHER, contained=[order()])
    names_another = group(contained=[order(subject=ANOTHER)])
    names_us = group(subject=ANOTHER, contained=[order(subject=US)])

    assert [chart(one).chart.orders_of_others for one in (theirs, names_another, names_us)] == [1, 1, 0]
    assert [len(chart(one).chart.draft_orders) for one in (theirs, names_another, names_us)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("detail", "is_read"),
    [
        ({"productCodeableConcept": AZATHIOPRINE}, True),
        ({"productCodeableConcept": AZATHIOPRINE, "status": "scheduled"}, True),
        ({"productCodeableConcept": AZATHIOPRINE, "status": "completed"}, False),
        ({"productCodeableConcept": AZATHIOPRINE, "doNotPerform": True}, False),
        ({"code": {"text": "Diet"}}, False),
    ],
)
def test_a_drug_that_a_care_plan_spells_out_is_an_order_without_a_dose(detail, is_read):
    found = chart(group("CarePlan", activity=[{"reference": {"reference": "Task/1"}}, {"detail": detail}]))

    assert [one.record_ref for one in found.chart.draft_orders] == (
        ["CarePlan/g#activity-2"] if is_read else []
    )


LISTED = {"action": [{"action": [{"resource": {"reference": "MedicationRequest/med"}}]}]}


def test_an_order_that_is_listed_and_came_is_not_told():
    assert chart(group(**LISTED), order()).chart.unread == ()
    assert chart(group(action=[{"resource": {"reference": "ServiceRequest/1"}}])).chart.unread == ()
    assert chart(group(action=[{"resource": {"reference": "#med"}}], contained=[order()])).chart.unread == ()


def test_a_medication_order_that_is_listed_and_did_not_come_is_told():
    (note,) = chart(group(**LISTED)).chart.unread

    assert note.in_words == "an order on a list not used: the order itself was not sent"
    assert (note.record_ref, note.is_order) == ("RequestGroup/g", True)
    two = group("List", entry=[{"item": {"reference": f"MedicationRequest/{name}"}} for name in "ab"])
    assert [one.in_words for one in chart(two).chart.unread] == [
        "2 orders on a list not used: the orders themselves were not sent"
    ]


def test_no_order_that_is_missing_is_no_note():
    assert orders_not_sent(drafts(order())[0], 0) == ()


def test_with_a_group_what_is_in_it_and_what_it_lists_is_selected():
    sent = drafts(group(**LISTED, contained=[order("inner")]), order(), order("other"))

    assert selected_refs({"RequestGroup/g"}, sent) == {
        "RequestGroup/g",
        "RequestGroup/g#inner",
        "MedicationRequest/med",
    }
    assert selected_refs({"MedicationRequest/other"}, sent) == {"MedicationRequest/other"}


def test_references_beyond_any_sensible_depth_are_not_followed():
    deep = {"resource": {"reference": "MedicationRequest/med"}}
    for _ in range(20):
        deep = {"action": [deep]}

    assert chart(group(**deep)).chart.unread == ()
