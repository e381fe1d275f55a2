"""Several workers count as one: Prometheus asks whichever the kernel gives it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import multiprocess, values

# A disk that is full would kill whoever writes into a file that is mapped into memory.
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
        if os.getpid() == owner:  # a worker that ends comes by here as well
            shutil.rmtree(folder, ignore_errors=True)


def _new_folder() -> str:
    above = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None
    return tempfile.mkdtemp(prefix=f"thiopurine-cds-{os.getpid()}-", dir=above)


def forget_worker(pid: int) -> None:
    """Count what a worker waits for no more; what it did stays counted."""
    if FOLDER in os.environ:
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
