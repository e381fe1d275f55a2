"""Which doses can be dispensed (clinical-rules.md, section 6)."""

import pytest

from cards.model.therapy import Drug
from tests.builders import KNOWLEDGE


@pytest.mark.parametrize(
    ("drug", "step"), [(Drug.AZATHIOPRINE, 25), (Drug.MERCAPTOPURINE, 50), (Drug.THIOGUANINE, 40)]
)
def test_a_step_is_half_a_scored_tablet_or_a_whole_one(drug, step):
    assert KNOWLEDGE.dispensing.smallest_step_mg(drug) == step


def test_other_drugs_have_no_step():
    assert KNOWLEDGE.dispensing.smallest_step_mg(Drug.ALLOPURINOL) is None
