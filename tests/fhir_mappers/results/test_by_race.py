"""An eGFR that was computed with a term for race is not used, and told."""

import pytest

from cards.model.facts import FactKind, UnreadReason
from tests.fhir_mappers.mapped import chart_of

LOINC = "http://loinc.org"


def egfr(*codes, status="final"):
    return {
        "resourceType": "Observation",
        "id": "egfr",
        "status": status,
        "subject": {"reference": "Patient/1"},
        "code": {"coding": [{"system": LOINC, "code": code} for code in codes]},
        "effectiveDateTime": "2026-03-01",
        "valueQuantity": {"value": 24, "unit": "mL/min/{1.73_m2}"},
    }


@pytest.mark.parametrize("code", ["48642-3", "48643-1", "88293-6", "88294-4"])
def test_a_value_by_race_is_told_with_its_number_and_not_used(code):
    chart = chart_of(egfr(code)).chart

    (told,) = chart.unread
    assert not chart.labs
    assert (told.kind, told.reason) == (FactKind.KIDNEY, UnreadReason.NOT_UNDERSTOOD)
    assert told.in_words == "eGFR 24 mL/min/{1.73_m2} not used: computed with a term for race"


def test_one_that_was_mistaken_or_has_a_code_without_race_too_is_not_told():
    assert chart_of(egfr("48642-3", status="entered-in-error")).chart.unread == ()
    assert chart_of(egfr("98979-8", "48642-3")).chart.unread == ()
