"""The server starts fast, and its workers stay small, because it loads only what answering needs."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import cds_service.server.serve
from cds_service.answering.pipeline import Circumstances

cds_service.server.serve.warm_up(Circumstances())
not_needed = {"alembic", "dask", "distributed", "duckdb", "fsspec", "numpy", "opentelemetry", "playwright", "psycopg",
    "pyarrow", "requests", "sqlalchemy.dialects.postgresql"}
print(*sorted(not_needed & set(sys.modules)))
"""


@pytest.mark.slow
def test_the_server_loads_nothing_that_only_other_commands_need():
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)

    assert done.stdout == "\n"
