"""Medication orders and records: each fixture is named for its trap."""

import json
from dataclasses import replace
from datetime import UTC, date
from pathlib import Path

import pytest

from cards.model.conditions import Indication
from cards.model.facts import FactKind, Unread
from cards.model.therapy import DoseRegimen, Drug, DrugOrder, DrugRecord, OrderIntent, Product, TherapyState
from fhir_mappers.bundle.references import contained
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import clinical_date
from tests.fhir_mappers.mapped import POLICY, orders_of, records_of

FIXTURES = Path(__file__).parents[3] / "fixtures" / "fhir" / "medications"
TODAY = date(2026, 3, 9)
CONTEXT = MapContext(zone=UTC, record_ref="X/1")


def day(text):
    return clinical_date(text, UTC)


def resource(name):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


SIBLING = {
    "resourceType": "Medication",
    "id": "sibling",
    "code": {
        "coding": [
            {
                "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
                "code": "197931",
                "display": "mercaptopurine 50 MG Oral Tablet",
            }
        ]
    },
}
TABLETS = Product("azathioprine 50 MG Oral Tablet", strength_mg=50.0, form="tablet")


def find(literal, holder):
    if literal.startswith("#"):
        return contained(literal, holder)
    return SIBLING if literal == "Medication/sibling" else None


def context(**more):
    return MapContext(zone=UTC, record_ref="X/1", find=find, **more)


