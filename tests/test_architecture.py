"""Who may import whom: the arrows of the picture in the README."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("cards", "fhir_mappers", "cds_service")

# A module may import what stands beside the longest prefix of its name, and its own package's parts below it.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "cards": (),
    "cards.model": ("cards.model",),
    "cards.knowledge": ("cards.knowledge", "cards.card", "cards.model"),
    "cards.card": ("cards.model",),
    "cards.finding": ("cards.card", "cards.knowledge", "cards.model"),
    "cards.wording": ("cards.card", "cards.finding", "cards.knowledge", "cards.model"),
    "cards.case": (
        "cards.case",
        "cards.wording",
        "cards.finding",
        "cards.card",
        "cards.knowledge",
        "cards.model",
    ),
    "cards.rules": (
        "cards.rules",
        "cards.case",
        "cards.wording",
        "cards.finding",
        "cards.card",
        "cards.knowledge",
        "cards.model",
    ),
    "cards.composer": ("cards",),
    "cards.engine": ("cards",),
    "fhir_mappers": ("fhir_mappers", "cards.model"),
    "cds_service": ("cds_service", "fhir_mappers", "cards"),
    "tests": ("tests", *OURS),
}
NOT_IN_CARDS = ("flask", "fhir", "requests", "sqlalchemy", "msgspec", "socket", "urllib", "time")
NOT_IN_MAPPERS = ("flask", "requests", "sqlalchemy", "socket", "urllib")


def modules() -> Iterator[tuple[str, Path]]:
    for package in OURS:
        for file in sorted((ROOT / package).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts).removesuffix(".__init__"), file


def imports_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: relative import"
            yield node.module or ""


def is_below(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@pytest.mark.parametrize(("module", "file"), [pytest.param(*each, id=each[0]) for each in modules()])
def test_imports_run_one_way(module, file):
    rule = max((name for name in MAY_IMPORT if is_below(module, name)), key=len)

    forbidden = [
        name
        for name in imports_of(file)
        if name.split(".")[0] in OURS and not any(is_below(name, allowed) for allowed in MAY_IMPORT[rule])
    ]

    assert forbidden == []


@pytest.mark.parametrize(
    ("package", "outside"),
    [("cards", NOT_IN_CARDS), ("fhir_mappers", NOT_IN_MAPPERS)],
    ids=lambda value: str(value)[:12],
)
def test_the_inside_knows_no_outside(package, outside):
    found = [
        (module, name)
        for module, file in modules()
        if is_below(module, package)
        for name in imports_of(file)
        if name.split(".")[0] in outside
    ]

    assert found == []
