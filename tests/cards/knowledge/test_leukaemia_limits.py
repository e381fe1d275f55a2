"""The limits while leukaemia is being treated (primary-sources.md, section 2)."""

import pytest

from cards.knowledge.knowledge import Knowledge
from cards.knowledge.leukaemia_limits import LeukaemiaLimitKind
from cards.knowledge.sources import Grade
from cards.knowledge.tables import TableError
from tests.builders import KNOWLEDGE

VALUES = {
    LeukaemiaLimitKind.STANDARD_DOSE: (75, "mg/m2/day", Grade.GUIDELINE),
    LeukaemiaLimitKind.LOWEST_PHASE: (25, "mg/m2/day", Grade.REGULATOR),
    LeukaemiaLimitKind.WARNING_DOSE: (1.5, "times the standard dose", Grade.PROJECT),
    LeukaemiaLimitKind.SLIP: (2, "times the standard dose", Grade.PROJECT),
    LeukaemiaLimitKind.LOW_DOSE: (0.1, "times the standard dose", Grade.PROJECT),
    LeukaemiaLimitKind.THIOGUANINE_HIGHEST: (200, "mg/m2/day", Grade.REGULATOR),
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
    rows = {limit: row for (limit, study), row in KNOWLEDGE.leukaemia_limits.rows.items() if not study}

    assert {limit: (row.value, row.unit, row.citation.grade) for limit, row in rows.items()} == VALUES


def test_a_protocols_targets_are_those_of_the_reference():
    wbc, anc = LeukaemiaLimitKind.BAND_WBC, LeukaemiaLimitKind.BAND_ANC
    platelets = LeukaemiaLimitKind.BAND_PLATELETS
    rows = KNOWLEDGE.leukaemia_limits.rows

    assert {key: row.value for key, row in rows.items() if key[1]} == {
        (wbc, "BFM"): 2,
        (anc, "BFM"): 0.2,
        (platelets, "BFM"): 50,
        (wbc, "NOPHO"): 1.5,
        (wbc, "St Jude"): 1.5,
        (anc, "St Jude"): 0.3,
        (platelets, "St Jude"): 50,
        (anc, "InPOG"): 0.75,
        (platelets, "InPOG"): 75,
    }


def test_a_protocol_cannot_change_a_critical_count(tables):
    tables.edit("leukaemia_limits", "critical ANC,0.5,10*9/L,any,", "critical ANC,0.2,10*9/L,BFM,")

    with pytest.raises(TableError, match=r"line 9, column 'study' holds 'BFM': expected any"):
        Knowledge.load(tables.folder)
