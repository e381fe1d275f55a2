"""A gene result that is announced and not there yet is a pending test."""

import pytest

from cards.model.tests_ordered import OrderableTest, TestOrder
from tests.builders import on
from tests.fhir_mappers.mapped import chart_of

TPMT, NUDT15, ACTIVITY = OrderableTest.TPMT, OrderableTest.NUDT15, OrderableTest.TPMT_ACTIVITY
LOINC = "http://loinc.org"
# LOINC: TPMT gene targeted mutation analysis, NUDT15 likewise, and a genotype of the gene in a component.
BY_TPMT, BY_NUDT15, BY_COMPONENT = "41048-0", "93194-9", "84413-4"


def report(status, code=BY_TPMT, **fields):
    return {
        "resourceType": "Observation",
        "id": "g",
        "status": status,
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2026-03-08",
    } | fields


def studied(gene):
    return {
        "code": {"coding": [{"system": LOINC, "code": "48018-6"}]},
        "valueCodeableConcept": {"text": gene},
    }


def pending(resource):
    return chart_of(resource).chart.test_orders


def expected(*tests, ordered_on="2026-03-08"):
    return (
        TestOrder("Observation/g", frozenset(tests), False, on(ordered_on) if ordered_on else None, True),
    )


@pytest.mark.parametrize("status", ["registered", "preliminary", "partial", "Registered"])
@pytest.mark.parametrize(("code", "test"), [(BY_TPMT, TPMT), (BY_NUDT15, NUDT15)])
def test_a_report_without_a_value_is_pending(status, code, test):
    assert pending(report(status, code)) == expected(test)


def test_a_name_without_a_code_is_enough():
    assert pending(report("registered") | {"code": {"text": "TPMT and NUDT15 genotyping"}}) == expected(
        TPMT, NUDT15
    )


def test_an_enzyme_activity_is_pending_as_such():
    assert pending(report("registered", "21563-2")) == expected(ACTIVITY)


@pytest.mark.parametrize("status", ["registered", "preliminary"])
def test_the_gene_of_a_component_is_pending(status):
    assert pending(report(status, BY_COMPONENT, component=[studied("NUDT15")])) == expected(NUDT15)


def test_without_a_date_the_pending_test_has_none():
    undated = {key: value for key, value in report("registered").items() if key != "effectiveDateTime"}

    assert pending(undated) == expected(TPMT, ordered_on=None)


def test_a_pending_report_is_not_told_as_unreadable_too():
    assert chart_of(report("preliminary")).chart.unread == ()


def test_a_report_of_a_laboratory_is_pending_too():
    announced = report("registered") | {"resourceType": "DiagnosticReport"}

    assert pending(announced) == (
        TestOrder("DiagnosticReport/g", frozenset({TPMT}), False, on("2026-03-08"), True),
    )


@pytest.mark.parametrize(
    "resource",
    [
        report("final"),
        report("cancelled"),
        report("entered-in-error"),
        report("preliminary", valueString="*1/*3A"),
        report("preliminary", dataAbsentReason={"text": "not performed"}),
        report(
            "preliminary",
            BY_COMPONENT,
            component=[studied("TPMT"), studied("TPMT") | {"code": {"text": "x"}}],
        ),
        report("registered", "718-7"),
        report("registered", modifierExtension=[{"url": "x", "valueBoolean": True}]),
    ],
)
def test_what_has_a_value_or_will_have_none_is_not_pending(resource):
    assert pending(resource) == ()
