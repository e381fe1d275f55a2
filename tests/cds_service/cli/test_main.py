import json
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from cds_service.cli.main import main

REQUEST = Path(__file__).parents[3] / "fixtures" / "requests" / "order-sign.json"


def run(*arguments, **more):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], **more)


def test_says_its_version():
    assert run("--version").output == f"thiopurine-cds, version {version('thiopurine-cds')}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["evaluate", "--help"]])
def test_help_is_there(arguments):
    result = run(*arguments)

    assert (result.exit_code, "Usage:" in result.output) == (0, True)


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
        (["evaluate", "no-such-file.json"], "No such file"),
        (["evaluate", REQUEST, "--as-of", "yesterday"], "expected 2026-03-09"),
        (["evaluate", REQUEST, "--timezone", "Middle/Earth"], "expected an IANA name"),
        (["serve", "--port", "99999"], "not in the range"),
        (["serve", "--clients", "nowhere.toml", "--public-url", "https://a.example"], "No such file"),
        (["serve", "--allow-fhir-server", "http://a.example"], "plain http is for this machine only"),
        (["serve", "--host", "0.0.0.0"], "pass --insecure"),  # noqa: S104 -- it is refused
        (["serve", "--host", "ehr.example.org"], "pass --insecure"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_to_do(arguments, said):
    result = run(*arguments)

    assert (result.exit_code, said in result.output) == (2, True)


@pytest.mark.parametrize("command", sorted(main.commands))
def test_help_keeps_its_lines(command):
    output = CliRunner().invoke(main, [command, "--help"]).output

    assert "\\b" not in output
    assert "\b" not in output
