"""What makes toxicity of a thiopurine likelier in this patient: age, kidney, liver, a high dose?"""

import pytest

from cards.assessment.toxicity_risk import toxicity_risks
from cards.model.conditions import ConditionState, Indication, Problem
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from tests.builders import KNOWLEDGE, case, mercaptopurine, on, problem, result, taking

AZA = Drug.AZATHIOPRINE


def risks(*facts, **fields):
    asked = case(*facts, **fields)
    return [
        fact.text
        for fact in toxicity_risks(asked.exposures[0], asked.chart, asked.weight, asked.policy, KNOWLEDGE)
    ]


@pytest.mark.parametrize(
    ("born", "found"),
    [
        ("1961-11-24", ["Age 65"]),
        ("1961-11-25", []),
        ("1961", ["Age 64 or 65"]),
        ("1962", []),
        ("1990-01-01", []),
    ],
)
def test_age_from_65(born, found):
    assert risks(taking(AZA, 100), born_on=on(born)) == found


def test_an_unknown_age_is_no_risk():
    assert risks(taking(AZA, 100), born_on=None) == []


def test_a_reduced_filtration():
    facts = taking(AZA, 100), result(Analyte.EGFR, 59, unit="mL/min/{1.73_m2}")

    assert [text.endswith("eGFR 59 mL/min/1.73 m2") for text in risks(*facts)] == [True]


def test_liver_disease_that_is_active():
    assert risks(taking(AZA, 100), problem(Problem.CIRRHOSIS)) == ["Cirrhosis"]
    assert risks(taking(AZA, 100), problem(Problem.LIVER_DISEASE)) == ["Liver disease"]
    assert risks(taking(AZA, 100), problem(Problem.CIRRHOSIS, state=ConditionState.RESOLVED)) == []


@pytest.mark.parametrize(
    ("mg", "indication", "found"),
    [
        (200, Indication.CROHNS, ["High dose: 2.5 mg/kg/day, ceiling 2.5"]),  # 200 / 80 = 2.5
        (195, Indication.CROHNS, []),  # 195 / 80 = 2.44, prints as 2.4
        (
            235,
            Indication.ITP,
            [],
        ),  # no ceiling per kg: the highest of any disease, 3 mg/kg; 2.94 prints as 2.9
        (240, Indication.OTHER, ["High dose: 3 mg/kg/day, highest ceiling of any immune-mediated disease 3"]),
        (240, Indication.KIDNEY_TRANSPLANT, ["High dose: 3 mg/kg/day, ceiling 3"]),
    ],
)
def test_a_dose_at_the_ceiling(mg, indication, found):
    assert risks(taking(AZA, mg, for_=indication)) == found


def test_in_leukaemia_there_is_no_ceiling_to_be_at():
    assert risks(mercaptopurine(240, for_=Indication.LEUKEMIA)) == []
    assert risks(mercaptopurine(240, for_=Indication.OTHER)) == [
        "High dose: 3 mg/kg/day, highest ceiling of any immune-mediated disease 1.5"
    ]


def test_an_unreadable_dose_or_a_missing_weight_is_no_risk():
    assert risks(taking(AZA, None)) == []
    assert risks(taking(AZA, 400), without=[Analyte.BODY_WEIGHT]) == []
    assert risks(mercaptopurine(20)) == []
