"""Should hepatitis B be vaccinated against before a thiopurine is started?"""

import pytest

from cards.finding import DecisionKey, DecisionKind, Fact
from cards.model.facts import FactKind
from cards.model.labs import Analyte, LabFinding
from cards.model.therapy import Drug
from cards.model.vaccines import Antigen, VaccineKind
from cards.rules.infections.hepatitis_b_vaccine import hepatitis_b_seronegative
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    live_vaccine,
    on,
    result,
    taking,
    unknown,
    vaccinated,
)

NEGATIVE, POSITIVE = LabFinding.NEGATIVE, LabFinding.POSITIVE


def serology(analyte, word):
    return result(analyte, None, finding=word)


SERONEGATIVE = (serology(Analyte.HBSAG, NEGATIVE), serology(Analyte.ANTI_HBS, NEGATIVE))


def ask(*facts, **fields):
    return hepatitis_b_seronegative(case(*facts, **fields))


def test_a_seronegative_start_gets_a_line_of_the_plan():
    found = finding(ask(azathioprine(), *SERONEGATIVE))

    assert (found.decision, found.leads) == (
        DecisionKey(DecisionKind.PLAN, "MedicationRequest/azathioprine-draft"),
        False,
    )
    assert found.why == (
        Fact("HBsAg negative", on("2026-11-20"), "Observation/hbsag-2026-11-20"),
        Fact("anti-HBs negative", on("2026-11-20"), "Observation/anti_hbs-2026-11-20"),
    )
    assert found.do == (
        "HBsAg and anti-HBs are negative: vaccinate against hepatitis B before starting, where the disease can "
        "wait; the vaccine is not live (grade E).",
    )


def test_doses_given_are_shown():
    dose = vaccinated("2010-05-01", "hepatitis B", kind=VaccineKind.NON_LIVE, antigen=Antigen.HEPATITIS_B)

    assert finding(ask(azathioprine(), *SERONEGATIVE, dose)).why[2] == Fact(
        "Hepatitis B vaccine given", on("2010-05-01"), "Immunization/2010-05-01"
    )


@pytest.mark.parametrize(
    "facts",
    [
        (),
        SERONEGATIVE,
        (azathioprine(),),
        (azathioprine(), SERONEGATIVE[0]),
        (azathioprine(), SERONEGATIVE[1]),
        (azathioprine(), taking(Drug.AZATHIOPRINE, 100), *SERONEGATIVE),
        (azathioprine(), serology(Analyte.HBSAG, POSITIVE), SERONEGATIVE[1]),
        (azathioprine(), SERONEGATIVE[0], serology(Analyte.ANTI_HBS, POSITIVE)),
        (azathioprine(), *SERONEGATIVE, serology(Analyte.ANTI_HBC, POSITIVE)),
        (azathioprine(), *SERONEGATIVE, live_vaccine("hepatitis B", antigen=Antigen.HEPATITIS_B)),
    ],
)
def test_is_silent_otherwise(facts):
    assert is_silent(ask(*facts))


def test_a_negative_core_antibody_changes_nothing():
    assert finding(ask(azathioprine(), *SERONEGATIVE, serology(Analyte.ANTI_HBC, NEGATIVE)))


def test_serology_that_was_not_sent_is_not_negative():
    assert blocked_by(ask(azathioprine(), known=unknown(FactKind.SEROLOGY))) == (FactKind.SEROLOGY,)
