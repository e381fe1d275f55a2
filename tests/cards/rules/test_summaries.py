"""Summaries stay under 140 characters for the longest names, doses and indications that are plausible."""

from itertools import product

import pytest

from cards.finding import Fired
from cards.model.conditions import Indication, Reaction
from cards.model.genes import Gene, Phenotype
from cards.model.labs import Analyte
from cards.model.therapy import XANTHINE_OXIDASE_INHIBITORS, Drug, TherapyState
from cards.model.vaccines import VaccineKind
from cards.rules import ALL_RULES
from cards.wording import LONGEST_SUMMARY
from fhir_mappers.terminology.codes import Code, codes_of
from tests.builders import (
    advice,
    allergy,
    azathioprine,
    gene,
    live_vaccine,
    mercaptopurine,
    nudt15,
    planned,
    reported,
    result,
    taking,
    thioguanine,
    tpmt,
    vaccinated,
    weight,
)

pytestmark = pytest.mark.slow

DOSES = (62.5, 1162.5, 99999.5, 1e12)
LOW = (
    (tpmt("*1/*3A"),),
    (tpmt(Phenotype.POSSIBLE_INTERMEDIATE), nudt15(Phenotype.POSSIBLE_INTERMEDIATE)),
    (tpmt(Phenotype.INTERMEDIATE), nudt15(Phenotype.POSSIBLE_INTERMEDIATE)),
    (tpmt(Phenotype.POOR), nudt15(Phenotype.POSSIBLE_INTERMEDIATE)),
    (tpmt(Phenotype.POOR), nudt15(Phenotype.POOR)),
)
VACCINES = sorted(
    {code.name for kind in VaccineKind for code in codes_of(kind, "vaccine") if isinstance(code, Code)},
    key=len,
)


def longest(*facts, **fields):
    """The longest summary that any rule writes about a chart."""
    told = advice(*facts, rules=ALL_RULES, **fields)
    assert told.failed == ()
    outcomes = [decision.outcome for decision in told.decisions]
    found = [one.summary for outcome in outcomes if isinstance(outcome, Fired) for one in outcome.findings]
    found += [card.summary for card in told.cards]
    return max(found, key=len, default="")


def fits(*facts, **fields):
    summary = longest(*facts, **fields)
    return len(summary) <= LONGEST_SUMMARY or summary


@pytest.mark.parametrize("order", [azathioprine, mercaptopurine, thioguanine])
@pytest.mark.parametrize("for_", Indication)
def test_doses_and_indications_fit(order, for_):
    for mg, kg in product(DOSES, (46.7, 142.3)):
        drug = order(mg).drug
        for before in ((), (taking(drug, 37.5, "2026-11"),), (taking(drug, 37.5, "2026-11-20"),)):
            assert fits(order(mg, for_=for_), weight(kg), *before) is True


@pytest.mark.parametrize("order", [azathioprine, mercaptopurine, thioguanine])
@pytest.mark.parametrize("genes", LOW)
def test_genes_fit(order, genes):
    for mg, for_ in product(
        DOSES, ((), Indication.KIDNEY_TRANSPLANT, Indication.LEUKEMIA, Indication.CROHNS)
    ):
        assert fits(order(mg, for_=for_), *genes) is True
    assert fits(order(None), *genes) is True
    assert fits(taking(order(1).drug, 1162.5), *genes) is True
    assert fits(order(1162.5), *genes, without=(Analyte.BODY_WEIGHT,)) is True


@pytest.mark.parametrize("order", [azathioprine, mercaptopurine])
@pytest.mark.parametrize("inhibitor", XANTHINE_OXIDASE_INHIBITORS)
def test_interactions_fit(order, inhibitor):
    for mg, genes in product((25.5, *DOSES, None), ((), *LOW)):
        assert fits(order(mg), *genes, taking(inhibitor)) is True
        assert fits(taking(order(1).drug, mg), *genes, taking(inhibitor)) is True


@pytest.mark.parametrize("drug", Drug)
def test_other_drugs_fit(drug):
    for state in (TherapyState.ACTIVE, TherapyState.POSSIBLY_TAKEN):
        assert fits(mercaptopurine(1162.5), taking(drug, 1162.5, state=state)) is True


@pytest.mark.parametrize("kind", [VaccineKind.LIVE, VaccineKind.UNCERTAIN])
def test_every_vaccine_of_the_code_table_fits(kind):
    for name in VACCINES:
        assert fits(live_vaccine(name, kind=kind), taking(Drug.MERCAPTOPURINE)) is True
        assert fits(live_vaccine(name, kind=kind), mercaptopurine(), vaccinated("2026-11-20", name)) is True


@pytest.mark.parametrize("order", [azathioprine, mercaptopurine])
@pytest.mark.parametrize("inhibitor", XANTHINE_OXIDASE_INHIBITORS)
def test_plans_and_old_reports_fit(order, inhibitor):
    drug = order(1).drug
    doubtful = (planned(inhibitor), planned(inhibitor, "2026-12-10"), reported(inhibitor, since="2024-03-01"))
    for mg, genes in product((25.5, *DOSES, None), ((), *LOW)):
        for other in (*doubtful, taking(inhibitor)):
            assert fits(reported(drug, mg), *genes, other) is True
            assert fits(order(mg), *genes, other) is True
        assert fits(planned(drug, "2026-12-10"), *genes, reported(inhibitor)) is True
    for name in VACCINES:
        assert fits(live_vaccine(name), reported(drug)) is True


def test_reactions_fit():
    for first, second in product(Reaction, Reaction):
        reacted = allergy(Drug.MERCAPTOPURINE, reactions=(first, second))
        assert fits(mercaptopurine(), reacted) is True
        assert fits(taking(Drug.MERCAPTOPURINE), reacted) is True
    assert fits(mercaptopurine(), allergy(Drug.MERCAPTOPURINE, reactions=tuple(Reaction))) is True


def test_counts_fit():
    low = [result(analyte, 0.45, unit="10*9/L") for analyte in (Analyte.WBC, Analyte.ANC, Analyte.PLATELETS)]
    before = [
        result(analyte, 0.4, "2019-12-01", unit="10*9/L")
        for analyte in (Analyte.WBC, Analyte.ANC, Analyte.PLATELETS)
    ]

    assert fits(taking(Drug.MERCAPTOPURINE), *low) is True
    assert fits(taking(Drug.MERCAPTOPURINE), *low, *before) is True


def test_all_thiopurines_and_unknown_genes_fit():
    drugs = (azathioprine(), mercaptopurine(), thioguanine())
    unread = (gene(Gene.TPMT, "*1/*999"), gene(Gene.NUDT15, "*1/*999"))

    assert fits(*drugs, without=tuple(Gene)) is True
    assert fits(*drugs, *unread) is True
