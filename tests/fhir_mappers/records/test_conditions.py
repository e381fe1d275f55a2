"""Conditions: each fixture is named for its trap."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from cards.model.conditions import ConditionRecord, ConditionState, Indication, Problem, Reaction
from cards.model.therapy import Drug
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import clinical_date
from fhir_mappers.records.conditions import condition, indications, reason_text
from fhir_mappers.terminology.code_systems import ICD_10_CM

FIXTURES = Path(__file__).parents[3] / "fixtures" / "fhir" / "conditions"
CONTEXT = MapContext(zone=UTC, record_ref="X/1")


def day(text):
    return clinical_date(text, UTC)


def resource(name):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


RECORDS = {
    "abated_but_active": (
        ConditionRecord(
            "X/1",
            frozenset({Problem.SEPSIS}),
            ConditionState.ACTIVE,  # until its date is compared with a day
            onset_on=day("2026-02-01"),
            abated_on=day("2026-02-14"),
        ),
    ),
    "abated_by_age": (ConditionRecord("X/1", frozenset({Problem.SEPSIS}), ConditionState.RESOLVED),),
    "code_unknown": (),
    "code_with_a_text_of_history": (
        ConditionRecord(
            "X/1", frozenset({Problem.PANCREATITIS}), ConditionState.HISTORY, text="Hx of pancreatitis"
        ),
    ),
    "diagnosis_of_another_encounter": (
        ConditionRecord(
            "X/1", frozenset({Problem.SEPSIS}), ConditionState.ACTIVE, encounter_ids=frozenset({"old"})
        ),
    ),
    "diagnosis_of_this_encounter": (
        ConditionRecord(
            "X/1", frozenset({Problem.SEPSIS}), ConditionState.ACTIVE, encounter_ids=frozenset({"today"})
        ),
    ),
    "dstu2_provisional": (
        ConditionRecord(
            "X/1",
            frozenset({Problem.CROHNS}),
            ConditionState.ACTIVE,
            is_confirmed=False,
            recorded_on=day("2026-03-01"),
            text="Crohn's disease, unspecified, without complications",
        ),
    ),
    "entered_in_error": (),
    "icd_below_its_category": (
        ConditionRecord("X/1", frozenset({Problem.ULCERATIVE_COLITIS}), ConditionState.ACTIVE),
    ),
    "icd_with_a_dot": (
        ConditionRecord(
            "X/1",
            frozenset({Problem.CROHNS}),
            ConditionState.ACTIVE,
            recorded_on=day("2024-05-01"),
            text="Crohn's disease, unspecified, without complications",
        ),
    ),
    "icd_without_a_dot": (ConditionRecord("X/1", frozenset({Problem.CROHNS}), ConditionState.ACTIVE),),
    "inactive": (
        ConditionRecord(
            "X/1",
            frozenset({Problem.CROHNS}),
            ConditionState.RESOLVED,
            text="Crohn's disease, unspecified, without complications",
        ),
    ),
    "no_code": (),
    "onset_as_a_year": (
        ConditionRecord("X/1", frozenset({Problem.SEPSIS}), ConditionState.ACTIVE, onset_on=day("2026")),
    ),
    "pancreatitis_of_the_description_id": (
        ConditionRecord(
            "X/1",
            frozenset({Problem.TPMT_DEFICIENCY}),
            ConditionState.ACTIVE,
            text="Thiopurine methyltransferase deficiency",
        ),
    ),
    "provisional": (
        ConditionRecord(
            "X/1",
            frozenset({Problem.CROHNS}),
            ConditionState.ACTIVE,
            is_confirmed=False,
            text="Crohn's disease, unspecified, without complications",
        ),
    ),
    "refuted": (),
    "remission_is_still_the_disease": (
        ConditionRecord(
            "X/1", frozenset({Problem.ULCERATIVE_COLITIS}), ConditionState.ACTIVE, is_in_remission=True
        ),
    ),
    "snomed_lupus_nephritis": (
        ConditionRecord("X/1", frozenset({Problem.LUPUS, Problem.LUPUS_NEPHRITIS}), ConditionState.ACTIVE),
    ),
    "stu3_status_strings": (
        ConditionRecord(
            "X/1",
            frozenset({Problem.CROHNS}),
            ConditionState.RESOLVED,
            text="Crohn's disease, unspecified, without complications",
        ),
    ),
    "text_negated": (),
    "text_of_history": (
        ConditionRecord(
            "X/1", frozenset({Problem.LYMPHOMA}), ConditionState.HISTORY, text="History of lymphoma"
        ),
    ),
    "text_of_the_family": (),
    "text_only": (
        ConditionRecord("X/1", frozenset({Problem.CROHNS}), ConditionState.ACTIVE, text="Crohn's disease"),
    ),
    "transplant_is_past_by_nature": (
        ConditionRecord(
            "X/1",
            frozenset({Problem.KIDNEY_TRANSPLANT}),
            ConditionState.ACTIVE,
            text="History of renal transplant",
        ),
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_condition_counts_only_as_far_as_it_is_there(name):
    assert condition(resource(name), CONTEXT) == RECORDS[name]


def test_every_fixture_is_in_the_table():
    assert {path.stem for path in FIXTURES.glob("*.json")} == set(RECORDS)


@pytest.mark.parametrize(
    ("problems", "expected"),
    [
        ([], set()),
        ([frozenset()], {Indication.OTHER}),
        ([frozenset({Problem.GOUT})], {Indication.OTHER}),
        ([frozenset({Problem.LUPUS, Problem.LUPUS_NEPHRITIS})], {Indication.LUPUS_NEPHRITIS}),
        ([frozenset({Problem.CROHNS}), frozenset()], {Indication.CROHNS, Indication.OTHER}),
    ],
)
def test_a_reason_that_is_none_of_ours_is_another_indication(problems, expected):
    assert indications(problems) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ({"coding": [{"system": ICD_10_CM, "code": "C91.01"}]}, True),
        ({"coding": [{"system": ICD_10_CM, "code": "C91.00"}]}, False),
        ({"coding": [{"system": ICD_10_CM, "code": "C91.02"}]}, False),  # in relapse
        ({"coding": [{"system": ICD_10_CM, "code": "C83.5A"}]}, True),
        ({"text": "Acute lymphoblastic leukaemia, in remission"}, True),
        ({"text": "Acute lymphoblastic leukaemia, not in remission"}, False),
        ({"text": "Acute lymphoblastic leukemia not having achieved remission"}, False),
    ],
)
def test_a_code_or_its_words_say_that_a_disease_is_in_remission(code, expected):
    (record,) = condition({"resourceType": "Condition", "code": code}, CONTEXT)

    assert record.is_in_remission is expected


@pytest.mark.parametrize(
    ("problem", "indication"),
    [
        (Problem.LYMPHOBLASTIC_LYMPHOMA, Indication.LYMPHOBLASTIC_LYMPHOMA),
        (Problem.ACUTE_MYELOID_LEUKEMIA, Indication.ACUTE_MYELOID_LEUKEMIA),
        (Problem.ACUTE_PROMYELOCYTIC_LEUKEMIA, Indication.ACUTE_PROMYELOCYTIC_LEUKEMIA),
    ],
)
def test_an_acute_leukaemia_or_lymphoblastic_lymphoma_is_the_reason_of_an_order(problem, indication):
    assert indications([frozenset({problem})]) == {indication}


def test_the_wording_of_a_reason_may_stand_in_its_reference():
    assert reason_text([], [{"display": "Crohn disease"}]) == "Crohn disease"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("Sepsis", {Problem.SEPSIS}),
        ("No evidence of sepsis", None),
        ("Sepsis ruled out", None),
        ("Sepsis: not present", None),
        ("Sepsis (excluded)", None),
        ("Sepsis - has been refuted", None),
        ("Neutropenia without sepsis", {Problem.CYTOPENIA}),
        ("Neutropenia, no signs of sepsis", {Problem.CYTOPENIA}),
        ("Sepsis not improving", {Problem.SEPSIS}),
        ("Sepsis not confirmed", {Problem.SEPSIS}),
    ],
)
def test_what_the_words_deny_is_no_problem(text, problems):
    found = condition({"resourceType": "Condition", "code": {"text": text}}, CONTEXT)

    assert [record.problems for record in found] == ([frozenset(problems)] if problems else [])


def test_a_code_outweighs_a_denial_after_it():
    coded = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "A41.9"}]}

    found = condition({"resourceType": "Condition", "code": {**coded, "text": "Sepsis ruled out"}}, CONTEXT)

    assert [record.problems for record in found] == [frozenset({Problem.SEPSIS})]


def mapped(text, code=None, system="http://hl7.org/fhir/sid/icd-10-cm"):
    coding = [{"system": system, "code": code}] if code else []
    (record,) = condition({"code": {"text": text, "coding": coding}}, CONTEXT)
    return record


ADVERSE, LIVER = Problem.ADVERSE_DRUG_EFFECT, Problem.DRUG_INDUCED_LIVER_DISEASE


@pytest.mark.parametrize(
    ("text", "code", "problems"),
    [
        ("Toxic liver disease with hepatitis", "K71.6", {LIVER, Problem.LIVER_DISEASE}),
        ("Drug-induced liver injury", None, {LIVER}),
        ("Drug-induced liver injury due to methotrexate", None, {LIVER, Problem.OTHER_CAUSE}),
        (
            "Adverse effect of antineoplastic and immunosuppressive drugs, initial encounter",
            "T45.1X5A",
            {ADVERSE},
        ),
        (
            "Drug induced acute pancreatitis",
            "K85.30",
            {Problem.PANCREATITIS, Problem.DRUG_INDUCED_PANCREATITIS},
        ),
        ("Biliary acute pancreatitis", "K85.10", {Problem.PANCREATITIS, Problem.OTHER_CAUSE}),
        ("Pancreatitis", "K85.20", {Problem.PANCREATITIS, Problem.OTHER_CAUSE}),
        ("Gallstone pancreatitis", None, {Problem.PANCREATITIS, Problem.OTHER_CAUSE}),
        (
            "Alcohol use; Crohn's disease",
            "K50.90",
            {Problem.CROHNS},
        ),  # a cause of nothing that is asked about
    ],
)
def test_the_cause_of_a_problem_as_code_or_words_have_it(text, code, problems):
    record = mapped(text, code)

    assert record.problems == problems
    assert (record.blames, record.reactions) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("text", "code", "problems", "reaction"),
    [
        ("Azathioprine hypersensitivity syndrome", None, {ADVERSE}, Reaction.HYPERSENSITIVITY),
        ("Adverse effect of azathioprine: hepatitis", "T45.1X5A", {ADVERSE}, Reaction.HEPATITIS),
        (
            "Azathioprine-induced pancreatitis",
            "K85.30",
            {ADVERSE, Problem.PANCREATITIS},
            Reaction.PANCREATITIS,
        ),
    ],
)
def test_words_that_name_a_thiopurine_as_the_cause(text, code, problems, reaction):
    record = mapped(text, code)

    assert record.problems - {Problem.DRUG_INDUCED_PANCREATITIS} == problems
    assert (record.blames, record.reactions) == ({Drug.AZATHIOPRINE}, {reaction})


def test_a_reaction_of_the_family_is_not_the_patient_s():
    assert condition({"code": {"text": "Family history of azathioprine-induced hepatitis"}}, CONTEXT) == ()
