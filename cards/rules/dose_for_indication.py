"""Is the ordered dose readable, and does it fit the patient's weight and the indication?"""

from dataclasses import dataclass

from cards.card import Indicator
from cards.case import Case
from cards.case.courses import Episode
from cards.case.dose_words import dose_facts, dose_words, mg_per_kg
from cards.case.exposures import Exposure
from cards.finding import Blocked, Bound, DoseConstraint, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.indication_doses import (
    DoseStatement,
    DoseUnit,
    Statement,
    dose_statements,
    highest_ceiling_mg_per_kg,
)
from cards.knowledge.sources import Grade, cite
from cards.model.conditions import Indication
from cards.model.facts import FactKind, Missing
from cards.model.labs import Analyte
from cards.rules.rule import Rule
from cards.wording import drug_name, number, per_kg, titled

NEEDS = frozenset({FactKind.VITALS, FactKind.CONDITIONS, FactKind.MEDICATIONS})
_LIKELY_SLIP = 2  # cards.md: "at least twice the indication's ceiling"


def dose_does_not_fit(case: Case) -> Outcome:
    """Say what is wrong with the dose: not readable, no weight, above start, step or ceiling.

    One finding an order; the gravest names the card, the others are lines of it.
    """
    if not case.ordered:
        return Silent("no thiopurine is ordered")
    findings: list[Finding] = []
    missing: tuple[Missing, ...] = ()
    for exposure in case.ordered:
        found = _findings(exposure, case)
        findings += found
        if _needs_weight(exposure) and case.weight is None:
            missing = case.missing(FactKind.VITALS)
    if findings:
        return Fired(tuple(findings), missing)
    return Blocked(missing) if missing else Silent("the dose is readable and fits weight and indication")


def _needs_weight(exposure: Exposure) -> bool:
    return exposure.regimen is not None


def _findings(exposure: Exposure, case: Case) -> list[Finding]:
    if exposure.regimen is None:
        return [_not_readable(exposure, case)]
    checks = (_too_high(exposure, case), _start_too_high(exposure, case), _step_too_soon(exposure, case))
    found = [finding for finding in checks if finding]
    if not found and case.weight is None and not case.missing(FactKind.VITALS):
        return [_no_weight(exposure, case)]
    return found


def _not_readable(exposure: Exposure, case: Case) -> Finding:
    name = titled(drug_name(exposure.drug))
    return Finding(
        decision=f"dose:{exposure.key}",
        indicator=Indicator.WARNING,
        summary=f"{name}: the ordered dose could not be read; check it against weight and indication",
        why=dose_facts(exposure, case.weight),
        do=("No dose check was possible. Give the dose in mg and how often it is taken.",),
        citations=(cite("project", "never guess a dose"),),
        reasons=Reasons.DATA,
        leads=False,
    )


def _no_weight(exposure: Exposure, case: Case) -> Finding:
    return Finding(
        decision=f"dose:{exposure.key}",
        indicator=Indicator.WARNING,
        summary=f"{dose_words(exposure, None)}: no usable weight on record, mg/kg not checked",
        why=(*dose_facts(exposure, None), *_old_weight(case)),
        do=("Record a current weight: limits for this drug are per kg.",),
        citations=(cite("project", "never guess a weight"),),
        reasons=Reasons.DATA,
        leads=False,
    )


def _old_weight(case: Case) -> tuple[Fact, ...]:
    newest = case.chart.series(Analyte.BODY_WEIGHT).latest
    if newest is None:
        return ()
    return (
        Fact(
            f"Newest weight on record {newest.reported or number(newest.value or 0)}: too old or not plausible",
            newest.taken_on,
            newest.record_ref,
        ),
    )


