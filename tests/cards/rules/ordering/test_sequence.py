"""Has what comes before azathioprine in autoimmune hepatitis or lupus nephritis been given?"""

import pytest

from cards.card import Indicator
from cards.finding import Bound, DecisionKey, DecisionKind, DoseConstraint, Fact, Finding, Reasons
from cards.knowledge.sequence import SequenceStatement
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from cards.rules.ordering.sequence import given_in_sequence
from cards.wording import LONGEST_SUMMARY
from tests.builders import (
    KNOWLEDGE,
    azathioprine,
    blocked_by,
    case,
    days_ago,
    finding,
    is_silent,
    mercaptopurine,
    missing_from,
    on,
    ordered,
    result,
    taking,
    took,
    unknown,
    unused,
    why,
)

STEROID = Drug.SYSTEMIC_CORTICOSTEROID
AIH = azathioprine(50, for_=Indication.AUTOIMMUNE_HEPATITIS)
NEPHRITIS = azathioprine(150, for_=Indication.LUPUS_NEPHRITIS)


def steroid(since="2026-11-10"):
    return taking(STEROID, since=str(since) if since else None)


def bilirubin(mg_per_dl, **fields):
    return result(Analyte.BILIRUBIN_TOTAL, mg_per_dl, unit="mg/dL", **fields)


def ask(*facts, **fields):
    return given_in_sequence(case(*facts, **fields))


def test_azathioprine_before_the_steroid_is_too_early():
    assert finding(ask(AIH, bilirubin(9.0))) == Finding(
        decision=DecisionKey(DecisionKind.SEQUENCE, "MedicationRequest/azathioprine-draft"),
        indicator=Indicator.WARNING,
        summary=(
            "Azathioprine in autoimmune hepatitis: no corticosteroid on record and bilirubin 9 mg/dL (154 umol/L), "
            "wait until below 6 mg/dL"
        ),
        why=(
            Fact(
                "Bilirubin 9 mg/dL (154 umol/L)", on("2026-11-20"), "Observation/bilirubin_total-2026-11-20"
            ),
            Fact(
                "Azathioprine 50 mg/day (0.6 mg/kg) ordered: 50 mg x 1",
                None,
                "MedicationRequest/azathioprine-draft",
            ),
            Fact("Weight 80 kg", on("2026-10-25"), "Observation/body_weight-2026-10-25"),
        ),
        do=(
            "Start predniso(lo)ne first; add azathioprine after 14 days, once bilirubin is below 6 mg/dL "
            "(102.6 umol/L; grade E).",
        ),
        citations=(
            KNOWLEDGE.sequence.sequence_source(SequenceStatement.STEROID_DAYS),
            KNOWLEDGE.sequence.sequence_source(SequenceStatement.BILIRUBIN),
        ),
        reasons=Reasons.PLAN,
        constraints=(DoseConstraint("MedicationRequest/azathioprine-draft", Bound.WAIT),),
    )


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        (
            (steroid(days_ago(13)),),
            "corticosteroid for 13 days, wait until 2026-11-25",
        ),  # 24 November + 1 day
        ((steroid(days_ago(14)),), None),
        ((steroid("2026-11"),), "corticosteroid for 0 days, wait until 2026-12-08"),  # 1 to 30 November
        ((took(STEROID),), None),  # given before, and stopped
        ((), "no corticosteroid on record"),
        ((ordered(STEROID),), "the corticosteroid is only now ordered"),
    ],
)
def test_two_weeks_of_steroid_come_first(facts, problem):
    outcome = ask(AIH, bilirubin(2.0), *facts)

    if problem is None:
        assert is_silent(outcome)
    else:
        assert finding(outcome).summary == f"Azathioprine in autoimmune hepatitis: {problem}"


def test_a_steroid_without_a_start_is_a_line_of_the_plan():
    found = finding(ask(AIH, bilirubin(2.0), steroid(None)))

    assert (found.indicator, found.leads) == (Indicator.INFO, False)
    assert found.do == (
        "Autoimmune hepatitis: When the corticosteroid began is not recorded: 14 days ago or more?",
    )


@pytest.mark.parametrize(
    ("mg_per_dl", "fields", "said"),
    [
        (6.0, {}, "wait"),  # 6 x 17.1 = 102.6 umol/L
        (5.99, {}, "borderline"),  # 102.4 umol/L
        (5.85, {}, "borderline"),  # 5.85 x 17.1 = 100.035 umol/L, printed and compared as 100.0
        (5.84, {}, None),  # 99.9 umol/L
        (6.0, {"comparator": "<"}, "does not say"),  # anything below 6.0
        (5.0, {"comparator": "<"}, None),
        (5.0, {"comparator": ">"}, "does not say"),
        (7.0, {"comparator": ">"}, "wait"),
    ],
)
def test_bilirubin_is_below_the_limit_in_either_unit(mg_per_dl, fields, said):
    outcome = ask(AIH, steroid(), bilirubin(mg_per_dl, **fields))

    if said is None:
        assert is_silent(outcome)
    else:
        found = finding(outcome)
        assert said in f"{found.summary} {found.do}"
        assert found.leads is (said == "wait")


