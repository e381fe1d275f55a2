"""Does a patient on a thiopurine have varicella or zoster, or was there an exposure without immunity?"""

from dataclasses import dataclass
from datetime import timedelta

from cards.assessment.case import Case
from cards.assessment.current_problems import CurrentProblem, current_problems
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.results import is_on_order, result_fact
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
from cards.knowledge.varicella import Varicella, VaricellaStatement
from cards.model.conditions import Problem
from cards.model.facts import FactKind, Missing
from cards.model.labs import Analyte, LabFinding, LabResult
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.model.vaccines import Antigen
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset(
    {
        FactKind.CONDITIONS,
        FactKind.MEDICATIONS,
        FactKind.SEROLOGY,
        FactKind.IMMUNIZATIONS,
        FactKind.ORDERED_TESTS,
    }
)
_NAMES = {Problem.VARICELLA: "Varicella", Problem.ZOSTER: "Herpes zoster"}
_HAD_IT = (Problem.VARICELLA_IMMUNE, Problem.VARICELLA, Problem.ZOSTER)


def varicella_on_thiopurine(case: Case) -> Outcome:
    """Warn about active varicella or zoster; about an exposure unless immunity is on record.

    An exposure is critical while immune globulin can still be given.
    """
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    days = case.policy.infection_days
    missing = case.missing_within(days, FactKind.CONDITIONS)
    disease = current_problems(case.chart, days, Problem.VARICELLA, Problem.ZOSTER)
    if disease:
        return Fired(tuple(_disease(exposure, disease, case) for exposure in case.exposures), missing)
    contacts = current_problems(case.chart, days, Problem.VARICELLA_EXPOSURE)
    if not contacts:
        return Blocked(missing) if missing else Silent("no varicella, zoster or exposure to them is recorded")
    immunity = _immunity(case)
    if immunity.is_shown:
        return Silent("exposed to varicella, and immunity is on record")
    findings = tuple(_exposed(exposure, contacts[0], immunity, case) for exposure in case.exposures)
    return Fired(findings, (*missing, *immunity.missing))


