"""Has the patient had pancreatitis on a thiopurine?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint
from cards.model.conditions import ConditionState, Indication, Problem, Reaction
from cards.model.facts import FactKind
from cards.model.therapy import Drug, TherapyState
from cards.rules.toxicity.pancreatitis import pancreatitis_on_thiopurine
from tests.builders import (
    azathioprine,
    blocked_by,
    case,
    finding,
    is_silent,
    mercaptopurine,
    missing_from,
    on,
    problem,
    taking,
    took,
    truncated,
    unknown,
    why,
)

AZA = Drug.AZATHIOPRINE
THERAPY = taking(AZA, 100, "2026-11-01")
CRITICAL, INFO, WARNING = Indicator.CRITICAL, Indicator.INFO, Indicator.WARNING
RESOLVED, HISTORY = ConditionState.RESOLVED, ConditionState.HISTORY


def pancreatitis(onset=None, **fields):
    return problem(Problem.PANCREATITIS, **({"onset": onset} if onset else {}), **fields)


def ask(*facts, **fields):
    return pancreatitis_on_thiopurine(case(*facts, **fields))


def test_pancreatitis_on_the_drug():
    found = finding(ask(THERAPY, pancreatitis("2026-11-22")))

    assert found.decision == DecisionKey(DecisionKind.PANCREATITIS, "MedicationRequest/azathioprine")
    assert found.indicator is CRITICAL
    assert found.summary == (
        "Azathioprine: pancreatitis began while a thiopurine was taken; stop it, do not give it again"
    )
    assert why(found)[:2] == ("Pancreatitis, active", "Azathioprine started")
    assert found.do == (
        "Stop the drug.",
        "Do not give azathioprine or mercaptopurine again after pancreatitis on either.",
    )
    assert found.also[0].startswith("Mercaptopurine was tolerated after azathioprine pancreatitis")
    assert found.constraints == ()


@pytest.mark.parametrize(
    ("onset", "speaks"),
    [
        ("2026-11-01", True),  # the day of the start
        ("2026-10-31", False),
        ("2026-11", True),  # may only be after the start of 1 November
        ("2026", False),  # may be before
    ],
)
def test_it_must_have_begun_after_the_start(onset, speaks):
    assert is_silent(ask(THERAPY, pancreatitis(onset))) != speaks


def test_pancreatitis_on_an_earlier_course_forbids_another():
    earlier = took(AZA, 150, "2023-03-01", ended_on=on("2023-03-30"))

    found = finding(ask(mercaptopurine(50), earlier, pancreatitis("2023-03-28", state=RESOLVED)))

    assert found.indicator is CRITICAL
    assert found.summary == (
        "Mercaptopurine: pancreatitis began while a thiopurine was taken; do not give one again"
    )
    assert found.do == ("Do not give azathioprine or mercaptopurine again after pancreatitis on either.",)
    assert found.constraints == (DoseConstraint("MedicationRequest/mercaptopurine-draft", Bound.STOP),)


@pytest.mark.parametrize(
    ("record", "tied"),
    [
        (took(AZA, 150, "2023-03-01", ended_on=on("2023-03-28")), True),  # the last day
        (took(AZA, 150, "2023-03-01", ended_on=on("2023-02-28")), True),  # 28 days before
        (took(AZA, 150, "2023-02-01", ended_on=on("2023-02-27")), False),
        (
            took(AZA, 150, "2023-03-01", supplied_until=on("2023-03-28")),
            False,
        ),  # stopped, on a day not recorded
        (took(AZA, 150, "2023-03-01", supplied_until=on("2023-03-28"), ref="MedicationDispense/1"), True),
        (took(AZA, 150, "2023-02-01", supplied_until=on("2023-02-27")), False),
        (took(AZA, 150, "2023-03-01"), False),  # no end: unknown
        (took(AZA, 150, None, ended_on=on("2023-06-01")), False),
        (taking(AZA, 150, "2023-03-01", state=TherapyState.HELD), True),
        (taking(AZA, 150, "2023-03-01", state=TherapyState.PLANNED), False),
    ],
)
def test_which_record_covers_the_day(record, tied):
    outcome = ask(mercaptopurine(50), record, pancreatitis("2023-03-28", state=RESOLVED))

    assert (finding(outcome).indicator is CRITICAL) == tied


def test_an_unconfirmed_one_asks_to_clarify():
    found = finding(ask(THERAPY, azathioprine(100), pancreatitis("2026-11-22", is_confirmed=False)))

    assert found.indicator is WARNING
    assert found.summary == (
        "Azathioprine: pancreatitis began while a thiopurine was taken; clarify before the next dose"
    )
    assert why(found)[0] == "Pancreatitis, active, not confirmed"
    assert found.constraints == ()


def test_an_active_one_without_a_date_is_asked_about():
    found = finding(ask(THERAPY, pancreatitis()))

    assert (found.indicator, found.decision) == (
        WARNING,
        DecisionKey(DecisionKind.PANCREATITIS, "MedicationRequest/azathioprine"),
    )
    assert found.summary == "Azathioprine: pancreatitis without a date on record; did it begin on the drug?"
    assert why(found)[0] == "Pancreatitis, active, no date recorded"


def test_the_day_of_the_record_stands_for_an_active_one_only():
    assert finding(ask(THERAPY, pancreatitis(recorded="2026-11-20"))).indicator is CRITICAL
    assert is_silent(ask(THERAPY, pancreatitis(recorded="2026-11-20", state=HISTORY)))


def test_one_long_before_is_a_question_in_the_plan_of_a_start():
    found = finding(ask(azathioprine(), pancreatitis("2015-06-01", state=RESOLVED)))

    assert found.decision == DecisionKey(DecisionKind.PLAN, "MedicationRequest/azathioprine-draft")
    assert (found.indicator, found.leads) == (INFO, False)
    assert found.summary == "Starting azathioprine: plan"
    assert why(found) == ("Pancreatitis, resolved",)
    assert found.do[0].startswith("Pancreatitis is on record: ask whether it began on a thiopurine.")


@pytest.mark.parametrize("facts", [(THERAPY,), (THERAPY, azathioprine(100))])
def test_one_long_before_is_no_matter_on_therapy(facts):
    assert is_silent(ask(*facts, pancreatitis("2015-06-01", state=RESOLVED)))


def test_in_a_transplant_recipient_rejection_is_no_reason_to_go_on():
    recipient = taking(AZA, 100, "2026-11-01", for_=Indication.KIDNEY_TRANSPLANT)

    assert finding(ask(recipient, pancreatitis("2026-11-22"))).do[-1].startswith("Stop for severe")


@pytest.mark.parametrize("facts", [(pancreatitis("2026-11-22"),), (THERAPY, problem(Problem.VOMITING))])
def test_each_part_is_needed(facts):
    assert is_silent(ask(*facts))


def test_unknown_conditions_are_no_all_clear():
    assert blocked_by(ask(THERAPY, known=unknown(FactKind.CONDITIONS))) == (FactKind.CONDITIONS,)


def test_a_cut_page_is_told_beside_the_finding():
    outcome = ask(THERAPY, pancreatitis("2026-11-22"), known=truncated(FactKind.CONDITIONS))

    assert missing_from(outcome) == (FactKind.CONDITIONS,)


# --- what cannot be placed, and what words say


def test_soon_after_a_stop_is_said_so():
    earlier = took(AZA, 150, "2023-03-01", ended_on=on("2023-03-20"))

    found = finding(ask(mercaptopurine(50), earlier, pancreatitis("2023-03-28", state=RESOLVED)))

    assert found.indicator is CRITICAL
    assert found.summary == (
        "Mercaptopurine: pancreatitis began soon after a thiopurine was stopped; do not give one again"
    )


@pytest.mark.parametrize(
    "record",
    [
        pancreatitis("2023-03-28", state=RESOLVED),  # the end of the course is not recorded
        pancreatitis(recorded="2023-03-28", state=RESOLVED),  # nor is the beginning of the pancreatitis
    ],
)
def test_what_no_record_places_is_asked_about_at_a_start(record):
    found = finding(ask(mercaptopurine(50), took(AZA, 150, "2023-03-01"), record))

    assert (found.indicator, found.constraints) == (WARNING, ())
    assert found.summary.endswith("on record; did it begin on the drug?")


def test_what_no_record_places_is_not_asked_about_again_on_therapy():
    assert is_silent(ask(THERAPY, azathioprine(100), pancreatitis(recorded="2023-03-28", state=RESOLVED)))


def test_pancreatitis_of_a_drug_that_is_not_named_is_asked_about_where_no_thiopurine_is_on_record():
    of_a_drug = problem(
        Problem.PANCREATITIS, Problem.DRUG_INDUCED_PANCREATITIS, state=RESOLVED, onset="2019-01-01"
    )

    assert finding(ask(azathioprine(), of_a_drug)).indicator is WARNING
    assert (
        finding(ask(azathioprine(), took(AZA, 100, "2020-01-01"), of_a_drug)).indicator is INFO
    )  # before it


def named(*drugs, **fields):
    fields = {
        "state": RESOLVED,
        "blames": frozenset(drugs),
        "reactions": frozenset({Reaction.PANCREATITIS}),
    } | fields
    return problem(Problem.ADVERSE_DRUG_EFFECT, **fields)


@pytest.mark.parametrize(
    ("drugs", "words"),
    [((AZA,), "azathioprine"), ((AZA, Drug.MERCAPTOPURINE, Drug.THIOGUANINE), "a thiopurine")],
)
def test_words_that_name_the_drug_place_it(drugs, words):
    found = finding(ask(mercaptopurine(50), named(*drugs)))

    assert found.indicator is CRITICAL
    assert found.summary == f"Mercaptopurine: pancreatitis on {words} recorded; do not give one again"
    assert found.constraints == (DoseConstraint("MedicationRequest/mercaptopurine-draft", Bound.STOP),)


def test_the_drug_that_words_name_is_shown():
    found = finding(ask(mercaptopurine(50), named(AZA)))

    assert why(found)[0] == "Pancreatitis, resolved, said to be of azathioprine, no date recorded"


def test_words_that_are_not_confirmed_ask_to_clarify():
    assert finding(ask(mercaptopurine(50), named(AZA, is_confirmed=False))).indicator is WARNING


def gallstones(**fields):
    return problem(Problem.PANCREATITIS, Problem.OTHER_CAUSE, **fields)


def test_another_cause_makes_it_a_line():
    earlier = took(AZA, 150, "2023-03-01", ended_on=on("2023-06-30"))

    found = finding(ask(azathioprine(), earlier, gallstones(onset="2023-03-28", state=RESOLVED)))

    assert (found.indicator, found.leads) == (INFO, False)
    assert why(found) == ("Pancreatitis, resolved, of another cause",)


def test_another_cause_of_one_that_is_active_on_the_drug_asks_to_clarify():
    found = finding(ask(THERAPY, gallstones(onset="2026-11-22")))

    assert found.indicator is WARNING
    assert found.summary.endswith("; clarify before the next dose")
