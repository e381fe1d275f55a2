"""What makes toxicity of a thiopurine likelier in this patient: age, kidney, liver, a high dose?"""

from cards.assessment.body import Weight, age_of
from cards.assessment.dose_words import mg_per_kg
from cards.assessment.exposures import Exposure
from cards.assessment.kidneys import kidneys_of
from cards.assessment.protocol import in_group_of, protocol_of
from cards.finding import Fact
from cards.knowledge.formulas import Formulas
from cards.knowledge.indication_doses import DoseStatement, DoseStatementKind, DoseUnit, IndicationDoses
from cards.knowledge.knowledge import Knowledge
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionState, Problem
from cards.model.policy import Policy
from cards.model.protocol import Group, Protocol
from cards.wording import number

_LIVER = {Problem.CIRRHOSIS: "Cirrhosis", Problem.LIVER_DISEASE: "Liver disease"}


def toxicity_risks(
    exposure: Exposure, chart: ChartOfDay, weight: Weight | None, policy: Policy, knowledge: Knowledge
) -> tuple[Fact, ...]:
    """The known risk factors, in words; empty where the chart shows none."""
    protocol = protocol_of(exposure, chart, policy, knowledge)
    return (
        *_age(chart, policy),
        *_kidneys(chart, policy, knowledge.formulas),
        *_liver(chart),
        *(
            _high_dose(exposure, weight, protocol, knowledge.indication_doses)
            if protocol.group is not Group.LEUKAEMIA
            else ()
        ),
    )


def _age(chart: ChartOfDay, policy: Policy) -> tuple[Fact, ...]:
    age = age_of(chart)
    return (Fact(f"Age {age.words}"),) if age is not None and age.oldest >= policy.older_age_years else ()


def _kidneys(chart: ChartOfDay, policy: Policy, formulas: Formulas) -> tuple[Fact, ...]:
    kidneys = kidneys_of(chart, policy, formulas)
    return kidneys.facts if kidneys else ()


def _liver(chart: ChartOfDay) -> tuple[Fact, ...]:
    return tuple(
        Fact(name, record.onset_on or record.recorded_on, record.record_ref)
        for problem, name in _LIVER.items()
        for record in chart.conditions
        if problem in record.problems and record.state is ConditionState.ACTIVE
    )


def _high_dose(
    exposure: Exposure, weight: Weight | None, protocol: Protocol, indication_doses: IndicationDoses
) -> tuple[Fact, ...]:
    dose, ceiling = mg_per_kg(exposure, weight), _ceiling(exposure, protocol, indication_doses)
    if dose is None or ceiling is None or dose < ceiling.high:
        return ()
    what = (
        "ceiling"
        if ceiling.indication in exposure.purpose.indications
        else "highest ceiling of any immune-mediated disease"
    )
    return (Fact(f"High dose: {number(dose)} mg/kg/day, {what} {number(ceiling.high)}"),)


def _ceiling(
    exposure: Exposure, protocol: Protocol, indication_doses: IndicationDoses
) -> DoseStatement | None:
    only = exposure.purpose.only
    own = (
        indication_doses.dose_statements(
            exposure.drug, only, DoseStatementKind.CEILING, in_group_of(only, protocol)
        )
        if only
        else ()
    )
    per_kg = [row for row in own if row.unit is DoseUnit.MG_PER_KG]
    immune = indication_doses.ceilings_mg_per_kg(exposure.drug, in_group_of(None, protocol))
    return next(iter((*per_kg, *reversed(immune))), None)
