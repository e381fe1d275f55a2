"""What leaves this repository: package data, exact versions, licence, and nothing private."""

import re
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PACKAGES = ("cards", "fhir_mappers", "cds_service")
CONSTRAINTS = (ROOT / "constraints.txt").read_text().splitlines()


def distribution(requirement: str) -> str:
    return re.split(r"[<>=!~\[; ]", requirement)[0].lower().replace("_", "-")


def test_the_command_is_installed():
    (command,) = entry_points(group="console_scripts", name="thiopurine-cds")

    assert (command.value, version("thiopurine-cds")) == ("cds_service.cli.main:main", PROJECT["version"])


def test_every_dependency_is_pinned_for_installs_from_here():
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]

    pinned = {distribution(line) for line in CONSTRAINTS}

    assert [one for one in map(distribution, wanted) if one not in {*pinned, PROJECT["name"]}] == []


def test_constraints_are_exact_and_name_no_registry():
    assert [line for line in CONSTRAINTS if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_package_data_is_declared(package):
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    suffixes = {pattern.removeprefix("*") for pattern in declared}

    found = {path.suffix for path in (ROOT / package).rglob("*") if path.is_file()}

    assert found - {".py", ".pyc"} <= suffixes


def test_every_folder_with_modules_is_a_package():
    folders = {path.parent for package in PACKAGES for path in (ROOT / package).rglob("*.py")}

    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_licence_is_apache():
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    assert PROJECT["license"]["text"] == "Apache-2.0"
