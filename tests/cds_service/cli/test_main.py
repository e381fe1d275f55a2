import subprocess
import sys
from importlib.metadata import version

import click
import pytest

from cds_service.cli.main import COMMANDS, main
from tests.cds_service.cli.conftest import run

_HELP = """
import sys
from cds_service.cli.main import main
main(["--help"], prog_name="thiopurine-cds", standalone_mode=False)
print(*(name for name in sys.modules if name.partition(".")[0] in ("cards", "fhir_mappers", "cds_service")))
"""


def test_says_its_version():
    assert run("--version").output == f"thiopurine-cds, version {version('thiopurine-cds')}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_found_by_its_name(name):
    command = main.get_command(click.Context(main), name)

    assert (command.name, command.short_help) == (name, None)  # its line stands in the table alone


def test_help_says_one_line_of_each_command():
    listed = run("--help").output.partition("Commands:\n")[2].partition("\n\n")[0]

    assert [line.split(maxsplit=1) for line in listed.splitlines()] == [
        [name, COMMANDS[name].short_help] for name in sorted(COMMANDS)
    ]


def test_help_imports_no_command():
    printed = subprocess.run([sys.executable, "-c", _HELP], capture_output=True, text=True, check=True).stdout

    assert sorted(printed.splitlines()[-1].split()) == [
        "cds_service",
        "cds_service.cli",
        "cds_service.cli.lazy_group",
        "cds_service.cli.main",
        "cds_service.extras",
    ]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_keeps_its_lines(command):
    result = run(command, "--help")

    assert (result.exit_code, "Usage:" in result.output) == (0, True)
    assert "\\b" not in result.output
    assert "\b" not in result.output
