"""Has the patient hepatitis B, or had it, and how strong is the whole regimen?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind, Fact
from cards.knowledge.hepatitis_b import Agent, Occasion, Serology
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.labs import Analyte, LabFinding
from cards.model.therapy import Drug, TherapyState
from cards.rules.infections.hepatitis_b import hepatitis_b_on_record
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    live_vaccine,
    missing_from,
    on,
    ordered,
    problem,
    result,
    taking,
    unknown,
    unused,
    why,
)

STEROID, TNF = Drug.SYSTEMIC_CORTICOSTEROID, Drug.TNF_INHIBITOR
TAKEN = taking(Drug.AZATHIOPRINE, 100)
SURFACE = result(Analyte.HBSAG, None, finding=LabFinding.POSITIVE)
NO_SURFACE = result(Analyte.HBSAG, None, finding=LabFinding.NEGATIVE)
CORE = result(Analyte.ANTI_HBC, None, finding=LabFinding.POSITIVE)
WARNING, INFO = Indicator.WARNING, Indicator.INFO


(NICE,) = KNOWLEDGE.hepatitis_b.views(Serology.SURFACE_ANTIGEN, Occasion.REGIMEN)
(FLARE,) = KNOWLEDGE.hepatitis_b.views(Serology.SURFACE_ANTIGEN, Occasion.RAISED_ALT)


def alt(value, taken="2026-11-20", high=40):
    return result(Analyte.ALT, value, taken, unit="U/L", reference_high=high)


def ask(*facts, **fields):
    return hepatitis_b_on_record(case(*facts, **fields))


def test_a_start_with_surface_antigen_warns_with_the_risk_of_each_part():
    found = finding(ask(azathioprine(), SURFACE, taking(STEROID)))

    assert (found.decision, found.indicator, found.leads) == (
        DecisionKey(DecisionKind.HEPATITIS_B, "MedicationRequest/azathioprine-draft"),
        WARNING,
        True,
    )
    assert found.summary == (
        "Azathioprine: HBsAg positive, reactivation risk up to high with a systemic corticosteroid; ask hepatology"
    )
    assert found.why[:2] == (
        Fact("HBsAg positive", on("2026-11-20"), "Observation/hbsag-2026-11-20"),
        Fact(
            "Systemic corticosteroid current since 2020-01-01",
            None,
            "MedicationRequest/systemic_corticosteroids",
        ),
    )
    assert found.do == (
        NICE.text,
        "AGA 2015: thiopurine, HBsAg positive: low risk of reactivation, no routine prophylaxis (grade B).",
        "AGA 2015: steroid at low dose for 4 weeks or more, HBsAg positive: moderate risk of reactivation, antiviral "
        "prophylaxis or close monitoring (grade B).",
        "AGA 2015: steroid at moderate or high dose for 4 weeks or more, HBsAg positive: high risk of reactivation, "
        "antiviral prophylaxis (grade B).",
        "Discuss with hepatology, with HBV DNA and liver tests, unless antiviral prophylaxis is given already: "
        "antiviral drugs and B-cell depleting drugs are not read here.",
    )
    assert found.citations == (
        NICE.citation,
        KNOWLEDGE.hepatitis_b.reactivation_risk(Agent.THIOPURINE, Serology.SURFACE_ANTIGEN).citation,
        KNOWLEDGE.hepatitis_b.reactivation_risk(Agent.STEROID_LOW, Serology.SURFACE_ANTIGEN).citation,
        KNOWLEDGE.hepatitis_b.reactivation_risk(Agent.STEROID_HIGH, Serology.SURFACE_ANTIGEN).citation,
        KNOWLEDGE.cite("clinical-summary-2025", "B13: HBsAg and anti-HBc"),
    )


@pytest.mark.parametrize(
    ("facts", "indicator", "risk"),
    [
        ((SURFACE, taking(TNF)), WARNING, "moderate"),
        ((CORE, NO_SURFACE), INFO, "low"),
        ((CORE, NO_SURFACE, taking(TNF)), WARNING, "moderate"),
        ((CORE, NO_SURFACE, taking(STEROID)), WARNING, "up to moderate"),
        ((CORE, NO_SURFACE, ordered(STEROID)), WARNING, "up to moderate"),
        ((CORE, NO_SURFACE, taking(STEROID), taking(TNF)), WARNING, "up to moderate"),
        ((CORE,), INFO, "not known, test HBsAg"),  # an HBsAg that is not known is not negative
        ((CORE, taking(TNF)), WARNING, "not known, test HBsAg; ask hepatology"),
    ],
)
def test_the_whole_regimen_grades_a_start(facts, indicator, risk):
    found = finding(ask(azathioprine(), *facts))

    assert found.indicator is indicator
    assert f"reactivation risk {risk}" in found.summary
    assert len(found.summary) < 140


@pytest.mark.parametrize(
    ("known", "words"),
    [(SURFACE, "HBsAg positive"), (problem(Problem.HEPATITIS_B), "hepatitis B recorded")],
)
def test_surface_antigen_with_a_thiopurine_alone_is_never_called_low_alone(known, words):
    found = finding(ask(azathioprine(), known))

    assert found.indicator is WARNING
    assert found.summary == (
        f"Azathioprine: {words}; ask hepatology about antiviral prophylaxis, with HBV DNA and ALT"
    )
    assert found.do[:2] == (
        NICE.text,
        "AGA 2015: thiopurine, HBsAg positive: low risk of reactivation, no routine prophylaxis (grade B).",
    )


def test_core_antibody_alone_without_stronger_drugs_is_a_line_of_the_plan():
    found = finding(ask(azathioprine(), CORE, NO_SURFACE))

    assert (found.decision, found.leads) == (
        DecisionKey(DecisionKind.PLAN, "MedicationRequest/azathioprine-draft"),
        False,
    )
    assert found.summary == "Azathioprine: anti-HBc positive only, reactivation risk low"


@pytest.mark.parametrize(
    ("facts", "why_not"),
    [((), "no result on record"), ((unused(FactKind.SEROLOGY),), "no readable result on record")],
)
def test_without_an_hbsag_that_is_known_it_is_not_called_the_antibody_only(facts, why_not):
    found = finding(ask(azathioprine(), CORE, *facts))

    assert found.summary.startswith("Azathioprine: anti-HBc positive, HBsAg not known: ")
    assert f"HBsAg: {why_not}" in why(found)


def test_on_the_chart_it_is_a_line_only():
    found = finding(ask(TAKEN, SURFACE, taking(STEROID)))

    assert (found.decision, found.indicator, found.leads) == (
        DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine"),
        INFO,
        False,
    )


def test_a_steroid_ordered_on_therapy_is_weighed():
    found = finding(ask(TAKEN, ordered(STEROID), SURFACE))

    assert (found.decision, found.indicator) == (
        DecisionKey(DecisionKind.HEPATITIS_B, "MedicationRequest/azathioprine"),
        WARNING,
    )
    assert why(found)[1] == "Systemic corticosteroid ordered"


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (azathioprine(),),
        (azathioprine(), NO_SURFACE),
        (TAKEN, NO_SURFACE),
        (azathioprine(100), TAKEN, SURFACE),  # a renewal
        (TAKEN, SURFACE, live_vaccine()),
        (TAKEN, SURFACE, ordered(Drug.ALLOPURINOL)),
        (azathioprine(), problem(Problem.HEPATITIS_B, state=ConditionState.RESOLVED)),
        (azathioprine(), problem(Problem.HEPATITIS_B, is_confirmed=False)),
        (azathioprine(), problem(Problem.HEPATITIS_B), NO_SURFACE),  # cleared since
        (azathioprine(), result(Analyte.HBSAG, 0.1)),  # a number without a word
        (
            azathioprine(),
            result(Analyte.HBSAG, None, "2015-01-01", finding=LabFinding.POSITIVE),
            NO_SURFACE,
        ),
    ],
)
def test_is_silent_otherwise(facts):
    assert is_silent(ask(*facts))


def test_a_past_steroid_does_not_count():
    found = finding(ask(azathioprine(), SURFACE, taking(STEROID, state=TherapyState.PAST)))

    assert "corticosteroid" not in found.summary


def test_serology_that_was_not_sent_is_not_negative():
    assert blocked_by(ask(azathioprine(), known=unknown(FactKind.SEROLOGY))) == (FactKind.SEROLOGY,)
    outcome = ask(azathioprine(), problem(Problem.HEPATITIS_B), known=unknown(FactKind.SEROLOGY))
    assert missing_from(outcome) == (FactKind.SEROLOGY,)


def test_surface_antigen_with_a_raised_alt_names_reactivation():
    found = finding(
        ask(taking(Drug.AZATHIOPRINE, 100, "2026-01-01"), SURFACE, alt(24, "2025-12-01"), alt(300))
    )

    assert (found.decision, found.indicator, found.leads) == (
        DecisionKey(DecisionKind.HEPATITIS_B, "MedicationRequest/azathioprine"),
        WARNING,
        True,
    )
    assert found.summary == (
        "Azathioprine: HBsAg positive, ALT 300 U/L: hepatitis B reactivation? HBV DNA and hepatology today"
    )
    assert why(found)[:3] == ("HBsAg positive", "ALT 300 U/L", "ALT 24 U/L, before the first dose")
    assert found.do == (FLARE.text,)
    assert found.also == (NICE.text,)
    assert found.citations == (FLARE.citation, NICE.citation)
    assert not any("low risk" in line for line in (*found.do, *found.also))


@pytest.mark.parametrize(
    "facts",
    [
        (azathioprine(),),  # a start
        (azathioprine(100), TAKEN),  # a renewal
        (TAKEN, ordered(Drug.ALLOPURINOL)),
        (TAKEN, live_vaccine()),
    ],
)
def test_it_is_named_whatever_is_asked(facts):
    assert finding(ask(*facts, SURFACE, alt(81))).summary.startswith(
        "Azathioprine: HBsAg positive, ALT 81 U/L"
    )


def test_a_steroid_beside_it_keeps_its_risk():
    found = finding(ask(azathioprine(), SURFACE, alt(300), ordered(STEROID)))

    assert [line.split(", HBsAg")[0] for line in found.also[1:]] == [
        "AGA 2015: steroid at low dose for 4 weeks or more",
        "AGA 2015: steroid at moderate or high dose for 4 weeks or more",
    ]
    assert "Systemic corticosteroid ordered" in why(found)


def test_a_raised_alt_without_any_positive_test_is_not_called_reactivation():
    assert is_silent(ask(azathioprine(), NO_SURFACE, alt(300)))


@pytest.mark.parametrize("exposed", [azathioprine(), TAKEN])
def test_core_antibody_with_a_raised_alt_is_never_called_low(exposed):
    (again,) = KNOWLEDGE.hepatitis_b.views(Serology.CORE_ANTIBODY, Occasion.RAISED_ALT)

    found = finding(ask(exposed, CORE, NO_SURFACE, alt(300)))

    assert (found.indicator, found.summary) == (
        WARNING,
        "Azathioprine: anti-HBc positive only, ALT 300 U/L: exclude hepatitis B reactivation, repeat HBsAg with HBV "
        "DNA",
    )
    assert (found.do, found.also) == ((again.text,), ())


def test_without_a_thiopurine_a_raised_alt_is_not_named():
    assert is_silent(ask(SURFACE, alt(300)))
