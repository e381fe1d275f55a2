"""What belongs to a new start that is not an alert?"""

from dataclasses import dataclass
from datetime import timedelta
from math import inf

from cards.assessment.case import Case
from cards.assessment.dose_ceilings import is_soon_after_transplant, strictest_ceiling
from cards.assessment.dose_words import dose_facts
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.protocol import in_group_of
from cards.card import Indicator
from cards.finding import (
    Bound,
    DecisionKey,
    DecisionKind,
    DoseConstraint,
    DoseLine,
    Fact,
    Finding,
    Fired,
    Outcome,
    Reasons,
    Silent,
)
from cards.knowledge.genotype_doses import StartUnit
from cards.knowledge.indication_doses import DoseStatement, DoseStatementKind, DoseUnit
from cards.knowledge.rule_sentences import RuleSentence
from cards.knowledge.schedules import Monitored, SchedulePhase, Trigger
from cards.knowledge.sources import Citation
from cards.knowledge.start_plan import AdviceTopic, PlanSentence, StartSentences
from cards.model.chart import Sex
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.genes import Gene, Phenotype
from cards.rules.ordering.genotype_dose import indication_class
from cards.rules.rule import ORDER_SIGN, Rule
from cards.wording import drug_name, number, span, titled

_STEPS = (
    DoseStatementKind.STEP,
    DoseStatementKind.WEEKS_BEFORE_FIRST_STEP,
    DoseStatementKind.WEEKS_BETWEEN_STEPS,
)
NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.CONDITIONS, FactKind.VITALS, FactKind.GENES})


def starting_plan(case: Case) -> Outcome:
    """One quiet plan for each true new start; nothing on renewals."""
    starts = [exposure for exposure in case.ordered if exposure.episode is Episode.NEW_START]
    if not starts:
        return Silent("no new start of a thiopurine")
    return Fired(tuple(_plan(exposure, case) for exposure in starts))


def _thiopurine(case: Case) -> str:
    return "thiopurine that could be read" if case.has_unused(FactKind.MEDICATIONS) else "thiopurine"


def _plan(exposure: Exposure, case: Case) -> Finding:
    steps = (*_gene_line(exposure, case), *_steps(exposure, case))
    phases = _phases(case)
    advice = _advice(exposure, case)
    return Finding(
        decision=DecisionKey(DecisionKind.PLAN, exposure.key),
        indicator=Indicator.INFO,
        summary=f"Starting {drug_name(exposure.drug)}: plan",
        why=(
            Fact(
                f"New start: no {_thiopurine(case)} on record in the last {case.policy.new_start_days} days"
            ),
            Fact(titled(str(exposure.purpose))),
            *dose_facts(exposure, case.weight),
        ),
        do=(
            *_licence_line(exposure, case.knowledge.start_plan),
            *(step.text for step in steps),
            _schedule_line(case),
            *_advice_lines(exposure, advice),
        ),
        citations=tuple(
            dict.fromkeys(
                (
                    case.knowledge.cite("cpic-thiopurines-2025"),
                    *(citation for step in steps for citation in step.citations),
                    *(phase.citation for phase in phases),
                    *(row.citation for row in advice),
                )
            )
        ),
        reasons=Reasons.PLAN,
        constraints=_first_step(exposure, case),
        dose_lines=tuple(step.dose for step in steps if step.dose),
    )


def _advice(exposure: Exposure, case: Case) -> tuple[PlanSentence, ...]:
    """The sentences that apply to this start; those on pregnancy are not for men."""
    advice = case.knowledge.start_plan.start_advice(exposure.drug, exposure.purpose.only)
    is_man = case.chart.sex is Sex.MALE
    return tuple(one for one in advice if not (is_man and one.topic is AdviceTopic.PREGNANCY))


def _advice_lines(exposure: Exposure, advice: tuple[PlanSentence, ...]) -> tuple[str, ...]:
    """One line per topic, each sentence with its grade; lines about the indication are headed by its name."""
    lines = []
    for topic in dict.fromkeys(one.topic for one in advice):
        heading = topic.value
        if topic in (AdviceTopic.INDICATION, AdviceTopic.RESPONSE):
            heading = str(exposure.purpose.only or heading)
        sentences = " ".join(one.graded for one in advice if one.topic is topic)
        lines.append(f"{titled(heading)}: {sentences}")
    return tuple(lines)


