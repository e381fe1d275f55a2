import pytest

from cards.model.therapy import Drug
from tests.builders import KNOWLEDGE


@pytest.mark.parametrize(
    ("ml_per_min", "reduce_by"), [(0, 0.5), (9.9, 0.5), (10, 0.25), (50, 0.25), (50.1, None), (90, None)]
)
def test_compendia_reduce_by_a_quarter_from_50_and_by_half_below_10(ml_per_min, reduce_by):
    row = KNOWLEDGE.renal_doses.dose_at_clearance(Drug.AZATHIOPRINE, ml_per_min)

    assert (row.reduce_by if row else None) == reduce_by


def test_haemodialysis_halves_the_dose_and_adds_a_supplement():
    row = KNOWLEDGE.renal_doses.dose_in_haemodialysis(Drug.AZATHIOPRINE)

    assert (row.reduce_by, row.supplement_mg_per_kg) == (0.5, 0.25)


def test_other_drugs_have_no_number():
    assert KNOWLEDGE.renal_doses.dose_at_clearance(Drug.MERCAPTOPURINE, 20) is None
    assert KNOWLEDGE.renal_doses.dose_in_haemodialysis(Drug.THIOGUANINE) is None
