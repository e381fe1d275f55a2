"""gunicorn's threaded worker, which on SIGTERM lets go of connections that wait for nothing."""

from gunicorn.workers.gthread import ThreadWorker

_LOOK_AGAIN_S = 0.1


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn is not typed
    """Finishes the requests in flight; gunicorn's own worker would wait for idle connections as well.

    A client that keeps its connection, as proxies do, would hold up each restart for the whole
    graceful timeout.
    """

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for the next thing to do; once told to stop, not on idle connections."""
        if self.alive:
            super().wait_for_and_dispatch_events(timeout)
            return
        for connection in (*self.keepalived_conns, *self.pending_conns):
            connection.timeout = 0
        super().wait_for_and_dispatch_events(min(timeout, _LOOK_AGAIN_S))
