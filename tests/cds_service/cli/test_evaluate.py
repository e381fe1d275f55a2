import json
from pathlib import Path

import pytest

from tests.cds_service.cli.conftest import run

REQUEST = Path(__file__).parents[3] / "fixtures" / "requests" / "order-sign.json"


def test_evaluate_prints_the_same_cards_each_time():
    arguments = ("evaluate", REQUEST, "--as-of", "2026-11-20", "--timezone", "Europe/Zurich", "--number-ids")

    first, second = run(*arguments), run(*arguments)

    assert (first.exit_code, first.output) == (0, second.output)
    assert json.loads(first.output)["cards"][0]["uuid"] == "card-1"


def test_evaluate_reads_standard_input():
    result = run("evaluate", "-", "--as-of", "2026-11-20T08:30:00+01:00", input=REQUEST.read_bytes())

    assert (result.exit_code, len(json.loads(result.output)["cards"]) > 0) == (0, True)


@pytest.mark.parametrize(
    "body", ["{", "{}", '{"hook": "order-dispatch", "hookInstance": "1", "context": {}}']
)
def test_a_refused_request_exits_with_3_and_says_why(body):
    result = run("evaluate", "-", input=body)

    assert result.exit_code == 3
    assert json.loads(result.output)["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-file.json"], "No such file"),
        ([REQUEST, "--as-of", "yesterday"], "expected 2026-03-09"),
        ([REQUEST, "--timezone", "Middle/Earth"], "expected an IANA name"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_to_do(arguments, said):
    result = run("evaluate", *arguments)

    assert (result.exit_code, said in result.output) == (2, True)


def test_evaluate_follows_a_policy(tmp_path):
    quiet = tmp_path / "quiet.toml"
    quiet.write_text("max_cards = 2", encoding="utf-8")

    usual, fewer = (
        json.loads(run("evaluate", REQUEST, "--as-of", "2026-11-20", *more).output)["cards"]
        for more in ((), ("--policy", quiet))
    )

    critical = [card for card in usual if card["indicator"] == "critical"]
    assert len(fewer) == max(2, len(critical)) < len(usual)
    assert "not shown here" in fewer[-1]["detail"]
