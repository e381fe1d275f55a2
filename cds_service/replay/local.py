"""The local engine: a pool of processes on this machine."""

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import forkserver
from types import TracebackType
from typing import Protocol, Self, TypeVar

import pyarrow as pa

from cds_service.logs import configure_logs

Result = TypeVar("Result")

_COLLECT_AFTER = 50_000  # containers made: a replay makes no circles


def _begun() -> None:
    """A process of ours begins: arrow gives its memory back, and nothing made so far is looked at for garbage."""
    configure_logs("error")
    pa.set_memory_pool(pa.system_memory_pool())
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)


class Engine(Protocol):
    """Whatever does independent tasks and gives each result as it comes."""

    def each(self, task: Callable[..., Result], calls: Iterable[tuple[object, ...]]) -> Iterator[Result]:
        """The results of the calls, in the order in which they are done."""
        ...


class LocalEngine:
    """As many processes as processors, or as configured; new ones for each step, so that none keeps memory."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or os.cpu_count() or 1
        self._context = multiprocessing.get_context("forkserver")
        preloaded = ("partitions", "selection", "warmed")
        self._context.set_forkserver_preload([f"{__package__}.{name}" for name in preloaded])
        self._pool: ProcessPoolExecutor | None = None
        forkserver.ensure_running()  # it imports while the command reads its plan

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def each(self, task: Callable[..., Result], calls: Iterable[tuple[object, ...]]) -> Iterator[Result]:
        """The results of the calls, in the order in which they are done."""
        pool = self._pool = ProcessPoolExecutor(self.workers, self._context, _begun)
        for future in as_completed([pool.submit(task, *call) for call in calls]):
            yield future.result()
        pool.shutdown()
