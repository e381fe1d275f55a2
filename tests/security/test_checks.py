"""The checks of `make check` and `make sbom`: each sees what it is for; what it overlooks has a reason."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.security.audit import is_fresh, verdict
from tests.security.sbom import sbom
from tests.security.secret_scan import ALLOWED, ROOT, Found, not_allowed, secrets_in, worth_a_scan
from tests.test_packaging import PROJECT, distribution

pytestmark = pytest.mark.slow

PINNED = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines())


def planted():
    """Secrets made up here, so that no file holds one."""
    return f'password = "{"Tr0ub4dor" + "&3xyz"}"\ntoken = "ghp_{"aB3d" * 9}"\n-----BEGIN RSA {"PRIVATE"} KEY-----\n'


def test_the_secret_scan_sees_secrets(tmp_path):
    (tmp_path / "settings.py").write_text(planted())

    found = secrets_in("settings.py", tmp_path)

    assert {one.kind for one in found} == {"Secret Keyword", "GitHub Token", "Private Key"}
    assert list(not_allowed(found)) == found


def test_of_json_only_the_files_with_a_line_that_looks_like_a_secret_are_worth_a_scan(tmp_path):
    """Its lines are looked at apart, each once, wherever they stand."""
    key = f'"token": "ghp_{"aB3d" * 9}"'
    files = {
        "quiet.json": '{\n  "status": "active",\n  "code": "6690-2"\n}\n',
        "also.json": '{\n  "status": "active"\n}\n',
        "deep.json": f'{{\n  "status": "active",\n  {key}\n}}\n',
        "again.json": f"{{\n  {key}\n}}\n",
        "one_line.json": f"{{{key}}}",
        "windows.json": f"{{\r\n  {key}\r\n}}\r\n",
        "section.json": f"[keys]\ntoken = ghp_{'aB3d' * 9}\n",
        "quiet.py": "status = 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_bytes(text.encode())

    worth = set(worth_a_scan(files, tmp_path))

    assert files.keys() - worth == {"quiet.json", "also.json"}
    assert {name for name in files if secrets_in(name, tmp_path)} == worth - {"quiet.py"}


def test_a_file_that_speaks_of_a_pragma_is_scanned_itself(tmp_path):
    (tmp_path / "a.json").write_text('{\n"pragma": "no-cache"\n}\n')

    assert [*worth_a_scan(["a.json"], tmp_path)] == ["a.json"]


def test_the_lines_of_all_json_are_looked_at_however_many_they_are(tmp_path):
    lines = ",\n".join(f'"line{number}": {number}' for number in range(9_000))
    secret = f'"zzz": "ghp_{"aB3d" * 9}"'
    (tmp_path / "a.json").write_text(f"{{\n{lines}\n}}\n")
    (tmp_path / "b.json").write_text(f"{{\n{lines},\n{secret}\n}}\n")

    assert [*worth_a_scan(["a.json", "b.json"], tmp_path)] == ["b.json"]


@pytest.mark.parametrize("allowed", ALLOWED, ids=lambda one: f"{one.files} {one.kind}")
def test_what_is_allowed_is_still_there(allowed):
    counts = [
        sum(one.kind == allowed.kind for one in secrets_in(str(file.relative_to(ROOT))))
        for file in ROOT.glob(allowed.files)
    ]

    assert 0 < max(counts) <= allowed.count
    assert allowed.reason


def test_one_more_secret_in_an_allowed_file_is_not_allowed():
    three = [Found("docs/deployment/kubernetes.yaml", line, "Secret Keyword") for line in (1, 2, 3)]

    assert list(not_allowed(three)) == three[2:]


def test_make_check_and_make_test_run_every_check():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^CHECKS := (.*)$", makefile, re.MULTILINE)

    assert sorted(listed.split()) == sorted(re.findall(r"^(check-[\w-]+):", makefile, re.MULTILINE))
    assert re.findall(r"^(\w+):.*\n\t@\$\(SIDE_BY_SIDE\) \$\(CHECKS\)", makefile, re.MULTILINE) == [
        "test",
        "check",
    ]


def test_bandit_sees_what_is_unsafe(tmp_path):
    (tmp_path / "unsafe.py").write_text("import pickle\n\npickle.loads(input())\n")

    run = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-c", "pyproject.toml", "-f", "json", "-r", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1
    assert [one["test_id"] for one in json.loads(run.stdout)["results"]] == ["B403", "B301"]


def test_what_bandit_overlooks_has_a_reason():
    lines = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for package in ("cards", "fhir_mappers", "cds_service")
        for path in (ROOT / package).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "nosec" in line
    ]

    assert lines
    assert [line for line in lines if not re.search(r"# nosec B\d{3}  # \w.+$", line)] == []


@pytest.mark.parametrize(
    ("output", "complaint", "told", "holds"),
    [
        ("", "requests.exceptions.ConnectionError: HTTPSConnectionPool",
         "pip-audit: the database could not be reached: NO dependency was checked", True),
        ("", "error: unrecognized arguments", "pip-audit failed:\nerror: unrecognized arguments", False),
        ({"dependencies": [{"name": "flask", "version": "3.1.3", "vulns": []}]}, "",
         "pip-audit: nothing known against 1 of 1 dependencies", True),
        ({"dependencies": [{"name": "flask", "version": "3.1.3", "vulns": []},
                           {"name": "ours", "skip_reason": "not found"}]}, "",
         "pip-audit: nothing known against 1 of 2 dependencies; NOT checked: ours", True),
        ({"dependencies": [{"name": "flask", "version": "0.1", "vulns": [{"id": "CVE-1", "fix_versions": ["0.2"]}]}]},
         "Found 1 known vulnerability", "pip-audit: known vulnerabilities\n  flask 0.1: CVE-1, mended in 0.2", False),
    ],
)  # fmt: skip
def test_an_audit_that_was_not_done_is_told_and_only_a_vulnerability_or_a_fault_fails(
    output, complaint, told, holds
):
    assert verdict(json.dumps(output) if output else "", complaint) == (told, holds)


@pytest.mark.parametrize(
    ("audited_at", "pinned_at", "fresh"),
    [(1_000, 900, True), (1_000, 1_001, False), (-90_000, -99_000, False)],
)
def test_an_audit_holds_for_a_day_and_for_these_versions(tmp_path, audited_at, pinned_at, fresh):
    now = 1_000_000
    stamp, pinned = tmp_path / "stamp", tmp_path / "constraints.txt"
    for file, at in ((stamp, audited_at), (pinned, pinned_at)):
        file.touch()
        os.utime(file, (now - 2_000 + at, now - 2_000 + at))

    assert is_fresh(stamp, pinned, now) is fresh
    assert not is_fresh(tmp_path / "none", pinned, now)


@pytest.fixture(scope="module")
def described():
    return sbom()


def test_the_sbom_is_valid_cyclonedx(described):
    # Its imports take seven seconds, and every process of a test run would wait for them.
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(described)) is None


def test_the_sbom_holds_what_the_service_runs_with_at_the_pinned_versions(described):
    pinned = {canonicalize_name(name): version for name, version in PINNED.items()}
    found = {canonicalize_name(one["name"]): one["version"] for one in described["components"]}

    direct = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    assert direct | {"cryptography", "werkzeug", "jinja2", "certifi"} <= found.keys()
    assert found == {name: pinned[name] for name in found}


def test_the_sbom_holds_no_tool_and_no_test_dependency(described):
    found = {canonicalize_name(one["name"]) for one in described["components"]}
    of_tests = {distribution(line).replace("_", "-") for line in PROJECT["optional-dependencies"]["test"]}

    assert found & of_tests == set()


def test_the_sbom_is_the_same_each_time_and_names_no_place_of_this_machine(described):
    written = json.dumps(described)

    assert sbom() == described
    assert "timestamp" not in described["metadata"]
    assert "serialNumber" not in described
    assert [place for place in (str(ROOT), str(Path.home()), "file:", sys.prefix) if place in written] == []