RECORDS = {
    "administration_not_done": (),
    "administration_of_last_year": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.PAST,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2025-03-08T08:00:00+00:00"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "administration_of_yesterday": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="how often is not said",
            product=TABLETS,
            started_on=day("2026-03-08T08:00:00+00:00"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "atc_code": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="azathioprine"),
            text="azathioprine",
        ),
    ),
    "branded_drug_code": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="IMURAN 50 MG Oral Tablet", strength_mg=50.0, form="tablet"),
            is_oral=True,
            text="IMURAN 50 MG Oral Tablet",
        ),
    ),
    "code_of_another_drug": (),
    "code_unknown_without_words": (),
    "codings_without_displays": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="AZATHIOPRINE Oral Tablet 50 MG", strength_mg=50.0, form="tablet"),
            is_oral=True,
            text="AZATHIOPRINE Oral Tablet 50 MG",
        ),
    ),
    "contained_ingredient_with_strength": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            regimen=DoseRegimen(
                50.0, "2 tablets x 25 mg, once a day = 50 mg/day", mg_per_dose=50.0, doses_per_day=1.0
            ),
            product=Product(text="azathioprine", strength_mg=25.0, form="tablet"),
            is_oral=True,
            text="azathioprine",
        ),
    ),
    "contained_medication": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=TABLETS,
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "contained_mixture_for_infusion": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="IV admixture"),
            text="IV admixture",
        ),
    ),
    "contained_mixture_of_two_of_ours": (
        DrugRecord(
            "X/1",
            Drug.METHOTREXATE,
            TherapyState.ACTIVE,
            dose_problem="the order holds several drugs, and its dose does not say of which",
            product=Product(text="methotrexate"),
            text="methotrexate",
        ),
        DrugRecord(
            "X/1",
            Drug.MERCAPTOPURINE,
            TherapyState.ACTIVE,
            dose_problem="the order holds several drugs, and its dose does not say of which",
            product=Product(text="mercaptopurine"),
            text="mercaptopurine",
        ),
    ),
    "contained_tylenol_named_azathioprine": (),
    "dispense_by_quantity_and_sig": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            regimen=DoseRegimen(
                100.0,
                "2 tablets x 50 mg, once a day = 100 mg/day",
                mg_per_dose=100.0,
                doses_per_day=1.0,
                is_from_text=True,
            ),
            product=TABLETS,
            started_on=day("2026-02-01"),
            supplied_until=day("2026-04-01"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "dispense_cancelled": (),
    "dispense_that_ran_out_long_ago": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.POSSIBLY_TAKEN,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2025-10-01"),
            supplied_until=day("2025-12-29"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "dispense_that_ran_out_yesterday": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.POSSIBLY_TAKEN,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2026-02-07"),
            supplied_until=day("2026-03-08"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "dispense_that_reaches_today": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2026-02-08T10:00:00+00:00"),
            supplied_until=day("2026-03-09"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "dispense_undated": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.POSSIBLY_TAKEN,
            dose_problem="no dose given",
            product=TABLETS,
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "dstu2_medication_order": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            regimen=DoseRegimen(
                100.0, "50 mg, twice a day = 100 mg/day", mg_per_dose=50.0, doses_per_day=2.0
            ),
            product=TABLETS,
            indications=frozenset({Indication.CROHNS}),
            started_on=day("2026-03-01"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "duzallo_is_one_drug": (
        DrugRecord(
            "X/1",
            Drug.LESINURAD_ALLOPURINOL,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="lesinurad 200 mg / allopurinol 300 mg tablet", form="tablet"),
            is_oral=True,
            text="lesinurad 200 mg / allopurinol 300 mg tablet",
        ),
    ),
    "febuxostat_clinical_drug": (
        DrugRecord(
            "X/1",
            Drug.FEBUXOSTAT,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="febuxostat 40 MG Oral Tablet", strength_mg=40.0, form="tablet"),
            is_oral=True,
            text="febuxostat 40 MG Oral Tablet",
        ),
    ),
    "ingredient_code": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="azathioprine"),
            text="azathioprine",
        ),
    ),
    "ndc_unknown_displayed_as_azathioprine": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="Azathioprine"),
            text="Azathioprine",
        ),
    ),
    "no_medication_at_all": (
        Unread("X/1", kind=FactKind.MEDICATIONS, why="it names no drug", what="a medication record"),
    ),
    "oid_for_rxnorm": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="azaTHIOprine 50 MG Oral Tablet", strength_mg=50.0, form="tablet"),
            is_oral=True,
            text="azaTHIOprine 50 MG Oral Tablet",
        ),
    ),
    "order_active_of_180_days": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2025-09-10"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "order_active_of_181_days": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.POSSIBLY_TAKEN,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2025-09-09"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "order_active_of_this_month": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2026-03-01"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "order_active_undated": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=TABLETS,
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "order_active_with_a_year_only": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.POSSIBLY_TAKEN,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2024"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "order_cancelled": (),
    "order_completed": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.PAST,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2025-01-01"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "order_completed_with_supply_left": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.POSSIBLY_TAKEN,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2026-02-20"),
            supplied_until=day("2026-05-20"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "order_entered_in_error": (),
    "order_not_to_be_performed": (),
    "order_of_a_plan": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.PLANNED,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2026-03-01"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "order_old_with_supply_until_last_week": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.POSSIBLY_TAKEN,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2025-03-10"),
            supplied_until=day("2026-03-04"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "order_on_hold": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.HELD,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2026-01-01"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "order_status_unknown": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.POSSIBLY_TAKEN,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2026-03-01"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "order_stopped": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.PAST,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2025-01-01"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "order_supply_by_quantity": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            regimen=DoseRegimen(
                100.0, "2 tablets x 50 mg, once a day = 100 mg/day", mg_per_dose=100.0, doses_per_day=1.0
            ),
            product=TABLETS,
            started_on=day("2026-01-01"),
            supplied_until=day("2026-03-31"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "order_that_starts_next_month": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.PLANNED,
            regimen=DoseRegimen(50.0, "50 mg, once a day = 50 mg/day", mg_per_dose=50.0, doses_per_day=1.0),
            product=TABLETS,
            started_on=day("2026-04-01"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
            planned_for=day("2026-04-01"),
        ),
    ),
    "order_whose_period_has_ended": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.PAST,
            regimen=DoseRegimen(50.0, "50 mg, once a day = 50 mg/day", mg_per_dose=50.0, doses_per_day=1.0),
            product=TABLETS,
            started_on=day("2026-01-01"),
            ended_on=day("2026-02-01"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "r5_concept": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=TABLETS,
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "r5_reference": (
        DrugRecord(
            "X/1",
            Drug.MERCAPTOPURINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="mercaptopurine 50 MG Oral Tablet", strength_mg=50.0, form="tablet"),
            is_oral=True,
            text="mercaptopurine 50 MG Oral Tablet",
        ),
    ),
    "reference_to_a_sibling": (
        DrugRecord(
            "X/1",
            Drug.MERCAPTOPURINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="mercaptopurine 50 MG Oral Tablet", strength_mg=50.0, form="tablet"),
            is_oral=True,
            text="mercaptopurine 50 MG Oral Tablet",
        ),
    ),
    "reference_to_nowhere": (
        Unread(
            "X/1",
            kind=FactKind.MEDICATIONS,
            why="the drug that it refers to was not sent",
            what="a medication record",
        ),
    ),
    "reference_to_nowhere_with_display": (
        DrugRecord(
            "X/1",
            Drug.MERCAPTOPURINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="MERCAPTOPURINE 50 MG PO TABS", strength_mg=50.0, form="tablet"),
            is_oral=True,
            text="MERCAPTOPURINE 50 MG PO TABS",
        ),
    ),
    "snomed_substance": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="Azathioprine"),
            text="Azathioprine",
        ),
    ),
    "statement_active": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2025-01-01"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "statement_active_but_old": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.POSSIBLY_TAKEN,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2020-05-10"),
            is_stale_report=True,
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "statement_intended": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.PLANNED,
            dose_problem="no dose given",
            product=TABLETS,
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "statement_not_taken": (),
    "statement_period_has_ended": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.PAST,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2025-01-01"),
            ended_on=day("2025-06-30"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "statement_r5_not_taking": (),
    "statement_r5_recorded": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=TABLETS,
            started_on=day("2026-03-01"),
            is_oral=True,
            text="azathioprine 50 MG Oral Tablet",
        ),
    ),
    "strength_differs_between_code_and_text": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="the dose is 1 tablet, and the strength is not known",
            product=Product(text="azathioprine 25 mg tablet", form="tablet"),
            is_oral=True,
            text="azathioprine 25 mg tablet",
        ),
    ),
    "text_of_another_coded_drug": (),
    "text_only": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="azaTHIOprine 50 mg oral tablet", strength_mg=50.0, form="tablet"),
            is_oral=True,
            text="azaTHIOprine 50 mg oral tablet",
        ),
    ),
    "text_only_azacitidine": (),
    "text_with_invisible_characters": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="azathioprine 50 mg tablets", strength_mg=50.0, form="tablet"),
            is_oral=True,
            text="azathioprine 50 mg tablets",
        ),
    ),
    "vendor_synonym_selected_by_user": (
        DrugRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            TherapyState.ACTIVE,
            dose_problem="no dose given",
            product=Product(text="azaTHIOprine 50 mg oral tablet", strength_mg=50.0, form="tablet"),
            is_oral=True,
            text="azaTHIOprine 50 mg oral tablet",
        ),
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_says_what_it_says_and_no_more(name):
    found = records_of(resource(name), context(), TODAY)

    # Until when it shows the drug to be taken is a question of fixtures/histories.
    assert tuple(_untimed(one) for one in found) == RECORDS[name]