def _ceilings(exposure: Exposure, case: Case) -> list[DoseStatement]:
    """The ceilings that apply, per indication; the highest indication counts where several are listed."""
    kind = (
        Statement.START_CEILING
        if exposure.episode in (Episode.NEW_START, Episode.UNKNOWN)
        else Statement.CEILING
    )
    rows: list[DoseStatement] = []
    for indication in exposure.purpose.indications:
        own = dose_statements(exposure.drug, indication, kind) or dose_statements(
            exposure.drug, indication, Statement.CEILING
        )
        rows += own
    if rows:
        return rows
    highest = highest_ceiling_mg_per_kg(exposure.drug)
    return [highest] if highest else []


def _ceiling(exposure: Exposure, case: Case) -> DoseStatement | None:
    """The ceiling that decides: the lowest of one indication, the highest of several possible ones."""
    kg = case.weight.kg if case.weight else None
    rows = [row for row in _ceilings(exposure, case) if row.mg_per_day(kg) is not None]
    if not rows:
        return None
    choose = min if exposure.purpose.only else max
    return choose(rows, key=lambda row: row.mg_per_day(kg) or 0.0)


def _dose_in(row: DoseStatement, exposure: Exposure, case: Case) -> float:
    """The ordered dose in the row's unit, as printed."""
    mg = exposure.regimen.mg_per_day if exposure.regimen else 0.0
    if row.unit is DoseUnit.MG_PER_KG and case.weight is not None:
        return per_kg(exposure.drug, mg, case.weight.kg)
    return round(mg, 1)


def _too_high(exposure: Exposure, case: Case) -> Finding | None:
    row = _ceiling(exposure, case)
    if row is None:
        return None
    dose = _dose_in(row, exposure, case)
    if dose <= row.high:
        return None
    is_slip = dose >= _LIKELY_SLIP * row.high
    limit = f"{number(row.high)} {row.unit}"
    if row.indication in exposure.purpose.indications:
        what, for_what = "above the ceiling", f"for {row.indication}" if row.indication else ""
    else:
        what, for_what = "above the highest usual dose", "in any indication on record here"
    action = "likely slip, check the order" if is_slip else "check or reduce"
    kg = case.weight.kg if case.weight else None
    return Finding(
        decision=f"dose:{exposure.key}",
        indicator=Indicator.CRITICAL if is_slip else Indicator.WARNING,
        summary=f"{dose_words(exposure, case.weight)}: {what} of {limit} {for_what}; {action}"[:139],
        why=(*dose_facts(exposure, case.weight), Fact(titled(str(exposure.purpose)))),
        do=(
            f"{titled(what)} of {limit} {for_what}{_in_mg(row, kg)}.",
            *(("Ceilings by indication are for adults; this patient is a child.",) if case.is_child else ()),
        ),
        citations=(row.citation,),
        reasons=Reasons.DOSE,
        constraints=(DoseConstraint(exposure.key, Bound.CEILING, None, row.mg_per_day(kg)),)
        if row.indication in exposure.purpose.indications
        else (),
    )


def _in_mg(row: DoseStatement, kg: float | None) -> str:
    mg = row.mg_per_day(kg)
    return f", here {number(mg, 0)} mg/day" if row.unit is DoseUnit.MG_PER_KG and mg is not None else ""


def _start_too_high(exposure: Exposure, case: Case) -> Finding | None:
    only = exposure.purpose.only
    if exposure.episode not in (Episode.NEW_START, Episode.RESTART) or only is None:
        return None
    kg = case.weight.kg if case.weight else None
    rows = [
        row
        for row in dose_statements(exposure.drug, only, Statement.START)
        if row.citation.grade is not Grade.SUMMARY and row.mg_per_day(kg) is not None
    ]
    above = [row for row in rows if _dose_in(row, exposure, case) > row.high]
    if not above or only is Indication.KIDNEY_TRANSPLANT:
        return None
    limit = min(row.mg_per_day(kg) or 0.0 for row in rows)
    words = " and ".join(f"{number(row.high)} {row.unit}" for row in rows)
    return Finding(
        decision=f"dose:{exposure.key}",
        indicator=Indicator.WARNING,
        summary=f"{dose_words(exposure, case.weight)}: start for {only} is at most {words}; start lower",
        why=(*dose_facts(exposure, case.weight), Fact(titled(str(exposure.purpose)))),
        do=(f"The usual start for {only} is at most {words}: here {number(limit, 0)} mg/day.",),
        citations=tuple(row.citation for row in above),
        reasons=Reasons.DOSE,
        constraints=(DoseConstraint(exposure.key, Bound.START, None, limit),),
    )


