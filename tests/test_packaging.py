"""What leaves this repository: package data, exact versions, licence, and nothing private."""

import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

from tests.security.sbom import needed_by

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PACKAGES = ("cards", "fhir_mappers", "cds_service")
# All that `pip install thiopurine-cds` brings besides itself: each is looked after for as long as it is here.
SERVICE_ALONE = {
    "alembic", "annotated-types", "blinker", "certifi", "cffi", "charset-normalizer", "click", "cryptography",
    "fhir-core", "fhir-resources", "flask", "gunicorn", "idna", "itsdangerous", "jinja2", "mako", "markdown-it-py",
    "markupsafe", "mdurl", "msgspec", "prometheus-client", "pycparser", "pydantic", "pydantic-core",
    "pydantic-settings", "pygments", "pyjwt", "python-dotenv", "requests", "rich", "sqlalchemy", "structlog",
    "typing-extensions", "typing-inspection", "tzdata", "urllib3", "werkzeug",
}  # fmt: skip
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


def test_the_service_alone_brings_these_distributions_and_no_other():
    assert needed_by(PROJECT["name"]) == SERVICE_ALONE


def test_constraints_are_exact_and_name_no_registry():
    assert [line for line in CONSTRAINTS if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []


def test_the_wheel_holds_the_softwares_own_tables_and_no_release(tmp_path):
    for part in ("pyproject.toml", "README.md", "LICENSE", *PACKAGES):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    build = "import setuptools; setuptools.setup()", "--quiet", "build_py", "--build-lib", "wheel"
    subprocess.run([sys.executable, "-c", *build], cwd=tmp_path, check=True, capture_output=True)

    found = {
        name: [file.relative_to(tmp_path / "wheel").as_posix() for file in (tmp_path / "wheel").rglob(name)]
        for name in ("release.toml", "count_limits.csv")
    }
    assert found == {
        "release.toml": ["cards/knowledge/release.toml"],
        "count_limits.csv": ["cards/knowledge/tables/count_limits.csv"],
    }


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
