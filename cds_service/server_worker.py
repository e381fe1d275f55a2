"""gunicorn's threaded worker, mended where a connection that a client keeps would hang."""

from concurrent.futures import Future

from gunicorn.workers.gthread import TConn, ThreadWorker

_LOOK_AGAIN_S = 0.1


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn is not typed
    """Serves each connection without a wait that nothing ends."""

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for the next thing to do; once told to stop, not on idle connections.

        gunicorn's own worker would wait for these for the whole graceful timeout, at each restart.
        """
        if self.alive:
            super().wait_for_and_dispatch_events(timeout)
            return
        for connection in (*self.keepalived_conns, *self.pending_conns):
            connection.timeout = 0
        super().wait_for_and_dispatch_events(min(timeout, _LOOK_AGAIN_S))

    def finish_request(self, conn: TConn, fs: "Future[bool]") -> None:
        """Keep the connection for its next request, which may have been read already.

        A request refused before its body came is answered at once; then its body and the next request
        can arrive together. gunicorn's own worker would wait for more until the connection is too old.
        """
        super().finish_request(conn, fs)
        is_kept = bool(self.keepalived_conns) and self.keepalived_conns[-1] is conn
        if is_kept and conn.parser.unreader.buf.getvalue():
            self.on_client_socket_readable(conn, conn.sock)
