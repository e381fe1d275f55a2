"""The Dask engine: the same tasks on a cluster, for exports that outgrow one machine."""

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self

from distributed import Client, LocalCluster, as_completed

from cds_service.replay.local import Result

_TRIES = 3


class DaskEngine:
    """A running scheduler, or a new cluster on this machine.

    Every worker must see the sources and the work folder. A task whose worker dies is done again
    by another; what it wrote counts once.
    """

    def __init__(self, scheduler: str | None = None, workers: int | None = None) -> None:
        self._cluster = None
        if scheduler is None:
            self._cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
        self.client = Client(scheduler or self._cluster)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        if self._cluster is not None:
            self._cluster.close()

    def each(self, task: Callable[..., Result], calls: Iterable[tuple[object, ...]]) -> Iterator[Result]:
        """The results of the calls, in the order in which they are done."""
        futures = [self.client.submit(task, *call, pure=False, retries=_TRIES) for call in calls]
        for future in as_completed(futures):
            yield future.result()
