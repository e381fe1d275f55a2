"""Without an extra the rest works, and what needs it says in one sentence how to install it."""

import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from cds_service import extras
from cds_service.app import create_app
from cds_service.cli.main import main
from cds_service.settings import Settings

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


@pytest.fixture
def without(monkeypatch):
    def hidden(*modules):
        monkeypatch.setattr(extras, "find_spec", lambda name: None if name in modules else find_spec(name))

    return hidden


@pytest.mark.parametrize("command", [["replay", "SOURCE", "--out", "OUT"], ["screen", "SOURCE"]])
@pytest.mark.parametrize("module", ["duckdb", "pyarrow", "fsspec"])
def test_a_command_whose_extra_is_missing_says_how_to_install_it(without, command, module, tmp_path):
    without(module)

    result = CliRunner().invoke(main, [word if word != "OUT" else str(tmp_path) for word in command])

    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == (
        "Error: this part is not installed: pip install 'thiopurine-cds[replay]'"
    )


def test_the_service_without_its_page_still_answers(without, tmp_path):
    without("nh3")

    client = create_app(Settings(database_url=f"sqlite:///{tmp_path}/own.sqlite3")).test_client()

    assert (client.get("/").status_code, client.get("/cds-services").status_code) == (404, 200)


@pytest.mark.parametrize("name", extras.EXTRAS)
def test_every_extra_is_declared_and_installed_for_the_tests(name):
    assert name in PROJECT["optional-dependencies"]
    assert extras.missing_extra(name) is None
