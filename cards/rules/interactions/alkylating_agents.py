"""Has a patient with rheumatoid arthritis been treated with an alkylating agent?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
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
from cards.knowledge.patient_advice import Circumstance
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.therapy import Drug, DrugRecord, TherapyState
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, listed, titled

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.CONDITIONS, FactKind.VITALS})
_ALKYLATING = (Drug.CYCLOPHOSPHAMIDE, Drug.CHLORAMBUCIL, Drug.MELPHALAN)


def alkylating_agent_in_arthritis(case: Case) -> Outcome:
    """Warn when a thiopurine for rheumatoid arthritis follows, or meets, an alkylating agent."""
    exposures = tuple(
        exposure
        for exposure in (*case.ordered, *case.taken)
        if Indication.RHEUMATOID_ARTHRITIS in exposure.purpose.indications
    )
    if not exposures:
        return Silent("no thiopurine is ordered or taken for rheumatoid arthritis")
    facts = _facts(case)
    if facts:
        return Fired(tuple(_finding(exposure, facts, case) for exposure in exposures))
    missing = case.missing(FactKind.MEDICATIONS)
    return Blocked(missing) if missing else Silent("no alkylating agent is ordered or on record")


def _facts(case: Case) -> tuple[Fact, ...]:
    ordered = tuple(
        Fact(f"{titled(drug_name(order.drug))} ordered", record_ref=order.record_ref)
        for order in case.orders_of(*_ALKYLATING)
    )
    taken = tuple(
        Fact(f"{titled(drug_name(record.drug))}, {_when(record)}", record.started_on, record.record_ref)
        for record in _records(case)
    )
    return (*ordered, *taken)


def _records(case: Case) -> tuple[DrugRecord, ...]:
    """The agents taken at any time."""
    return tuple(
        record for record in case.chart.records_of(*_ALKYLATING) if record.state is not TherapyState.PLANNED
    )


def _when(record: DrugRecord) -> str:
    undated = "" if record.started_on else ", no date recorded"
    return f"{record.state.value}{undated}"


def _finding(exposure: Exposure, facts: tuple[Fact, ...], case: Case) -> Finding:
    name = drug_name(exposure.drug)
    is_new = _is_begun(exposure) or bool(case.orders_of(*_ALKYLATING))
    said = case.knowledge.patient_advice.advice(
        Circumstance.ALKYLATING_AGENTS if is_new else Circumstance.ALKYLATING_AGENTS_TAKEN, drug=name
    )
    action = "choose another drug" if is_new else "review whether to go on"
    return Finding(
        decision=DecisionKey(DecisionKind.ALKYLATING_AGENTS, exposure.key),
        indicator=Indicator.CRITICAL if is_new else Indicator.WARNING,
        summary=f"{titled(name)} for rheumatoid arthritis after {_agents(case)}: risk of malignancy; {action}",
        why=(*facts, Fact(titled(str(exposure.purpose))), *dose_facts(exposure, case.weight)),
        do=said.do,
        also=said.also,
        citations=said.citations,
        reasons=Reasons.STOP,
        constraints=(DoseConstraint(exposure.key, Bound.STOP),) if is_new and exposure.is_ordered else (),
    )


def _is_begun(exposure: Exposure) -> bool:
    episode = exposure.episode
    return episode is not None and (episode.starts or episode is Episode.ESCALATION)


def _agents(case: Case) -> str:
    found = {order.drug for order in case.orders_of(*_ALKYLATING)}
    found |= {record.drug for record in _records(case)}
    return listed(drug_name(drug) for drug in _ALKYLATING if drug in found)


RULE = Rule(
    id="alkylating-agents",
    question="Has a patient with rheumatoid arthritis been treated with an alkylating agent?",
    check=alkylating_agent_in_arthritis,
    needs=NEEDS,
    implements=("X10",),
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.WARNING,
    sources=("fda-imuran-contraindications",),
)
