import pytest

from cards.model.genes import Gene, Phenotype
from fhir_mappers.genes.wording import SeveralGenotypesError, allele_of, diplotype_of, is_phased, phenotype_of

TPMT, NUDT15 = Gene.TPMT, Gene.NUDT15


def called(text, gene=TPMT):
    try:
        found = diplotype_of([text], gene)
    except SeveralGenotypesError as error:
        return f"several: {error}"
    return str(found) if found else None


@pytest.mark.parametrize(
    ("text", "tpmt", "nudt15"),
    [
        ("*1/*3A", "*1/*3A", "*1/*3A"),
        ("TPMT *1/*3A", "*1/*3A", None),
        ("TPMT*1/TPMT*1", "*1/*1", None),
        ("TPMT: *1/*3A; NUDT15: *1/*3", "*1/*3A", "*1/*3"),
        ("TPMT *1/*3A, NUDT15 *1/*1", "*1/*3A", "*1/*1"),
        ("TPMT Genotype: *1/*3C", "*1/*3C", None),
        ("Genotype: *1/*2.", "*1/*2", "*1/*2"),
        ("*1|*3A", "*1/*3A", "*1/*3A"),
        ("*1 and *3A", "*1/*3A", "*1/*3A"),
        ("*1 *1S", "*1/*1", "*1/*1"),
        ("*3A.001/*1.002", "*3A/*1", "*3A/*1"),
        ("CYP2C9 *4/*35B", None, None),
        ("CYP2C19*2/*2", None, None),
        ("DPYD *1/*2A", None, None),
        ("*1/*3A/*3C", None, None),
        ("*2, *3A, *3B, *3C", None, None),
        ("*1", None, None),
        ("**1/*3A", None, None),
        ("5*1/3*2", None, None),
        ("*1/*3A or *3B/*3C", "*1/*3A", "*1/*3A"),
        ("*1/*3A, *1/*3C", "several: *1/*3A or *1/*3C", "several: *1/*3A or *1/*3C"),
    ],
)
def test_a_genotype_is_read_for_its_own_gene(text, tpmt, nudt15):
    assert (called(text, TPMT), called(text, NUDT15)) == (tpmt, nudt15)


def test_a_long_text_is_read_without_what_it_says_of_people_in_general():
    advice = (
        "Individuals with *3A/*3A need a tenth of the dose. This assay detects *2/*3A. See the guideline."
    )

    assert called(f"TPMT genotype: *1/*3C. {advice}") == "*1/*3C"
    assert called(advice) is None


def test_one_patient_is_not_people_in_general():
    assert called("The patient is a carrier: *1/*3A") == "*1/*3A"


@pytest.mark.parametrize(
    ("text", "allele"), [("*1", "*1"), ("TPMT*3a", "*3A"), ("CYP2C9*3", None), ("*1/*2", None), ("one", None)]
)
def test_a_haplotype_is_one_allele_alone(text, allele):
    assert allele_of(text, TPMT) == allele


@pytest.mark.parametrize(
    ("text", "phased"),
    [
        ("*1/*3A", None),
        ("*1/*3A (in cis)", True),
        ("phased genotype", True),
        ("unphased", False),
        ("cannot distinguish *1/*3A from *3B/*3C", False),
        ("does not rule out *3B/*3C", False),
    ],
)
def test_phase_is_known_only_when_stated(text, phased):
    assert is_phased([text]) is phased


@pytest.mark.parametrize(
    ("text", "predicted", "measured"),
    [
        ("Intermediate metabolizer", Phenotype.INTERMEDIATE, Phenotype.INTERMEDIATE),
        ("Poor metaboliser.", Phenotype.POOR, Phenotype.POOR),
        ("Extensive Metabolizer", Phenotype.NORMAL, Phenotype.NORMAL),
        ("High activity", Phenotype.NORMAL, None),
        ("Low or deficient activity", Phenotype.POOR, None),
        ("Intermediate activity", Phenotype.INTERMEDIATE, Phenotype.INTERMEDIATE),
        ("Not a poor metabolizer", None, None),
        ("intermediate to poor metabolizer", None, None),
        ("Rapid metabolizer", None, None),
        ("Heterozygous", None, None),
        ("poor metabolizer " * 20, None, None),
    ],
)
def test_a_phenotype_is_read_in_the_laboratorys_words(text, predicted, measured):
    assert phenotype_of([text], is_predicted=True) is predicted
    assert phenotype_of([text], is_predicted=False) is measured
