"""Are the kidneys so impaired that a thiopurine needs a lower dose or closer counts?"""

from dataclasses import dataclass, replace

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts, dose_words
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.kidneys import Impairment, Kidneys, kidneys_of, needed_for_egfr
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
from cards.knowledge.indication_doses import DoseStatement, DoseStatementKind, DoseUnit
from cards.knowledge.patient_advice import Circumstance, PatientAdvice
from cards.knowledge.renal_doses import RenalDose, RenalMeasure
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.interactions.other_drug import is_continued
from cards.rules.quiet_line import quiet_exposures, quiet_line
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, number, rounded

NEEDS = frozenset(
    {
        FactKind.KIDNEY,
        FactKind.CONDITIONS,
        FactKind.PROCEDURES,
        FactKind.MEDICATIONS,
        FactKind.VITALS,
        FactKind.PREGNANCY,
        FactKind.PATIENT,
    }
)

_NOT_THE_SAME = "The eGFR is {origin}not the creatinine clearance of that table."


def impaired_kidneys(case: Case) -> Outcome:
    """Warn at a start or increase with severely impaired kidneys, and when they fail on the drug.

    Milder impairment, and a dose that is low enough already, are lines of a quiet card.
    """
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    kidneys = kidneys_of(case.chart, case.policy, case.knowledge.formulas)
    exposures = (*case.ordered, *case.taken)
    if any(_is_raised(exposure) for exposure in exposures):
        missing = case.missing(FactKind.KIDNEY, FactKind.CONDITIONS)
    else:
        missing = case.missing_within(case.policy.kidney_result_days, FactKind.KIDNEY)
    # A creatinine alone says little of the kidneys without an age, of a child without a height.
    if kidneys is None or kidneys.impairment is Impairment.REDUCED:
        missing += case.missing(*needed_for_egfr(case.chart, case.policy, case.knowledge.formulas))
    findings = tuple(
        finding
        for exposure in exposures
        if kidneys is not None and (finding := _finding(exposure, kidneys, case)) is not None
    )
    if findings:
        return Fired(findings, missing)
    if missing:
        return Blocked(missing)
    return Silent(
        "no impaired kidneys are on record, or the dose is continued with kidneys known to be impaired"
    )


def _is_raised(exposure: Exposure) -> bool:
    """Whether a dose is started or increased."""
    episode = exposure.episode
    return episode is not None and (episode.starts or episode is Episode.ESCALATION)


def _finding(exposure: Exposure, kidneys: Kidneys, case: Case) -> Finding | None:
    reduction = _reduction(exposure, kidneys, case)
    if _is_raised(exposure) and kidneys.is_severe and not (reduction and reduction.is_met_by(exposure)):
        return _at_start(exposure, kidneys, reduction, case)
    is_new = kidneys.is_acute or kidneys.is_newly_low
    if is_continued(exposure) and kidneys.is_severe and is_new:
        said = _said(exposure, kidneys, reduction, case)
        return _warning(exposure, kidneys, "check the dose and the blood counts", said, case)
    if exposure not in quiet_exposures(case):
        return None
    return quiet_line(exposure, "Kidneys", kidneys.facts, _said(exposure, kidneys, reduction, case))


@dataclass(frozen=True, slots=True)
class _Reduction:
    """The share of the standard start that compendia allow."""

    row: RenalDose
    standard_mg_per_kg: float
    kg: float | None
    is_firm: bool  # False: the weight is in doubt, and no mg is given

    @property
    def mg_per_kg(self) -> float:
        return rounded(self.standard_mg_per_kg * (1 - self.row.reduce_by), 2)

    @property
    def mg_per_day(self) -> float | None:
        return self.mg_per_kg * self.kg if self.kg is not None else None

    @property
    def words(self) -> str:
        if self.mg_per_day is None or not self.is_firm:
            return f"{number(self.mg_per_kg)} mg/kg/day"
        return f"{number(self.mg_per_day, 0)} mg/day"

    @property
    def sentence(self) -> str:
        """The compendium's line with its numbers, in mg where the weight is known."""
        if self.row.measure is RenalMeasure.HAEMODIALYSIS:
            when = f"below {number(self.row.below or 0.0)} mL/min, as in dialysis"
        elif self.row.at_most is not None:
            when = f"of {number(self.row.at_least or 0.0)}-{number(self.row.at_most)} mL/min"
        else:
            when = f"below {number(self.row.below or 0.0)} mL/min"
        mg = f" = {self.words}" if self.mg_per_day is not None and self.is_firm else ""
        supplement = (
            f" Haemodialysis: a supplement of {number(self.row.supplement_mg_per_kg)} mg/kg."
            if self.row.supplement_mg_per_kg is not None
            else ""
        )
        return (
            f"Compendia reduce the dose by {number(self.row.reduce_by * 100)} % at a creatinine clearance {when}: "
            f"of the standard start of {number(self.standard_mg_per_kg)} mg/kg/day that leaves "
            f"{number(self.mg_per_kg)} mg/kg/day{mg} (grade {self.row.citation.grade}).{supplement}"
        )

    def is_met_by(self, exposure: Exposure) -> bool:
        """Whether the ordered dose is known to be no higher."""
        high = self.mg_per_day
        return high is not None and exposure.regimen is not None and exposure.regimen.mg_per_day <= high