def test_borderline_names_both_forms_of_the_limit():
    assert finding(ask(AIH, steroid(), bilirubin(5.9))).do == (
        "Autoimmune hepatitis: Bilirubin 5.9 mg/dL (101 umol/L) is borderline: the limit of 6 mg/dL is 102.6 umol/L, "
        "and is also quoted as 100 umol/L.",
    )


@pytest.mark.parametrize("facts", [(), (bilirubin(9.0, taken="2026-08-25"),)])  # 91 days ago
def test_no_recent_bilirubin_is_a_line_of_the_plan(facts):
    found = finding(ask(AIH, steroid(), *facts))

    assert found.leads is False
    assert found.do == (
        "Autoimmune hepatitis: No bilirubin of the last 90 days is on record: below 6 mg/dL before azathioprine.",
    )


def test_what_is_unclear_stands_beside_what_is_wrong():
    found = finding(ask(AIH))

    assert found.summary == "Azathioprine in autoimmune hepatitis: no corticosteroid on record"
    assert found.do[1] == "No bilirubin of the last 90 days is on record: below 6 mg/dL before azathioprine."


def test_a_bilirubin_without_a_date_is_shown_and_does_not_count():
    found = finding(ask(AIH, steroid(), bilirubin(9.0, taken=None)))

    assert found.do == (
        "Autoimmune hepatitis: No dated bilirubin of the last 90 days is on record; "
        "bilirubin 9 mg/dL without a usable date is not counted: below 6 mg/dL before azathioprine.",
    )


def test_bilirubin_that_was_not_sent_is_missing():
    assert blocked_by(ask(AIH, steroid(), known=unknown(FactKind.LIVER))) == (FactKind.LIVER,)
    assert missing_from(ask(AIH, known=unknown(FactKind.LIVER))) == (FactKind.LIVER,)


def test_a_medication_list_that_was_not_sent_hides_the_steroid():
    known = unknown(FactKind.MEDICATIONS)

    assert blocked_by(ask(AIH, bilirubin(2.0), known=known)) == (FactKind.MEDICATIONS,)
    assert blocked_by(ask(NEPHRITIS, known=known)) == (FactKind.MEDICATIONS,)


def test_nephritis_without_induction_is_a_line_of_the_plan():
    found = finding(ask(NEPHRITIS))

    assert (found.decision, found.leads) == (
        DecisionKey(DecisionKind.PLAN, "MedicationRequest/azathioprine-draft"),
        False,
    )
    assert why(found) == ("No mycophenolate and no cyclophosphamide on record",)
    assert found.do == (
        "Lupus nephritis: azathioprine is used after induction with mycophenolic acid, cyclophosphamide or "
        "multitarget therapy (grade E); no such drug is on record: check the sequence.",
    )


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (azathioprine(),),
        (AIH, taking(Drug.AZATHIOPRINE, 50)),
        (mercaptopurine(for_=Indication.AUTOIMMUNE_HEPATITIS),),
        (azathioprine(for_=(Indication.AUTOIMMUNE_HEPATITIS, Indication.CROHNS)),),
        (NEPHRITIS, took(Drug.MYCOPHENOLATE)),
        (NEPHRITIS, taking(Drug.CYCLOPHOSPHAMIDE)),
        (NEPHRITIS, ordered(Drug.MYCOPHENOLATE)),
    ],
)
def test_is_silent_otherwise(facts):
    assert is_silent(ask(*facts))


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (
            (steroid(days_ago(9)), bilirubin(8.2)),
            "corticosteroid for 9 days, wait until 2026-11-29 and bilirubin 8.2 mg/dL, wait until below 6 mg/dL",
        ),
        (
            (steroid(days_ago(13)), bilirubin(12345.678, comparator=">")),
            "wait until 2026-11-25 and until bilirubin is below 6 mg/dL",
        ),
        (
            (ordered(STEROID), bilirubin(12345.678, comparator=">")),
            "the corticosteroid is only now ordered and bilirubin >12345.7 mg/dL, wait until below 6 mg/dL",
        ),
        (
            (ordered(STEROID), bilirubin(1e20, comparator=">")),
            "the corticosteroid is only now ordered and bilirubin >1.0e+20 mg/dL, wait until below 6 mg/dL",
        ),
    ],
)
def test_both_reasons_to_wait_fit_one_summary(facts, says):
    summary = finding(ask(AIH, *facts)).summary

    assert summary == f"Azathioprine in autoimmune hepatitis: {says}"
    assert len(summary) <= LONGEST_SUMMARY


@pytest.mark.parametrize("fields", [{}, {"deciding": False}, {"is_counted": True}])
def test_what_came_and_was_not_used_is_not_called_absent(fields):
    readable = "" if fields else "readable "

    found = finding(ask(AIH, unused(FactKind.MEDICATIONS, **fields), unused(FactKind.LIVER, **fields)))

    assert found.summary == f"Azathioprine in autoimmune hepatitis: no {readable}corticosteroid on record"
    assert found.do[1].startswith(f"No {readable}bilirubin of the last 90 days is on record")


def test_an_induction_that_could_not_be_read_is_not_called_absent():
    found = finding(ask(NEPHRITIS, unused(FactKind.MEDICATIONS)))

    assert why(found) == ("No mycophenolate and no cyclophosphamide that could be read",)
    assert "no such drug could be read: check the sequence" in found.do[0]