def _untimed(one):
    if isinstance(one, DrugRecord):
        return replace(one, shown_until=None, ended_by=None, is_end_assumed=False, reported_on=None)
    return one


def test_every_fixture_is_in_the_table():
    assert {path.stem for path in FIXTURES.glob("*.json")} == set(RECORDS)


@pytest.mark.parametrize(
    ("status", "last_updated", "until"),
    [
        ("stopped", "2026-02-01T10:00:00Z", "2026-02-01"),
        ("stopped", "2026-03-31T10:00:00Z", "2026-03-31"),
        ("stopped", "2026-04-01T10:00:00Z", "2026-03-31"),  # a later correction lengthens no supply
        ("stopped", None, "2026-03-31"),
        ("completed", "2026-02-01T10:00:00Z", "2026-03-31"),  # the supply may be taken to its end
        ("active", "2026-02-01T10:00:00Z", "2026-03-31"),
    ],
)
def test_the_supply_of_a_stopped_order_reaches_no_further_than_the_day_on_which_the_stop_was_written(
    status, last_updated, until
):
    order = {**resource("order_supply_by_quantity"), "status": status, "meta": {"lastUpdated": last_updated}}

    (record,) = records_of(order, context(), TODAY)

    assert record.supplied_until == day(until)


def test_what_was_written_about_a_stopped_order_gives_it_no_supply():
    order = {**resource("order_stopped"), "meta": {"lastUpdated": "2026-02-01T10:00:00Z"}}

    (record,) = records_of(order, context(), TODAY)

    assert record.supplied_until is None


def draft(**elements):
    return {**resource("text_only"), "status": "draft", **elements}


@pytest.mark.parametrize(
    ("status", "intent", "is_told"),
    [
        ("draft", OrderIntent.TAKE, False),
        ("active", OrderIntent.TAKE, False),  # a re-signed order
        ("on-hold", OrderIntent.TAKE, False),
        (None, OrderIntent.TAKE, True),
        ("unknown", OrderIntent.TAKE, True),
        ("stopped", OrderIntent.END, False),
        ("cancelled", OrderIntent.END, False),
        ("completed", OrderIntent.END, False),
        ("entered-in-error", OrderIntent.VOID, False),
    ],
)
def test_the_status_of_an_order_says_what_signing_does(status, intent, is_told):
    order, *notes = orders_of(draft(status=status), context(is_draft=True), TODAY)

    why = "its status is unclear, so it counts as taken"
    assert order.intent is intent
    assert [one.why for one in notes] == [why] * is_told


