"""Above which liver tests does a thiopurine have to be reduced, withheld or stopped?"""

from dataclasses import dataclass
from enum import StrEnum

from cards.knowledge.sources import Citation
from cards.knowledge.tables import Tables
from cards.model.labs import Analyte, LabResult


class LiverSign(StrEnum):
    """What a raised test is a sign of."""

    TRANSAMINASES = "transaminases"
    BILIRUBIN = "bilirubin"
    CHOLESTASIS = "cholestasis"


class LimitForm(StrEnum):
    """How a limit is given."""

    VALUE = "value"
    TIMES_UPPER = "times the upper limit"


@dataclass(frozen=True, slots=True)
class LiverLimit:
    """One limit of one source; `above` is in the analyte's unit, or a multiple of the laboratory's upper limit."""

    analyte: Analyte
    sign: LiverSign
    measure: LimitForm
    above: float
    unit: str
    citation: Citation

    def for_result(self, result: LabResult) -> float | None:
        """The limit in the result's unit; None when the laboratory gave no upper limit that it needs."""
        if self.measure is LimitForm.VALUE:
            return self.above
        return self.above * result.reference_high if result.reference_high is not None else None


def liver_limits(tables: Tables) -> tuple[LiverLimit, ...]:
    """Every limit, the transaminases first."""
    return tuple(
        LiverLimit(
            row.member("analyte", Analyte),
            row.member("sign", LiverSign),
            row.member("measure", LimitForm),
            row.number("above"),
            row.text("unit"),
            row.citation(),
        )
        for row in tables.rows("liver_limits")
    )
