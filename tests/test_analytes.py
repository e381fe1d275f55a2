"""One row an analyte: a forgotten part is named here."""

import ast
from functools import cache
from pathlib import Path

import pytest

from cards.model.labs import Analyte
from cds_service.hooks.prefetch_keys import all_keys
from fhir_mappers.terminology.codes import codes_of
from fhir_mappers.terminology.units import find

ROOT = Path(__file__).parents[1]
READERS = (ROOT / "cards" / "rules", ROOT / "cards" / "assessment", ROOT / "cards" / "composer")
TABLES = ROOT / "cards" / "knowledge" / "tables"

each_analyte = pytest.mark.parametrize("analyte", [pytest.param(one, id=one.value) for one in Analyte])


@cache
def names_read() -> frozenset[str]:
    """The members that a rule, a case or a table of limits names."""
    trees = (ast.parse(file.read_text()) for folder in READERS for file in folder.rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    in_code = {node.attr for node in nodes if isinstance(node.value, ast.Name) and node.value.id == "Analyte"}
    cells = {
        cell for table in TABLES.glob("*.csv") for cell in table.read_text().replace("\n", ",").split(",")
    }
    return frozenset(in_code | {one.name for one in Analyte if one.value in cells})


@each_analyte
def test_it_has_a_code(analyte):
    assert list(codes_of(analyte.value, "analyte")) != [], f"no row of codes.csv names {analyte.value!r}"


@each_analyte
def test_its_units_are_in_the_table(analyte):
    assert analyte.row.units == "" or find(analyte, analyte.unit), (
        f"units.csv has no {analyte.unit!r} in a group {analyte.row.units!r}"
    )
    assert bool(analyte.row.units) is bool(analyte.unit)


@each_analyte
def test_what_is_asked_of_an_ehr_is_read_by_a_rule_and_the_reverse(analyte):
    asked = any(code.code in key.query for key in all_keys() for code in codes_of(analyte.value, "analyte"))
    is_named = analyte.name in names_read()

    assert is_named is analyte.row.is_read, (
        f"{analyte.value}: is_read={analyte.row.is_read}, and {'a' if is_named else 'no'} rule reads it"
    )
    assert asked is analyte.row.is_read


@each_analyte
def test_its_range_says_why(analyte):
    plausible = analyte.row.plausible

    assert plausible.low < plausible.high
    assert bool(plausible.why) is (plausible.high != float("inf"))
