"""Has the patient taken this dose, or more, long enough and well enough for it to be established?"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import takewhile

from cards.assessment.courses import CourseState
from cards.assessment.exposures import Exposure
from cards.assessment.protocol import protocol_of, tolerance_limits
from cards.finding import Fact
from cards.knowledge.genotype_doses import GenotypeDoses
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.monitoring import CountLimit, Tier
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionRecord, Problem
from cards.model.dates import ClinicalDate
from cards.model.facts import Availability, FactKind
from cards.model.genes import Phenotype
from cards.model.labs import Analyte, LabResult
from cards.model.policy import Policy
from cards.model.therapy import THIOPURINES, DrugRecord, TherapyState
from cards.wording import number, rounded

# Without these, nothing shows that the dose was tolerated.
_KINDS = (FactKind.MEDICATIONS, FactKind.COUNTS, FactKind.CONDITIONS)
_TOXICITY = frozenset({Problem.CYTOPENIA, Problem.PANCREATITIS, Problem.VENO_OCCLUSIVE_DISEASE})
_WHITE_CELLS = (Analyte.WBC, Analyte.ANC)


def is_established(
    exposure: Exposure, mg_per_day: float, chart: ChartOfDay, policy: Policy, knowledge: Knowledge
) -> bool:
    """Whether `mg_per_day`, or more, has been taken for `genotype_days` and is tolerated.

    Tolerated: a white count at steady state within `recent_count_days`, no count since that may be under a
    withhold limit, and no toxicity recorded. Records that are undated, unreadable or were not seen establish nothing.
    """
    return not why_not_established(exposure, mg_per_day, chart, policy, knowledge)


def why_not_established(
    exposure: Exposure, mg_per_day: float, chart: ChartOfDay, policy: Policy, knowledge: Knowledge
) -> tuple[Fact, ...]:
    """What keeps a dose from being established, in words; empty where it is established."""
    unseen = _unseen(chart)
    if unseen:
        return (Fact(f"Not seen, so that no dose counts as established: {unseen}"),)
    starts = _starts(exposure, mg_per_day, chart, policy)
    if not starts:
        return (_too_short(mg_per_day, policy),)
    reasons = [tuple(_signs(exposure, since, chart, policy, knowledge)) for since in starts]
    return min(reasons, key=len)


def _unseen(chart: ChartOfDay) -> str:
    kinds = [kind for kind in _KINDS if chart.knowledge_of(kind).is_unknown]
    kinds += [record.kind for record in chart.unread if record.deciding and record.kind in _KINDS]
    return ", ".join(dict.fromkeys(kind.value for kind in kinds))


def _too_short(mg_per_day: float, policy: Policy) -> Fact:
    weeks = number(policy.genotype_days / 7, 0)
    return Fact(f"No record shows {number(mg_per_day, 1)} mg/day or more taken for {weeks} weeks")


def _starts(exposure: Exposure, mg_per_day: float, chart: ChartOfDay, policy: Policy) -> list[ClinicalDate]:
    """Since when the dose or more, and since when the present dose, was taken, where that is long enough."""
    run = _unbroken(exposure, mg_per_day, policy)
    if not run:
        return []
    end = max(_sure_until(record, chart.today) for record in run)
    if (chart.today - end).days >= policy.restart_gap_days:
        return []
    present = list(takewhile(lambda record: _least_mg(record) == _least_mg(run[0]), run))
    firsts = (records[-1].started_on for records in (run, present))
    return [
        since
        for since in dict.fromkeys(firsts)
        if since is not None and (end - since.last).days >= policy.genotype_days
    ]


def _unbroken(exposure: Exposure, mg_per_day: float, policy: Policy) -> list[DrugRecord]:
    """The records of the present stretch at the dose or above, newest first, up to one below or in doubt."""
    course = exposure.course
    if course is None or course.state is CourseState.HELD or course.started_on is None:
        return []
    run: list[DrugRecord] = []
    for record in course.records:
        if record.regimen is None:
            continue
        if record.started_on is None:
            if record.state is not TherapyState.PAST and not _is_at_least(record, mg_per_day):
                return []
            continue
        if record.started_on.first < course.started_on.first or not _is_at_least(record, mg_per_day):
            break
        run.append(record)
    return run


def _is_at_least(record: DrugRecord, mg_per_day: float) -> bool:
    return rounded(_least_mg(record), 1) >= rounded(mg_per_day, 1)


def _least_mg(record: DrugRecord) -> float:
    """The least that the record's dose may mean: 0 for a taper, or for a dose taken only when needed."""
    regimen = record.regimen
    if regimen is None or regimen.is_as_needed or regimen.plan:
        return 0.0
    return regimen.mg_per_day if regimen.low_mg_per_day is None else regimen.low_mg_per_day


