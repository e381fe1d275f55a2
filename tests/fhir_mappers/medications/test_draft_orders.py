"""Proposals written back: the whole draft with another dose, and what cannot be written."""

import copy
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.servicerequest import ServiceRequest

from cards.model.proposals import ChangeDose, OrderTests
from cards.model.tests_ordered import OrderableTest
from fhir_mappers.medications.draft_orders import (
    CannotExpressError,
    Drafts,
    change_dose,
    order_tests,
    remove,
    with_dose,
)

UCUM = "http://unitsofmeasure.org"
REF = "MedicationRequest/1"
AS_OF = datetime(2026, 3, 9, 12, 30, 15, 999, tzinfo=UTC)


def mg(value):
    return {"value": value, "unit": "mg", "system": UCUM, "code": "mg"}


def tablets(value):
    return {"value": value, "unit": "tablet", "system": UCUM, "code": "{tbl}"}


def entry(quantity, kind=None):
    if kind is None:
        return {"doseQuantity": quantity}
    system = "http://terminology.hl7.org/CodeSystem/dose-rate-type"
    return {"type": {"coding": [{"system": system, "code": kind}]}, "doseQuantity": quantity}


def draft(*entries, times=1, dosage=None, **elements):
    return {
        "resourceType": "MedicationRequest",
        "id": "1",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"text": "azathioprine 50 mg tablet"},
        "subject": {"reference": "Patient/1"},
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": times, "period": 1, "periodUnit": "d"}},
                "doseAndRate": list(entries),
                **(dosage or {}),
            }
        ],
        **elements,
    }


def proposal(mg_per_day, times=1, tablet_mg=50):
    return ChangeDose(REF, mg_per_day, times, tablet_mg)


def entries_of(resource):
    return resource["dosageInstruction"][0]["doseAndRate"]


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ([entry(mg(200))], proposal(100), [entry(mg(100))]),
        ([entry(mg(200))], proposal(75, tablet_mg=None), [entry(mg(75))]),
        ([entry(tablets(4))], proposal(100), [entry(tablets(2))]),
        ([entry(tablets(2))], proposal(75), [entry(tablets(Decimal("1.5")))]),
        ([entry({"value": 4})], proposal(100), [entry({"value": 2})]),
        (
            [entry({"value": Decimal("0.2"), "unit": "g"})],
            proposal(100),
            [entry({"value": Decimal("0.1"), "unit": "g"})],
        ),
        (  # Epic: three ways to say one dose, all of them changed
            [
                entry(mg(200), "calculated"),
                entry(tablets(4), "admin-amount"),
                entry(mg(200), "ordered"),
            ],
            proposal(100),
            [
                entry(mg(100), "calculated"),
                entry(tablets(2), "admin-amount"),
                entry(mg(100), "ordered"),
            ],
        ),
    ],
)
def test_every_entry_states_the_new_dose(before, wanted, after):
    assert entries_of(with_dose(draft(*before), wanted).resource) == after


def test_a_dose_taken_twice_a_day_is_halved_at_each_time():
    changed = with_dose(draft(entry(mg(100)), times=2), proposal(100, times=2)).resource

    assert entries_of(changed) == [entry(mg(50))]


def test_only_the_dose_is_changed():
    before = draft(
        entry(mg(Decimal("200.0"))),
        extension=[{"url": "https://vendor.example/x", "valueDecimal": Decimal("1.10")}],
        unknownElement={"kept": [1, None, Decimal("2.500")]},
        priority="routine",
    )
    kept = copy.deepcopy(before)

    changed = with_dose(before, proposal(100)).resource

    assert before == kept
    entries_of(kept)[0]["doseQuantity"]["value"] = 100
    assert changed == kept
    assert str(changed["unknownElement"]["kept"][2]) == "2.500"


@pytest.mark.parametrize(
    ("said", "wanted", "after"),
    [
        ("200 mg PO daily for Crohn's disease", proposal(100), "100 mg PO daily for Crohn's disease"),
        (
            "Take 4 tablets (200 mg total) by mouth daily.",
            proposal(100),
            "Take 2 tablets (100 mg total) by mouth daily.",
        ),
        ("Take four tablets daily", proposal(50), "Take 1 tablet daily"),
        ("4 tab(s) daily", proposal(75), "1.5 tab(s) daily"),
        ("Take once daily with food", proposal(100), "Take once daily with food"),
    ],
)
@pytest.mark.parametrize("element", ["text", "patientInstruction"])
def test_a_sig_is_reworded_to_the_new_dose(element, said, wanted, after):
    before = draft(entry(mg(200)), dosage={element: said})

    changed = with_dose(before, wanted).resource

    assert changed["dosageInstruction"][0][element] == after


