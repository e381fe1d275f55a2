"""Would the patient take two thiopurines at once?"""

from collections.abc import Iterator

from cards.assessment.body import is_surface_dated
from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.plans import plan_of, plan_words
from cards.assessment.surface_dose import SurfaceDose, surface_dose, surface_facts
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
from cards.knowledge.formulas import Formula
from cards.knowledge.leukaemia_limits import LeukaemiaLimit, LeukaemiaLimitKind
from cards.model.facts import FactKind
from cards.model.protocol import Group
from cards.model.therapy import THIOPURINES, Drug
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, listed, number, titled

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.CONDITIONS, FactKind.VITALS})


def two_thiopurines_at_once(case: Case) -> Outcome:
    """Warn when two different thiopurines are ordered or taken together.

    One that is on hold or planned beside an order of another is asked to be ended. The same drug twice is a renewal
    or a dose made up of two strengths, not a duplicate; in leukaemia a low dose of thioguanine is added to
    mercaptopurine on purpose.
    """
    exposures = case.exposures
    if not exposures:
        return Silent("no thiopurine is ordered or taken")
    missing = case.missing(FactKind.MEDICATIONS)
    if len(exposures) < 2:  # noqa: PLR2004 -- two is the question
        later = tuple(finding for exposure in case.ordered for finding in _later(exposure, case))
        if later:
            return Fired(later, missing)
        return Blocked(missing) if missing else Silent("only one thiopurine is ordered or taken")
    if _is_low_dose_thioguanine_added(exposures, case):
        return Silent("thioguanine at a low dose beside mercaptopurine, in leukaemia")
    return Fired((_finding(exposures, case),), missing)


def _is_low_dose_thioguanine_added(exposures: tuple[Exposure, ...], case: Case) -> bool:
    """Whether it is the combination of the TEAM protocol: both drugs for leukaemia, thioguanine surely low."""
    dose = _thioguanine_added(exposures, case)
    return (
        dose is not None
        and is_surface_dated(case.chart, case.weight)
        and dose.mg_per_m2 <= _limit_beside(case).value
    )


def _thioguanine_added(exposures: tuple[Exposure, ...], case: Case) -> SurfaceDose | None:
    """The dose of thioguanine per square metre beside mercaptopurine, both for leukaemia."""
    by_drug = {exposure.drug: exposure for exposure in exposures}
    if set(by_drug) != {Drug.MERCAPTOPURINE, Drug.THIOGUANINE}:
        return None
    if any(case.group(exposure) is not Group.LEUKAEMIA for exposure in exposures):
        return None
    return surface_dose(by_drug[Drug.THIOGUANINE], case.chart, case.weight, case.knowledge.formulas)


def _limit_beside(case: Case) -> LeukaemiaLimit:
    return case.knowledge.leukaemia_limits.leukaemia_limit(LeukaemiaLimitKind.THIOGUANINE_BESIDE)


def _added_facts(exposures: tuple[Exposure, ...], case: Case) -> tuple[Fact, ...]:
    """What the dose of thioguanine was compared with, and the body surface."""
    dose, limit = _thioguanine_added(exposures, case), _limit_beside(case)
    if dose is None:
        return ()
    most = f"up to {number(limit.value)} {limit.unit} is added to mercaptopurine in leukaemia"
    return (
        Fact(f"Thioguanine {dose.words}; {most}"),
        *surface_facts(case.chart, case.weight, case.knowledge.formulas),
    )


