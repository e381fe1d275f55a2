"""What was a test before the drug?"""

from datetime import date

from cards.assessment.courses import course_of
from cards.assessment.earlier_courses import DayPlace, place_beside, taken_records
from cards.model.chart_of_day import ChartOfDay
from cards.model.dates import ClinicalDate
from cards.model.facts import Availability, FactKind
from cards.model.labs import Analyte, LabResult
from cards.model.policy import Policy
from cards.model.therapy import THIOPURINES, DrugRecord


def baseline_of(chart: ChartOfDay, analyte: Analyte, policy: Policy) -> LabResult | None:
    """The last result before the first dose of the present stretch, none of an earlier one or soon after it.

    After an earlier course a result counts from the day on which a start would be a new one. None where an earlier dose
    cannot be ruled out. A preliminary result excuses nothing: it counts only beside a final one before it, where it is
    further from what the drug does.
    """
    first = _first_dose(chart, policy)
    if first is None or not _are_all_known(chart):
        return None
    before = reversed(chart.series(analyte).until(first).results)
    preliminary: list[LabResult] = []
    for one in before:
        if _is_off_drug(one.taken_on, chart, policy):
            if not one.is_preliminary:
                return _excusing_least(one, preliminary)
            preliminary.append(one)
    return None


def preliminary_before(chart: ChartOfDay, analyte: Analyte, policy: Policy) -> LabResult | None:
    """The last preliminary result before the drug where no final one is a baseline: shown, it excuses nothing."""
    first = _first_dose(chart, policy)
    if first is None or not _are_all_known(chart) or baseline_of(chart, analyte, policy) is not None:
        return None
    before = reversed(chart.series(analyte).until(first).results)
    return next((one for one in before if _is_off_drug(one.taken_on, chart, policy)), None)


def _excusing_least(final: LabResult, preliminary: list[LabResult]) -> LabResult:
    """The last final result, or a preliminary one after it that is further from what the drug does."""
    found = [one for one in (final, *preliminary) if one.value is not None]
    if final.analyte.kind is FactKind.LIVER or final.analyte is Analyte.MCV:  # the drug raises these
        return min(found, key=lambda one: one.value or 0.0, default=final)
    return max(found, key=lambda one: one.value or 0.0, default=final)


def before_any_dose(chart: ChartOfDay, analyte: Analyte) -> LabResult | None:
    """The last result before any thiopurine was ever taken; None where an earlier dose cannot be ruled out."""
    starts = [record.started_on for record in taken_records(chart)]
    if not starts or None in starts or not _are_all_known(chart):
        return None
    return chart.series(analyte).until(min(start.first for start in starts if start)).latest


def _first_dose(chart: ChartOfDay, policy: Policy) -> date | None:
    """The day on which the newest stretch of any thiopurine began; None where no start is known.

    A switch from one to another is one stretch: what lies before the switch is on the drug, and left out as such.
    """
    courses = (course_of(chart, drug, policy) for drug in THIOPURINES)
    return max((one.started_on.first for one in courses if one and one.started_on), default=None)


def _are_all_known(chart: ChartOfDay) -> bool:
    known = chart.knowledge_of(FactKind.MEDICATIONS).availability
    return known in (Availability.KNOWN, Availability.EMPTY)


def _is_off_drug(day: ClinicalDate | None, chart: ChartOfDay, policy: Policy) -> bool:
    return all(
        _is_until_start(record, day)
        or place_beside(record, day, chart.today, policy.new_start_days) is DayPlace.ELSEWHERE
        for record in taken_records(chart)
    )


def _is_until_start(record: DrugRecord, day: ClinicalDate | None) -> bool:
    """Whether the day is the day of the start at the latest: blood is often taken on that morning."""
    return day is not None and record.started_on is not None and day.last <= record.started_on.first