@pytest.mark.parametrize(
    ("before", "wanted", "why"),
    [
        ({}, proposal(100), "the order has not exactly one dosage instruction"),
        (
            {"dosageInstruction": {"text": "50 mg daily"}},
            proposal(100),
            "the order has not exactly one dosage instruction",
        ),
        (
            draft(entry(mg(200)), dosageInstruction=[{}, {}]),
            proposal(100),
            "the order has not exactly one dosage instruction",
        ),
        (
            draft(entry(mg(200)), modifierExtension=[{"url": "x"}]),
            proposal(100),
            "the order is modified by an extension that is not known",
        ),
        (
            {"dosageInstruction": [{"text": "200 mg daily"}]},
            proposal(100),
            "the order's dose is not one plain structured dose",
        ),
        (draft(entry(mg(200)), times=2), proposal(100), "the order's rhythm is not that of the proposal"),
        (draft(entry(mg(200))), proposal(110), "the dose is not so many whole or half tablets"),
        (
            draft({"doseRange": {"low": mg(100), "high": mg(200)}}),
            proposal(100),
            "the order's dose is not one plain structured dose",
        ),
        (
            draft(entry(mg(200)), dosage={"text": "200 mg (not 250 mg) daily"}),
            proposal(100),
            "the sig names an amount that is not the old dose",
        ),
        (
            draft(entry(mg(200)), dosage={"text": "take the usual 4"}),
            proposal(100),
            "the sig states the dose in words that cannot be replaced for sure",
        ),
        (
            draft(entry(mg(200)), dosage={"additionalInstruction": [{"text": "no more than 4 tablets"}]}),
            proposal(100),
            "an additional instruction may state the old dose",
        ),
        (
            draft(entry(mg(200)), dosage={"text": "4 tablets daily"}),
            proposal(100, tablet_mg=None),
            "the sig names an amount that is not the old dose",
        ),
        (
            draft({**entry(mg(200)), "rateQuantity": mg(1)}),
            proposal(100),
            "the dose has a rate",
        ),
        (
            draft(entry({"value": 2, "unit": "drops"})),
            proposal(100),
            'the order\'s dose cannot be read: the unit "drops" is not known',
        ),
    ],
)
def test_a_shape_that_cannot_carry_the_dose_is_refused(before, wanted, why):
    with pytest.raises(CannotExpressError) as refusal:
        with_dose(before, wanted)

    assert str(refusal.value) == why


def test_a_dose_per_kg_beside_the_dose_in_mg_is_dropped():
    per_kg = {"value": 2, "unit": "mg/kg", "code": "mg/kg"}

    changed = with_dose(draft(entry(per_kg, "ordered"), entry(mg(200), "calculated")), proposal(100)).resource

    assert entries_of(changed) == [entry(mg(100), "calculated")]


@pytest.mark.parametrize(("most", "after"), [(200, 100), (250, 250)])
def test_a_maximum_that_repeats_the_dose_follows_it(most, after):
    limit = {"numerator": mg(most), "denominator": {"value": 1, "unit": "d", "system": UCUM, "code": "d"}}

    changed = with_dose(draft(entry(mg(200)), dosage={"maxDosePerPeriod": limit}), proposal(100)).resource

    assert changed["dosageInstruction"][0]["maxDosePerPeriod"]["numerator"]["value"] == after


REMOVED = "the quantity to dispense was removed: it was for the old dose"


@pytest.mark.parametrize(
    ("supply", "after", "notes"),
    [
        (
            {"quantity": tablets(120), "expectedSupplyDuration": {"value": 30, "unit": "days"}},
            {"quantity": tablets(60), "expectedSupplyDuration": {"value": 30, "unit": "days"}},
            (),
        ),
        ({"quantity": tablets(120), "numberOfRepeatsAllowed": 3}, {"numberOfRepeatsAllowed": 3}, (REMOVED,)),
        (
            {"quantity": tablets(100), "expectedSupplyDuration": {"value": 30, "unit": "days"}},
            {"expectedSupplyDuration": {"value": 30, "unit": "days"}},
            (REMOVED,),
        ),
        ({"quantity": tablets(120)}, None, (REMOVED,)),
    ],
)
def test_the_supply_follows_the_dose_exactly_or_goes(supply, after, notes):
    changed = with_dose(draft(entry(tablets(4)), dispenseRequest=supply), proposal(100))

    assert (changed.resource.get("dispenseRequest"), changed.notes) == (after, notes)


