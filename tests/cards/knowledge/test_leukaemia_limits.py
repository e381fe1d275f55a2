"""The limits while leukaemia is being treated (primary-sources.md, section 2)."""

from cards.knowledge.leukaemia_limits import Limit, leukaemia_limit
from cards.knowledge.sources import Grade

VALUES = {
    Limit.STANDARD_DOSE: (75, "mg/m2/day", Grade.GUIDELINE),
    Limit.LOWEST_PHASE: (25, "mg/m2/day", Grade.REGULATOR),
    Limit.WARNING_DOSE: (1.5, "times the standard dose", Grade.PROJECT),
    Limit.SLIP: (2, "times the standard dose", Grade.PROJECT),
    Limit.LOW_DOSE: (0.1, "times the standard dose", Grade.PROJECT),
    Limit.THIOGUANINE_BESIDE: (12.5, "mg/m2/day", Grade.TRIAL),
    Limit.CRITICAL_ANC: (0.5, "10*9/L", Grade.TRIAL),
    Limit.CRITICAL_PLATELETS: (50, "10*9/L", Grade.TRIAL),
    Limit.BAND_ANC: (0.75, "10*9/L", Grade.TRIAL),
    Limit.BAND_PLATELETS: (75, "10*9/L", Grade.TRIAL),
    Limit.CRITICAL_WBC: (0.5, "10*9/L", Grade.PROJECT),
    Limit.WARNING_WBC: (1, "10*9/L", Grade.PROJECT),
    Limit.BILIRUBIN: (3, "times the upper limit", Grade.SECONDARY),
    Limit.REMISSION: (365, "d", Grade.PROJECT),
}


def test_every_limit_has_its_row():
    rows = {limit: leukaemia_limit(limit) for limit in Limit}

    assert {limit: (row.value, row.unit, row.citation.grade) for limit, row in rows.items()} == VALUES
