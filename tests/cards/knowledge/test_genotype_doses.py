import pytest

from cards.knowledge.genotype_doses import IndicationClass, ReducedSchedule
from cards.model.genes import Gene, Phenotype
from cards.model.therapy import THIOPURINES, Drug
from tests.builders import KNOWLEDGE
from tests.cards.knowledge.cpic_tables import CLASSES, DOSES

NM, IM, PIM, PM, IND = (
    Phenotype.NORMAL,
    Phenotype.INTERMEDIATE,
    Phenotype.POSSIBLE_INTERMEDIATE,
    Phenotype.POOR,
    Phenotype.INDETERMINATE,
)
AZA, MP, TG = THIOPURINES


def known(phenotype):
    return None if phenotype == "No Result" else Phenotype(phenotype)


@pytest.mark.parametrize("row", DOSES, ids=lambda row: f"{row['drug']}-{row['TPMT']}-{row['NUDT15']}")
def test_every_number_of_every_row_is_cpics(row):
    dose = KNOWLEDGE.genotype_doses.genotype_dose(Drug(row["drug"]), known(row["TPMT"]), known(row["NUDT15"]))

    percent = row.get("percent_of_standard")
    malignancy = row.get("malignancy")
    weeks = row["steady_state_weeks"]
    assert dose is not None
    assert dose.percent == (tuple(percent) if percent else None)
    assert {kind.value: (start.value, start.unit.value) for kind, start in dose.starts.items()} == {
        CLASSES[start["indication"]]: (start["value"], start["unit"])
        for start in row.get("standard_start", [])
    }
    assert {kind.value: dose.start_range(kind) for kind in IndicationClass if dose.start_range(kind)} == {
        CLASSES[start["indication"]]: (start["low"], start["high"], start["unit"])
        for start in row.get("derived_start_range", [])
    }
    assert dose.steady_state_weeks == (tuple(weeks) if weeks else None)
    assert dose.reduced_schedule == (
        ReducedSchedule(
            malignancy["dose_factor"], int(malignancy["frequency"][0]), malignancy.get("example", "")
        )
        if malignancy
        else None
    )
    assert (dose.strength, dose.text) == (row["strength"], row["text"])
    assert (dose.citation.source.key, dose.citation.strength) == ("cpic-thiopurines-2025", row["strength"])


@pytest.mark.parametrize("drug", THIOPURINES)
def test_every_pair_but_two_missing_results_has_a_row(drug):
    every = (*Phenotype, None)

    found = [
        (tpmt, nudt15)
        for tpmt in every
        for nudt15 in every
        if KNOWLEDGE.genotype_doses.genotype_dose(drug, tpmt, nudt15)
    ]

    assert len(found) == 35
    assert KNOWLEDGE.genotype_doses.genotype_dose(drug, None, None) is None


def test_other_drugs_have_no_row():
    assert KNOWLEDGE.genotype_doses.genotype_dose(Drug.ALLOPURINOL, NM, NM) is None


@pytest.mark.parametrize(
    ("drug", "tpmt", "nudt15", "expected"),
    [
        (AZA, NM, NM, (2.0, 2.0)),
        (AZA, IM, NM, (0.6, 1.6)),  # 30-80 % of 2
        (AZA, IM, IM, (0.4, 1.0)),  # 20-50 % of 2
        (AZA, PM, NM, None),
        (AZA, IND, IND, None),
        (MP, NM, IM, (0.45, 1.2)),  # 30-80 % of 1.5
        (MP, IM, IM, (0.3, 0.75)),  # 20-50 % of 1.5
        (TG, IM, NM, None),  # malignancies only, in mg/m2
    ],
)
def test_range_in_mg_per_kg(drug, tpmt, nudt15, expected):
    assert KNOWLEDGE.genotype_doses.genotype_dose(drug, tpmt, nudt15).range_mg_per_kg == expected


def test_thioguanine_starts_in_mg_per_m2():
    dose = KNOWLEDGE.genotype_doses.genotype_dose(TG, IM, NM)

    assert dose.start_range(IndicationClass.MALIGNANT) == (12.0, 32.0, "mg/m2/day")  # 30-80 % of 40


@pytest.mark.parametrize(
    ("tpmt", "nudt15", "untested"),
    [(IM, None, (Gene.NUDT15,)), (None, IM, (Gene.TPMT,)), (IM, IND, ()), (IM, NM, ())],
)
def test_the_untested_gene_is_named(tpmt, nudt15, untested):
    assert KNOWLEDGE.genotype_doses.genotype_dose(AZA, tpmt, nudt15).untested == untested


@pytest.mark.parametrize(("drug", "expected"), [(AZA, 2.0), (MP, 1.5), (TG, None), (Drug.WARFARIN, None)])
def test_standard_start_in_mg_per_kg(drug, expected):
    assert KNOWLEDGE.genotype_doses.standard_start_mg_per_kg(drug) == expected


@pytest.mark.parametrize(
    ("drug", "gene", "phenotype", "expected"),
    [
        (AZA, Gene.TPMT, IM, [("start with 50% of the normal dose", "")]),
        (AZA, Gene.TPMT, PM, [("alternative, or 10% of the normal dose", "")]),
        (
            AZA,
            Gene.NUDT15,
            PM,
            [
                ("alternative, or 10% of the normal dose", ""),
                ("reduced dose only if an alternative is not possible", ""),
            ],
        ),
        (
            MP,
            Gene.TPMT,
            IM,
            [
                ("start with 50% of the normal dose", ""),
                ("may start with the normal dose and then decrease if toxicity", "leukaemia"),
            ],
        ),
        (TG, Gene.TPMT, IM, [("start with 75% of the normal dose", "")]),
        (TG, Gene.NUDT15, IM, [("start with 50% of the normal dose", "")]),
        (TG, Gene.TPMT, PM, [("alternative, or 6-7% of the normal dose", "")]),
        (TG, Gene.NUDT15, PM, [("alternative, or 10% of the normal dose", "")]),
        (AZA, Gene.TPMT, NM, []),
        (AZA, Gene.TPMT, None, []),
        (Drug.WARFARIN, Gene.TPMT, PM, []),
    ],
)
def test_dpwg_advice(drug, gene, phenotype, expected):
    advice = KNOWLEDGE.genotype_doses.dpwg_advice(drug, gene, phenotype)

    assert [(line.text, line.setting) for line in advice] == expected
    assert {line.citation.source.key for line in advice} <= {"dpwg-2025"}


@pytest.mark.parametrize(
    ("drug", "tpmt", "nudt15", "expected"),
    [
        (AZA, PM, NM, "consider alternative therapy"),
        (AZA, None, PM, "consider alternative therapy"),
        (AZA, IM, NM, "reduced dosages"),
        (AZA, IM, IM, "reduced dosages"),  # the label says nothing more for both
        (MP, NM, IM, "most tolerate recommended dose, reduce on toxicity"),
        (MP, IM, IM, "more substantial reductions"),
        (TG, PM, PM, "typically require 10% or less"),
        (AZA, NM, NM, None),
        (AZA, None, None, None),
        (Drug.WARFARIN, PM, PM, None),
    ],
)
def test_fda_statement(drug, tpmt, nudt15, expected):
    statement = KNOWLEDGE.genotype_doses.fda_statement(drug, tpmt, nudt15)

    assert (statement.text if statement else None) == expected
