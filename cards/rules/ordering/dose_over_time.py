"""Is a later step or a single day of the order above the ceiling, and is it meant to be taken daily?"""

from collections.abc import Iterator
from dataclasses import replace

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.dosing_days import WeeklyRhythms
from cards.model.facts import FactKind
from cards.model.genes import Phenotype
from cards.model.therapy import DoseRegimen, DoseStep
from cards.rules.ordering.dose_for_indication import too_high
from cards.rules.rule import ORDER_SIGN, Rule
from cards.wording import drug_name, fitting, number, titled

NEEDS = frozenset({FactKind.VITALS, FactKind.CONDITIONS, FactKind.MEDICATIONS, FactKind.GENES})


def dose_over_time(case: Case) -> Outcome:
    """Report a later step or a day whose dose is above the ceiling, and ask about days without a dose.

    The mean of the present step is another rule's question, but where an order beside it has no readable dose.
    """
    ordered = [(exposure, exposure.regimen) for exposure in case.ordered if exposure.regimen]
    in_part = [(exposure, exposure.at_least) for exposure in case.ordered if exposure.at_least]
    if not ordered and not in_part:
        return Silent("no thiopurine is ordered with a readable dose")
    findings = tuple(finding for exposure, dose in ordered for finding in _findings(exposure, dose, case))
    findings += tuple(
        finding for exposure, dose in in_part if (finding := _at_least(exposure, dose, case)) is not None
    )
    if findings:
        return Fired(findings)
    uneven = [exposure for exposure, dose in ordered if _peaks(exposure, dose)]
    missing = case.missing(FactKind.VITALS) if uneven and case.weight is None else ()
    return Blocked(missing) if missing else Silent("no step or day of the order is above the ceiling")


def _findings(exposure: Exposure, regimen: DoseRegimen, case: Case) -> Iterator[Finding]:
    for peak in _peaks(exposure, regimen):
        found = too_high(peak, case, is_later=bool(peak.regimen and peak.regimen.steps))
        if found is not None:
            yield _told(found, exposure, peak, case)
            break
    if _is_daily_in_doubt(exposure, regimen, case):
        yield _daily(exposure, regimen, case)


def _at_least(exposure: Exposure, dose: DoseRegimen, case: Case) -> Finding | None:
    """Whether the orders that can be read are above the ceiling alone, without the one that cannot."""
    part = replace(exposure, regimen=_of_a_day(dose, dose.mg_per_day))
    peak = max(
        (part, *_peaks(exposure, dose)), key=lambda one: one.regimen.mg_per_day if one.regimen else 0.0
    )
    found = too_high(peak, case, is_later=bool(peak.regimen and peak.regimen.steps))
    if found is None:
        return None
    name = titled(drug_name(exposure.drug))
    rest = found.summary.removeprefix(name)
    problem = Fact(f"Another order of it has no readable dose: {exposure.dose_problem or 'no dose given'}")
    return replace(
        found,
        summary=fitting(f"{name}, at least{rest}", f"{name}{rest}"),
        why=(*found.why, problem),
        constraints=(),
    )


def _peaks(exposure: Exposure, regimen: DoseRegimen) -> list[Exposure]:
    """The order as it is on its largest day and in each later step, the highest dose first."""
    peaks = [_at_step(exposure, regimen, step) for step in regimen.steps]
    if regimen.largest_mg_of_a_day is not None:
        peaks.append(replace(exposure, regimen=_of_a_day(regimen, regimen.largest_mg_of_a_day)))
    return sorted(peaks, key=lambda peak: -(peak.regimen.mg_per_day if peak.regimen else 0.0))


def _of_a_day(regimen: DoseRegimen, mg: float) -> DoseRegimen:
    return replace(regimen, mg_per_day=mg, steps=())


def _at_step(exposure: Exposure, regimen: DoseRegimen, step: DoseStep) -> Exposure:
    """The order in a later step: no longer a start."""
    dose = replace(_of_a_day(regimen, step.largest_mg_of_a_day), reading=step.reading, steps=(step,))
    return replace(exposure, regimen=dose, episode=None)


