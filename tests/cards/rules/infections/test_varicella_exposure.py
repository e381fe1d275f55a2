"""Does a patient on a thiopurine have varicella or zoster, or was there an exposure without immunity?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint, Fact, Finding, Reasons
from cards.knowledge.varicella import VaricellaStatement
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.labs import Analyte, LabFinding
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import Drug
from cards.model.vaccines import Antigen
from cards.rules.infections.varicella_exposure import varicella_on_thiopurine
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    findings,
    is_silent,
    mercaptopurine,
    missing_from,
    on,
    on_order,
    problem,
    result,
    taking,
    truncated,
    unknown,
    unused,
    vaccinated,
    why,
)

CRITICAL, WARNING = Indicator.CRITICAL, Indicator.WARNING
TAKEN = taking(Drug.AZATHIOPRINE, 100)


def exposure(onset="2026-11-22", **fields):
    return problem(Problem.VARICELLA_EXPOSURE, **({"onset": onset} if onset else {}), **fields)


def igg(word, **fields):
    return result(Analyte.VZV_IGG, None, finding=word, **fields)


def ask(*facts, **fields):
    return varicella_on_thiopurine(case(*facts, **fields))


def test_an_exposure_without_immunity_is_critical():
    assert finding(ask(TAKEN, exposure())) == Finding(
        decision=DecisionKey(DecisionKind.VARICELLA, "MedicationRequest/azathioprine"),
        indicator=CRITICAL,
        summary=(
            "Azathioprine: exposed to varicella 2026-11-22, no immunity on record; immune globulin until 2026-12-02"
        ),
        why=(
            Fact("Exposure to varicella or zoster", on("2026-11-22"), "Condition/varicella_exposure"),
            Fact(
                "No varicella-zoster IgG, no history of varicella or zoster, fewer than 2 vaccine doses on record"
            ),
            Fact(
                "Azathioprine 100 mg/day (1.3 mg/kg) being taken: 100 mg x 1",
                None,
                "MedicationRequest/azathioprine",
            ),
            Fact("Weight 80 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
        ),
        do=(
            "Varicella-zoster immune globulin (VariZIG) as soon as possible, unless given already: ideally within "
            "96 hours (until 2026-11-26), up to 10 days (until 2026-12-02).",
            "Ask for specialist advice today, also about an antiviral.",
            "Consider withholding azathioprine temporarily (grade E).",
            "Test varicella-zoster IgG; do not let the time for immune globulin run out over it.",
        ),
        citations=(
            KNOWLEDGE.varicella.varicella_source(VaricellaStatement.GLOBULIN_WITHIN),
            KNOWLEDGE.varicella.varicella_source(VaricellaStatement.SHOWS_IMMUNITY),
            KNOWLEDGE.varicella.varicella_source(VaricellaStatement.SEEK_ATTENTION),
            KNOWLEDGE.varicella.varicella_source(VaricellaStatement.WITHDRAWAL),
        ),
        reasons=Reasons.STOP,
        proposals=(OrderTests((OrderableTest.VZV_IGG,)),),
    )


def test_an_order_is_stopped_and_each_thiopurine_is_named():
    found = findings(ask(azathioprine(), mercaptopurine(), exposure()))

    assert [one.summary.partition(":")[0] for one in found] == ["Azathioprine", "Mercaptopurine"]
    assert found[0].constraints == (DoseConstraint("MedicationRequest/azathioprine-draft", Bound.STOP),)


@pytest.mark.parametrize(
    ("onset", "indicator", "action"),
    [
        (days_ago(0), CRITICAL, "immune globulin until 2026-12-04"),  # 24 November + 10 days
        (days_ago(10), CRITICAL, "immune globulin until 2026-11-24"),  # the tenth day itself
        (days_ago(11), WARNING, "too late for immune globulin"),
        (days_ago(30), WARNING, "too late for immune globulin"),
    ],
)
def test_immune_globulin_is_given_up_to_the_tenth_day(onset, indicator, action):
    found = finding(ask(TAKEN, exposure(str(onset))))

    assert (found.indicator, found.summary.rpartition("; ")[2]) == (indicator, action)


def test_too_late_says_until_when():
    assert finding(ask(TAKEN, exposure("2026-11-13"))).do[0] == (
        "Immune globulin is given up to 10 days after an exposure, here until 2026-11-23: too late. If varicella "
        "appears, treat promptly with an antiviral."
    )


def test_an_exposure_of_long_ago_is_over():
    assert is_silent(ask(TAKEN, exposure(str(days_ago(31)))))


def test_an_undated_exposure_asks_for_its_date():
    found = finding(ask(TAKEN, exposure(None)))

    assert (found.indicator, found.summary.rpartition("; ")[2]) == (
        WARNING,
        "check whether it is true and recent",
    )
    assert found.do[0] == (
        "Varicella-zoster immune globulin (VariZIG): ideally within 96 hours, up to 10 days after the exposure. "
        "Its date is not recorded: ask for it."
    )


def test_an_undated_exposure_of_this_encounter_is_critical():
    found = finding(ask(TAKEN, exposure(None, in_this_encounter=True)))

    assert (found.indicator, found.summary) == (
        CRITICAL,
        "Azathioprine: exposed to varicella, no immunity on record; immune globulin if in time",
    )


def test_an_unconfirmed_exposure_is_to_be_checked():
    assert finding(ask(TAKEN, exposure(is_confirmed=False))).indicator is WARNING


@pytest.mark.parametrize(
    "evidence",
    [
        (igg(LabFinding.POSITIVE),),
        (igg(LabFinding.POSITIVE, taken="2015-01-01"),),
        (problem(Problem.VARICELLA_IMMUNE),),
        (problem(Problem.VARICELLA, state=ConditionState.RESOLVED),),
        (problem(Problem.ZOSTER, state=ConditionState.HISTORY),),
        (problem(Problem.ZOSTER, onset="2010"),),  # never closed, and no longer current
        (
            vaccinated("2001-01-01", "varicella", antigen=Antigen.VARICELLA),
            vaccinated("2001-03-01", "varicella", antigen=Antigen.VARICELLA),
        ),
    ],
)
def test_immunity_on_record_is_silent(evidence):
    assert is_silent(ask(TAKEN, exposure(), *evidence))


@pytest.mark.parametrize(
    "evidence",
    [
        (igg(LabFinding.NEGATIVE),),
        (igg(LabFinding.INDETERMINATE),),
        (igg(LabFinding.NEGATIVE), problem(Problem.VARICELLA_IMMUNE)),  # the antibody has waned
    ],
)
def test_a_negative_antibody_outweighs_a_history_and_is_not_measured_again(evidence):
    found = finding(ask(TAKEN, exposure(), *evidence))

    assert (found.indicator, found.proposals) == (CRITICAL, ())
    assert "not immune" in found.summary


def test_one_vaccine_dose_is_not_enough_and_is_shown():
    found = finding(ask(TAKEN, exposure(), vaccinated("2001-01-01", "varicella", antigen=Antigen.VARICELLA)))

    assert found.indicator is CRITICAL
    assert why(found)[1] == "Varicella vaccine given"


def test_a_vaccine_against_zoster_shows_no_immunity():
    shingles = [vaccinated(f"200{n}-01-01", "live zoster", antigen=Antigen.ZOSTER) for n in range(2)]

    assert finding(ask(TAKEN, exposure(), *shingles)).indicator is CRITICAL


def test_an_unconfirmed_history_shows_no_immunity():
    doubtful = problem(Problem.VARICELLA_IMMUNE, is_confirmed=False)

    assert finding(ask(TAKEN, exposure(), doubtful)).indicator is CRITICAL


def test_a_number_without_the_laboratory_s_word_is_shown_and_not_judged():
    found = finding(ask(TAKEN, exposure(), result(Analyte.VZV_IGG, 120, reported="120 mIU/mL")))

    assert (found.indicator, why(found)[1]) == (
        CRITICAL,
        "Varicella-zoster IgG reported as 120 mIU/mL, not interpreted",
    )


def test_a_test_on_order_is_not_offered_again():
    assert finding(ask(TAKEN, exposure(), on_order(OrderableTest.VZV_IGG))).proposals == ()


@pytest.mark.parametrize("kind", [FactKind.SEROLOGY, FactKind.IMMUNIZATIONS])
def test_immunity_that_was_not_sent_is_not_missing_immunity(kind):
    outcome = ask(TAKEN, exposure(), known=unknown(kind))

    found = finding(outcome)
    assert (found.indicator, missing_from(outcome)) == (WARNING, (kind,))
    assert "immunity not known here" in found.summary
    assert (
        why(found)[1]
        == "No immunity to varicella found, but not everything that could show it was sent and could be read"
    )


def test_known_immunity_needs_nothing_else():
    assert is_silent(ask(TAKEN, exposure(), igg(LabFinding.POSITIVE), known=unknown(FactKind.IMMUNIZATIONS)))


@pytest.mark.parametrize(
    ("kind", "name"), [(Problem.VARICELLA, "varicella"), (Problem.ZOSTER, "herpes zoster")]
)
def test_the_disease_on_the_drug_asks_to_consider_withholding_it(kind, name):
    found = finding(ask(TAKEN, problem(kind, onset="2026-11-20")))

    assert (found.indicator, found.summary, found.constraints) == (
        WARNING,
        f"Azathioprine: {name} is active; consider withholding it, with an antiviral",
        (),
    )
    assert found.do == (
        "Consider withdrawing azathioprine temporarily, with prompt antiviral treatment (grade E); restart when "
        "the infection has resolved.",
    )


def test_the_disease_at_an_order_asks_to_wait():
    found = finding(ask(azathioprine(), problem(Problem.ZOSTER, onset="2026-11-20")))

    assert found.summary == (
        "Azathioprine: herpes zoster is active; consider waiting until it has resolved, with an antiviral"
    )
    assert found.do == (
        "Consider waiting with azathioprine until the infection has resolved; treat it with an antiviral (grade E).",
    )
    assert found.constraints == (DoseConstraint("MedicationRequest/azathioprine-draft", Bound.STOP),)


def test_a_doubtful_disease_is_to_be_checked():
    found = finding(ask(azathioprine(), problem(Problem.ZOSTER, onset="2026-11-20", is_confirmed=False)))

    assert found.summary == "Azathioprine: herpes zoster is active; check whether it is current"
    assert (why(found)[0], found.constraints) == ("Herpes zoster on the problem list (not confirmed)", ())


def test_the_disease_leads_over_the_exposure():
    both = (exposure(), problem(Problem.VARICELLA, onset="2026-11-23"))

    assert finding(ask(TAKEN, *both)).indicator is WARNING


@pytest.mark.parametrize("facts", [(), (exposure(),), (TAKEN,), (TAKEN, problem(Problem.FEVER))])
def test_is_silent_without_both_contact_and_thiopurine(facts):
    assert is_silent(ask(*facts))


def test_cannot_tell_without_the_problem_list():
    assert blocked_by(ask(TAKEN, known=unknown(FactKind.CONDITIONS))) == (FactKind.CONDITIONS,)
    assert is_silent(ask(TAKEN, known=truncated(FactKind.CONDITIONS, since="2026-10-24")))  # 31 days back


@pytest.mark.parametrize("kind", [FactKind.SEROLOGY, FactKind.IMMUNIZATIONS, FactKind.CONDITIONS, None])
def test_immunity_that_could_not_be_read_is_not_called_absent(kind):
    found = finding(ask(TAKEN, exposure(), unused(kind)))

    assert "immunity not known here" in found.summary
    assert (
        "No immunity to varicella found, but not everything that could show it was sent and could be read"
        in why(found)
    )
