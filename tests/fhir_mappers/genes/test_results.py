"""Each fixture is one trap, named for it; `expected.json` holds what it must map to, line for line."""

import pytest

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

    assert (note.why, note.deciding) == ("its value is of a kind we do not read", True)
