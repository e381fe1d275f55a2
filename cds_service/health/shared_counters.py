"""Several workers count together: Prometheus asks whichever worker the kernel picks."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import multiprocess, values

# A full disk would kill any process that writes into a file mapped into memory.
_IN_MEMORY = Path("/dev/shm")  # noqa: S108  # nosec B108  # a private folder is created in it

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # as prometheus_client reads it


@contextmanager
def shared_counters(workers: int) -> Iterator[None]:
    """Keep counters in files that all workers read; must be entered before the application is made."""
    if workers == 1:
        yield
        return
    folder, owner = _new_folder(), os.getpid()
    os.environ[FOLDER] = folder
    # The library decides at its import, which comes before the number of workers is known.
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if os.getpid() == owner:  # a worker that ends passes here too
            shutil.rmtree(folder, ignore_errors=True)


def _new_folder() -> str:
    above = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None
    return tempfile.mkdtemp(prefix=f"thiopurine-cds-{os.getpid()}-", dir=above)


def forget_worker(pid: int) -> None:
    """Drop the gauges of a worker that ended; its counters stay."""
    if FOLDER in os.environ:
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
