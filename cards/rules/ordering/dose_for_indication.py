"""Is the ordered dose readable, and does it fit the patient's weight and the indication?"""

from dataclasses import dataclass

from cards.assessment.case import Case
from cards.assessment.dose_ceilings import (
    ceiling_acts,
    ceiling_facts,
    ceiling_of,
    ceiling_words,
    dose_in,
    is_likely_slip,
    other_labels,
)
from cards.assessment.dose_words import dose_facts, dose_words, mg_per_kg
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
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
from cards.knowledge.indication_doses import DoseStatement, DoseStatementKind, DoseUnit
from cards.knowledge.sources import Grade
from cards.model.conditions import Indication
from cards.model.facts import FactKind, Missing
from cards.model.labs import Analyte
from cards.model.protocol import Group
from cards.rules.rule import ORDER_SIGN, Rule
from cards.wording import drug_name, fitting, number, per_kg, rounded, titled

NEEDS = frozenset({FactKind.VITALS, FactKind.CONDITIONS, FactKind.MEDICATIONS})


def dose_does_not_fit(case: Case) -> Outcome:
    """Say what is wrong with the dose: not readable, no weight, above start, step or ceiling.

    One finding per order; the gravest problem names the card, the others are lines of it.
    """
    if not case.ordered:
        return Silent("no thiopurine is ordered")
    findings = tuple(finding for exposure in case.ordered for finding in _findings(exposure, case))
    missing = _missing(case)
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("the dose is readable and fits weight and indication")


def _missing(case: Case) -> tuple[Missing, ...]:
    """An unseen weight, and an unseen problem list where no order states its indication."""
    readable = [exposure for exposure in case.ordered if exposure.regimen]
    kinds = []
    if readable and case.weight is None:
        kinds.append(FactKind.VITALS)
    if any(not exposure.purpose.indications for exposure in readable):
        kinds.append(FactKind.CONDITIONS)
    return case.missing(*kinds)


def _findings(exposure: Exposure, case: Case) -> list[Finding]:
    if exposure.regimen is None:
        return [_not_readable(exposure, case)]
    if case.group(exposure) is Group.LEUKAEMIA:
        return []
    checks = (_too_high(exposure, case), _start_too_high(exposure, case), _step_too_soon(exposure, case))
    found = [finding for finding in checks if finding]
    if not found and case.dated_weight is None and not case.missing(FactKind.VITALS):
        return [_no_weight(exposure, case) if case.weight is None else _undated_weight(exposure, case)]
    return found


def _not_readable(exposure: Exposure, case: Case) -> Finding:
    name = titled(drug_name(exposure.drug))
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{name}: the ordered dose could not be read; check it against weight and indication",
        why=dose_facts(exposure, case.weight),
        do=("No dose check was possible. Give the dose in mg and how often it is taken.",),
        citations=(case.knowledge.cite("project", "never guess a dose"),),
        reasons=Reasons.DATA,
        leads=False,
    )


def _no_weight(exposure: Exposure, case: Case) -> Finding:
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{dose_words(exposure, None)}: no usable weight on record, mg/kg not checked",
        why=(*dose_facts(exposure, None), *_old_weight(case)),
        do=("Record a current weight: limits for this drug are per kg.",),
        citations=(case.knowledge.cite("project", "never guess a weight"),),
        reasons=Reasons.DATA,
        leads=False,
    )


def _undated_weight(exposure: Exposure, case: Case) -> Finding:
    """A weight that may be of any time shows no dose to be low enough."""
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{dose_words(exposure, case.weight)}: the weight has no date; weigh again",
        why=dose_facts(exposure, case.weight),
        do=("Weigh again, and record the weight with its day: limits for this drug are per kg.",),
        citations=(case.knowledge.cite("project", "never guess a weight"),),
        reasons=Reasons.DATA,
        leads=False,
    )


def _old_weight(case: Case) -> tuple[Fact, ...]:
    newest = case.chart.series(Analyte.BODY_WEIGHT).latest
    if newest is None:
        return ()
    value = "without a number" if newest.value is None else f"{number(newest.value)} kg"
    return (
        Fact(
            f"Newest weight on record {newest.reported or value}: too old or not plausible",
            newest.taken_on,
            newest.record_ref,
        ),
    )


