"""The worked additions of CONTRIBUTING.md, done on a copy of the repository."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(
    r"^```\w+\n# (file|insert|append|run)(?:: (\S+))?(?: (after|before): ([^\n]+))?\n(.*?)^```$", re.M | re.S
)
STORY = "unweighed-child"
COPIED = ("cards", "fhir_mappers", "cds_service", "tests", "docs", "fixtures")
CHECKED = (
    "tests/cards/rules/circumstances/test_unweighed_child.py",
    "tests/test_catalogue.py",
    "tests/test_clinical_content.py",
    "tests/test_analytes.py",
    "tests/cards/knowledge/test_sentences.py",
    f"tests/test_stories.py::test_story[{STORY}]",
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    copy = tmp_path_factory.mktemp("contributing")
    for name in COPIED:
        shutil.copytree(
            ROOT / name, copy / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
        )
    for name in ("pyproject.toml", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, copy)
    for block in BLOCK.finditer((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        if block[1] == "run":
            write_story(copy)
            for line in block[5].splitlines():
                run(
                    copy,
                    *line.partition("#")[0].split()[1:],
                    program="from cds_service.cli.main import main; main()",
                )
        else:
            write(copy / block[2], *block.groups())
    return copy


def write(file, what, _name, where, line, content):
    if what == "file":
        assert not file.exists()
        file.write_text(content, encoding="utf-8")
        return
    text = file.read_text(encoding="utf-8")
    if what == "append":
        file.write_text(text + content, encoding="utf-8")
        return
    lines: list[str] = []
    for known in text.splitlines():
        indent = known[: len(known) - len(known.lstrip())]
        added = [f"{indent}{new}" for new in content.splitlines()] if known.strip() == line else []
        lines += [known, *added] if where == "after" else [*added, known]
    assert len(lines) > len(text.splitlines()), f"{file.name} has no line {line!r}"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_story(copy):
    """A child of ten with an order of 50 mg, and no weight."""
    folder = copy / "fixtures" / "stories" / STORY
    folder.mkdir()
    request = json.loads((copy / "fixtures/requests/order-sign.json").read_bytes())
    request["context"]["draftOrders"]["entry"] = request["context"]["draftOrders"]["entry"][:1]
    request["prefetch"]["patient"]["birthDate"] = "2016-05-01"
    request["prefetch"]["vitals"]["entry"] = []
    (folder / "request.json").write_text(json.dumps(request))
    (folder / "settings.json").write_text(json.dumps({"as_of": "2026-11-20T09:00:00", "timezone": "UTC"}))
    (folder / "README.md").write_text("A child without a weight on record is weighed first.\n")


def run(copy, *arguments, program=None):
    command = [sys.executable, *(("-c", program) if program else ()), *arguments]
    done = subprocess.run(
        command,
        cwd=copy,
        env={"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-2_000:]
    return done.stdout


def test_the_additions_pass_their_tests(repository):
    run(repository, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CHECKED)


def test_the_rule_speaks_in_its_story(repository):
    page = (repository / "fixtures/stories" / STORY / "cards.md").read_text()

    assert "Azathioprine: no weight on record; weigh the child" in page


def test_the_name_is_read(repository):
    said = run(
        repository,
        program="from fhir_mappers.terminology.synonyms import mentioned; "
        "print([one.concept for one in mentioned('Azaexample 50 mg', 'drug')])",
    )

    assert said == "['azathioprine']\n"
