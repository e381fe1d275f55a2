"""What belongs to a new start that is not an alert?"""

from datetime import timedelta

from cards.card import Indicator
from cards.case import Case
from cards.case.courses import Episode
from cards.case.dose_words import dose_facts
from cards.case.exposures import Exposure
from cards.finding import (
    Bound,
    DoseConstraint,
    Fact,
    Finding,
    Fired,
    Outcome,
    Reasons,
    Silent,
)
from cards.knowledge.genotype_doses import StartUnit, genotype_dose
from cards.knowledge.indication_doses import DoseStatement, DoseUnit, Statement, dose_statements
from cards.knowledge.schedules import Monitored, SchedulePhase, Trigger, schedule
from cards.knowledge.sources import Citation, cite
from cards.knowledge.start_plan import Advice, AdviceTopic, licence, start_advice
from cards.model.chart import Sex
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.genes import Gene, Phenotype
from cards.model.therapy import Drug
from cards.rules.genotype_dose import indication_class
from cards.rules.rule import Rule
from cards.wording import drug_name, number, span, titled

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.CONDITIONS, FactKind.VITALS, FactKind.GENES})


def starting_plan(case: Case) -> Outcome:
    """One quiet plan for each true new start; nothing on renewals."""
    starts = [exposure for exposure in case.ordered if exposure.episode is Episode.NEW_START]
    if not starts:
        return Silent("no new start of a thiopurine")
    return Fired(tuple(_plan(exposure, case) for exposure in starts))


def _plan(exposure: Exposure, case: Case) -> Finding:
    steps, step_citations = _steps(exposure, case)
    phases = _phases(case)
    advice = _advice(exposure, case)
    return Finding(
        decision=f"plan:{exposure.key}",
        indicator=Indicator.INFO,
        summary=f"Starting {drug_name(exposure.drug)}: plan",
        why=(
            Fact(f"New start: no thiopurine on record in the last {case.policy.new_start_days} days"),
            Fact(titled(str(exposure.purpose))),
            *dose_facts(exposure, case.weight),
        ),
        do=(
            *_licence_line(exposure),
            *_gene_line(exposure, case),
            *steps,
            _schedule_line(case),
            *_advice_lines(exposure, advice),
        ),
        citations=tuple(
            dict.fromkeys(
                (
                    cite("cpic-thiopurines-2025"),
                    *step_citations,
                    *(phase.citation for phase in phases),
                    *(row.citation for row in advice),
                )
            )
        ),
        reasons=Reasons.PLAN,
        constraints=_first_step(exposure, case),
    )


def _advice(exposure: Exposure, case: Case) -> tuple[Advice, ...]:
    """The sentences that apply to this start; those on pregnancy are not for men."""
    advice = start_advice(exposure.drug, exposure.purpose.only)
    is_man = case.chart.sex is Sex.MALE
    return tuple(one for one in advice if not (is_man and one.topic is AdviceTopic.PREGNANCY))


def _advice_lines(exposure: Exposure, advice: tuple[Advice, ...]) -> tuple[str, ...]:
    """One line a topic, each sentence with its grade; what concerns the indication is headed by its name."""
    lines = []
    for topic in dict.fromkeys(one.topic for one in advice):
        heading = topic.value
        if topic in (AdviceTopic.INDICATION, AdviceTopic.RESPONSE):
            heading = str(exposure.purpose.only or heading)
        sentences = " ".join(one.graded for one in advice if one.topic is topic)
        lines.append(f"{titled(heading)}: {sentences}")
    return tuple(lines)


def _licence_line(exposure: Exposure) -> tuple[str, ...]:
    only = exposure.purpose.only
    if only is None:
        return ("The indication is not stated or not single: licence and ceiling depend on it.",)
    row = licence(exposure.drug, only)
    if row is None:
        return ()
    status = "licensed in the US" if row.is_licensed_us else "off-label in the US"
    return (
        f"{titled(only.value)}: {status} (evidence grade {row.citation.grade}); licences differ by country.",
    )


def _gene_line(exposure: Exposure, case: Case) -> tuple[str, ...]:
    if any(case.genes[gene].phenotype is not Phenotype.NORMAL for gene in Gene):
        return ()
    start = _standard_start(exposure, case)
    return (f"TPMT and NUDT15 normal metabolizer: {start}. Blood counts are needed all the same.",)


def _standard_start(exposure: Exposure, case: Case) -> str:
    """CPIC's start for normal metabolizers; it states none for transplantation."""
    kind = indication_class(exposure)
    advice = genotype_dose(exposure.drug, Phenotype.NORMAL, Phenotype.NORMAL)
    found = advice.start_range(kind) if advice and kind else None
    if found is None or Indication.KIDNEY_TRANSPLANT in exposure.purpose.indications:
        return "no reduction for the genes"
    standard, _, unit = found
    amount = f"{number(standard)} {unit}"
    if unit is StartUnit.MG_PER_KG and case.weight is not None:
        amount += f" = {number(standard * case.weight.kg, 0)} mg/day for {number(case.weight.kg, 1)} kg"
    return f"standard start {amount}"


