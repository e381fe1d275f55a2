"""Has the patient hepatitis B, or had it, and how strong is the whole regimen?"""

from dataclasses import dataclass

from cards.assessment.baseline import baseline_of
from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.quiet_cards import quiet_decision
from cards.assessment.results import result_fact, unit_words, value_words
from cards.assessment.transaminases import raised_transaminases
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.hepatitis_b import Agent, Occasion, ReactivationRisk, Serology, View
from cards.knowledge.rule_sentences import RuleSentence
from cards.knowledge.sentences import Sentences
from cards.model.conditions import ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.labs import Analyte, LabFinding, LabResult
from cards.model.therapy import Drug
from cards.rules.interactions.other_drug import OtherDrug, other_drug
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, listed, titled

NEEDS = frozenset({FactKind.SEROLOGY, FactKind.CONDITIONS, FactKind.MEDICATIONS, FactKind.LIVER})
_NAMES = {Analyte.HBSAG: "HBsAg", Analyte.ANTI_HBC: "anti-HBc"}
_FLARE_ACT = {
    Serology.SURFACE_ANTIGEN: "hepatitis B reactivation? HBV DNA and hepatology today",
    Serology.CORE_ANTIBODY: "exclude hepatitis B reactivation, repeat HBsAg with HBV DNA",
}
_STRONGER = (Drug.SYSTEMIC_CORTICOSTEROID, Drug.TNF_INHIBITOR)


@dataclass(frozen=True, slots=True)
class _Status:
    """What is known about the infection."""

    serology: Serology
    facts: tuple[Fact, ...]
    is_tested: bool = True  # False: the problem list says so, without an HBsAg
    is_surface_known: bool = True  # False: no HBsAg, or none that could be read, was found

    @property
    def words(self) -> str:
        """The infection for a summary; a diagnosis is not a test result."""
        if not self.is_surface_known:
            return "anti-HBc positive, HBsAg not known"
        return str(self.serology) if self.is_tested else "hepatitis B recorded"


def hepatitis_b_on_record(case: Case) -> Outcome:
    """Grade a positive test by the whole regimen when treatment starts or a stronger drug is added.

    On the chart of a patient already treated it is a line. With raised transaminases any positive test is a
    warning at every hook: no risk is then called low.
    """
    missing = case.missing(FactKind.SEROLOGY)
    status = _status(case)
    flare = _flare(status, case)
    if flare is not None:
        return Fired((flare,), missing)
    exposures = _concerned(case)
    if not exposures:
        return Silent("no thiopurine is started, nor joined by a corticosteroid or TNF inhibitor")
    if status is None:
        return Blocked(missing) if missing else Silent("no positive hepatitis B test is on record")
    findings = tuple(_finding(exposure, status, case) for exposure in exposures)
    return Fired(findings, missing)


