"""No limit and no dose is read by its drug alone: each is asked with the protocol of the patient."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# The readers of limits and doses, each with the place of the protocol among its arguments.
READERS = {"count_limits": 1, "dose_statements": 3, "ceilings_mg_per_kg": 1, "band_limit": 1}
ASKING = ("cards/rules", "cards/assessment", "cards/composer", "cds_service")


def files() -> Iterator[Path]:
    for folder in ASKING:
        yield from sorted((ROOT / folder).rglob("*.py"))


def unasked(text: str) -> list[str]:
    """The calls of readers whose protocol is not the patient's."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in READERS
        and not _is_of_the_patient(node.args[READERS[node.func.attr] :])
    ]


def _is_of_the_patient(arguments: list[ast.expr]) -> bool:
    """Whether the argument comes from `Case.protocol`, or was handed on under the name of a protocol."""
    return len(arguments) == 1 and any(
        (isinstance(node, ast.Name) and node.id == "protocol")
        or (isinstance(node, ast.Attribute) and node.attr in ("protocol", "protocol_in"))
        for node in ast.walk(arguments[0])
    )


def test_every_reader_is_asked_with_the_protocol_of_the_patient():
    found = {str(file.relative_to(ROOT)): unasked(file.read_text(encoding="utf-8")) for file in files()}

    assert {file: calls for file, calls in found.items() if calls} == {}


def test_no_rule_makes_a_protocol_of_its_own():
    made = [
        str(file.relative_to(ROOT))
        for file in sorted((ROOT / "cards/rules").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Name) and node.id == "NOTHING_KNOWN")
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Protocol")
    ]

    assert made == []


@pytest.mark.parametrize(
    ("call", "is_unasked"),
    [
        ("monitoring.count_limits(tier, case.protocol(exposure))", False),
        ("monitoring.count_limits(tier, protocol)", False),
        ("doses.dose_statements(drug, only, kind, in_group_of(only, case.protocol(exposure)))", False),
        ("monitoring.count_limits(tier, Protocol(Group.IMMUNE))", True),
        ("monitoring.count_limits(tier, NOTHING_KNOWN)", True),
        ("monitoring.count_limits(tier)", True),
        ("doses.dose_statements(drug, only, kind)", True),
    ],
)
def test_a_reader_that_is_asked_by_drug_alone_is_found(call, is_unasked):
    assert bool(unasked(call)) is is_unasked