def _licence_line(exposure: Exposure, start_plan: StartSentences) -> tuple[str, ...]:
    only = exposure.purpose.only
    if only is None:
        return ("The indication is not stated or not single: licence and ceiling depend on it.",)
    row = start_plan.licence(exposure.drug, only)
    if row is None:
        return ()
    status = "licensed in the US" if row.is_licensed_us else "off-label in the US"
    return (
        f"{titled(only.value)}: {status} (evidence grade {row.citation.grade}); licences differ by country.",
    )


def _gene_line(exposure: Exposure, case: Case) -> tuple["_PlanLine", ...]:
    if any(case.genes[gene].phenotype is not Phenotype.NORMAL for gene in Gene):
        return ()
    start = _standard_start(exposure, case)
    lead, end = "TPMT and NUDT15 normal metabolizer:", "Blood counts are needed all the same."
    plain = f"{lead} no reduction for the genes. {end}"
    if start is None:
        return (_PlanLine(plain),)
    words, mg = start
    said = f"{lead} standard start {words}. {end}"
    return (_PlanLine(said, dose=DoseLine(said, exposure.key, mg, otherwise=plain, is_start=True)),)


def _standard_start(exposure: Exposure, case: Case) -> tuple[str, float | None] | None:
    """CPIC's start for normal metabolizers, also in mg; CPIC states none for transplantation.

    Also None where the indication's start or ceiling is lower.
    """
    kind = indication_class(exposure, case)
    advice = case.knowledge.genotype_doses.genotype_dose(exposure.drug, Phenotype.NORMAL, Phenotype.NORMAL)
    found = advice.start_range(kind) if advice and kind else None
    if found is None or Indication.KIDNEY_TRANSPLANT in exposure.purpose.indications:
        return None
    standard, _, unit = found
    amount = f"{number(standard)} {unit}"
    if unit is not StartUnit.MG_PER_KG or case.weight is None:
        return amount, None
    mg = standard * case.weight.kg
    if mg > _own_most(exposure, DoseStatementKind.START, case) or mg > _own_most(
        exposure, DoseStatementKind.CEILING, case
    ):
        return None
    in_mg = f" = {number(mg, 0)} mg/day for {number(case.weight.kg, 1)} kg" if case.firm_weight else ""
    return f"{amount}{in_mg}", mg


def _own_most(exposure: Exposure, statement: DoseStatementKind, case: Case) -> float:
    """The lowest dose in the indication's own rows, in mg a day; without a row, no limit."""
    only = exposure.purpose.only
    kg = case.weight.kg if case.weight else None
    rows = _own_rows(exposure, only, statement, case) if only else ()
    return min((mg for row in rows if (mg := row.mg_per_day(kg)) is not None), default=inf)


@dataclass(frozen=True, slots=True)
class _PlanLine:
    """One line of doses or times, as the source has it."""

    text: str
    citations: tuple[Citation, ...] = ()
    dose: DoseLine | None = None  # None for a line that names no dose


def _steps(exposure: Exposure, case: Case) -> tuple[_PlanLine, ...]:
    """First step, steps, range, ceiling and times for this indication, those that hold for this patient."""
    labels = (
        (DoseStatementKind.START, "Usual start"),
        (DoseStatementKind.STEP, "Step"),
        (DoseStatementKind.WEEKS_BEFORE_FIRST_STEP, "Before the first step"),
        (DoseStatementKind.WEEKS_BETWEEN_STEPS, "Between steps at least"),
        (DoseStatementKind.MAINTENANCE, "Usual range"),
        (DoseStatementKind.CEILING, "Ceiling"),
        (DoseStatementKind.WEEKS_TO_RESPONSE, "Response after"),
        (DoseStatementKind.WEEKS_OF_TRIAL, "Review the benefit after"),
    )
    steps = []
    for statement, label in labels:
        every = _rows(exposure, statement, case)
        rows = tuple(row for row in every if _holds(row, exposure, case))
        if rows:
            amounts = " and ".join(_amount(row, case) for row in rows)
            text = f"{label}: {amounts} (grade {rows[0].citation.grade})."
            dose = _dose_line(text, statement, rows, exposure, case)
            steps.append(_PlanLine(text, tuple(row.citation for row in rows), dose))
    return (*steps, *_strictest(exposure, case))


