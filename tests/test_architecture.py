"""Who may import whom: the arrows of the picture in the README, and those between the rooms of each package."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("cards", "fhir_mappers", "cds_service")

# A module may import what stands beside the longest prefix of its name, and its own package's parts below it.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "cards": (),
    "cards.model": ("cards.model",),
    "cards.knowledge": ("cards.knowledge", "cards.card", "cards.model", "cards.wording"),
    "cards.card": ("cards.model",),
    "cards.finding": ("cards.card", "cards.knowledge", "cards.model"),
    "cards.wording": ("cards.model",),
    "cards.assessment": (
        "cards.assessment",
        "cards.wording",
        "cards.finding",
        "cards.card",
        "cards.knowledge",
        "cards.model",
    ),
    "cards.rules": (
        "cards.rules",
        "cards.assessment",
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
# What each room may import of its own package; a module of the root is named with a slash. The order is the order of
# the layers: nothing imports what stands below it.
ROOMS: dict[str, dict[str, tuple[str, ...]]] = {
    "fhir_mappers": {
        "json": (),
        "/context": ("json",),
        "terminology": ("json",),
        "bundle": ("json", "terminology"),
        "results": ("/context", "bundle", "json", "terminology"),
        "genes": ("/context", "json", "results", "terminology"),
        "records": ("/context", "bundle", "json", "terminology"),
        "medications": ("/context", "bundle", "json", "records", "terminology"),
        "/mappers": ("/context", "json", "medications", "records", "results"),
        "/crashes": ("/mappers", "bundle", "terminology"),
        "not_used": ("/context", "bundle", "json", "records", "results", "terminology"),
        "/sound_reading": ("/crashes", "/mappers", "bundle"),
        "/chart": (
            *("/context", "/crashes", "/mappers", "/sound_reading"),
            *("bundle", "genes", "json", "not_used", "records", "results"),
        ),
        "/ledger": ("/chart", "bundle", "json"),
    },
    "cds_service": {
        "/errors": (),
        "/extras": (),
        "/logs": (),
        "/policy_file": (),
        "net": (),
        "wire": ("/errors", "/logs"),
        "access": ("/errors", "net", "wire"),
        "hooks": ("/errors", "access", "wire"),
        "chart_sources": ("access", "hooks", "net"),
        "answering": ("/errors", "/logs", "/policy_file", "chart_sources", "hooks", "wire"),
        "/evaluation": ("answering", "hooks"),
        "/settings": ("/policy_file", "access", "net"),
        "memory": ("/errors", "/logs", "/settings", "answering", "hooks", "wire"),
        "health": (
            "/errors",
            "/evaluation",
            "/logs",
            "access",
            "answering",
            "chart_sources",
            "hooks",
            "memory",
            "wire",
        ),
        "inspection": ("answering", "chart_sources", "hooks"),
        "ehr": ("/evaluation", "/policy_file", "/settings", "hooks", "memory", "wire"),
        "workbench": ("answering", "chart_sources", "hooks", "inspection", "memory"),
        "replay": ("/errors", "/logs", "/policy_file", "answering", "chart_sources", "hooks", "workbench"),
        "endpoints": (
            *("/errors", "/extras", "/logs", "/settings", "access", "answering", "chart_sources"),
            *("health", "hooks", "inspection", "memory", "wire", "workbench"),
        ),
        "/app": (
            *("/logs", "/settings", "access", "chart_sources", "endpoints", "health", "memory", "wire"),
        ),
        "server": (
            *("/app", "/errors", "/logs", "/settings", "answering", "endpoints", "health", "memory"),
            "net",
        ),
        "cli": (
            *(
                "/errors",
                "/evaluation",
                "/extras",
                "/logs",
                "/policy_file",
                "/settings",
                "access",
                "answering",
            ),
            *("ehr", "hooks", "inspection", "memory", "replay", "server", "workbench"),
        ),
    },
}
MOST_LOOSE_MODULES = 8  # in the root of a package
NOT_IN_CARDS = ("flask", "fhir", "requests", "sqlalchemy", "msgspec", "socket", "urllib", "time")
# Names by which a mapper would know the day.
NO_DAY = {"as_current", "as_of", "now", "today", "utcnow"}
# What keeps a value for the whole process.
CACHES = {"cache", "cached_property", "lru_cache"}
MUTABLE = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
MUTABLE_CLASSES = {"Counter", "defaultdict", "deque", "dict", "list", "set"}
NOT_IN_MAPPERS = ("flask", "requests", "sqlalchemy", "socket", "time", "urllib")


def modules() -> Iterator[tuple[str, Path]]:
    for package in OURS:
        for file in sorted((ROOT / package).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts).removesuffix(".__init__"), file


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imports_and_classes(file: Path) -> tuple[tuple[ast.Import | ast.ImportFrom, ...], tuple[str, ...]]:
    """The imports of a module, and the names of its classes: most tests here ask for them of every module."""
    nodes = tuple(ast.walk(parsed(file)))
    return (
        tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)),
        tuple(node.name for node in nodes if isinstance(node, ast.ClassDef)),
    )


def imports_of(file: Path) -> Iterator[str]:
    for node in imports_and_classes(file)[0]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            assert not node.level, f"{file}: relative import"
            yield node.module or ""


def is_below(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_imports_run_one_way():
    forbidden = [
        f"{module} imports {name}"
        for module, file in modules()
        for name in imports_of(file)
        if name.split(".")[0] in OURS and not any(is_below(name, allowed) for allowed in allowed_to(module))
    ]

    assert forbidden == []


def allowed_to(module: str) -> tuple[str, ...]:
    return MAY_IMPORT[max((name for name in MAY_IMPORT if is_below(module, name)), key=len)]


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


def room_of(module: str) -> str:
    """The room of a module in its package: its folder, or its own name with a slash in the root."""
    _package, _, rest = module.partition(".")
    first, _, below = rest.partition(".")
    return first if below or (ROOT / module.replace(".", "/")).is_dir() else f"/{first}"


def imported_modules(file: Path, package: str) -> Iterator[str]:
    """The modules of the package that a file imports, also where it names them as parts of a package."""
    for node in imports_and_classes(file)[0]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if is_below(alias.name, package))
        elif node.module and is_below(node.module, package):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if (ROOT / f"{inner.replace('.', '/')}.py").is_file() else node.module


def arrows(package: str) -> set[tuple[str, str]]:
    return {
        (room_of(module), room_of(imported))
        for module, file in modules()
        if is_below(module, package) and module != package
        for imported in imported_modules(file, package)
        if imported != package and room_of(module) != room_of(imported)
    }


@pytest.mark.parametrize("package", ROOMS)
def test_every_module_lies_in_a_room(package):
    found = {room_of(module) for module, _ in modules() if is_below(module, package) and module != package}

    assert found == set(ROOMS[package])


@pytest.mark.parametrize("package", ROOMS)
def test_rooms_import_what_the_table_allows_and_no_arrow_of_the_table_is_idle(package):
    allowed = {(room, other) for room, others in ROOMS[package].items() for other in others}

    found = arrows(package)

    assert (found - allowed, allowed - found) == (set(), set())


@pytest.mark.parametrize("package", ROOMS)
def test_the_table_of_rooms_has_no_circle(package):
    layers = list(ROOMS[package])

    upward = [
        (room, other)
        for room, others in ROOMS[package].items()
        for other in others
        if layers.index(other) >= layers.index(room)
    ]
    assert upward == []


@pytest.mark.parametrize("package", ROOMS)
def test_few_modules_are_loose(package):
    loose = [path.name for path in (ROOT / package).glob("*.py")]

    assert len(loose) <= MOST_LOOSE_MODULES, loose


def test_every_class_has_a_name_of_its_own():
    """A private class counts too: `_Limit` beside `Limit` is the same word for two things."""
    places: dict[str, list[str]] = {}
    for module, file in modules():
        for name in imports_and_classes(file)[1]:
            places.setdefault(name.lstrip("_"), []).append(module)

    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_no_table_stands_in_two_modules():
    """A dict of two rows, or a tuple of three members, that two modules need has one home and two importers."""
    homes: dict[str, list[str]] = {}
    for module, file in modules():
        for node in parsed(file).body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=[_, _, *_]) as table):
                    homes.setdefault(ast.unparse(table), []).append(f"{module}.{name}")
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple(elts=[_, _, _, *_]) as table):
                    homes.setdefault(ast.unparse(table), []).append(f"{module}.{name}")

    assert [names for names in homes.values() if len(names) > 1] == []


def test_the_page_of_errors_names_every_error():
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    defined = {
        name for _, file in modules() for name in imports_and_classes(file)[1] if name.endswith("Error")
    }

    assert set(re.findall(r"\b_?[A-Z]\w+Error\b", page)) == defined


def mappers() -> Iterator[tuple[str, Path]]:
    """Every module but the one that writes the day on which a test is ordered."""
    for name, file in modules():
        if is_below(name, "fhir_mappers") and name != "fhir_mappers.medications.draft_orders":
            yield name, file


def test_mapping_knows_no_today():
    assert [(name, word) for name, file in mappers() for word in sorted(words_in(file) & NO_DAY)] == []


def words_in(file: Path) -> set[str]:
    """The names that a module uses: of values, attributes, arguments and what it imports."""
    found: set[str] = set()
    for node in ast.walk(parsed(file)):
        for field in ("id", "attr", "arg", "name", "module"):
            named = getattr(node, field, None)
            found |= {named} if isinstance(named, str) else set()
    return found


@pytest.mark.parametrize(
    "line",
    [
        "date.today()",
        "datetime.now(UTC)",
        "def mapper(resource, as_of): ...",
        "mapper(resource, as_of=when)",
        "context.today",
        "today = 1",
        "from cards.model.dates import as_current",
    ],
)
def test_a_module_that_knows_the_day_is_found(tmp_path, line):
    module = tmp_path / "module.py"
    module.write_text(line, encoding="utf-8")

    assert words_in(module) & NO_DAY


def knowledge_modules() -> Iterator[tuple[str, Path]]:
    return ((name, file) for name, file in modules() if is_below(name, "cards.knowledge"))


def test_knowledge_keeps_nothing_for_the_process():
    kept = {name: kept_for_the_process(parsed(file)) for name, file in knowledge_modules()}

    assert {name: found for name, found in kept.items() if found} == {}


def kept_for_the_process(module: ast.Module) -> list[str]:
    """What would outlive a value: a cache, a global that a function sets, a list, set or dict of the module."""
    caches = [name for node in ast.walk(module) for name in names_of(node) if name in CACHES]
    assigned = [node for node in module.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    mutable = [
        ast.unparse(node) for node in assigned if isinstance(node.value, MUTABLE) or is_made(node.value)
    ]
    set_ = [
        ast.unparse(node)
        for node in ast.walk(module)
        if isinstance(node, ast.Global) or sets_class(node, module)
    ]
    return [*caches, *mutable, *set_]


def sets_class(node: ast.AST, module: ast.Module) -> bool:
    """Whether a statement sets an attribute of a class of the module, which is a global too."""
    classes = {one.name for one in module.body if isinstance(one, ast.ClassDef)}
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(
        isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id in classes
        for one in targets
    )


def names_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom | ast.Import):
        yield from (alias.name.rpartition(".")[2] for alias in node.names)
    elif isinstance(node, ast.Attribute):
        yield node.attr


def is_made(value: ast.expr | None) -> bool:
    """Whether a value is a collection made by its class."""
    return (
        isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in MUTABLE_CLASSES
    )


@pytest.mark.parametrize(
    "text",
    [
        "from functools import cache",
        "from functools import lru_cache",
        "import functools\n@functools.cache\ndef rows(): ...",
        "from functools import cached_property",
        "_ROWS = {}",
        "_ROWS: list[str] = []",
        "_ROWS = [row for row in ()]",
        "_ROWS = dict()",
        "_ROWS = defaultdict(list)",
        "def use(version):\n    global _VERSION\n    _VERSION = version",
        "class Chosen:\n    version = None\ndef use(version):\n    Chosen.version = version",
    ],
)
def test_what_knowledge_would_keep_is_found(text):
    assert kept_for_the_process(ast.parse(text))


@pytest.mark.parametrize("text", ["_ROWS = MappingProxyType({1: 2})", "_ROWS = (1, 2)", "_NAME = 'rows'"])
def test_what_cannot_change_may_stay(text):
    assert kept_for_the_process(ast.parse(text)) == []
