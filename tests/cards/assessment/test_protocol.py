"""To which group of patients does a therapy belong?"""

from dataclasses import replace
from datetime import date

import pytest

from cards.assessment.case import Case
from cards.assessment.protocol import in_group_of, tolerance_limits
from cards.knowledge.default_policy import default_policy
from cards.knowledge.monitoring import Tier
from cards.model.conditions import ConditionState, Indication, Problem, ProcedureKind
from cards.model.dates import ClinicalDate
from cards.model.protocol import Group, Protocol
from cards.model.therapy import Drug, TherapyState
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    case,
    chart,
    days_ago,
    mercaptopurine,
    ordered,
    problem,
    procedure,
    taking,
    thioguanine,
    took,
)

MP, AZA = Drug.MERCAPTOPURINE, Drug.AZATHIOPRINE
ALL, AML = Problem.LEUKEMIA, Problem.ACUTE_MYELOID_LEUKEMIA
LBL, APL = Problem.LYMPHOBLASTIC_LYMPHOMA, Problem.ACUTE_PROMYELOCYTIC_LEUKEMIA
FOR_ALL = mercaptopurine(65, for_=Indication.LEUKEMIA)
LEUKAEMIA, IMMUNE, TRANSPLANT = Group.LEUKAEMIA, Group.IMMUNE, Group.TRANSPLANT


def group(*facts):
    asked = case(*facts)
    return asked.group(asked.exposures[0])


def remission(days, **fields):
    return problem(ALL, recorded=str(days_ago(days)), is_in_remission=True, **fields)


@pytest.mark.parametrize("disease", [ALL, LBL, APL, AML])
def test_the_disease_on_the_problem_list_with_mercaptopurine_is_leukaemia(disease):
    assert group(mercaptopurine(65), problem(disease, recorded="2026-08-01")) is LEUKAEMIA


@pytest.mark.parametrize(
    "reason",
    [
        Indication.LEUKEMIA,
        Indication.LYMPHOBLASTIC_LYMPHOMA,
        Indication.ACUTE_MYELOID_LEUKEMIA,
        Indication.ACUTE_PROMYELOCYTIC_LEUKEMIA,
    ],
)
def test_the_disease_as_reason_is_leukaemia(reason):
    assert group(mercaptopurine(65, for_=reason)) is LEUKAEMIA
    assert group(taking(MP, 65, for_=reason)) is LEUKAEMIA
    assert group(thioguanine(40, for_=reason)) is LEUKAEMIA


def test_azathioprine_never_is():
    assert group(azathioprine(100, for_=Indication.LEUKEMIA), problem(ALL)) is IMMUNE


@pytest.mark.parametrize(
    "facts",
    [
        (mercaptopurine(65),),
        (mercaptopurine(65), taking(Drug.METHOTREXATE, 3)),  # a therapy beside it does not name the disease
        (mercaptopurine(65), problem(ALL, is_confirmed=False)),
        (mercaptopurine(65), problem(ALL, state=ConditionState.HISTORY)),
        (mercaptopurine(65), problem(ALL, state=ConditionState.RESOLVED)),
        (mercaptopurine(65), problem(Problem.LYMPHOMA)),  # of another kind
    ],
)
def test_doubt_keeps_the_immune_limits(facts):
    assert group(*facts) is IMMUNE


@pytest.mark.parametrize(
    "immune",
    [
        problem(Problem.CROHNS),
        problem(Problem.CROHNS, is_confirmed=False),
        problem(Problem.BULLOUS_PEMPHIGOID),
        problem(Problem.KIDNEY_TRANSPLANT),
        took(AZA, 100, for_=Indication.LUPUS),
    ],
)
def test_an_immune_mediated_disease_beside_it_keeps_the_immune_limits(immune):
    assert group(FOR_ALL, problem(ALL), immune) is IMMUNE


def test_a_transplantation_is_a_group_of_its_own():
    for_it = Indication.KIDNEY_TRANSPLANT
    both = problem(Problem.KIDNEY_TRANSPLANT), problem(Problem.RHEUMATOID_ARTHRITIS)

    assert group(azathioprine(100, for_=for_it)) is TRANSPLANT
    assert group(mercaptopurine(50, for_=for_it)) is TRANSPLANT
    assert group(azathioprine(100), problem(Problem.KIDNEY_TRANSPLANT)) is TRANSPLANT
    assert group(azathioprine(100), *both) is TRANSPLANT  # one of two possible reasons
    assert group(azathioprine(100, for_=Indication.CROHNS), both[0]) is IMMUNE


def test_a_transplantation_that_is_only_a_procedure_is_the_reason_where_none_is_stated():
    done = procedure(ProcedureKind.KIDNEY_TRANSPLANT, str(days_ago(900)))
    planned = procedure(ProcedureKind.KIDNEY_TRANSPLANT, str(days_ago(900)), is_planned=True)

    assert group(azathioprine(100), done) is TRANSPLANT
    assert group(azathioprine(100), planned) is IMMUNE
    assert group(azathioprine(100, for_=Indication.CROHNS), done) is IMMUNE


def test_a_protocol_says_whose_limits_apply():
    asked = case(
        azathioprine(100, for_=Indication.KIDNEY_TRANSPLANT),
        procedure(ProcedureKind.KIDNEY_TRANSPLANT, str(days_ago(9))),
        born_on=ClinicalDate("2010", date(2010, 1, 1), date(2010, 12, 31)),
    )

    assert asked.protocol(asked.exposures[0]) == Protocol(
        TRANSPLANT, age_years=15, days_since_transplant=9
    )  # born in 2010: 15 or 16


