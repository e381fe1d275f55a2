"""Does a thiopurine meet ribavirin or methotrexate?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.proposals import RemoveOrder
from cards.model.therapy import Drug, OrderIntent
from cards.rules.interactions.interacting_drug import meets_interacting_drug
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    mercaptopurine,
    missing_from,
    ordered,
    reported,
    taking,
    thioguanine,
    took,
    unknown,
    why,
)

AZA, RIBAVIRIN, METHOTREXATE = Drug.AZATHIOPRINE, Drug.RIBAVIRIN, Drug.METHOTREXATE
CRITICAL, WARNING, INFO = Indicator.CRITICAL, Indicator.WARNING, Indicator.INFO
DRAFT = "MedicationRequest/azathioprine-draft"
MEDICATIONS = FactKind.MEDICATIONS


def ask(*facts, **fields):
    return meets_interacting_drug(case(*facts, **fields))


def test_ribavirin_taken_stops_an_order():
    found = finding(ask(azathioprine(150), taking(RIBAVIRIN)))

    assert (found.decision, found.indicator) == (
        DecisionKey(DecisionKind.INTERACTION, DRAFT, "ribavirin"),
        CRITICAL,
    )
    assert found.summary == "Azathioprine with ribavirin: severe pancytopenia reported; do not combine"
    assert why(found)[-1] == "Ribavirin current since 2020-01-01"
    assert found.do[0].endswith("severe pancytopenia was reported. Do not combine them (grade A).")
    assert "weekly in the first month" in found.do[1]
    assert found.constraints == (DoseConstraint(DRAFT, Bound.STOP),)
    assert found.proposals == ()


def test_ribavirin_ordered_on_the_drug_can_be_removed():
    found = finding(ask(ordered(RIBAVIRIN, text="ribavirin 200 mg"), taking(AZA, 150)))

    assert found.indicator is CRITICAL
    assert why(found)[-1] == "Ribavirin ordered: ribavirin 200 mg"
    assert found.proposals == (RemoveOrder("MedicationRequest/ribavirin-draft", "the ribavirin order"),)
    assert found.constraints == ()


def test_ribavirin_is_critical_also_on_renewal_and_in_the_chart():
    assert finding(ask(azathioprine(150), taking(AZA, 150), taking(RIBAVIRIN))).indicator is CRITICAL
    assert finding(ask(taking(AZA, 150), taking(RIBAVIRIN))).indicator is CRITICAL


def test_mercaptopurine_meets_it_too_with_its_own_source():
    assert "metabolites of mercaptopurine" in finding(ask(mercaptopurine(50), taking(RIBAVIRIN))).do[0]


@pytest.mark.parametrize(
    "newly", [(azathioprine(75), taking(METHOTREXATE, 15)), (taking(AZA, 75), ordered(METHOTREXATE, 15))]
)
def test_methotrexate_newly_combined_is_a_warning(newly):
    found = finding(ask(*newly))

    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine with methotrexate: both can harm marrow and liver; check counts and liver tests"
    )
    assert found.do == (
        "Both suppress the marrow, and blood cells may fall: check blood counts more often at first, and act on "
        "fever, infection or bruising (grade D).",
        "In rheumatoid arthritis the label says that the combination with other disease-modifying drugs was not "
        "studied and cannot be recommended (grade A).",
        "Both can harm the liver: combine them with caution and with regular liver tests and blood counts (grade E).",
    )
    assert (found.constraints, found.proposals) == ((), ())


def test_methotrexate_taken_along_is_a_quiet_line():
    found = finding(ask(taking(AZA, 75), taking(METHOTREXATE, 15)))

    assert (found.decision, found.indicator) == (
        DecisionKey(DecisionKind.ALSO, "MedicationRequest/azathioprine"),
        INFO,
    )
    assert found.do[0].startswith("Methotrexate: Both suppress the marrow")


def test_methotrexate_with_mercaptopurine_outside_leukaemia_names_the_marrow():
    found = finding(ask(mercaptopurine(50, for_=Indication.CROHNS), taking(METHOTREXATE, 15)))

    assert (found.indicator, found.summary) == (
        WARNING,
        "Mercaptopurine with methotrexate: both can harm marrow and liver; check counts and liver tests",
    )


def test_is_silent_about_what_is_no_concern():
    assert is_silent(ask(azathioprine(75), taking(AZA, 75), taking(METHOTREXATE, 15)))  # a renewal
    for disease in (Indication.LEUKEMIA, Indication.LYMPHOBLASTIC_LYMPHOMA):
        assert is_silent(ask(mercaptopurine(75, for_=disease), taking(METHOTREXATE, 15)))
    assert is_silent(ask(thioguanine(40), taking(RIBAVIRIN)))
    assert is_silent(ask(azathioprine(75), took(RIBAVIRIN)))
    assert is_silent(ask(azathioprine(75), taking(RIBAVIRIN), ordered(RIBAVIRIN, intent=OrderIntent.END)))


def test_an_unknown_medication_list_is_told():
    known = unknown(MEDICATIONS)

    assert blocked_by(ask(azathioprine(75), known=known)) == (MEDICATIONS,)
    assert blocked_by(ask(ordered(RIBAVIRIN), known=known)) == (MEDICATIONS,)
    assert missing_from(ask(azathioprine(75), ordered(RIBAVIRIN), known=known)) == (MEDICATIONS,)


def test_is_silent_without_a_thiopurine():
    assert is_silent(ask(ordered(RIBAVIRIN)))
    assert is_silent(ask(ordered(Drug.WARFARIN), known=unknown(MEDICATIONS)))


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        ((azathioprine(150), reported(RIBAVIRIN)), "ribavirin reported without a date"),
        ((ordered(RIBAVIRIN), reported(AZA, 150, "2024-03-01")), "azathioprine reported 2024-03-01"),
        (
            (reported(RIBAVIRIN), reported(AZA, 150)),
            "azathioprine reported without a date and ribavirin reported without a date",
        ),
    ],
)
def test_an_undated_or_old_report_asks_first(facts, asked):
    found = finding(ask(*facts))

    assert found.indicator is WARNING
    assert found.summary == (
        f"Azathioprine with ribavirin: {asked}, still taken? If so, severe pancytopenia reported; do not combine"
    )
    assert (found.constraints, found.proposals) == ((), ())


def test_an_order_of_a_reported_drug_leaves_no_doubt():
    facts = (azathioprine(150), reported(AZA, 150), ordered(RIBAVIRIN), reported(RIBAVIRIN))

    assert finding(ask(*facts)).indicator is CRITICAL
