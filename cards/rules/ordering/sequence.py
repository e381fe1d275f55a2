"""Has what comes before azathioprine in autoimmune hepatitis or lupus nephritis been given?"""

from dataclasses import dataclass
from datetime import timedelta

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.quiet_cards import quiet_decision, quiet_summary
from cards.assessment.results import undated_words
from cards.card import Indicator
from cards.finding import (
    Blocked,
    Bound,
    DecisionKey,
    DecisionKind,
    DoseConstraint,
    Fact,
    Finding,
    Fired,
    Outcome,
    Reasons,
    Silent,
)
from cards.knowledge.sequence import SequenceStatement, TreatmentSequence
from cards.model.conditions import Indication
from cards.model.facts import FactKind, Missing
from cards.model.labs import Analyte, LabResult
from cards.model.therapy import Drug
from cards.rules.rule import ORDER_SIGN, Rule
from cards.wording import fitting, listed, number

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.CONDITIONS, FactKind.LIVER})
_INDUCTION = (Drug.MYCOPHENOLATE, Drug.CYCLOPHOSPHAMIDE)


def given_in_sequence(case: Case) -> Outcome:
    """Warn when azathioprine comes before the steroid has worked in autoimmune hepatitis.

    In lupus nephritis without an induction drug on record it is a line of the plan.
    """
    starts = [
        exposure
        for exposure in case.ordered
        if exposure.drug is Drug.AZATHIOPRINE and exposure.episode is not None and exposure.episode.starts
    ]
    findings: list[Finding] = []
    missing: tuple[Missing, ...] = ()
    for exposure in starts:
        if exposure.purpose.only is Indication.AUTOIMMUNE_HEPATITIS:
            found, gaps = _hepatitis(exposure, case)
        elif exposure.purpose.only is Indication.LUPUS_NEPHRITIS:
            found, gaps = _nephritis(exposure, case)
        else:
            continue
        findings += found
        missing = (*missing, *gaps)
    if findings:
        return Fired(tuple(findings), missing)
    return Blocked(missing) if missing else Silent("nothing has to come before this start, or it has come")


@dataclass(frozen=True, slots=True)
class _Judged:
    """A condition of the sequence."""

    fact: Fact | None = None
    problem: str = ""  # a reason to wait
    shorter: str = ""  # the same where both reasons stand in one summary
    until: str = ""  # what to wait for, and nothing else
    remark: str = ""  # something to check
    missing: tuple[Missing, ...] = ()


def _hepatitis(exposure: Exposure, case: Case) -> tuple[list[Finding], tuple[Missing, ...]]:
    judged = (_steroid(case), _bilirubin(case))
    missing = tuple(gap for one in judged for gap in one.missing)
    if any(one.problem for one in judged):
        return [_wait(exposure, judged, case)], missing
    if any(one.remark for one in judged):
        return [_remark(exposure, judged, case.knowledge.sequence)], missing
    return [], missing


def _steroid(case: Case) -> _Judged:
    days = int(case.knowledge.sequence.sequence_number(SequenceStatement.STEROID_DAYS))
    course = case.course(Drug.SYSTEMIC_CORTICOSTEROID)
    if course is None:
        return _no_steroid(case)
    fact = Fact(f"Systemic corticosteroid {course.state}", course.started_on, course.latest.record_ref)
    given = course.days_on(case.chart.today)
    if given is None:
        return _Judged(
            fact, remark=f"When the corticosteroid began is not recorded: {days} days ago or more?"
        )
    if given < days:
        given = max(given, 0)  # a month may reach into the future
        earliest = case.chart.today + timedelta(days=days - given)
        problem = f"corticosteroid for {given} days, wait until {earliest}"
        return _Judged(fact, problem=problem, shorter=problem, until=f"until {earliest}")
    return _Judged(fact)


def _no_steroid(case: Case) -> _Judged:
    sequence = case.knowledge.sequence
    if case.orders_of(Drug.SYSTEMIC_CORTICOSTEROID):
        return _no_days_of_steroid("the corticosteroid is only now ordered", sequence)
    missing = case.missing(FactKind.MEDICATIONS)
    if missing:
        return _Judged(missing=missing)
    seen = "readable " if case.has_unused(FactKind.MEDICATIONS) else ""
    return _no_days_of_steroid(f"no {seen}corticosteroid on record", sequence)


def _no_days_of_steroid(problem: str, sequence: TreatmentSequence) -> _Judged:
    days = int(sequence.sequence_number(SequenceStatement.STEROID_DAYS))
    return _Judged(problem=problem, shorter=problem, until=f"for {days} days of a corticosteroid")


