"""What speaks against more of a thiopurine, and against adding allopurinol to it?"""

import pytest

from cards.assessment.more_drug import against_raising
from cards.model.conditions import Indication
from cards.model.therapy import Drug
from tests.builders import azathioprine, case, taking


def against(*facts):
    chart = case(*facts)
    return against_raising(chart.exposures[0], chart)


@pytest.mark.parametrize(("mg", "reasons"), [(199, ()), (200, ("200 mg/day is the ceiling",))])
def test_a_ceiling_in_mg_is_reached_whatever_the_weight(mg, reasons):
    assert against(taking(Drug.AZATHIOPRINE, mg, for_=Indication.ITP)) == reasons


def test_of_several_indications_the_lowest_ceiling_counts():
    both = (Indication.AUTOIMMUNE_HEPATITIS, Indication.ATOPIC_DERMATITIS)  # 2 and 3 mg/kg

    assert against(taking(Drug.AZATHIOPRINE, 160, for_=both)) == ("2 mg/kg/day is the ceiling",)


@pytest.mark.parametrize(("before_mg", "reasons"), [(175, ()), (200, ("200 mg/day is the ceiling",))])
def test_an_increase_is_judged_by_the_dose_before_it(before_mg, reasons):
    facts = taking(Drug.AZATHIOPRINE, before_mg, for_=Indication.ITP), azathioprine(225, for_=Indication.ITP)

    assert against(*facts) == reasons
