"""Real public FHIR: nothing crashes, and each of its known traps gives what it should."""

import json
from pathlib import Path

import pytest

from tests.fhir_mappers.mapped import chart_of, lines

DATA = Path(__file__).parents[3] / "shared" / "data" / "fhir"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/fhir is not here: a clone has none")


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


def test_the_hl7_diplotype_names_its_gene_in_an_extension_alone():
    chart = mapped("hl7/Observation-example-TPMT-diplotype.json")

    assert without_ids(lines(chart)) == ["TPMT *1/*4 on 2013-04-03"]


def test_two_hl7_haplotypes_without_a_genotype_are_unread():
    names = (
        "hl7/Observation-example-TPMT-haplotype-one.json",
        "hl7/Observation-example-TPMT-haplotype-two.json",
    )
    chart = chart_of(*((DATA / name).read_bytes() for name in names), patient_id="example")

    assert [line.partition(": ")[2] for line in lines(chart)] == [
        "TPMT: one allele alone ('*1')",
        "TPMT: one allele alone ('*4')",
    ]


def test_the_hl7_report_of_cyp2c9_with_mercaptopurine_says_nothing_of_tpmt():
    chart = mapped("hl7/Bundle-diagnosticreport-pgxexample.json", "patient")

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
