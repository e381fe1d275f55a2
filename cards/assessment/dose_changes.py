"""When, and from what, was the dose changed to the present one?"""

from dataclasses import dataclass

from cards.assessment.courses import Course
from cards.model.dates import ClinicalDate
from cards.model.therapy import DrugRecord


@dataclass(frozen=True, slots=True)
class DoseChange:
    """The change that led to the present dose."""

    on: ClinicalDate
    before: DrugRecord
    before_mg: float
    after_mg: float

    @property
    def is_increase(self) -> bool:
        """Whether the dose was raised."""
        return self.after_mg > self.before_mg


def last_dose_change(course: Course) -> DoseChange | None:
    """The last change within the present stretch of therapy; None if there is none, or no dates."""
    since, regimen = course.dose_since, course.regimen
    if since is None or regimen is None:
        return None
    for record in course.records:
        if record.started_on is None or record.regimen is None or record.started_on.first >= since.first:
            continue
        if course.started_on is not None and record.started_on.first < course.started_on.first:
            return None
        return DoseChange(since, record, record.regimen.mg_per_day, regimen.mg_per_day)
    return None
