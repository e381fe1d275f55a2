"""Is the dose that is being taken above the ceiling?"""

from dataclasses import replace

from cards.assessment.case import Case
from cards.assessment.dose_ceilings import (
    ceiling_acts,
    ceiling_facts,
    ceiling_of,
    ceiling_words,
    dose_in,
    is_likely_slip,
)
from cards.assessment.dose_words import dose_facts, dose_words
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.indication_doses import DoseStatement
from cards.model.facts import FactKind, Missing
from cards.model.protocol import Group
from cards.rules.rule import PATIENT_VIEW, Rule
from cards.wording import fitting, number, titled

NEEDS = frozenset({FactKind.VITALS, FactKind.CONDITIONS, FactKind.MEDICATIONS})


def taken_dose_too_high(case: Case) -> Outcome:
    """Report a dose on the chart above the ceiling of a continuing dose.

    Leukaemia therapy is adjusted to the counts and not judged here.
    """
    judged = [
        exposure
        for exposure in case.taken
        if exposure.regimen and case.group(exposure) is not Group.LEUKAEMIA
    ]
    if not judged:
        return Silent("no thiopurine is taken at a readable dose that has a ceiling")
    findings = tuple(finding for exposure in judged if (finding := _finding(exposure, case)))
    if findings:
        return Fired(findings)
    missing = _missing(judged, case)
    return Blocked(missing) if missing else Silent("the dose taken is within the ceiling")


def _missing(judged: list[Exposure], case: Case) -> tuple[Missing, ...]:
    if any(exposure.purpose.indications for exposure in judged) and case.weight is not None:
        return ()
    return case.missing(FactKind.VITALS) if case.weight is None else ()


def _finding(exposure: Exposure, case: Case) -> Finding | None:
    for peak in (_on_its_largest_day(exposure), *_later_steps(exposure)):
        row = ceiling_of(peak, case, is_later=bool(peak.regimen and peak.regimen.steps))
        if row is not None and dose_in(row, peak, case) > row.high:
            return _told(exposure, peak, row, is_likely_slip(row, peak, case), case)
    return None


def _on_its_largest_day(exposure: Exposure) -> Exposure:
    regimen = exposure.regimen
    if regimen is None or regimen.largest_mg_of_a_day is None:
        return replace(exposure, regimen=replace(regimen, steps=())) if regimen else exposure
    return replace(exposure, regimen=replace(regimen, mg_per_day=regimen.largest_mg_of_a_day, steps=()))


def _later_steps(exposure: Exposure) -> list[Exposure]:
    """The therapy as its order has it later, the highest dose first."""
    regimen = exposure.regimen
    steps = sorted(regimen.steps if regimen else (), key=lambda step: -step.largest_mg_of_a_day)
    return [
        replace(exposure, regimen=replace(regimen, mg_per_day=step.largest_mg_of_a_day, steps=(step,)))
        for step in steps
        if regimen
    ]


def _words(exposure: Exposure, peak: Exposure, case: Case) -> str:
    """The dose that is judged; a single day's dose is not called daily."""
    words, regimen = dose_words(peak, case.weight), peak.regimen
    step = next(iter(regimen.steps), None) if regimen else None
    daily = step or exposure.regimen
    is_daily = regimen is None or daily is None or regimen.mg_per_day == daily.mg_per_day
    return words if is_daily else words.replace("mg/day", "mg on one day", 1)


def _told(exposure: Exposure, peak: Exposure, row: DoseStatement, is_far_above: bool, case: Case) -> Finding:
    """The finding; if the therapy is only possibly taken, a warning whatever its dose."""
    is_own = row.indication in exposure.purpose.indications
    what, for_what = ceiling_words(row, exposure)
    limit = f"{number(row.high)} {row.unit}"
    is_sure = exposure.course is not None and exposure.course.is_sure
    step = next(iter(peak.regimen.steps), None) if peak.regimen else None
    when = f"from {step.begins}" if step else "being taken"
    lead = f"{_words(exposure, peak, case)} {when}: {what}"
    action = "check the order before then" if step else "check what is really taken"
    kg = case.firm_weight.kg if case.firm_weight else None
    most = row.mg_per_day(kg)
    goal = f"to at most {limit if most is None else f'{number(most, 0)} mg/day'}"
    goal = goal if is_own else "to what the disease needs"
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.CRITICAL if is_far_above and is_sure else Indicator.WARNING,
        summary=fitting(f"{lead} {for_what}; {action}", f"{lead}; {action}", lead),
        why=(
            *((Fact(f"Later step from {step.begins}: {step.reading}"),) if step else ()),
            *dose_facts(exposure, case.weight),
            Fact(titled(str(exposure.purpose))),
            *ceiling_facts(row, exposure, case),
        ),
        do=(
            *(("Ask what is really taken, and check the blood count and liver tests.",) if not step else ()),
            f"If {'it is this dose' if not step else 'that step is meant'}: reduce it {goal}, "
            "or record why it is higher.",
            *ceiling_acts(row, exposure, case),
            *(("Ceilings by indication are for adults; this patient is a child.",) if case.is_child else ()),
        ),
        citations=(row.citation,),
        reasons=Reasons.DOSE,
    )


RULE = Rule(
    id="dose-being-taken",
    question="Is the dose that is being taken above the ceiling?",
    check=taken_dose_too_high,
    needs=NEEDS,
    implements=("A03",),
    at=(PATIENT_VIEW,),
    highest=Indicator.CRITICAL,
    lowest=Indicator.WARNING,
    sources=(
        "mercaptopurine-label",
        "clinical-summary-2025",
        "fda-imuran-dosage",
        "wjg-2008",
        "pmid-15225172",
        "aspen-imuran",
    ),
)