def _step_too_soon(exposure: Exposure, case: Case) -> Finding | None:
    """An increase before the interval of the indication is over, or by more than its step."""
    course = exposure.course
    if exposure.episode is not Episode.ESCALATION or course is None or course.regimen is None:
        return None
    found = [step for step in (_too_early(exposure, case), _too_large(exposure, case)) if step]
    if not found:
        return None
    old = number(course.regimen.mg_per_day, 1)
    return Finding(
        decision=f"dose:{exposure.key}",
        indicator=Indicator.WARNING,
        summary=f"{dose_words(exposure, case.weight)}: increase from {old} mg/day {found[0].in_short}",
        why=(
            *dose_facts(exposure, case.weight),
            Fact(f"Dose so far {old} mg/day", course.latest.started_on, course.latest.record_ref),
            Fact(titled(str(exposure.purpose))),
        ),
        do=tuple(step.sentence for step in found),
        citations=tuple(step.row.citation for step in found),
        reasons=Reasons.DOSE,
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """What is wrong with an increase."""

    row: DoseStatement
    in_short: str
    sentence: str


def _too_early(exposure: Exposure, case: Case) -> _Step | None:
    course, only = exposure.course, exposure.purpose.only
    if course is None or course.latest.started_on is None or course.started_on is None:
        return None
    is_first_step = course.latest.started_on == course.started_on
    own = dose_statements(exposure.drug, only, Statement.WEEKS_BEFORE_FIRST_STEP) if is_first_step else ()
    rows = own or (
        dose_statements(exposure.drug, only, Statement.WEEKS_BETWEEN_STEPS)
        or dose_statements(exposure.drug, None, Statement.WEEKS_BETWEEN_STEPS)
    )
    if not rows or only is Indication.KIDNEY_TRANSPLANT:
        return None
    row = rows[0]
    weeks = row.low if row.low is not None else row.high
    days = course.latest.started_on.days_before(case.chart.today)
    if days >= weeks * 7:
        return None
    return _Step(
        row,
        f"after {days} days, wait {number(weeks)} weeks",
        f"The present dose was started {days} days ago; wait {number(weeks)} weeks before an increase "
        f"({row.citation.locator}).",
    )


def _too_large(exposure: Exposure, case: Case) -> _Step | None:
    course = exposure.course
    rows = dose_statements(exposure.drug, exposure.purpose.only, Statement.STEP)
    dose = mg_per_kg(exposure, case.weight)
    if not rows or course is None or course.regimen is None or case.weight is None or dose is None:
        return None
    before = per_kg(exposure.drug, course.regimen.mg_per_day, case.weight.kg)
    step = round(dose - before, 2)
    if step <= rows[0].high:
        return None
    usual = number(rows[0].high)
    return _Step(
        rows[0],
        f"is {number(step)} mg/kg, the usual step is {usual} mg/kg",
        f"The increase is {number(step)} mg/kg/day; the usual step is {usual} mg/kg/day.",
    )


RULE = Rule(
    id="dose-for-indication",
    question="Is the ordered dose readable, and does it fit the patient's weight and the indication?",
    check=dose_does_not_fit,
    needs=NEEDS,
    implements=("A02", "A03", "A05", "A06", "A07", "A10", "A16", "A20", "A24", "A26", "C04"),
    can_be_critical=True,
)
