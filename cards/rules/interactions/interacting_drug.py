"""Does a thiopurine meet ribavirin or methotrexate?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import (
    Blocked,
    Bound,
    DecisionKey,
    DecisionKind,
    DoseConstraint,
    Finding,
    Fired,
    Outcome,
    Reasons,
    Silent,
)
from cards.knowledge.other_interactions import Level, OtherInteraction
from cards.model.facts import FactKind
from cards.model.protocol import Group
from cards.model.therapy import Drug
from cards.rules.interactions.other_drug import OtherDrug, class_name, other_drug
from cards.rules.quiet_line import quiet_exposures, quiet_line
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, listed, titled

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.VITALS})


def meets_interacting_drug(case: Case) -> Outcome:
    """Warn in either direction: ribavirin always, methotrexate when the two are newly brought together.

    Methotrexate already taken with azathioprine is a line of the quiet card.
    """
    missing = case.missing(FactKind.MEDICATIONS)
    pairs = case.knowledge.other_interactions.interactions_at(Level.CRITICAL, Level.WARNING)
    if not case.exposures:
        is_ordered = bool(case.orders_of(*(pair.culprit for pair in pairs)))
        return Blocked(missing) if missing and is_ordered else Silent("no thiopurine is ordered or taken")
    findings = tuple(
        finding
        for exposure in (*case.ordered, *case.taken)
        for pair in pairs
        if pair.drug is exposure.drug
        and (other := other_drug(pair.culprit, case)) is not None
        and (finding := _finding(exposure, pair, other, case)) is not None
    )
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("neither ribavirin nor, newly, methotrexate meets it")


def _finding(exposure: Exposure, pair: OtherInteraction, other: OtherDrug, case: Case) -> Finding | None:
    if pair.culprit is Drug.METHOTREXATE and case.group(exposure) is Group.LEUKAEMIA:
        return None  # the regimen of leukaemia
    if pair.level is Level.CRITICAL or other.meets_newly(exposure):
        return _alert(exposure, pair, other, case)
    if exposure not in quiet_exposures(case):
        return None
    return quiet_line(exposure, titled(class_name(pair.culprit)), (other.fact(),), pair.advice)


def _alert(exposure: Exposure, pair: OtherInteraction, other: OtherDrug, case: Case) -> Finding:
    doubts = _doubts(exposure, other)
    is_critical = pair.level is Level.CRITICAL and not doubts
    asked = f"{listed(doubts)}, still taken? If so, " if doubts else ""
    return Finding(
        decision=DecisionKey(DecisionKind.INTERACTION, exposure.key, pair.culprit),
        indicator=Indicator.CRITICAL if is_critical else Indicator.WARNING,
        summary=f"{titled(drug_name(exposure.drug))} with {drug_name(pair.culprit)}: {asked}{pair.in_short}",
        why=(*dose_facts(exposure, case.weight), other.fact()),
        do=pair.advice.do,
        also=pair.advice.also,
        citations=pair.advice.citations,
        reasons=Reasons.INTERACTION,
        constraints=(DoseConstraint(exposure.key, Bound.STOP),)
        if is_critical and exposure.is_ordered
        else (),
        proposals=other.removals(exposure) if is_critical else (),
    )


def _doubts(exposure: Exposure, other: OtherDrug) -> tuple[str, ...]:
    """Whichever of the two only an undated or old report says is taken."""
    courses = (None if exposure.is_ordered else exposure.course, None if other.orders else other.course)
    return tuple(
        f"{drug_name(course.drug)} {course.reported_words}"
        for course in courses
        if course and course.is_in_doubt
    )


RULE = Rule(
    id="interacting-drug",
    question="Does a thiopurine meet ribavirin or methotrexate?",
    check=meets_interacting_drug,
    needs=NEEDS,
    implements=("F06", "X02"),
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.INFO,
    sources=(
        "clinical-summary-2025",
        "fda-imuran-interactions",
        "fda-azathioprine-dmards",
        "drugs-com-ribavirin",
        "webmd-methotrexate",
    ),
)