def test_a_site_names_its_country_and_the_protocol_of_its_leukaemias():
    policy = replace(default_policy(), country="MY", leukaemia_protocol="BFM")
    asked = Case(chart(FOR_ALL, born_on=None), policy, KNOWLEDGE)

    assert asked.protocol(asked.exposures[0]) == Protocol(LEUKAEMIA, "MY", None, "BFM")


def test_each_of_several_reasons_is_judged_in_its_own_group():
    protocol = Protocol(LEUKAEMIA, "MY", 9)

    assert in_group_of(Indication.KIDNEY_TRANSPLANT, protocol) == Protocol(TRANSPLANT, "MY", 9)
    assert in_group_of(Indication.ACUTE_MYELOID_LEUKEMIA, protocol) == protocol
    assert in_group_of(Indication.CROHNS, protocol) == Protocol(IMMUNE, "MY", 9)
    assert in_group_of(None, protocol) == Protocol(IMMUNE, "MY", 9)


def test_a_dose_is_tolerated_by_the_counts_of_immune_mediated_disease_in_leukaemia_too():
    def below(group):
        return [one.below for one in tolerance_limits(Tier.WITHHOLD, Protocol(group), KNOWLEDGE.monitoring)]

    assert below(LEUKAEMIA) == below(IMMUNE) == [3.5, 1.6, 140]
    assert below(TRANSPLANT) == [4.0, 1.6, 140]


def test_an_immune_mediated_reason_of_the_same_order_keeps_the_immune_limits():
    assert group(mercaptopurine(65, for_=(Indication.LEUKEMIA, Indication.CROHNS))) is IMMUNE
    assert group(FOR_ALL, azathioprine(100, for_=Indication.LUPUS)) is IMMUNE


def test_a_past_immune_mediated_disease_does_not():
    assert group(FOR_ALL, problem(Problem.CROHNS, state=ConditionState.RESOLVED)) is LEUKAEMIA


@pytest.mark.parametrize(
    ("disease", "expected"),
    [
        (remission(365), LEUKAEMIA),
        (remission(366), IMMUNE),
        (problem(ALL, is_in_remission=True), IMMUNE),  # undated
        (problem(ALL, recorded="2020-01-01"), LEUKAEMIA),  # not said to be in remission
        (remission(2000, onset=str(days_ago(300))), LEUKAEMIA),
    ],
)
def test_a_remission_of_more_than_a_year_without_another_drug_is_not_under_treatment(disease, expected):
    assert group(FOR_ALL, disease) is expected


def test_a_relapse_beside_a_remission_is_under_treatment():
    assert group(FOR_ALL, remission(2000), problem(ALL, ref="Condition/relapse")) is LEUKAEMIA


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (taking(Drug.METHOTREXATE, 3), LEUKAEMIA),
        (took(Drug.METHOTREXATE, 3, ended_on=days_ago(365)), LEUKAEMIA),
        (took(Drug.METHOTREXATE, 3, ended_on=days_ago(366)), IMMUNE),
        (took(Drug.CYCLOPHOSPHAMIDE, since=str(days_ago(100))), LEUKAEMIA),
        (took(Drug.METHOTREXATE, 3, since=None), IMMUNE),
        (taking(Drug.METHOTREXATE, 3, str(days_ago(-5)), state=TherapyState.PLANNED), IMMUNE),
        (ordered(Drug.METHOTREXATE, 3), LEUKAEMIA),
        (taking(Drug.SYSTEMIC_CORTICOSTEROID, 5), IMMUNE),
        (thioguanine(20), IMMUNE),  # the other thiopurine is none
    ],
)
def test_another_antileukaemic_drug_within_the_year_shows_the_treatment(other, expected):
    assert group(FOR_ALL, remission(2000), other) is expected


@pytest.mark.parametrize("disease", [AML, APL, LBL])
@pytest.mark.parametrize(
    ("began", "recorded", "expected"),
    [
        ("2026-06-01", "2026-05-31", LEUKAEMIA),
        ("2026-06-01", "2026-06-01", IMMUNE),
        ("2026-06-01", None, IMMUNE),
        (None, "2026-05-31", IMMUNE),
    ],
)
def test_a_leukaemia_or_lymphoma_after_the_first_dose_is_not_what_the_drug_is_for(
    disease, began, recorded, expected
):
    found = problem(disease, recorded=recorded) if recorded else problem(disease)

    assert group(taking(MP, 65, began), found) is expected


def test_lymphoblastic_leukaemia_recorded_late_is_still_what_the_drug_is_for():
    assert group(taking(MP, 65, "2026-06-01"), problem(ALL, recorded="2026-07-01")) is LEUKAEMIA


def test_a_leukaemia_dated_after_the_drug_outweighs_the_reason_of_the_order():
    drafted = mercaptopurine(65, for_=Indication.ACUTE_MYELOID_LEUKEMIA)

    assert group(drafted, took(AZA, 100, "2020-01-01"), problem(AML, recorded="2026-01-01")) is IMMUNE
    assert group(drafted, took(AZA, 100, "2020-01-01"), problem(AML)) is LEUKAEMIA  # undated
    assert group(FOR_ALL, took(AZA, 100, "2020-01-01"), problem(AML, recorded="2026-01-01")) is LEUKAEMIA


def test_a_planned_thiopurine_has_not_begun():
    planned = taking(AZA, 100, "2020-01-01", state=TherapyState.PLANNED)

    assert group(mercaptopurine(65), planned, problem(AML)) is LEUKAEMIA


def test_exposures_are_told_apart_by_group():
    asked = case(FOR_ALL, taking(AZA, 100), problem(ALL))

    assert [one.drug for one in asked.exposures_in(LEUKAEMIA)] == [MP]
    assert [one.drug for one in asked.exposures_in(IMMUNE)] == [AZA]