def test_an_order_not_to_be_performed_ends_the_drug():
    (order,) = orders_of(draft(doNotPerform=True), context(), TODAY)

    assert order.intent is OrderIntent.END


def test_an_order_keeps_its_reason_dates_route_and_what_it_replaces():
    order = draft(
        authoredOn="2026-03-09T11:00:00Z",
        reasonCode=[{"text": "Crohn's disease"}],
        priorPrescription={"reference": "MedicationRequest/old"},
        dosageInstruction=[
            {
                "text": "50 mg daily",
                "route": {"text": "Oral"},
                "timing": {"repeat": {"boundsPeriod": {"start": "2026-03-10"}}},
            }
        ],
    )

    assert orders_of(order, context(selections=frozenset({"MedicationRequest/2"})), TODAY) == (
        DrugOrder(
            "X/1",
            Drug.AZATHIOPRINE,
            regimen=DoseRegimen(50.0, "50 mg, once a day = 50 mg/day", 50.0, 1.0, is_from_text=True),
            product=Product("azaTHIOprine 50 mg oral tablet", strength_mg=50.0, form="tablet"),
            indications=frozenset({Indication.CROHNS}),
            reason_text="Crohn's disease",
            authored_on=day("2026-03-09T11:00:00Z"),
            starts_on=day("2026-03-10"),
            replaces_ref="MedicationRequest/old",
            is_selected=False,
            is_oral=True,
            text="azaTHIOprine 50 mg oral tablet",
        ),
    )


def test_a_care_plan_is_not_an_order_that_is_replaced():
    (order,) = orders_of(draft(basedOn=[{"reference": "CarePlan/1"}]), context(), TODAY)

    assert order.replaces_ref is None


@pytest.mark.parametrize(
    ("reason", "indications"),
    [
        ({}, set()),
        ({"reasonCode": [{"text": "Myasthenia gravis"}]}, {Indication.OTHER}),
        ({"reasonReference": [{"reference": "Condition/gone"}]}, set()),  # unknown is not another indication
        ({"reasonReference": [{"display": "Ulcerative colitis"}]}, {Indication.ULCERATIVE_COLITIS}),
        ({"reason": [{"concept": {"text": "Psoriasis"}}]}, {Indication.PSORIASIS}),
        ({"reasonReference": [{"reference": "#c"}]}, {Indication.ITP}),
    ],
)
def test_the_reason_of_an_order_is_its_indication(reason, indications):
    inner = [{"resourceType": "Condition", "id": "c", "code": {"text": "Immune thrombocytopenia"}}]

    (order,) = orders_of(draft(contained=inner, **reason), context(), TODAY)

    assert order.indications == indications


@pytest.mark.parametrize(
    ("route", "is_oral"),
    [
        ({"text": "PO"}, True),
        ({"coding": [{"display": "Oral route (qualifier value)"}]}, True),
        ({"text": "Intravenous"}, False),
        ({}, True),  # a tablet
    ],
)
def test_the_route_is_read_from_the_instruction_then_from_the_form(route, is_oral):
    (order,) = orders_of(draft(dosageInstruction=[{"route": route}]), context(), TODAY)

    assert order.is_oral is is_oral


def test_the_age_of_evidence_is_a_policy():
    strict = replace(POLICY, stale_order_days=5)

    (record,) = records_of(resource("order_active_of_this_month"), context(), TODAY, policy=strict)

    assert record.state is TherapyState.POSSIBLY_TAKEN


def test_a_record_keeps_who_ordered_it_in_which_encounter_and_whether_in_hospital():
    order = {
        **resource("order_active_of_this_month"),
        "requester": {"reference": "Practitioner/7"},
        "encounter": {"reference": "Encounter/3"},
        "category": [{"coding": [{"code": "inpatient"}]}],
    }
    (record,) = records_of(order, CONTEXT, TODAY)

    assert (record.ordered_by, record.encounter, record.setting) == (
        "Practitioner/7",
        "Encounter/3",
        "inpatient",
    )


@pytest.mark.parametrize("category", [[], [{"coding": [{"code": "outpatient"}]}], [{"text": "inpatient"}]])
def test_only_a_coded_category_says_that_an_order_is_for_hospital(category):
    (record,) = records_of({**resource("order_active_of_this_month"), "category": category}, CONTEXT, TODAY)

    assert record.setting != "inpatient"