def _finding(exposures: tuple[Exposure, ...], case: Case) -> Finding:
    names = listed(drug_name(exposure.drug) for exposure in exposures)
    sure = [exposure for exposure in exposures if not exposure.is_in_doubt]
    if len(sure) < 2:  # noqa: PLR2004 -- as above
        return _asked_first(exposures, names, case)
    added = _added_facts(exposures, case)
    verb = "ordered together" if all(exposure.is_ordered for exposure in exposures) else "taken together"
    return Finding(
        decision=DecisionKey(DecisionKind.TWO_THIOPURINES),
        indicator=Indicator.CRITICAL,
        summary=f"{titled(names)} {verb}: two thiopurines at once; keep only one",
        why=(*(fact for exposure in exposures for fact in dose_facts(exposure, case.weight)), *added),
        do=(
            "Azathioprine is a prodrug of mercaptopurine, and all thiopurines end in the same "
            "thioguanine nucleotides: their toxicity to the marrow adds up.",
            "Stop one of them before the other is given. No dose is converted automatically.",
        ),
        citations=(
            case.knowledge.cite("nbk-azathioprine", "azathioprine is a prodrug of mercaptopurine"),
            *(
                (_limit_beside(case).citation, case.knowledge.formulas.citation_of(Formula.MOSTELLER))
                if added
                else ()
            ),
        ),
        reasons=Reasons.STOP,
        constraints=tuple(
            DoseConstraint(exposure.key, Bound.STOP) for exposure in exposures if exposure.is_ordered
        ),
    )


def _asked_first(exposures: tuple[Exposure, ...], names: str, case: Case) -> Finding:
    """The same as a question, where only an undated or old report says that the second one is taken."""
    doubts = [exposure.course for exposure in exposures if exposure.is_in_doubt and exposure.course]
    said = listed(f"{drug_name(course.drug)} {course.reported_words}" for course in doubts)
    return Finding(
        decision=DecisionKey(DecisionKind.TWO_THIOPURINES),
        indicator=Indicator.WARNING,
        summary=fitting(
            f"{titled(names)}: {said}, still taken? Keep only one thiopurine",
            f"{titled(names)}: are all still taken? Keep only one thiopurine",
        ),
        why=tuple(fact for exposure in exposures for fact in dose_facts(exposure, case.weight)),
        do=(
            f"Ask whether {listed(drug_name(course.drug) for course in doubts)} is still taken, and correct the list.",
            "If so: stop one before the other is given. Their toxicity to the marrow adds up.",
        ),
        citations=(case.knowledge.cite("nbk-azathioprine", "azathioprine is a prodrug of mercaptopurine"),),
        reasons=Reasons.STOP,
    )


def _later(exposure: Exposure, case: Case) -> Iterator[Finding]:
    """Another thiopurine on hold or planned beside an order: not in leukaemia, whose protocols plan both."""
    if case.group(exposure) is Group.LEUKAEMIA:
        return
    for drug in THIOPURINES:
        if drug is exposure.drug:
            continue
        held, plan = case.held(drug), plan_of(drug, case)
        if held is not None or plan is not None:
            state = "on hold" if held else plan_words(plan) if plan else ""
            ref = held.latest.record_ref if held else plan.record_ref if plan else ""
            yield _with_one_later(exposure, drug, state, ref, case)


def _with_one_later(exposure: Exposure, drug: Drug, state: str, ref: str, case: Case) -> Finding:
    name, other = drug_name(exposure.drug), drug_name(drug)
    return Finding(
        decision=DecisionKey(DecisionKind.TWO_THIOPURINES),
        indicator=Indicator.WARNING,
        summary=f"{titled(name)} ordered, {other} {state}: keep only one, end the {other} order",
        why=(*dose_facts(exposure, case.weight), Fact(f"{titled(other)} {state}", record_ref=ref)),
        do=(f"End the order of {other}, so that the two never meet: their toxicity to the marrow adds up.",),
        citations=(case.knowledge.cite("nbk-azathioprine", "azathioprine is a prodrug of mercaptopurine"),),
        reasons=Reasons.STOP,
    )


RULE = Rule(
    id="two-thiopurines",
    question="Would the patient take two thiopurines at once?",
    check=two_thiopurines_at_once,
    needs=NEEDS,
    implements=("X14",),
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.WARNING,
    sources=("nbk-azathioprine", "team-2022", "mosteller-1987"),
)
