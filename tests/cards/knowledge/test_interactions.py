"""What another drug does to a thiopurine (clinical-rules.md, F01, F02, X01)."""

import pytest

from cards.knowledge.interactions import Effect
from cards.knowledge.sources import Grade
from cards.model.therapy import THIOPURINES, XANTHINE_OXIDASE_INHIBITORS, Drug
from tests.builders import KNOWLEDGE

AZA, MP, TG = THIOPURINES


@pytest.mark.parametrize("drug", [AZA, MP])
@pytest.mark.parametrize("culprit", [Drug.ALLOPURINOL, Drug.LESINURAD_ALLOPURINOL])
def test_allopurinol_asks_for_a_quarter_to_a_third(culprit, drug):
    found = KNOWLEDGE.interactions.interaction(culprit, drug)

    assert found.effect is Effect.REDUCE
    assert (found.fraction_low, round(found.fraction_high * 3, 6)) == (0.25, 1.0)
    assert found.citation.grade is Grade.REGULATOR


@pytest.mark.parametrize("drug", [AZA, MP])
def test_febuxostat_has_no_fraction(drug):
    found = KNOWLEDGE.interactions.interaction(Drug.FEBUXOSTAT, drug)

    assert (found.effect, found.fraction_low, found.fraction_high) == (Effect.CONTRAINDICATED, None, None)


@pytest.mark.parametrize("culprit", XANTHINE_OXIDASE_INHIBITORS)
def test_thioguanine_is_not_named(culprit):
    assert KNOWLEDGE.interactions.interaction(culprit, TG) is None


def test_other_drugs_are_no_xanthine_oxidase_inhibitors():
    assert KNOWLEDGE.interactions.interaction(Drug.WARFARIN, AZA) is None
