"""Laboratory tests that can be ordered, and those already on order."""

from dataclasses import dataclass
from enum import StrEnum

from cards.model.dates import ClinicalDate
from cards.model.genes import Gene


class OrderableTest(StrEnum):
    """Tests that a card may offer to order. Values match the code table's concepts."""

    TPMT = "tpmt_test"
    NUDT15 = "nudt15_test"
    TPMT_ACTIVITY = "tpmt_activity"
    BLOOD_COUNT = "cbc_panel"
    LIVER_TESTS = "cmp_lft_panel"
    CREATININE = "creatinine"
    HBSAG = "hbsag"
    ANTI_HBC = "anti_hbc_total"
    ANTI_HBS = "anti_hbs"
    HCV_ANTIBODY = "hcv_ab"
    VZV_IGG = "vzv_igg"
    HCG = "hcg"
    METABOLITES = "thiopurine_metabolite_panel"
    AMYLASE = "amylase"
    LIPASE = "lipase"


GENOTYPE_TESTS = {Gene.TPMT: OrderableTest.TPMT, Gene.NUDT15: OrderableTest.NUDT15}


@dataclass(frozen=True, slots=True)
class TestOrder:
    """A request for tests, in the draft or placed and not yet resulted."""

    record_ref: str
    tests: frozenset[OrderableTest]
    is_draft: bool
    ordered_on: ClinicalDate | None = None
    is_report: bool = False  # the report of a request, registered by the laboratory and still without a value

    __test__ = False  # the name is the field's, not pytest's
