"""Allergies and intolerances: each fixture is named for its trap."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from cards.model.conditions import AllergyRecord, Reaction
from cards.model.therapy import Drug
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import clinical_date
from fhir_mappers.records.allergies import allergy

FIXTURES = Path(__file__).parents[3] / "fixtures" / "fhir" / "allergies"
CONTEXT = MapContext(zone=UTC, record_ref="X/1")


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


DENIED = [
    "Azathioprine (not allergic)",
    "Not allergic to azathioprine",
    "No known allergy to azathioprine",
    "No known azathioprine allergy",
    "No azathioprine allergy",
    "Azathioprine - tolerates",
    "Tolerates azathioprine well",
    "Azathioprine, not allergic",
    "Azathioprine: no allergy",
    "Patient denies allergy to Imuran",
    "No known drug allergy (azathioprine)",
    "No history of hypersensitivity to azathioprine",
    "azathioprine allergy ruled out",
    "Previously tolerated azathioprine",
    "azathioprine (de-labelled)",
    "Allergic to penicillin; not allergic to azathioprine",
]
COUNTED = [
    "Azathioprine",
    "Azathioprine allergy",
    "Azathioprine not tolerated",
    "Does not tolerate azathioprine",
    "No longer tolerates azathioprine",
    "Azathioprine poorly tolerated",
    "Azathioprine: rash. Otherwise no known allergies",
    "No known allergies except azathioprine",
    "Azathioprine. NKDA",
    "Azathioprine, no known food allergies",
    "Azathioprine (not allergic, intolerant)",
    "Not allergic? azathioprine",
    "Not allergic to penicillin; allergic to azathioprine",
    "Not allergic to mercaptopurine, allergic to azathioprine",
    "Azathioprine - no known reaction",
    "Not allergic but pancreatitis on azathioprine",
]


def drugs_of(**elements):
    return [record.drug for record in allergy({"resourceType": "AllergyIntolerance", **elements}, CONTEXT)]


@pytest.mark.parametrize("text", DENIED)
def test_an_allergy_that_the_words_deny_is_none(text):
    assert Drug.AZATHIOPRINE not in drugs_of(code={"text": text})


@pytest.mark.parametrize("text", COUNTED)
def test_a_denial_beside_an_exception_a_doubt_or_a_reaction_denies_nothing(text):
    assert Drug.AZATHIOPRINE in drugs_of(code={"text": text})


RXNORM_AZATHIOPRINE = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "1256"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Azathioprine (not allergic)", []),
        ("Not allergic", []),
        ("No known allergies", [Drug.AZATHIOPRINE]),  # of all drugs, and the code names one
        ("Allopurinol: not allergic", [Drug.AZATHIOPRINE]),
    ],
)
def test_the_words_deny_what_the_code_names(text, expected):
    assert drugs_of(code={"coding": [RXNORM_AZATHIOPRINE], "text": text}) == expected


@pytest.mark.parametrize(
    "elements",
    [
        {"reaction": [{"manifestation": [{"text": "Rash"}]}]},
        {"criticality": "high"},
    ],
)
def test_a_recorded_reaction_outweighs_the_words(elements):
    assert drugs_of(code={"text": "Azathioprine (not allergic)"}, **elements) == [Drug.AZATHIOPRINE]


@pytest.mark.parametrize(
    ("verification", "text", "is_confirmed"),
    [
        (None, "Azathioprine (allergy not confirmed)", False),
        ("confirmed", "Azathioprine (allergy not confirmed)", True),
        (None, "Azathioprine", True),
    ],
)
def test_an_allergy_that_nobody_confirmed_is_doubtful(verification, text, is_confirmed):
    status = {"verificationStatus": {"coding": [{"code": verification}]}} if verification else {}

    found = allergy({"resourceType": "AllergyIntolerance", "code": {"text": text}, **status}, CONTEXT)

    assert [record.is_confirmed for record in found] == [is_confirmed]


def test_the_word_allergic_in_a_denial_is_no_immunologic_reaction():
    found = allergy(
        {
            "resourceType": "AllergyIntolerance",
            "code": {"text": "Azathioprine (not allergic)"},
            "reaction": [{"manifestation": [{"text": "Pancreatitis"}]}],
        },
        CONTEXT,
    )

    assert [(record.is_immunologic, record.reactions) for record in found] == [
        (False, frozenset({Reaction.PANCREATITIS}))
    ]
