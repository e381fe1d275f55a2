"""Real public FHIR: nothing crashes, and each of its known traps gives what it should."""

import json
from pathlib import Path

import pytest

from tests.fhir_mappers.mapped import chart_of, lines

DATA = Path(__file__).parents[2] / "fixtures" / "public"

# Of the shape of HL7's pharmacogenomics examples: a generic code, and the gene in an extension alone.
GENE_EXTENSION = "http://hl7.org/fhir/StructureDefinition/observation-geneticsGene"
TPMT = {"system": "https://www.genenames.org", "code": "12014", "display": "TPMT"}


def mapped(name, patient_id=""):
    return chart_of((DATA / name).read_bytes(), patient_id=patient_id)


def without_ids(told):
    return [line.split(" <")[0] for line in told]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Negative1", "TPMT *1/*1 Normal Metabolizer undated"),
        ("Negative4", "TPMT *1/*2 Intermediate Metabolizer undated"),
        ("Positive1", "TPMT *1/*1 Normal Metabolizer undated"),
        ("Positive2", "TPMT *1/*1 Normal Metabolizer undated"),
        ("Positive4", "TPMT *1/*1 Normal Metabolizer undated"),
    ],
)
def test_an_emerge_report_gives_one_genotype_with_its_phenotype(name, expected):
    chart = mapped(f"emerge/GenomicReportFHIRBundle{name}.json")

    assert without_ids(lines(chart)) == [expected]


def genotype_observation(record_id, words, value, gene=TPMT):
    return {
        "resourceType": "Observation",
        "id": record_id,
        "status": "final",
        "extension": [{"url": GENE_EXTENSION, "valueCodeableConcept": {"coding": [gene]}}],
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "363779003"}], "text": words},
        "subject": {"reference": "Patient/example"},
        "effectiveDateTime": "2013-04-03",
        "valueCodeableConcept": {"text": value},
    }


def chart_with(*resources):
    return chart_of(*(json.dumps(one).encode() for one in resources), patient_id="example")


def test_a_diplotype_may_name_its_gene_in_an_extension_alone():
    chart = chart_with(genotype_observation("diplotype", "Diplotype Call", "*1/*4"))

    assert without_ids(lines(chart)) == ["TPMT *1/*4 on 2013-04-03"]


def test_two_haplotypes_without_a_genotype_are_unread():
    chart = chart_with(
        genotype_observation("one", "Haplotype Call", "*1"),
        genotype_observation("two", "Haplotype Call", "*4"),
    )

    assert [line.partition(": ")[2] for line in lines(chart)] == [
        "TPMT: one allele alone ('*1')",
        "TPMT: one allele alone ('*4')",
    ]


def test_a_report_of_cyp2c9_says_nothing_of_tpmt():
    cyp2c9 = {"system": "https://www.genenames.org", "code": "2623", "display": "CYP2C9"}
    chart = chart_with(genotype_observation("diplotype", "Diplotype Call", "*1/*3", cyp2c9))

    assert lines(chart) == ()


def test_a_contained_tylenol_is_not_the_azathioprine_of_its_id():
    tylenol = mapped("davinci/o2teddy_medicationstatement_tylenol.json").chart
    azathioprine = mapped("davinci/o2teddy_medicationstatement_azathio.json").chart

    assert tylenol.drug_records == ()
    assert [one.drug for one in azathioprine.drug_records] == ["azathioprine"]


def test_every_public_file_is_mapped_without_a_crash():
    for path in DATA.rglob("*.json"):
        chart = chart_of(path.read_bytes(), patient_id="").chart

        assert not [one for one in chart.unread if one.why.startswith("reading it failed")], path.name


def test_a_synthea_chart_gives_its_counts_and_its_weight():
    (path,) = DATA.glob("synthea/Lemuel*.json")
    (patient,) = [
        entry["resource"]["id"]
        for entry in json.loads(path.read_bytes())["entry"]
        if entry["resource"]["resourceType"] == "Patient"
    ]

    chart = chart_of(path.read_bytes(), patient_id=patient).chart

    assert {analyte.value: len(series.results) for analyte, series in chart.labs.items()} == {
        "wbc": 2,
        "platelets": 2,
        "hemoglobin": 2,
        "mcv": 2,
        "egfr": 4,
        "body_weight": 4,
        "body_height": 4,
    }
    assert chart.unread == ()