def _too_high(exposure: Exposure, case: Case, *, is_later: bool = False) -> Finding | None:
    row = ceiling_of(exposure, case, is_later=is_later)
    if row is None or dose_in(row, exposure, case) <= row.high:
        return None
    is_slip = is_likely_slip(row, exposure, case)
    what, for_what = ceiling_words(row, exposure)
    action = "likely slip, check the order" if is_slip else "check or reduce"
    lead = f"{dose_words(exposure, case.weight)}: {what}"
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.CRITICAL if is_slip else Indicator.WARNING,
        summary=fitting(f"{lead} {for_what}; {action}", f"{lead}; {action}"),
        why=(
            *dose_facts(exposure, case.weight),
            Fact(titled(str(exposure.purpose))),
            *ceiling_facts(row, exposure, case),
        ),
        do=(
            f"{titled(what)} {for_what}{_in_mg(row, case)}.",
            *ceiling_acts(row, exposure, case),
            *(("Ceilings by indication are for adults; this patient is a child.",) if case.is_child else ()),
        ),
        also=tuple(
            f"{other.citation.source.label}: up to {number(other.high)} {other.unit} (grade {other.citation.grade})."
            for other in other_labels(row, exposure, case)
        ),
        citations=(row.citation,),
        reasons=Reasons.DOSE,
        constraints=_at_most(exposure, row, case, is_slip=is_slip),
    )


def _at_most(
    exposure: Exposure, row: DoseStatement, case: Case, *, is_slip: bool
) -> tuple[DoseConstraint, ...]:
    """The ceiling as a bound of other doses; no dose is offered while the day of a transplantation is not known."""
    if row.indication not in exposure.purpose.indications:
        return ()
    mg = row.mg_per_day(case.weight.kg if case.weight else None)
    ceiling = DoseConstraint(exposure.key, Bound.CEILING, None, mg, is_of_slip=is_slip)
    is_undated = case.protocol(exposure).days_since_transplant is None
    if row.indication is Indication.KIDNEY_TRANSPLANT and is_undated:
        return (ceiling, DoseConstraint(exposure.key, Bound.WAIT))
    return (ceiling,)


def _in_mg(row: DoseStatement, case: Case) -> str:
    mg = row.mg_per_day(case.firm_weight.kg if case.firm_weight else None)
    return f", here {number(mg, 0)} mg/day" if row.unit is DoseUnit.MG_PER_KG and mg is not None else ""


def too_high(exposure: Exposure, case: Case, *, is_later: bool = False) -> Finding | None:
    """What is wrong with a dose above its ceiling, for another rule's dose; None in leukaemia."""
    is_leukaemia = case.group(exposure) is Group.LEUKAEMIA
    return None if is_leukaemia else _too_high(exposure, case, is_later=is_later)


def _start_too_high(exposure: Exposure, case: Case) -> Finding | None:
    only = exposure.purpose.only
    if exposure.episode not in (Episode.NEW_START, Episode.RESTART) or only is None:
        return None
    kg = case.weight.kg if case.weight else None
    rows = [
        row
        for row in case.knowledge.indication_doses.dose_statements(
            exposure.drug, only, DoseStatementKind.START, case.protocol(exposure)
        )
        if row.citation.grade is not Grade.SUMMARY and row.mg_per_day(kg) is not None
    ]
    above = [row for row in rows if dose_in(row, exposure, case) > row.high]
    if not above or only is Indication.KIDNEY_TRANSPLANT:
        return None
    limit = min(row.mg_per_day(kg) or 0.0 for row in rows)
    words = " and ".join(f"{number(row.high)} {row.unit}" for row in rows)
    shown = [row.mg_per_day(case.firm_weight.kg if case.firm_weight else None) for row in rows]
    here = f": here {number(limit, 0)} mg/day" if None not in shown else ""
    lead = f"{dose_words(exposure, case.weight)}: start"
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.WARNING,
        summary=fitting(f"{lead} for {only} is at most {words}; start lower", f"{lead} is at most {words}"),
        why=(*dose_facts(exposure, case.weight), Fact(titled(str(exposure.purpose)))),
        do=(f"The usual start for {only} is at most {words}{here}.",),
        citations=tuple(row.citation for row in above),
        reasons=Reasons.DOSE,
        constraints=(DoseConstraint(exposure.key, Bound.START, None, limit),),
    )