def _strictest(exposure: Exposure, case: Case) -> tuple[_PlanLine, ...]:
    """The ceiling by which a dose is judged as long as nothing says what it is for."""
    row = None if exposure.purpose.indications else strictest_ceiling(exposure, case)
    if row is None:
        return ()
    text = case.knowledge.sentences.text(
        RuleSentence.CEILING_IN_PLAN, amount=_amount(row, case), disease=str(row.indication)
    )
    mg = row.mg_per_day(case.weight.kg if case.weight else None)
    return (_PlanLine(text, (row.citation,), DoseLine(text, exposure.key, mg)),)


def _holds(row: DoseStatement, exposure: Exposure, case: Case) -> bool:
    """Whether a usual dose applies to this patient: no dose in mg to a child, none above a lower row of its kind."""
    if row.unit is DoseUnit.WEEKS or row.statement is DoseStatementKind.STEP:
        return True
    if row.unit is DoseUnit.MG and case.is_child:
        return False
    if row.indication is Indication.KIDNEY_TRANSPLANT and row.statement is DoseStatementKind.START:
        return is_soon_after_transplant(exposure, case)
    mg = row.mg_per_day(case.weight.kg if case.weight else None)
    if mg is None:
        return True
    ceiling = _own_most(exposure, DoseStatementKind.CEILING, case)
    if row.statement is DoseStatementKind.START:
        ceiling = min(ceiling, _own_most(exposure, DoseStatementKind.START, case))
    return mg <= ceiling


def _dose_line(
    text: str, statement: DoseStatementKind, rows: tuple[DoseStatement, ...], exposure: Exposure, case: Case
) -> DoseLine | None:
    """The line with the highest dose that it names."""
    if statement in _STEPS:
        return DoseLine(text, exposure.key, None, is_increase=True)
    if rows[0].unit is DoseUnit.WEEKS:
        return None
    amounts = [row.mg_per_day(case.weight.kg if case.weight else None) for row in rows]
    known = [mg for mg in amounts if mg is not None]
    most = max(known) if len(known) == len(amounts) else None
    return DoseLine(text, exposure.key, most, is_start=statement is DoseStatementKind.START)


def _rows(exposure: Exposure, statement: DoseStatementKind, case: Case) -> tuple[DoseStatement, ...]:
    only = exposure.purpose.only
    own = _own_rows(exposure, only, statement, case) if only else ()
    if own or only is Indication.KIDNEY_TRANSPLANT:
        return own
    if statement is DoseStatementKind.START:
        return _own_rows(exposure, None, DoseStatementKind.FIRST_STEP, case)
    return _own_rows(exposure, None, statement, case)


def _own_rows(
    exposure: Exposure, indication: Indication | None, statement: DoseStatementKind, case: Case
) -> tuple[DoseStatement, ...]:
    return case.knowledge.indication_doses.dose_statements(
        exposure.drug, indication, statement, in_group_of(indication, case.protocol(exposure))
    )


def _amount(row: DoseStatement, case: Case) -> str:
    if row.unit is DoseUnit.WEEKS:
        return f"{span(row.low or row.high, row.high)} weeks"
    text = f"{span(row.low if row.low is not None else row.high, row.high)} {row.unit}"
    if row.unit is DoseUnit.MG_PER_KG and case.firm_weight is not None:
        kg = case.firm_weight.kg
        low = row.low if row.low is not None else row.high
        return f"{text} = {span(low * kg, row.high * kg, 0)} mg/day"
    return text


def _phases(case: Case) -> tuple[SchedulePhase, ...]:
    """The tests that the site's schedule asks of everyone who starts."""
    return tuple(
        phase
        for phase in case.knowledge.schedules.schedule(case.policy.schedule_profile)
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
        for row in _rows(exposure, DoseStatementKind.START, case)
        if _holds(row, exposure, case) and (mg := row.mg_per_day(kg)) is not None
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
    at=(ORDER_SIGN,),
    highest=Indicator.INFO,
    lowest=Indicator.INFO,
    sources=(
        "cpic-thiopurines-2025",
        "fda-azathioprine-label",
        "nbk-mercaptopurine",
        "project",
        "clinical-summary-2025",
        "dailymed-imuran",
        "fda-imuran-dosage",
        "fda-imuran-malignancy",
        "fda-imuran-summary",
        "wjg-2016",
        "wjg-2008",
        "pmid-15225172",
        "aspen-imuran",
        "sps-azathioprine",
        "bsg-2019",
        "nhs-lanarkshire-dmards",
        "bergan-1998",
        "nejm-1995-aih",
        "mercaptopurine-label",
        "lanvis-smpc",
    ),
)
