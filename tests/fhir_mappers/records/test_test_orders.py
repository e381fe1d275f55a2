"""Test orders: each fixture is named for its trap."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from cards.model.facts import FactKind, UnreadReason
from cards.model.tests_ordered import OrderableTest, TestOrder
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import clinical_date
from fhir_mappers.records.test_orders import test_order as read_test_order

FIXTURES = Path(__file__).parents[3] / "fixtures" / "fhir" / "orders"
CONTEXT = MapContext(zone=UTC, record_ref="X/1", is_draft=True)


def day(text):
    return clinical_date(text, UTC)


def resource(name):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


ORDERS = {
    "test_activity_in_words": (TestOrder("X/1", frozenset({OrderableTest.TPMT_ACTIVITY}), True),),
    "test_both_genes_in_one_panel": (
        TestOrder("X/1", frozenset({OrderableTest.NUDT15, OrderableTest.TPMT}), True),
    ),
    "test_by_cpt": (TestOrder("X/1", frozenset({OrderableTest.TPMT}), True),),
    "test_cbc_in_words": (TestOrder("X/1", frozenset({OrderableTest.BLOOD_COUNT}), True),),
    "test_cbc_panel": (
        TestOrder("X/1", frozenset({OrderableTest.BLOOD_COUNT}), True, ordered_on=day("2026-03-01")),
    ),
    "test_completed": (),
    "test_comprehensive_panel_covers_creatinine": (
        TestOrder("X/1", frozenset({OrderableTest.CREATININE, OrderableTest.LIVER_TESTS}), True),
    ),
    "test_genotype_in_words": (
        TestOrder("X/1", frozenset({OrderableTest.NUDT15, OrderableTest.TPMT}), True),
    ),
    "test_not_to_be_performed": (),
    "test_of_something_else": (),
    "test_tpmt_genotype": (TestOrder("X/1", frozenset({OrderableTest.TPMT}), True),),
}


@pytest.mark.parametrize("name", ORDERS)
def test_an_open_order_covers_the_tests_of_its_panel(name):
    assert read_test_order(resource(name), CONTEXT) == ORDERS[name]


def test_every_fixture_is_in_the_table():
    assert {path.stem for path in FIXTURES.glob("test_*.json")} == set(ORDERS)


@pytest.mark.parametrize(("status", "is_draft"), [("active", False), ("on-hold", False), ("draft", True)])
def test_an_order_placed_is_not_a_draft(status, is_draft):
    placed = MapContext(zone=UTC, record_ref="X/1")

    (order,) = read_test_order({**resource("test_tpmt_genotype"), "status": status}, placed)

    assert order.is_draft is is_draft


@pytest.mark.parametrize("status", ["unknown", "fertig"])
def test_a_status_that_does_not_say_whether_it_is_open_is_told(status):
    order = resource("test_tpmt_genotype") | {"status": status}

    (note,) = read_test_order(order, CONTEXT)
    assert (note.kind, note.reason) == (FactKind.ORDERED_TESTS, UnreadReason.STATUS)
    assert note.in_words == "a test ordered not used: its status does not say whether it is still to be done"
    assert read_test_order(resource("test_of_something_else") | {"status": status}, CONTEXT) == ()