def _disease(exposure: Exposure, disease: tuple[CurrentProblem, ...], case: Case) -> Finding:
    varicella = case.knowledge.varicella
    name = drug_name(exposure.drug)
    is_certain = any(one.is_certain for one in disease)
    return Finding(
        decision=DecisionKey(DecisionKind.VARICELLA, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{titled(name)}: {_name(disease[0]).lower()} is active; {_what_to_do(exposure, is_certain)}",
        why=(
            *(one.fact(f"{_name(one)} on the problem list") for one in disease),
            *dose_facts(exposure, case.weight),
        ),
        do=(_until_resolved(exposure, varicella),),
        citations=(varicella.varicella_source(VaricellaStatement.WITHDRAWAL),),
        reasons=Reasons.STOP,
        constraints=(DoseConstraint(exposure.key, Bound.STOP),) if exposure.is_ordered and is_certain else (),
    )


def _until_resolved(exposure: Exposure, varicella: Varicella) -> str:
    name, grade = drug_name(exposure.drug), varicella.varicella_source(VaricellaStatement.WITHDRAWAL).grade
    if exposure.is_ordered:
        waiting = f"Consider waiting with {name} until the infection has resolved"
        return f"{waiting}; treat it with an antiviral (grade {grade})."
    return (
        f"Consider withdrawing {name} temporarily, with prompt antiviral treatment (grade {grade}); restart when "
        "the infection has resolved."
    )


def _what_to_do(exposure: Exposure, is_certain: bool) -> str:
    if not is_certain:
        return "check whether it is current"
    if exposure.is_ordered:
        return "consider waiting until it has resolved, with an antiviral"
    return "consider withholding it, with an antiviral"


def _name(problem: CurrentProblem) -> str:
    return _NAMES[Problem.VARICELLA if Problem.VARICELLA in problem.record.problems else Problem.ZOSTER]


@dataclass(frozen=True, slots=True)
class _Immunity:
    """What the chart says about immunity to varicella."""

    is_shown: bool
    facts: tuple[Fact, ...]  # what speaks for or against it
    missing: tuple[Missing, ...] = ()  # where else evidence could stand
    is_tested: bool = False
    is_seen_whole: bool = True  # everything that could show it was sent, and could be read


def _immunity(case: Case) -> _Immunity:
    """A negative antibody result outweighs a history; without one, history or full vaccination counts."""
    varicella = case.knowledge.varicella
    antibody = case.chart.series(Analyte.VZV_IGG).latest
    if antibody is not None and antibody.finding is not None:
        is_immune = antibody.finding is LabFinding.POSITIVE
        return _Immunity(is_immune, (result_fact(antibody),), is_tested=True)
    had_it = any(record.is_confirmed and record.problems & set(_HAD_IT) for record in case.chart.conditions)
    doses = [record for record in case.chart.immunizations if record.antigen is Antigen.VARICELLA]
    missing = case.missing(FactKind.SEROLOGY, FactKind.IMMUNIZATIONS)
    has_unused = case.has_unused(FactKind.SEROLOGY, FactKind.IMMUNIZATIONS, FactKind.CONDITIONS)
    is_seen_whole = not (missing or has_unused)
    if had_it or len(doses) >= varicella.immune_doses:
        return _Immunity(is_shown=True, facts=())
    return _Immunity(
        is_shown=False,
        facts=(
            *_not_interpreted(antibody),
            *(Fact("Varicella vaccine given", dose.given_on, dose.record_ref) for dose in doses),
            Fact(_no_evidence(varicella, is_seen_whole=is_seen_whole)),
        ),
        missing=missing,
        is_seen_whole=is_seen_whole,
    )


def _not_interpreted(antibody: LabResult | None) -> tuple[Fact, ...]:
    """A number without the laboratory's interpretation proves nothing here."""
    if antibody is None:
        return ()
    what = f"Varicella-zoster IgG reported as {antibody.reported or antibody.value}, not interpreted"
    return (Fact(what, antibody.taken_on, antibody.record_ref),)


def _no_evidence(varicella: Varicella, *, is_seen_whole: bool) -> str:
    if not is_seen_whole:
        return (
            "No immunity to varicella found, but not everything that could show it was sent and could be read"
        )
    doses = varicella.immune_doses
    return f"No varicella-zoster IgG, no history of varicella or zoster, fewer than {doses} vaccine doses on record"


def _exposed(exposure: Exposure, contact: CurrentProblem, immunity: _Immunity, case: Case) -> Finding:
    varicella = case.knowledge.varicella
    name = drug_name(exposure.drug)
    days = contact.when.days_before(case.chart.today) if contact.when else None
    in_time = days is None or days <= varicella.globulin_days
    is_critical = in_time and contact.is_certain and not immunity.missing
    is_on_its_way = is_on_order(case.chart, case.policy, OrderableTest.VZV_IGG)
    needs_test = not immunity.is_tested and not is_on_its_way
    return Finding(
        decision=DecisionKey(DecisionKind.VARICELLA, exposure.key),
        indicator=Indicator.CRITICAL if is_critical else Indicator.WARNING,
        summary=f"{titled(name)}: exposed to varicella{_when(contact)}, {_known(immunity)}; {_action(contact, case)}",
        why=(
            contact.fact("Exposure to varicella or zoster"),
            *immunity.facts,
            *dose_facts(exposure, case.weight),
        ),
        do=(
            *_globulin(contact, case),
            "Ask for specialist advice today, also about an antiviral.",
            f"Consider withholding {name} temporarily (grade "
            f"{varicella.varicella_source(VaricellaStatement.WITHDRAWAL).grade}).",
            *(
                ("Test varicella-zoster IgG; do not let the time for immune globulin run out over it.",)
                if needs_test
                else ()
            ),
        ),
        citations=(
            varicella.varicella_source(VaricellaStatement.GLOBULIN_WITHIN),
            varicella.varicella_source(VaricellaStatement.SHOWS_IMMUNITY),
            varicella.varicella_source(VaricellaStatement.SEEK_ATTENTION),
            varicella.varicella_source(VaricellaStatement.WITHDRAWAL),
        ),
        reasons=Reasons.STOP,
        constraints=(DoseConstraint(exposure.key, Bound.STOP),) if exposure.is_ordered else (),
        proposals=(OrderTests((OrderableTest.VZV_IGG,)),) if needs_test else (),
    )


def _when(contact: CurrentProblem) -> str:
    return f" {contact.when}" if contact.when else ""


def _known(immunity: _Immunity) -> str:
    if immunity.is_tested:
        return "not immune"
    return "no immunity on record" if immunity.is_seen_whole else "immunity not known here"


def _action(contact: CurrentProblem, case: Case) -> str:
    if not contact.is_certain:
        return "check whether it is true and recent"
    if contact.when is None:
        return "immune globulin if in time"
    last = contact.when.last + timedelta(days=case.knowledge.varicella.globulin_days)
    return f"immune globulin until {last}" if last >= case.chart.today else "too late for immune globulin"


def _globulin(contact: CurrentProblem, case: Case) -> tuple[str, ...]:
    """When immune globulin helps, with dates where the exposure has one."""
    varicella = case.knowledge.varicella
    hours, days = varicella.globulin_hours, varicella.globulin_days
    if contact.when is None:
        return (
            f"Varicella-zoster immune globulin (VariZIG): ideally within {hours} hours, up to {days} days after "
            "the exposure. Its date is not recorded: ask for it.",
        )
    exposed = contact.when.last
    best, last = exposed + timedelta(hours=hours), exposed + timedelta(days=days)
    if last < case.chart.today:
        return (
            f"Immune globulin is given up to {days} days after an exposure, here until {last}: too late. "
            "If varicella appears, treat promptly with an antiviral.",
        )
    return (
        f"Varicella-zoster immune globulin (VariZIG) as soon as possible, unless given already: ideally within "
        f"{hours} hours (until {best}), up to {days} days (until {last}).",
    )


RULE = Rule(
    id="varicella-exposure",
    question="Does a patient on a thiopurine have varicella or zoster, or was there an exposure without immunity?",
    check=varicella_on_thiopurine,
    needs=NEEDS,
    implements=("H01", "H02"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.WARNING,
    sources=(
        "clinical-summary-2025",
        "cdc-varizig-2013",
        "cdc-varicella-immunity",
    ),
)
