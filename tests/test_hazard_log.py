"""The hazard log: every hazard is whole, rated by the matrix, and shown by tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOG = (ROOT / "docs/hazard-log.md").read_text(encoding="utf-8")
SECTIONS = {
    title: " ".join(body.split())
    for title, body in re.findall(r"^## (H\d\d .+?)\n(.*?)(?=^## |\Z)", LOG, re.MULTILINE | re.DOTALL)
}
PARTS = ("Hazard", "Cause", "Effect", "Initial risk", "Control", "Residual risk", "Shown by")
SEVERITIES = ("minor", "significant", "considerable", "major", "catastrophic")


def matrix():
    rows = re.findall(r"^\| ((?:very )?(?:low|medium|high)) \| (\d(?: \| \d){4}) \|$", LOG, re.MULTILINE)
    return {
        (severity, likelihood): int(rating)
        for likelihood, ratings in rows
        for severity, rating in zip(SEVERITIES, ratings.split(" | "), strict=True)
    }


def risk(body, name):
    severity, likelihood, rating = re.search(rf"\*\*{name}\*\*: (\w+), ([\w ]+): (\d)", body).groups()
    return severity, likelihood, int(rating)


@cache
def functions_in(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_there_are_hazards_enough_and_they_are_numbered():
    numbers = [int(title[1:3]) for title in SECTIONS]

    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 20


@pytest.mark.parametrize("title", SECTIONS)
def test_a_hazard_is_whole(title):
    assert [part for part in PARTS if f"**{part}**:" not in SECTIONS[title]] == []


def test_the_matrix_is_whole():
    assert len(matrix()) == 25


@pytest.mark.parametrize("title", SECTIONS)
def test_a_risk_is_rated_by_the_matrix_and_the_control_lowers_it(title):
    initial, residual = (risk(SECTIONS[title], name) for name in ("Initial risk", "Residual risk"))

    assert (initial[2], residual[2]) == (matrix()[initial[:2]], matrix()[residual[:2]])
    assert initial[2] >= residual[2]
    assert initial[:2] != residual[:2]
    assert residual[2] <= 3  # 4 and 5 are not acceptable


@pytest.mark.parametrize("title", SECTIONS)
def test_the_tests_that_show_a_control_exist(title):
    named = re.findall(r"`(tests/\S+?\.py)::(\w+)`", SECTIONS[title])

    assert named
    assert [f"{path}::{test}" for path, test in named if test not in functions_in(path)] == []


def test_it_says_who_must_accept_what():
    assert "must" in LOG.split("clinical safety officer of the deploying organisation")[1][:120]
    assert "No clinical safety officer has reviewed or accepted it" in " ".join(LOG.split())
