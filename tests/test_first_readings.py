"""Two threads never read one type with msgspec for the first time at once: it would crash the process."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAY_READ_LATE = (
    "cds_service/access/clients.py",  # at the start, before there is another thread
    "cds_service/hooks/feedback.py",  # a part of a type that was read at import
    "cds_service/replay/",  # in processes of one thread
    "fhir_mappers/json/sure_shapes.py",  # under a lock
)
FIRST_AT_ONCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from fhir_mappers.json.reading import model_class
from fhir_mappers.json.sure_shapes import sure_shape
from fhir_mappers.mappers import _R4

THREADS, TIMES = 8, 4
MODELS = [model_class(name) for name in _R4]
sys.setswitchinterval(1e-6)
together = Barrier(THREADS)

def read_each(_thread):
    for model in MODELS:
        together.wait()
        for _ in range(TIMES):  # the second finds the shape that another thread has just made
            assert not sure_shape(model).accepts({"subject": {}})

with ThreadPoolExecutor(THREADS) as pool:
    list(pool.map(read_each, range(THREADS)))
"""


def _late_readings(tree):
    """The calls in functions by which msgspec may read a type."""
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    calls = (node for one in functions for node in ast.walk(one) if isinstance(node, ast.Call))
    for call in calls:
        name = ast.unparse(call.func)
        is_typed = name.endswith(".decode") and any(keyword.arg == "type" for keyword in call.keywords)
        if is_typed or name in ("msgspec.convert", "msgspec.json.Decoder", "msgspec.msgpack.Decoder"):
            yield f"line {call.lineno}: {name}"


def test_many_threads_may_read_records_of_all_kinds_for_the_first_time_at_once():
    done = subprocess.run([sys.executable, "-c", FIRST_AT_ONCE], cwd=ROOT, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


def test_every_other_type_is_read_while_its_module_is_imported():
    files = [
        file
        for package in ("cards", "cds_service", "fhir_mappers")
        for file in (ROOT / package).rglob("*.py")
    ]
    late = {
        name: found
        for file in files
        if not (name := file.relative_to(ROOT).as_posix()).startswith(MAY_READ_LATE)
        if (found := list(_late_readings(ast.parse(file.read_text(encoding="utf-8")))))
    }

    assert late == {}
