"""The limits while leukaemia is being treated (primary-sources.md, section 2)."""

from cards.knowledge.leukaemia_limits import LeukaemiaLimitKind
from cards.knowledge.sources import Grade
from tests.builders import KNOWLEDGE

VALUES = {
    LeukaemiaLimitKind.STANDARD_DOSE: (75, "mg/m2/day", Grade.GUIDELINE),
    LeukaemiaLimitKind.LOWEST_PHASE: (25, "mg/m2/day", Grade.REGULATOR),
    LeukaemiaLimitKind.WARNING_DOSE: (1.5, "times the standard dose", Grade.PROJECT),
    LeukaemiaLimitKind.SLIP: (2, "times the standard dose", Grade.PROJECT),
    LeukaemiaLimitKind.LOW_DOSE: (0.1, "times the standard dose", Grade.PROJECT),
    LeukaemiaLimitKind.THIOGUANINE_BESIDE: (12.5, "mg/m2/day", Grade.TRIAL),
    LeukaemiaLimitKind.CRITICAL_ANC: (0.5, "10*9/L", Grade.TRIAL),
    LeukaemiaLimitKind.CRITICAL_PLATELETS: (50, "10*9/L", Grade.TRIAL),
    LeukaemiaLimitKind.BAND_ANC: (0.75, "10*9/L", Grade.TRIAL),
    LeukaemiaLimitKind.BAND_PLATELETS: (75, "10*9/L", Grade.TRIAL),
    LeukaemiaLimitKind.CRITICAL_WBC: (0.5, "10*9/L", Grade.PROJECT),
    LeukaemiaLimitKind.WARNING_WBC: (1, "10*9/L", Grade.PROJECT),
    LeukaemiaLimitKind.BILIRUBIN: (3, "times the upper limit", Grade.SECONDARY),
    LeukaemiaLimitKind.REMISSION: (365, "d", Grade.PROJECT),
}


def test_every_limit_has_its_row():
    rows = {limit: KNOWLEDGE.leukaemia_limits.leukaemia_limit(limit) for limit in LeukaemiaLimitKind}

    assert {limit: (row.value, row.unit, row.citation.grade) for limit, row in rows.items()} == VALUES
