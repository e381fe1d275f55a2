"""Which known drugs a medication record names: also where only a part of what it refers to says so."""

import pytest

from cards.model.therapy import Drug
from tests.fhir_mappers.mapped import chart_of

SUBSTANCE = {"resourceType": "Substance", "id": "s", "code": {"text": "allopurinol"}}
REFERRED = {"reference": "#s"}
NAMED = {"display": "allopurinol"}


def order(*, code=None, **parts):
    medication = {"resourceType": "Medication", "id": "m", **({"code": code} if code else {}), **parts}
    return {
        "resourceType": "MedicationRequest",
        "id": "1",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-03-01",
        "subject": {"reference": "Patient/1"},
        "medicationReference": {"reference": "#m"},
        "contained": [medication, SUBSTANCE],
    }


@pytest.mark.parametrize(
    "parts",
    [
        {"ingredient": [{"itemCodeableConcept": {"text": "allopurinol"}}]},
        {"ingredient": [{"itemReference": REFERRED}]},
        {"ingredient": [{"itemReference": NAMED}]},
        {"ingredient": [{"item": {"concept": {"text": "allopurinol"}}}]},  # R5
        {"ingredient": [{"item": {"reference": REFERRED}}]},
        {"ingredient": [{"item": {"reference": NAMED}}]},
        {"product": {"ingredient": [{"item": REFERRED}]}},  # DSTU2
        {"product": {"ingredient": [{"item": NAMED}]}},
    ],
)
@pytest.mark.parametrize("code", [None, {"text": "gout tablets"}])
def test_an_ingredient_names_the_drug_in_every_form_it_is_sent_in(parts, code):
    (record,) = chart_of(order(code=code, **parts)).chart.drug_records

    assert record.drug is Drug.ALLOPURINOL


@pytest.mark.parametrize(
    "parts", [{}, {"ingredient": [{}]}, {"ingredient": [{"itemReference": {"reference": "#gone"}}]}]
)
def test_a_medication_without_a_name_is_told(parts):
    (note,) = chart_of(order(**parts)).chart.unread

    assert note.in_words == "a medication record not used: the medication that it refers to has no name"


@pytest.mark.parametrize(
    "parts",
    [
        {"code": {"text": "Aspirin"}},
        {"code": {"text": "Aspirin"}, "ingredient": [{"itemReference": {"display": "aspirin"}}]},
        {"ingredient": [{"itemReference": {"display": "aspirin"}}]},
    ],
)
def test_another_drug_is_none_of_ours(parts):
    chart = chart_of(order(**parts)).chart

    assert (chart.drug_records, chart.unread) == ((), ())