def _told(found: Finding, exposure: Exposure, peak: Exposure, case: Case) -> Finding:
    """A finding about the peak in the words of its day; no constraint, since the mean may be within it."""
    steps = peak.regimen.steps if peak.regimen else ()
    name = titled(drug_name(exposure.drug))
    if steps:
        when, why = f" from {steps[0].begins}", f"Later step from {steps[0].begins}: {steps[0].reading}"
    else:
        often = _how_often(exposure.regimen, case.knowledge.dosing_days)
        when, why = " on one day", f"Taken {often}, that much on one day"
    mg = number(peak.regimen.mg_per_day, 1) if peak.regimen else ""
    lead = f"{name} {mg} mg{when}"
    rest = found.summary.removeprefix(f"{name} {mg} mg/day")
    return replace(
        found,
        summary=fitting(f"{lead}{rest}", f"{lead}{rest.partition(';')[0]}", f"{lead}: above the ceiling"),
        why=(Fact(why), *dose_facts(exposure, case.weight)),
        constraints=(),
    )


def _how_often(regimen: DoseRegimen | None, dosing_days: WeeklyRhythms) -> str:
    days = regimen.days_a_week if regimen else None
    if days is None:
        return "in unequal doses"
    words = {1.0: "once a week", dosing_days.alternate_days.days_a_week: "every other day"}
    return words.get(days, f"on {number(days, 1)} days a week")


def _is_daily_in_doubt(exposure: Exposure, regimen: DoseRegimen, case: Case) -> bool:
    dosing_days = case.knowledge.dosing_days
    days = regimen.days_a_week
    if days is None or _goes_on(exposure, days):
        return False
    if days == dosing_days.alternate_days.days_a_week:
        return any(too_high(peak, case) for peak in _peaks(exposure, regimen))
    is_poor = any(status.phenotype is Phenotype.POOR for status in case.genes.values())
    return not (is_poor and days == dosing_days.poor_metabolizer_days.days_a_week)


def _goes_on(exposure: Exposure, days: float) -> bool:
    """Whether the order renews a therapy already taken on as many days."""
    before = exposure.course.regimen if exposure.course else None
    return exposure.episode is Episode.RENEWAL and before is not None and before.days_a_week == days


def _daily(exposure: Exposure, regimen: DoseRegimen, case: Case) -> Finding:
    dosing_days = case.knowledge.dosing_days
    name, often = drug_name(exposure.drug), _how_often(regimen, dosing_days)
    largest = number(regimen.largest_mg_of_a_day or regimen.mg_per_day, 1)
    mean = number(regimen.mg_per_day, 1)
    poor_metabolizer = dosing_days.poor_metabolizer_days
    return Finding(
        decision=DecisionKey(DecisionKind.DOSE, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{titled(name)} {largest} mg {often} (mean {mean} mg/day): is daily meant? Check the order",
        why=dose_facts(exposure, case.weight),
        do=(
            f"{titled(name)} is usually taken daily. If fewer days are meant, say on the order why; a poor "
            f"metabolizer takes it on {number(poor_metabolizer.days_a_week)} days a week.",
        ),
        citations=(
            poor_metabolizer.citation,
            case.knowledge.cite("project", "less often than daily is asked about"),
        ),
        reasons=Reasons.DOSE,
    )


RULE = Rule(
    id="dose-over-time",
    question="Is a later step or a single day of the order above the ceiling, and is it meant to be taken daily?",
    check=dose_over_time,
    needs=NEEDS,
    implements=("C04",),
    at=(ORDER_SIGN,),
    highest=Indicator.CRITICAL,
    lowest=Indicator.WARNING,
    sources=(
        "mercaptopurine-label",
        "project",
        "cpic-thiopurines-2025",
        "clinical-summary-2025",
        "fda-imuran-dosage",
        "wjg-2008",
        "pmid-15225172",
        "aspen-imuran",
    ),
)