def _sure_until(record: DrugRecord, today: date) -> date:
    """The last day on which the record shows that the dose was taken."""
    ends = [day.first for day in (record.ended_on, record.supplied_until) if day]
    if ends:
        return min(*ends, today)
    if record.state is TherapyState.ACTIVE or record.started_on is None:
        return today
    return record.started_on.first


def _signs(
    exposure: Exposure, since: ClinicalDate, chart: ChartOfDay, policy: Policy, knowledge: Knowledge
) -> Iterator[Fact]:
    """What speaks against tolerance since a day."""
    if _may_lack_counts(since, chart):
        yield Fact("Older counts at this dose were not seen")
    if not _has_count_at_steady_state(exposure, since, chart, policy, knowledge.genotype_doses):
        yield Fact("No recent blood count at this dose")
    protocol = protocol_of(exposure, chart, policy, knowledge)
    for limit in tolerance_limits(Tier.WITHHOLD, protocol, knowledge.monitoring):
        if any(_may_be_low(one, limit, since) for one in chart.series(limit.analyte)):
            yield Fact("A count since then was, or may have been, under a withhold limit")
    if any(_may_be_since(record, since) for record in chart.conditions if record.problems & _TOXICITY):
        yield Fact("A toxicity is on record")
    if any(
        record.drug in THIOPURINES and (record.is_allergy is not False or record.reactions)
        for record in chart.allergies
    ):
        yield Fact("A reaction to a thiopurine is on record")


def _may_lack_counts(since: ClinicalDate, chart: ChartOfDay) -> bool:
    known = chart.knowledge_of(FactKind.COUNTS)
    if known.availability is not Availability.TRUNCATED:
        return False
    return known.complete_since is None or known.complete_since.last > since.first


def _has_count_at_steady_state(
    exposure: Exposure, since: ClinicalDate, chart: ChartOfDay, policy: Policy, genotype_doses: GenotypeDoses
) -> bool:
    steady_on = since.last + timedelta(weeks=_weeks_to_steady_state(exposure, genotype_doses))
    return any(
        one.taken_on is not None
        and not one.is_preliminary
        and one.value is not None
        and one.taken_on.first >= steady_on
        and one.taken_on.surely_within(policy.recent_count_days, chart.today)
        for analyte in _WHITE_CELLS
        for one in chart.series(analyte)
    )


def _weeks_to_steady_state(exposure: Exposure, genotype_doses: GenotypeDoses) -> int:
    """CPIC's longest time to steady state after a change in an intermediate metabolizer."""
    advice = genotype_doses.genotype_dose(exposure.drug, Phenotype.INTERMEDIATE, Phenotype.NORMAL)
    return max((weeks for weeks in (advice.steady_state_weeks if advice else None) or () if weeks), default=0)


def _may_be_low(result: LabResult, limit: CountLimit, since: ClinicalDate) -> bool:
    if result.taken_on is not None and result.taken_on.last < since.first:
        return False
    least = result.at_least
    return least is None or rounded(least, 1) < limit.below


def _may_be_since(record: ConditionRecord, since: ClinicalDate) -> bool:
    day = record.onset_on or record.recorded_on
    return day is None or day.last >= since.first
