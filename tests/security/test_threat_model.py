"""The threat model: every threat names tests, and they exist."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODEL = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/\S+?\.py)::(\w+)`", MODEL)
THREATS = MODEL.partition("\n## ")[0].splitlines()
ROWS = [line for line in THREATS if line.startswith("| ") and not line.startswith("| Threat")]


def test_every_threat_names_a_test():
    assert len(ROWS) >= 40
    assert [row for row in ROWS if "`tests/" not in row] == []


def test_the_tests_that_it_names_exist():
    missing = [f"{path}::{name}" for path, name in NAMED if name not in functions_in(ROOT / path)]

    assert NAMED
    assert missing == []


@cache
def functions_in(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
