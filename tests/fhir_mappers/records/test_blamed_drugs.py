"""Does the wording of a problem say that a thiopurine caused it, or that something else did?"""

import pytest

from cards.model.conditions import Reaction
from cards.model.therapy import THIOPURINES, Drug
from fhir_mappers.records.blamed_drugs import Blame, blame_in, names_another_cause

AZA, MP = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE
R = Reaction


@pytest.mark.parametrize(
    ("text", "drugs", "reactions"),
    [
        ("Azathioprine-induced hepatitis", {AZA}, {R.HEPATITIS}),
        ("Imuran induced acute pancreatitis", {AZA}, {R.PANCREATITIS}),
        ("History of drug-induced pancreatitis due to azathioprine", {AZA}, {R.PANCREATITIS}),
        ("Azathioprine hypersensitivity syndrome", {AZA}, {R.HYPERSENSITIVITY}),
        ("azathioprine pancreatitis", {AZA}, {R.PANCREATITIS}),
        ("Pancreatitis (azathioprine)", {AZA}, {R.PANCREATITIS}),
        ("Pancreatitis on azathioprine, do not give again", {AZA}, {R.PANCREATITIS}),
        ("Drug-induced liver injury from mercaptopurine", {MP}, {R.HEPATITIS}),
        ("Neutropenia secondary to 6-MP", {MP}, {R.CYTOPENIA}),
        ("Febrile neutropenia due to azathioprine", {AZA}, {R.CYTOPENIA}),
        ("Neutropenia with fever due to azathioprine", {AZA}, {R.CYTOPENIA}),
        ("Drug fever caused by azathioprine", {AZA}, {R.FEVER}),
        ("Thiopurine-induced leukopenia", set(THIOPURINES), {R.CYTOPENIA}),
        ("Adverse effect of azathioprine", {AZA}, {R.OTHER}),
        ("Azathioprine toxicity", {AZA}, {R.OTHER}),
        ("Azathioprine allergy", {AZA}, {R.OTHER}),
        ("Allergy to azathioprine: anaphylaxis", {AZA}, {R.ANAPHYLAXIS}),
    ],
)
def test_words_that_name_the_drug_as_the_cause(text, drugs, reactions):
    assert blame_in([text]) == Blame(frozenset(drugs), frozenset(reactions))


@pytest.mark.parametrize(
    "text",
    [
        "Autoimmune hepatitis on azathioprine",
        "Hepatitis B, on azathioprine",
        "Immune thrombocytopenia treated with azathioprine",
        "Psoriasis with rash treated with azathioprine",
        "Long-term use of azathioprine",
        "Thiopurine methyltransferase deficiency",
        "Azathioprine intolerance",
        "Azathioprine-induced nausea",
        "Adverse effect of azathioprine: nausea and headache",
        "Crohn's disease on azathioprine, no toxicity",
        "No evidence of azathioprine-induced hepatitis",
        "Pancreatitis not due to azathioprine",
        "At risk of azathioprine toxicity",
        "Monitoring for azathioprine toxicity",
        "Pancreatitis due to gallstones",
        "Hepatitis due to methotrexate",
    ],
)
def test_words_that_do_not(text):
    assert blame_in([text]) == Blame()


def test_several_texts_are_read_together():
    texts = ["Adverse effect of azathioprine", "Pancreatitis", "Hepatitis due to mercaptopurine"]

    assert blame_in(texts) == Blame(frozenset({AZA, MP}), frozenset({R.OTHER, R.HEPATITIS}))


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("Gallstone pancreatitis", True),
        ("Biliary acute pancreatitis", True),
        ("Alcohol-induced pancreatitis", True),
        ("Pancreatitis in hypertriglyceridaemia", True),
        ("Post-ERCP pancreatitis", True),
        ("Toxic hepatitis due to methotrexate", True),
        ("Acute pancreatitis", False),
        ("Pancreatitis due to azathioprine", False),
    ],
)
def test_another_cause(text, is_said):
    assert names_another_cause([text]) == is_said
