"""A small real HTTP server on loopback whose every answer a test decides, byte by byte."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    """One request that arrived."""

    path: str  # with its query
    headers: dict[str, str]


@dataclass
class WebServer:
    """`answer` gets the handler of each GET and writes to it as it likes."""

    address: str = ""
    asked: list[Asked] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)
    stopping: threading.Event = field(default_factory=threading.Event)

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than the test."""
        self.stopping.wait(seconds)


Answer = Callable[[BaseHTTPRequestHandler, WebServer], None]


@contextmanager
def web_server(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    server = WebServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body leave in one packet, as from a grown-up server

        def do_GET(self):
            server.asked.append(Asked(self.path, dict(self.headers.items())))
            server.connections.add(self.client_address)
            answer(self, server)

        def handle(self):
            with suppress(OSError):  # the client gave up
                super().handle()

        def finish(self):
            with suppress(OSError):
                super().finish()

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128  # else the kernel makes every sixth of many callers wait a second

    http = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        http.socket = tls.wrap_socket(http.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    server.address = f"{'https' if tls else 'http'}://127.0.0.1:{http.server_address[1]}"
    try:
        yield server
    finally:
        server.stopping.set()
        http.shutdown()
        http.server_close()
        thread.join(timeout=5)


def send(handler, body=b"", status=200, content_type="application/fhir+json", **headers):
    """One whole answer. `headers` are named with underscores; None leaves one out."""
    handler.send_response(status)
    told = {"Content-Type": content_type, "Content-Length": str(len(body))}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in told.items():
        if value is not None:
            handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
