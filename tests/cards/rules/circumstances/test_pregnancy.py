"""Is a thiopurine started or continued in pregnancy?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint
from cards.model.chart import Sex
from cards.model.conditions import Indication, Problem
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from cards.rules.circumstances.pregnancy import thiopurine_in_pregnancy
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    is_silent,
    on,
    problem,
    result,
    taking,
    truncated,
    unknown,
    why,
)

AZA = Drug.AZATHIOPRINE
DRAFT = "MedicationRequest/azathioprine-draft"
ARTHRITIS, ITP = Indication.RHEUMATOID_ARTHRITIS, Indication.ITP
PREGNANT = problem(Problem.PREGNANCY, recorded="2026-09-15")
CONDITIONS, PREGNANCY = FactKind.CONDITIONS, FactKind.PREGNANCY
AVOID = "the label asks to avoid it in pregnancy whenever possible"
NOT_ABRUPTLY = "Do not stop it abruptly on account of this card"


def ask(*facts, **fields):
    fields.setdefault("sex", Sex.FEMALE)
    return thiopurine_in_pregnancy(case(*facts, **fields))


def says(found, start):
    return any(start in line for line in found.do)


def test_a_start_is_advised_against_with_both_views():
    found = finding(ask(azathioprine(100), PREGNANT))

    assert (found.decision, found.indicator) == (
        DecisionKey(DecisionKind.PREGNANCY, DRAFT),
        Indicator.WARNING,
    )
    assert found.summary == (
        "Azathioprine: pregnancy on record; avoid starting unless the benefit outweighs the risk"
    )
    assert why(found)[0] == "Pregnancy on the problem list"
    assert found.do == (
        "Azathioprine can cause fetal harm: the label asks to avoid it in pregnancy whenever possible and to weigh "
        "the benefit against the risk (grade A).",
        "It seems prudent not to start a thiopurine in pregnancy; consider another treatment, or waiting, with the "
        "obstetric team (grade D).",
        "Intense itching without a rash, nausea or loss of appetite may be intrahepatic cholestasis of pregnancy: "
        "measure bile acids and liver tests at once (grade A).",
    )
    assert found.also == (
        "The clinical summary: one of few immunosuppressants considered safe in pregnancy without more "
        "malformations (grade E).",
    )
    assert found.constraints == ()


def test_in_arthritis_a_start_is_ruled_out():
    found = finding(ask(azathioprine(50, for_=ARTHRITIS), PREGNANT))

    assert found.summary == "Azathioprine for rheumatoid arthritis, pregnancy on record: not to be used"
    assert found.do[0] == "It should not be used to treat rheumatoid arthritis in pregnancy (grade A)."
    assert found.constraints == (DoseConstraint(DRAFT, Bound.STOP),)


def test_an_uncertain_pregnancy_rules_nothing_out():
    found = finding(ask(azathioprine(50, for_=ARTHRITIS), problem(Problem.PREGNANCY)))

    assert found.summary == (
        "Azathioprine for rheumatoid arthritis, possible pregnancy on record: check it first; not to be used"
    )
    assert found.constraints == ()


def test_a_therapy_is_not_to_be_stopped_abruptly():
    found = finding(ask(taking(AZA, 100), PREGNANT))

    assert found.summary == "Azathioprine: pregnancy on record; do not stop abruptly, review with obstetrics"
    assert says(found, AVOID)
    assert says(found, NOT_ABRUPTLY)
    assert found.also[0] == (
        "Continuing for inflammatory bowel disease did not increase complications or malformations in limited data "
        "(grade D)."
    )


@pytest.mark.parametrize(
    "facts", [(taking(AZA, 100),), (taking(AZA, 100, for_=ARTHRITIS),), (azathioprine(), taking(AZA))]
)
def test_beside_advice_to_stop_nothing_is_said_of_continuing(facts):
    found = finding(ask(*facts, PREGNANT))
    instead = found.where_stopped

    assert instead.summary == (
        "Azathioprine: pregnancy on record; involve obstetrics, other advice here asks to stop the drug"
    )
    assert instead.do[0] == "Azathioprine is to be stopped for another reason: tell the obstetric team."
    assert says(found, NOT_ABRUPTLY)
    assert not says(instead, NOT_ABRUPTLY)
    assert (instead.decision, instead.indicator, instead.why) == (found.decision, found.indicator, found.why)


def test_beside_advice_to_stop_a_possible_pregnancy_stays_possible():
    found = finding(
        ask(taking(AZA, 100), problem(Problem.PREGNANCY, recorded="2026-09-15", is_confirmed=False))
    )

    assert found.where_stopped.summary.startswith("Azathioprine: possible pregnancy on record; involve")


def test_a_start_has_nothing_to_keep():
    assert finding(ask(azathioprine(100), PREGNANT)).where_stopped is None


def test_in_arthritis_a_therapy_is_to_be_reviewed():
    found = finding(ask(taking(AZA, 100, for_=ARTHRITIS), PREGNANT))

    assert found.summary == (
        "Azathioprine for rheumatoid arthritis, pregnancy on record: not advised by the label, review without "
        "stopping abruptly"
    )


def test_a_renewal_is_a_continuation():
    found = finding(ask(azathioprine(100), taking(AZA, 100), PREGNANT))

    assert "do not stop abruptly" in found.summary


def test_where_a_start_cannot_be_told_from_a_renewal_both_are_said():
    found = finding(ask(azathioprine(100), PREGNANT, known=unknown(FactKind.MEDICATIONS)))

    assert says(found, "prudent not to start")
    assert says(found, NOT_ABRUPTLY)


def test_the_summary_s_view_on_thrombocytopenia_is_shown():
    found = finding(ask(taking(AZA, 100, for_=ITP), PREGNANT))

    assert found.also[-1] == (
        "The clinical summary: one of few medicines for immune thrombocytopenia deemed safe in pregnancy (grade E)."
    )


def test_a_possible_pregnancy_asks_to_check_first():
    assert (
        "possible pregnancy on record; check it first;"
        in finding(ask(taking(AZA, 100), problem(Problem.PREGNANCY))).summary
    )


def test_cholestasis_speaks_for_itself():
    cholestasis = problem(Problem.CHOLESTASIS_OF_PREGNANCY, recorded="2026-11-20")

    assert is_silent(ask(taking(AZA, 100), PREGNANT, cholestasis))


def test_a_recorded_pregnancy_counts_whatever_the_recorded_sex():
    assert finding(ask(taking(AZA, 100), PREGNANT, sex=Sex.MALE)).indicator is Indicator.WARNING


@pytest.mark.parametrize("kind", [CONDITIONS, PREGNANCY])
def test_a_start_without_the_facts_cannot_be_checked(kind):
    assert blocked_by(ask(azathioprine(100), known=unknown(kind))) == (kind,)


def test_a_therapy_taken_on_needs_the_facts_as_well():
    assert blocked_by(ask(taking(AZA, 100), known=unknown(PREGNANCY))) == (PREGNANCY,)
    assert blocked_by(ask(taking(AZA, 100), known=unknown(CONDITIONS))) == (CONDITIONS,)


@pytest.mark.parametrize(("days", "is_enough"), [(300, False), (301, True)])
def test_a_page_that_reaches_back_over_a_pregnancy_is_enough(days, is_enough):
    known = truncated(CONDITIONS, since=str(days_ago(days)))

    assert is_silent(ask(azathioprine(100), known=known)) is is_enough


def test_nobody_who_cannot_be_pregnant_is_asked_about():
    assert is_silent(ask(azathioprine(100), sex=Sex.MALE, known=unknown(CONDITIONS, PREGNANCY)))
    assert is_silent(ask(azathioprine(100), born_on=on("1940-01-01"), known=unknown(CONDITIONS)))


def test_is_silent_without_a_pregnancy_or_without_a_thiopurine():
    assert is_silent(ask(azathioprine(100)))
    assert is_silent(ask(PREGNANT))


def test_raised_bile_acids_leave_whether_to_go_on_to_their_own_card():
    raised = result(Analyte.BILE_ACIDS, 52, unit="umol/L", reference_high=10.0)

    assert is_silent(ask(taking(AZA, 100), PREGNANT, raised))
    assert finding(ask(azathioprine(100), PREGNANT, raised)).summary.startswith(
        "Azathioprine: pregnancy on record"
    )