def test_a_narrative_that_states_the_old_dose_goes():
    narrative = {"status": "generated", "div": "<div xmlns='http://www.w3.org/1999/xhtml'>200 mg daily</div>"}

    changed = with_dose(draft(entry(mg(200)), text=narrative), proposal(100))

    assert "text" not in changed.resource
    assert changed.notes == ("the order's narrative was removed: it stated the old dose",)


def test_a_sig_in_words_and_in_structure_changes_in_both():
    order = draft(
        entry(mg(50)),
        dosage={"text": "50 mg PO daily for remission induction"},
        dispenseRequest={"quantity": tablets(30), "numberOfRepeatsAllowed": 3},
    )

    changed = with_dose(order, proposal(25)).resource

    MedicationRequest.model_validate(changed)
    assert changed["dosageInstruction"][0]["text"] == "25 mg PO daily for remission induction"
    assert changed["dispenseRequest"] == {"numberOfRepeatsAllowed": 3}


@pytest.mark.parametrize(
    "before",
    [
        draft(entry(mg(200)), dosage={"text": "200 mg daily"}),
        draft(entry(mg(200), "ordered"), entry(tablets(4), "calculated")),
        draft(
            entry(tablets(4)),
            dispenseRequest={
                "quantity": tablets(120),
                "expectedSupplyDuration": {"value": 30, "unit": "d", "system": UCUM, "code": "d"},
            },
        ),
    ],
)
def test_a_changed_draft_is_valid_fhir(before):
    changed = with_dose(before, proposal(75)).resource

    MedicationRequest.model_validate(changed)


def drafts(**orders):
    return Drafts({REF: draft(entry(mg(200))), **orders}, "42", AS_OF, "e1")


def test_a_change_names_its_draft():
    assert entries_of(change_dose(drafts(), proposal(100))) == [entry(mg(100))]


@pytest.mark.parametrize("ref", ["MedicationRequest/2", "https://fhir.example/MedicationRequest/1", "x", ""])
def test_a_change_of_an_order_that_is_not_in_the_draft_is_refused(ref):
    with pytest.raises(CannotExpressError):
        change_dose(drafts(), ChangeDose(ref, 100, 1, 50))


def test_tests_are_ordered_as_draft_service_requests():
    ordered = order_tests(drafts(), OrderTests((OrderableTest.TPMT, OrderableTest.NUDT15)))

    assert [name for name, _ in ordered] == ["TPMT genotype", "NUDT15 genotype"]
    assert ordered[0][1] == {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "code": {
            "coding": [
                {
                    "system": "http://loinc.org",
                    "code": "41048-0",
                    "display": "TPMT gene targeted mutation analysis, Blood or tissue specimen",
                }
            ],
            "text": "TPMT genotype",
        },
        "subject": {"reference": "Patient/42"},
        "encounter": {"reference": "Encounter/e1"},
        "authoredOn": "2026-03-09T12:30:15+00:00",
    }


@pytest.mark.parametrize("test", OrderableTest)
def test_every_orderable_test_is_valid_fhir_with_a_loinc_code(test):
    ((name, resource),) = order_tests(drafts(), OrderTests((test,)))

    ServiceRequest.model_validate(resource)
    assert name
    assert resource["code"]["coding"][0]["system"] == "http://loinc.org"


def test_tests_are_not_ordered_for_nobody():
    with pytest.raises(CannotExpressError):
        order_tests(Drafts({}, "", AS_OF), OrderTests((OrderableTest.TPMT,)))


def test_an_encounter_that_is_not_known_is_not_named():
    ((_, resource),) = order_tests(Drafts({}, "42", AS_OF), OrderTests((OrderableTest.HCG,)))

    assert "encounter" not in resource


def test_an_order_is_removed_by_its_reference():
    assert remove("MedicationRequest/mmr-1") == "MedicationRequest/mmr-1"


@pytest.mark.parametrize("ref", ["urn:uuid:1", "MedicationRequest/~digest/2", "MedicationRequest/a#b"])
def test_an_order_without_an_id_of_its_own_cannot_be_removed(ref):
    with pytest.raises(CannotExpressError):
        remove(ref)


def test_drafts_are_found_by_their_reference():
    assert (REF in drafts(), "MedicationRequest/2" in drafts(), list(drafts())) == (True, False, [REF])