def _steps(exposure: Exposure, case: Case) -> tuple[tuple[str, ...], tuple[Citation, ...]]:
    """First step, steps, range, ceiling and times for this indication, each as the source has it."""
    only = exposure.purpose.only
    labels = (
        (Statement.START, "Usual start"),
        (Statement.STEP, "Step"),
        (Statement.WEEKS_BEFORE_FIRST_STEP, "Before the first step"),
        (Statement.WEEKS_BETWEEN_STEPS, "Between steps at least"),
        (Statement.MAINTENANCE, "Usual range"),
        (Statement.CEILING, "Ceiling"),
        (Statement.WEEKS_TO_RESPONSE, "Response after"),
        (Statement.WEEKS_OF_TRIAL, "Review the benefit after"),
    )
    lines, citations = [], []
    for statement, label in labels:
        rows = _rows(exposure.drug, only, statement)
        if rows:
            lines.append(
                f"{label}: {' and '.join(_amount(row, case) for row in rows)} (grade {rows[0].citation.grade})."
            )
            citations += [row.citation for row in rows]
    return tuple(lines), tuple(citations)


def _rows(drug: Drug, only: Indication | None, statement: Statement) -> tuple[DoseStatement, ...]:
    own = dose_statements(drug, only, statement) if only else ()
    if own or only is Indication.KIDNEY_TRANSPLANT:
        return own
    if statement is Statement.START:
        return dose_statements(drug, None, Statement.FIRST_STEP)
    return dose_statements(drug, None, statement)


def _amount(row: DoseStatement, case: Case) -> str:
    if row.unit is DoseUnit.WEEKS:
        return f"{span(row.low or row.high, row.high)} weeks"
    text = f"{span(row.low if row.low is not None else row.high, row.high)} {row.unit}"
    if row.unit is DoseUnit.MG_PER_KG and case.weight is not None:
        kg = case.weight.kg
        low = row.low if row.low is not None else row.high
        return f"{text} = {span(low * kg, row.high * kg, 0)} mg/day"
    return text


def _phases(case: Case) -> tuple[SchedulePhase, ...]:
    """What the site's schedule asks of everyone who starts."""
    return tuple(
        phase
        for phase in schedule(case.policy.schedule_profile)
        if phase.trigger in (Trigger.START, Trigger.MAINTENANCE)
    )


def _schedule_line(case: Case) -> str:
    by_test: dict[Monitored, list[SchedulePhase]] = {}
    for phase in _phases(case):
        by_test.setdefault(phase.what, []).append(phase)
    tests = "; ".join(f"{what} {_intervals(phases, case)}" for what, phases in by_test.items())
    return f"{titled(tests)} (schedule profile: {case.policy.schedule_profile})."


def _intervals(phases: list[SchedulePhase], case: Case) -> str:
    """The intervals one after the other: "every 7 days at first (dates), then at least every 92 days"."""
    parts: list[str] = []
    for phase in phases:
        then = "then " if parts else ""
        note = f", {phase.note}" if phase.note else ""
        if phase.until_day is None:
            parts.append(f"{then}at least every {phase.interval_days} days")
        elif parts:
            until = case.chart.today + timedelta(days=phase.until_day)
            parts.append(f"{then}every {phase.interval_days} days until {until}{note}")
        else:
            days = range(phase.interval_days, phase.until_day + 1, phase.interval_days)
            due = ", ".join(str(case.chart.today + timedelta(days=day)) for day in days)
            parts.append(f"every {phase.interval_days} days at first ({due}){note}")
    return ", ".join(parts)


def _first_step(exposure: Exposure, case: Case) -> tuple[DoseConstraint, ...]:
    """The indication's own start narrows a dose that another rule changes; it changes none itself."""
    kg = case.weight.kg if case.weight else None
    amounts = [
        mg
        for row in _rows(exposure.drug, exposure.purpose.only, Statement.START)
        if (mg := row.mg_per_day(kg)) is not None
    ]
    if not amounts:
        return ()
    return (DoseConstraint(exposure.key, Bound.START, None, min(amounts), is_binding=False),)


RULE = Rule(
    id="start-plan",
    question="What belongs to a new start that is not an alert?",
    check=starting_plan,
    needs=NEEDS,
    implements=(
        *("A01", "A02", "A04", "A05", "A08", "A10", "A11", "A12", "A13", "A14", "A16", "A17", "A18", "A19"),
        *(
            "A20",
            "A21",
            "A22",
            "A24",
            "A25",
            "A26",
            "B04",
            "C01",
            "C02",
            "C05",
            "D01",
            "D03",
            "D09",
            "G02",
            "H01",
        ),
        *("I01", "I03", "I04", "I05", "I06", "I07", "I08", "I09", "J01", "J02", "J03", "J04", "K01", "X18"),
    ),
)