def _step_too_soon(exposure: Exposure, case: Case) -> Finding | None:
    """An increase before the indication's interval is over, or by more than its step."""
    course = exposure.course
    if exposure.episode is not Episode.ESCALATION or course is None or course.regimen is None:
        return None
    found = [step for step in (_too_early(exposure, case), _too_large(exposure, case)) if step]
    if not found:
        return None
    old = number(course.regimen.mg_per_day, 1)
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{dose_words(exposure, case.weight)}: increase from {old} mg/day {found[0].in_short}",
        why=(
            *dose_facts(exposure, case.weight),
            Fact(f"Dose so far {old} mg/day", course.dose_since, course.latest.record_ref),
            Fact(titled(str(exposure.purpose))),
        ),
        do=tuple(step.sentence for step in found),
        citations=tuple(step.row.citation for step in found),
        reasons=Reasons.DOSE,
        constraints=tuple(
            DoseConstraint(exposure.key, Bound.STEP, None, step.at_most_mg, is_binding=False)
            for step in found
        ),
    )


@dataclass(frozen=True, slots=True)
class _FaultOfIncrease:
    """What is wrong with an increase."""

    row: DoseStatement
    in_short: str
    sentence: str
    at_most_mg: float  # a day, today


def _too_early(exposure: Exposure, case: Case) -> _FaultOfIncrease | None:
    indication_doses, protocol = case.knowledge.indication_doses, case.protocol(exposure)
    course, only = exposure.course, exposure.purpose.only
    since = course.dose_since if course else None
    if course is None or course.regimen is None or since is None:
        return None
    is_first_step = since == course.started_on
    own = (
        indication_doses.dose_statements(
            exposure.drug, only, DoseStatementKind.WEEKS_BEFORE_FIRST_STEP, protocol
        )
        if is_first_step
        else ()
    )
    rows = own or (
        indication_doses.dose_statements(exposure.drug, only, DoseStatementKind.WEEKS_BETWEEN_STEPS, protocol)
        or indication_doses.dose_statements(
            exposure.drug, None, DoseStatementKind.WEEKS_BETWEEN_STEPS, protocol
        )
    )
    if not rows or only is Indication.KIDNEY_TRANSPLANT:
        return None
    row = rows[0]
    weeks = row.low if row.low is not None else row.high
    days = (case.chart.today - since.first).days  # at most, where the date is partial
    if days >= weeks * 7:
        return None
    return _FaultOfIncrease(
        row,
        f"after {'' if since.is_whole_day else 'at most '}{days} days, wait {number(weeks)} weeks",
        f"The present dose was started {since}; wait {number(weeks)} weeks before an increase "
        f"({row.in_words}).",
        course.regimen.mg_per_day,
    )


def _too_large(exposure: Exposure, case: Case) -> _FaultOfIncrease | None:
    course = exposure.course
    rows = case.knowledge.indication_doses.dose_statements(
        exposure.drug, exposure.purpose.only, DoseStatementKind.STEP, case.protocol(exposure)
    )
    dose = mg_per_kg(exposure, case.weight)
    if not rows or course is None or course.regimen is None or case.weight is None or dose is None:
        return None
    before = per_kg(exposure.drug, course.regimen.mg_per_day, case.weight.kg)
    step = rounded(dose - before, 2)
    if step <= rows[0].high:
        return None
    usual = number(rows[0].high)
    return _FaultOfIncrease(
        rows[0],
        f"is {number(step)} mg/kg, the usual step is {usual} mg/kg",
        f"The increase is {number(step)} mg/kg/day; the usual step is {usual} mg/kg/day.",
        course.regimen.mg_per_day + rows[0].high * case.weight.kg,
    )


RULE = Rule(
    id="dose-for-indication",
    question="Is the ordered dose readable, and does it fit the patient's weight and the indication?",
    check=dose_does_not_fit,
    needs=NEEDS,
    implements=("A02", "A03", "A05", "A06", "A07", "A10", "A16", "A20", "A24", "A26", "C04"),
    at=(ORDER_SIGN,),
    highest=Indicator.CRITICAL,
    lowest=Indicator.WARNING,
    sources=(
        "mercaptopurine-label",
        "project",
        "clinical-summary-2025",
        "fda-imuran-dosage",
        "wjg-2008",
        "pmid-15225172",
        "aspen-imuran",
    ),
)
