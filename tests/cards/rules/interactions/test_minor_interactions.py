"""Which lesser interactions with the patient's other drugs should be known?"""

import pytest

from cards.card import Indicator
from cards.finding import DecisionKey, DecisionKind
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from cards.rules.interactions.minor_interactions import lesser_interactions
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    missing_from,
    ordered,
    result,
    taking,
    thioguanine,
    unknown,
    why,
)

AZA, ACE, TRIMETHOPRIM = Drug.AZATHIOPRINE, Drug.ACE_INHIBITOR, Drug.TRIMETHOPRIM
WARNING, INFO = Indicator.WARNING, Indicator.INFO
MEDICATIONS = FactKind.MEDICATIONS
TRANSPLANT = Indication.KIDNEY_TRANSPLANT
QUIET = (ACE, Drug.AMINOSALICYLATE, TRIMETHOPRIM, Drug.GLYBURIDE, Drug.PROGESTIN_ONLY_PILL)


def ask(*facts, **fields):
    return lesser_interactions(case(*facts, **fields))


def count(analyte, value, taken="2026-11-20", **fields):
    return result(analyte, value, taken, unit="10*9/L", **fields)


@pytest.mark.parametrize("culprit", QUIET)
def test_each_is_a_line_of_the_plan_and_of_the_quiet_card(culprit):
    plan = finding(ask(azathioprine(50), taking(culprit)))
    quiet = finding(ask(taking(AZA, 50), taking(culprit)))

    assert (plan.decision, plan.indicator, plan.leads) == (
        DecisionKey(DecisionKind.PLAN, "MedicationRequest/azathioprine-draft"),
        INFO,
        False,
    )
    assert (quiet.decision, quiet.indicator) == (
        DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine"),
        INFO,
    )
    assert plan.do == quiet.do


def test_a_line_is_headed_by_its_class():
    assert finding(ask(azathioprine(50), taking(ACE))).do == (
        "ACE inhibitor: Anaemia and severe leukopenia were reported together with azathioprine; watch the blood "
        "count (grade A).",
    )


@pytest.mark.parametrize("culprit", QUIET)
def test_is_silent_on_renewals(culprit):
    assert is_silent(ask(azathioprine(50), taking(AZA, 50), taking(culprit)))


@pytest.mark.parametrize("culprit", [ACE, Drug.AMINOSALICYLATE, TRIMETHOPRIM])
def test_a_labelled_drug_newly_ordered_on_the_therapy_has_one_info_card(culprit):
    found = finding(ask(ordered(culprit), taking(AZA, 50)))

    assert (found.decision, found.indicator) == (
        DecisionKey(DecisionKind.INTERACTION, "MedicationRequest/azathioprine", culprit),
        INFO,
    )


@pytest.mark.parametrize("culprit", [Drug.GLYBURIDE, Drug.PROGESTIN_ONLY_PILL])
def test_a_drug_of_the_summary_alone_never_has_a_card(culprit):
    assert is_silent(ask(ordered(culprit), taking(AZA, 50)))


def test_an_order_of_what_is_taken_already_says_nothing_new():
    assert is_silent(ask(ordered(ACE), taking(ACE), taking(AZA, 50)))


@pytest.mark.parametrize(
    "newly",
    [
        (ordered(TRIMETHOPRIM), taking(AZA, 100, for_=TRANSPLANT)),
        (azathioprine(100, for_=TRANSPLANT), taking(TRIMETHOPRIM)),
    ],
)
def test_co_trimoxazole_newly_combined_after_transplantation_is_a_warning(newly):
    found = finding(ask(*newly))

    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine with trimethoprim or co-trimoxazole: more leukopenia is possible; watch the blood count"
    )
    assert found.do[1].startswith("Keep a co-trimoxazole prophylaxis that is needed")


def test_co_trimoxazole_taken_on_after_transplantation_is_a_line():
    found = finding(ask(taking(AZA, 100, for_=TRANSPLANT), taking(TRIMETHOPRIM)))

    assert found.decision == DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine")


@pytest.mark.parametrize(
    ("low", "speaks"),
    [
        (count(Analyte.WBC, 3.4), True),
        (count(Analyte.WBC, 3.5), False),
        (count(Analyte.ANC, 1.5), True),
        (count(Analyte.ANC, 1.6), False),
        (count(Analyte.PLATELETS, 20), False),
        (count(Analyte.HEMOGLOBIN, 11.9, reference_low=12.0), True),
        (count(Analyte.HEMOGLOBIN, 12.0, reference_low=12.0), False),
        (count(Analyte.HEMOGLOBIN, 7.0), False),  # no range of the laboratory
        (count(Analyte.WBC, 3.0, str(days_ago(91))), False),  # not recent
    ],
)
def test_an_ace_inhibitor_with_a_low_count_is_a_warning_on_the_card_of_the_counts(low, speaks):
    found = finding(ask(taking(AZA, 100), taking(ACE), low))

    assert (found.decision == DecisionKey(DecisionKind.COUNTS, "MedicationRequest/azathioprine")) is speaks
    assert (found.indicator is WARNING) is speaks


def test_the_low_count_and_the_drug_are_named():
    found = finding(ask(taking(AZA, 100), taking(ACE), count(Analyte.WBC, 3.1)))

    assert (
        found.summary
        == "Azathioprine with an ACE inhibitor and a low blood count: consider both as its cause"
    )
    assert why(found) == ("WBC 3.1 x 10^9/L", "ACE inhibitor current since 2020-01-01")
    assert found.do[-1] == "With the low count, consider the ACE inhibitor as a part of its cause."
    assert not found.leads


def test_a_low_count_without_an_ace_inhibitor_changes_nothing():
    found = finding(ask(taking(AZA, 100), taking(Drug.AMINOSALICYLATE), count(Analyte.WBC, 3.1)))

    assert found.indicator is INFO


def test_several_drugs_are_several_lines():
    assert len(findings(ask(azathioprine(50), *(taking(one) for one in QUIET)))) == len(QUIET)


def test_mercaptopurine_has_the_pairs_that_a_source_names_for_it():
    lines = findings(ask(mercaptopurine(50), *(taking(one) for one in QUIET)))

    assert [line.do[0].split(":")[0] for line in lines] == [
        "Aminosalicylate",
        "Trimethoprim or co-trimoxazole",
    ]
    assert is_silent(ask(thioguanine(40), *(taking(one) for one in QUIET)))


def test_an_unknown_medication_list_is_told():
    known = unknown(MEDICATIONS)

    assert blocked_by(ask(azathioprine(50), known=known)) == (MEDICATIONS,)
    assert missing_from(ask(azathioprine(50, for_=TRANSPLANT), ordered(TRIMETHOPRIM), known=known)) == (
        MEDICATIONS,
    )


def test_is_silent_without_a_thiopurine():
    assert is_silent(ask(ordered(ACE)))