def _flare(status: _Status | None, case: Case) -> Finding | None:
    """One warning for a positive test with raised transaminases, ordered or taken."""
    hepatitis_b = case.knowledge.hepatitis_b
    raised = raised_transaminases(case.chart, case.policy, case.knowledge)
    if status is None or not raised or not case.exposures:
        return None
    exposure = case.exposures[0]
    said = hepatitis_b.views(status.serology, Occasion.RAISED_ALT)
    companions = _with(case)
    beside = (
        *hepatitis_b.views(status.serology, Occasion.REGIMEN),
        *(
            View(_line(risk, status.serology, case.knowledge.sentences), risk.citation)
            for risk in _risks(status.serology, case)[1:]
        ),
    )
    values = listed(f"{value_words(result)} {unit_words(result)}".rstrip() for result in raised)
    return Finding(
        decision=DecisionKey(DecisionKind.HEPATITIS_B, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{titled(drug_name(exposure.drug))}: {status.words}, {values}: "
        f"{_FLARE_ACT[status.serology]}",
        why=(
            *status.facts,
            *(fact for result in raised for fact in _compared(result, case)),
            *(drug.fact() for drug in companions),
            *dose_facts(exposure, case.weight),
        ),
        do=tuple(view.text for view in said),
        also=tuple(view.text for view in beside),
        citations=tuple(view.citation for view in (*said, *beside)),
        reasons=Reasons.STOP,
    )


def _compared(result: LabResult, case: Case) -> tuple[Fact, ...]:
    before = baseline_of(case.chart, result.analyte, case.policy)
    return (result_fact(result), *((result_fact(before, "before the first dose"),) if before else ()))


def _concerned(case: Case) -> tuple[Exposure, ...]:
    """Therapies that begin, or meet a steroid or TNF inhibitor ordered now; without orders, those being taken."""
    if not case.chart.draft_orders:
        return () if case.chart.vaccine_orders else case.taken
    if case.orders_of(*_STRONGER):
        return case.exposures
    return tuple(exposure for exposure in case.ordered if exposure.episode and exposure.episode.starts)


def _status(case: Case) -> _Status | None:
    surface = _word(Analyte.HBSAG, case)
    core = _word(Analyte.ANTI_HBC, case)
    problem = next(
        (
            record
            for record in case.chart.conditions
            if Problem.HEPATITIS_B in record.problems
            and record.state is ConditionState.ACTIVE
            and record.is_confirmed
        ),
        None,
    )
    on_list = (
        (Fact("Hepatitis B on the problem list", problem.recorded_on, problem.record_ref),) if problem else ()
    )
    facts = (*(_fact(result) for result in (surface, core) if result), *on_list)
    if _is_positive(surface) or (problem is not None and surface is None):
        return _Status(Serology.SURFACE_ANTIGEN, facts, is_tested=surface is not None)
    if not _is_positive(core):
        return None
    is_known = surface is not None
    unknown = () if is_known else (Fact(f"HBsAg: {case.nothing_on_record(FactKind.SEROLOGY)}"),)
    return _Status(Serology.CORE_ANTIBODY, (*facts, *unknown), is_surface_known=is_known)


def _word(analyte: Analyte, case: Case) -> LabResult | None:
    """The newest result that the laboratory gave as a word."""
    judged = [result for result in case.chart.series(analyte) if result.finding is not None]
    return judged[-1] if judged else None


def _is_positive(result: LabResult | None) -> bool:
    return result is not None and result.finding is LabFinding.POSITIVE


def _fact(result: LabResult) -> Fact:
    return Fact(f"{_NAMES[result.analyte]} {result.finding}", result.taken_on, result.record_ref)


def _with(case: Case) -> tuple[OtherDrug, ...]:
    """The stronger drugs that are ordered or taken."""
    return tuple(found for drug in _STRONGER if (found := other_drug(drug, case)) is not None)


def _finding(exposure: Exposure, status: _Status, case: Case) -> Finding:
    risks = _risks(status.serology, case)
    worst = risks[-1]
    is_view = not case.chart.draft_orders
    companions = _with(case)
    said = case.knowledge.hepatitis_b.views(status.serology, Occasion.REGIMEN)
    is_alert = not is_view and (status.serology is Serology.SURFACE_ANTIGEN or bool(companions))
    return Finding(
        decision=DecisionKey(DecisionKind.HEPATITIS_B, exposure.key)
        if is_alert
        else quiet_decision(exposure),
        indicator=Indicator.WARNING if is_alert else Indicator.INFO,
        summary=_summary(exposure, status, worst, companions, is_alert=is_alert),
        why=(*status.facts, *(drug.fact() for drug in companions), *dose_facts(exposure, case.weight)),
        do=(
            *(view.text for view in said),
            *(_line(risk, status.serology, case.knowledge.sentences) for risk in risks),
            "Discuss with hepatology, with HBV DNA and liver tests, unless antiviral prophylaxis is given already: "
            "antiviral drugs and B-cell depleting drugs are not read here.",
        ),
        citations=(
            *(view.citation for view in said),
            *(risk.citation for risk in risks),
            case.knowledge.cite("clinical-summary-2025", "B13: HBsAg and anti-HBc"),
        ),
        reasons=Reasons.STOP if is_alert else Reasons.PLAN,
        leads=is_alert,
    )


def _summary(
    exposure: Exposure,
    status: _Status,
    worst: ReactivationRisk,
    companions: tuple[OtherDrug, ...],
    *,
    is_alert: bool,
) -> str:
    """The risk of the whole regimen; for a positive HBsAg on a thiopurine alone, what sources ask for instead."""
    lead = f"{titled(drug_name(exposure.drug))}: {status.words}"
    if status.serology is Serology.SURFACE_ANTIGEN and not companions:
        return f"{lead}; ask hepatology about antiviral prophylaxis, with HBV DNA and ALT"
    act = "; ask hepatology" if is_alert else ""
    if not status.is_surface_known:
        return f"{lead}{_beside(companions)}: reactivation risk not known, test HBsAg{act}"
    return f"{lead}, reactivation risk {_degree(worst)}{_beside(companions)}{act}"


def _risks(serology: Serology, case: Case) -> tuple[ReactivationRisk, ...]:
    """The risk of each part of the regimen, the thiopurine's first and the greatest last."""
    agents = [Agent.THIOPURINE]
    companions = [one.drug for one in _with(case)]
    if Drug.TNF_INHIBITOR in companions:
        agents.append(Agent.TNF_INHIBITOR)
    if Drug.SYSTEMIC_CORTICOSTEROID in companions:
        agents += [Agent.STEROID_LOW, Agent.STEROID_HIGH]
    return tuple(case.knowledge.hepatitis_b.reactivation_risk(agent, serology) for agent in agents)


def _degree(worst: ReactivationRisk) -> str:
    """The size of the risk; a steroid's dose is not compared, so its risk is the highest possible."""
    return f"up to {worst.risk}" if worst.agent is Agent.STEROID_HIGH else worst.risk


def _beside(companions: tuple[OtherDrug, ...]) -> str:
    return f" with {listed(drug_name(one.drug) for one in companions)}" if companions else ""


def _line(risk: ReactivationRisk, serology: Serology, sentences: Sentences) -> str:
    is_steroid = risk.agent in (Agent.STEROID_LOW, Agent.STEROID_HIGH)
    return sentences.text(
        RuleSentence.HEPATITIS_B_RISK_STEROID if is_steroid else RuleSentence.HEPATITIS_B_RISK,
        agent=risk.agent,
        serology=serology,
        risk=risk.risk,
        advice=risk.advice,
        grade=risk.citation.grade,
    )


RULE = Rule(
    id="hepatitis-b",
    question="Has the patient hepatitis B, or had it, and how strong is the whole regimen?",
    check=hepatitis_b_on_record,
    needs=NEEDS,
    implements=("X17",),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "clinical-summary-2025",
        "aga-hbv-2015",
        "nice-cg165",
        "project",
    ),
)