def _bilirubin(case: Case) -> _Judged:
    sequence = case.knowledge.sequence
    days = case.policy.recent_count_days
    result = case.chart.series(Analyte.BILIRUBIN_TOTAL).within(days, case.chart.today).latest
    limit = f"{number(sequence.sequence_number(SequenceStatement.BILIRUBIN))} mg/dL"
    if result is None or result.value is None:
        missing = case.missing_within(days, FactKind.LIVER)
        undated = undated_words(case.chart, days, Analyte.BILIRUBIN_TOTAL)
        readable = "readable " if case.has_unused(FactKind.LIVER) else ""
        of_when = f"{'dated ' if undated else ''}{readable}bilirubin of the last {days} days"
        remark = f"No {of_when} is on record{undated}: below {limit} before azathioprine."
        return _Judged(missing=missing) if missing else _Judged(remark=remark)
    words = _both_units(result, sequence)
    fact = Fact(f"Bilirubin {words}", result.taken_on, result.record_ref)
    lowest, highest = result.at_least, result.at_most
    if lowest is not None and lowest >= sequence.sequence_number(SequenceStatement.BILIRUBIN):
        short = f"bilirubin {result.comparator or ''}{number(lowest, 1)} mg/dL, wait until below {limit}"
        until = f"until bilirubin is below {limit}"
        return _Judged(
            fact, problem=f"bilirubin {words}, wait until below {limit}", shorter=short, until=until
        )
    if highest is None or highest >= sequence.sequence_number(SequenceStatement.BILIRUBIN):
        return _Judged(
            fact, remark=f"Bilirubin {words}: the result does not say whether it is below {limit}."
        )
    rounded_limit = sequence.sequence_number(SequenceStatement.BILIRUBIN_ROUNDED)
    if _in_umol(highest, sequence) < rounded_limit:
        return _Judged(fact)
    exact = number(
        _in_umol(sequence.sequence_number(SequenceStatement.BILIRUBIN), sequence),
        1,
    )
    return _Judged(
        fact,
        remark=f"Bilirubin {words} is borderline: the limit of {limit} is {exact} umol/L, "
        f"and is also quoted as {number(rounded_limit)} umol/L.",
    )


def _in_umol(mg_per_dl: float, sequence: TreatmentSequence) -> float:
    return round(mg_per_dl * sequence.sequence_number(SequenceStatement.BILIRUBIN_FACTOR), 1)


def _both_units(result: LabResult, sequence: TreatmentSequence) -> str:
    value = result.value or 0.0
    sign = result.comparator or ""
    return f"{sign}{number(value, 1)} mg/dL ({sign}{number(_in_umol(value, sequence), 0)} umol/L)"


def _facts(judged: tuple[_Judged, ...]) -> tuple[Fact, ...]:
    return tuple(one.fact for one in judged if one.fact)


def _wait(exposure: Exposure, judged: tuple[_Judged, ...], case: Case) -> Finding:
    sequence = case.knowledge.sequence
    days = int(sequence.sequence_number(SequenceStatement.STEROID_DAYS))
    bilirubin = sequence.sequence_number(SequenceStatement.BILIRUBIN)
    limit = number(bilirubin)
    source = sequence.sequence_source(SequenceStatement.STEROID_DAYS)
    return Finding(
        decision=DecisionKey(DecisionKind.SEQUENCE, exposure.key),
        indicator=Indicator.WARNING,
        summary=_waiting(tuple(one for one in judged if one.problem)),
        why=(*_facts(judged), *dose_facts(exposure, case.weight)),
        do=(
            f"Start predniso(lo)ne first; add azathioprine after {days} days, once bilirubin is below {limit} mg/dL "
            f"({number(_in_umol(bilirubin, sequence), 1)} umol/L; grade {source.grade}).",
            *(one.remark for one in judged if one.remark),
        ),
        citations=(source, sequence.sequence_source(SequenceStatement.BILIRUBIN)),
        reasons=Reasons.PLAN,
        constraints=(DoseConstraint(exposure.key, Bound.WAIT),),
    )


def _waiting(problems: tuple[_Judged, ...]) -> str:
    """The reasons to wait; if they do not fit, what to wait for."""
    lead = "Azathioprine in autoimmune hepatitis:"
    return fitting(
        f"{lead} {listed(one.problem for one in problems)}",
        f"{lead} {listed(one.shorter for one in problems)}",
        f"{lead} wait {listed(one.until for one in problems)}",
    )


def _remark(exposure: Exposure, judged: tuple[_Judged, ...], sequence: TreatmentSequence) -> Finding:
    return Finding(
        decision=quiet_decision(exposure),
        indicator=Indicator.INFO,
        summary=quiet_summary(exposure),
        why=_facts(judged),
        do=tuple(f"Autoimmune hepatitis: {one.remark}" for one in judged if one.remark),
        citations=(
            sequence.sequence_source(SequenceStatement.BILIRUBIN),
            sequence.sequence_source(SequenceStatement.BILIRUBIN_ROUNDED),
        ),
        reasons=Reasons.PLAN,
        leads=False,
    )


def _nephritis(exposure: Exposure, case: Case) -> tuple[list[Finding], tuple[Missing, ...]]:
    if any(case.course(drug) or case.orders_of(drug) for drug in _INDUCTION):
        return [], ()
    missing = case.missing(FactKind.MEDICATIONS)
    if missing:
        return [], missing
    source = case.knowledge.sequence.sequence_source(SequenceStatement.INDUCTION)
    has_unused = case.has_unused(FactKind.MEDICATIONS)
    seen, is_seen = ("that could be read", "could be read") if has_unused else ("on record", "is on record")
    return [
        Finding(
            decision=quiet_decision(exposure),
            indicator=Indicator.INFO,
            summary=quiet_summary(exposure),
            why=(Fact(f"No mycophenolate and no cyclophosphamide {seen}"),),
            do=(
                "Lupus nephritis: azathioprine is used after induction with mycophenolic acid, cyclophosphamide or "
                f"multitarget therapy (grade {source.grade}); no such drug {is_seen}: check the sequence.",
            ),
            citations=(source,),
            reasons=Reasons.PLAN,
            leads=False,
        )
    ], ()


RULE = Rule(
    id="sequence",
    question="Has what comes before azathioprine in autoimmune hepatitis or lupus nephritis been given?",
    check=given_in_sequence,
    needs=NEEDS,
    implements=("A09", "A15"),
    at=(ORDER_SIGN,),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "project",
        "clinical-summary-2025",
    ),
)
