"""Allergies and intolerances: each fixture is named for its trap."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cards.model.conditions import AllergyRecord, Reaction
from cards.model.therapy import Drug
from fhir_mappers.allergies import allergy
from fhir_mappers.context import MapContext
from fhir_mappers.dates import clinical_date

FIXTURES = Path(__file__).parents[2] / "fixtures" / "fhir" / "allergies"
CONTEXT = MapContext(as_of=datetime(2026, 3, 9, 12, tzinfo=UTC), zone=UTC, record_ref="X/1")


def day(text):
    return clinical_date(text, UTC)


def resource(name):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


RECORDS = {
    "allergy_with_anaphylaxis": (
        AllergyRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            is_allergy=True,
            is_high_criticality=True,
            is_immunologic=True,
            reactions=frozenset({Reaction.ANAPHYLAXIS}),
            recorded_on=day("2019"),
            text="azathioprine",
        ),
    ),
    "dstu2_substance": (
        AllergyRecord(
            "X/1",
            Drug.AZATHIOPRINE,
            is_high_criticality=True,
            recorded_on=day("2020-01-01"),
            text="azathioprine",
        ),
    ),
    "hepatitis_in_its_description": (
        AllergyRecord(
            "X/1", Drug.AZATHIOPRINE, reactions=frozenset({Reaction.HEPATITIS}), text="azathioprine"
        ),
    ),
    "intolerance_with_nausea": (
        AllergyRecord("X/1", Drug.AZATHIOPRINE, is_allergy=False, text="azathioprine"),
    ),
    "manifestation_not_understood": (
        AllergyRecord("X/1", Drug.AZATHIOPRINE, reactions=frozenset({Reaction.OTHER}), text="azathioprine"),
    ),
    "no_known_allergy": (),
    "no_type_no_reaction": (AllergyRecord("X/1", Drug.AZATHIOPRINE, text="azathioprine"),),
    "only_the_reaction_names_the_drug": (
        AllergyRecord(
            "X/1",
            Drug.MERCAPTOPURINE,
            reactions=frozenset({Reaction.FEVER, Reaction.RASH}),
            text="Immunosuppressants",
        ),
    ),
    "pancreatitis_by_code": (
        AllergyRecord("X/1", Drug.AZATHIOPRINE, reactions=frozenset({Reaction.PANCREATITIS}), text="Imuran"),
    ),
    "refuted": (),
    "resolved": (),
    "to_another_drug": (),
    "unconfirmed": (AllergyRecord("X/1", Drug.AZATHIOPRINE, is_confirmed=False, text="azathioprine"),),
}


@pytest.mark.parametrize("name", RECORDS)
def test_an_allergy_keeps_what_tells_it_from_an_intolerance(name):
    assert allergy(resource(name), CONTEXT) == RECORDS[name]


def test_every_fixture_is_in_the_table():
    assert {path.stem for path in FIXTURES.glob("*.json")} == set(RECORDS)
