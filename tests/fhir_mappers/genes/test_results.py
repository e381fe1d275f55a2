"""Each fixture is one trap, named for it; `expected.json` holds what it must map to, line for line."""

import pytest

from cards.model.genes import Phenotype
from tests.fhir_mappers.mapped import chart_of, fixture, lines, names_in

EXPECTED = fixture("genes", "expected")


@pytest.mark.parametrize("trap", names_in("genes"))
def test_a_report_is_read_as_the_table_says(trap):
    mapped = chart_of(fixture("genes", trap))

    assert list(lines(mapped)) == EXPECTED[trap]


def test_every_expectation_has_its_fixture():
    assert sorted(EXPECTED) == names_in("genes")


def test_a_genotype_of_no_named_gene_is_told_and_another_gene_is_not():
    def told(**elements):
        genotype = {"coding": [{"system": "http://loinc.org", "code": "84413-4"}]}
        report = {"resourceType": "Observation", "id": "1", "status": "final", "code": genotype, **elements}
        return [one.why for one in chart_of(report).chart.unread]

    nameless = ["it names no gene"]
    assert told(valueString="*1/*3A") == nameless
    assert told(valueString="CYP2C19 *1/*2") == []
    assert told() == []
    assert told(valueString="TPMT *1/*3A") == []


def test_a_gene_value_of_a_kind_that_is_not_read_is_told():
    code = {"coding": [{"system": "http://loinc.org", "code": "84413-4"}], "text": "TPMT genotype"}
    report = {"resourceType": "Observation", "id": "1", "status": "final", "code": code}

    (note,) = chart_of(report | {"valueAttachment": {"url": "Binary/1"}}).chart.unread

    assert (note.why, note.deciding) == ("its value is of a kind that is not read", True)


def result_of(words, **fields):
    """A final result whose code is words alone."""
    named = {"resourceType": "Observation", "id": "1", "status": "final", "effectiveDateTime": "2026-03-01"}
    return named | {"code": {"text": words}} | fields


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"note": [{"text": "*3A/*3A"}]}, "note"),
        ({"interpretation": [{"text": "Poor metabolizer"}]}, "interpretation"),
        ({"resourceType": "DiagnosticReport", "presentedForm": [{"data": "AAAA"}]}, "attached document"),
    ],
)
def test_a_result_that_stands_outside_the_value_alone_is_told(fields, where):
    (note,) = chart_of(result_of("TPMT genotype", **fields)).chart.unread

    assert note.deciding
    assert note.in_words == f"TPMT not used: it has no value; see its {where}"


def test_a_document_beside_a_result_that_was_read_decides_nothing():
    document = {
        **result_of("TPMT genotype"),
        "resourceType": "DiagnosticReport",
        "presentedForm": [{"data": "A"}],
    }
    read = {**result_of("TPMT genotype", valueString="*1/*1"), "id": "2"}

    assert [one.deciding for one in chart_of(document, read).chart.unread] == [False]


@pytest.mark.parametrize(
    "name", ["Thiopurine methyltransferase phenotype", "THIOPURINE S-METHYLTRANSFERASE", "Nudix hydrolase 15"]
)
def test_a_gene_named_by_its_long_name_alone_is_read(name):
    (result,) = chart_of(result_of(name, valueString="Poor metabolizer")).chart.gene_results

    assert result.phenotype is Phenotype.POOR


def test_another_methyltransferase_is_none_of_ours():
    chart = chart_of(result_of("Catechol-O-methyltransferase", valueString="Poor metabolizer")).chart

    assert (chart.gene_results, chart.unread) == ((), ())


VARIANT = {
    "resourceType": "Observation",
    "id": "v",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "69548-6"}]},
    "valueCodeableConcept": {
        "coding": [{"system": "http://loinc.org", "code": "LA9633-4", "display": "Present"}]
    },
    "component": [
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": "48018-6"}]},
            "valueCodeableConcept": {
                "coding": [{"system": "http://www.genenames.org/geneId", "code": "HGNC:23063"}]
            },
        }
    ],
}


def test_a_variant_whose_meaning_may_be_changed_is_told_though_its_gene_is_a_code_alone():
    changed = VARIANT | {"modifierExtension": [{"url": "http://example.org/odd", "valueBoolean": True}]}

    (note,) = chart_of(changed).chart.unread

    assert (
        note.in_words
        == "NUDT15 not used: it is marked in a way that may change its meaning (modifier extension)"
    )


def test_a_variant_of_which_nothing_more_is_said_is_told():
    bare = {name: value for name, value in VARIANT.items() if name != "component"}

    (note,) = chart_of(bare).chart.unread

    assert (note.in_words, note.deciding) == ("a variant not used: it names no gene", True)