def _reduction(exposure: Exposure, kidneys: Kidneys, case: Case) -> _Reduction | None:
    """The numbers, at a start outside transplantation; in acute injury an eGFR is not a steady clearance."""
    renal_doses = case.knowledge.renal_doses
    is_start = exposure.episode is not None and exposure.episode.starts
    standard = case.knowledge.genotype_doses.standard_start_mg_per_kg(exposure.drug)
    if not is_start or standard is None or _is_transplanted(exposure):
        return None
    row = None
    if kidneys.impairment is Impairment.DIALYSIS:
        row = renal_doses.dose_in_haemodialysis(exposure.drug)
    elif kidneys.impairment is Impairment.SEVERE_EGFR and kidneys.egfr is not None:
        row = renal_doses.dose_at_clearance(exposure.drug, rounded(kidneys.egfr.value or 0.0, 1))
    kg = case.dated_weight.kg if case.dated_weight else None
    return _Reduction(row, standard, kg, is_firm=case.firm_weight is not None) if row else None


def _is_transplanted(exposure: Exposure) -> bool:
    return Indication.KIDNEY_TRANSPLANT in exposure.purpose.indications


def _at_start(exposure: Exposure, kidneys: Kidneys, reduction: _Reduction | None, case: Case) -> Finding:
    at_most = f", at most {reduction.words}" if reduction else ""
    high = reduction.mg_per_day if reduction else None
    return _warning(
        exposure,
        kidneys,
        f"choose a lower dose{at_most}",
        _said(exposure, kidneys, reduction, case),
        case,
        (DoseConstraint(exposure.key, Bound.RENAL, None, high),),
    )


def _warning(
    exposure: Exposure,
    kidneys: Kidneys,
    action: str,
    said: PatientAdvice,
    case: Case,
    constraints: tuple[DoseConstraint, ...] = (),
) -> Finding:
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{dose_words(exposure, case.weight)}: {kidneys.words}; {action}",
        why=(*kidneys.facts, *dose_facts(exposure, case.weight)),
        do=said.do,
        also=said.also,
        citations=said.citations,
        reasons=Reasons.DOSE,
        constraints=constraints,
    )


def _said(exposure: Exposure, kidneys: Kidneys, reduction: _Reduction | None, case: Case) -> PatientAdvice:
    is_dialysis = kidneys.impairment is Impairment.DIALYSIS
    topics = [Circumstance.RENAL_ACUTE] if kidneys.is_acute else []
    topics.append(Circumstance.RENAL_LOWER_END)
    if exposure.drug is Drug.MERCAPTOPURINE:
        topics.append(Circumstance.RENAL_MERCAPTOPURINE)
        topics += [Circumstance.RENAL_MERCAPTOPURINE_DIALYSIS] if is_dialysis else []
    topics.append(Circumstance.RENAL_CONFLICT)
    topics += [Circumstance.RENAL_DIALYSIS] if is_dialysis and exposure.drug is Drug.AZATHIOPRINE else []
    said = case.knowledge.patient_advice.advice(*topics, drug=drug_name(exposure.drug))
    return replace(
        said,
        do=(
            *((reduction.sentence,) if reduction else ()),
            *_not_the_same(reduction, kidneys),
            *said.do,
            *_lower_end(exposure, reduction, case),
        ),
        citations=(
            *((reduction.row.citation,) if reduction else ()),
            *(
                (case.knowledge.formulas.citation_of(kidneys.filtration.formula),)
                if kidneys.filtration
                else ()
            ),
            *said.citations,
        ),
    )


def _not_the_same(reduction: _Reduction | None, kidneys: Kidneys) -> tuple[str, ...]:
    """Where a row asks for a creatinine clearance and an eGFR was compared with it."""
    if reduction is None or reduction.row.measure is RenalMeasure.HAEMODIALYSIS:
        return ()
    origin = "computed from creatinine and is " if kidneys.filtration else ""
    return (_NOT_THE_SAME.format(origin=origin),)


def _lower_end(exposure: Exposure, reduction: _Reduction | None, case: Case) -> tuple[str, ...]:
    """The lower end of the indication's usual range in numbers; none in transplantation.

    Left out where it lies above the reduced start: the lower dose leads.
    """
    if _is_transplanted(exposure):
        return ("In transplantation the dose is the transplant team's: no mg is given here.",)
    only = exposure.purpose.only
    rows = (
        case.knowledge.indication_doses.dose_statements(
            exposure.drug, only, DoseStatementKind.MAINTENANCE, case.protocol(exposure)
        )
        if only
        else ()
    )
    return tuple(
        f"The lower end for {only}: {_amount(row, case)} (grade {row.citation.grade})."
        for row in rows
        if row.low is not None
        and not (reduction and row.unit is DoseUnit.MG_PER_KG and row.low > reduction.mg_per_kg)
    )


def _amount(row: DoseStatement, case: Case) -> str:
    text = f"{number(row.low or 0.0)} {row.unit}"
    if row.unit is not DoseUnit.MG_PER_KG or case.firm_weight is None:
        return text
    return f"{text} = {number((row.low or 0.0) * case.firm_weight.kg, 0)} mg/day"


RULE = Rule(
    id="renal-impairment",
    question="Are the kidneys so impaired that a thiopurine needs a lower dose or closer counts?",
    check=impaired_kidneys,
    needs=NEEDS,
    implements=("E01", "E02", "E03", "E04", "E05"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "clinical-summary-2025",
        "fda-imuran-summary",
        "compendium-renal",
        "wikem",
        "biodrugs-1997",
        "pmc3093721",
        "ckd-epi-2021",
        "schwartz-2009",
    ),
)
