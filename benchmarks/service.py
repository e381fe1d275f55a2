"""The service in this process, as a worker of the server runs it, called without a network."""

import io
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import run_wsgi_app

from cds_service.answering.pipeline import Circumstances
from cds_service.answering.warm_up import warm_up
from cds_service.app import create_app
from cds_service.endpoints.service import service_in
from cds_service.memory.recorder import Recorder
from cds_service.server.serve import tune_collector
from cds_service.settings import Settings

_PATH = "/cds-services/thiopurine-order-sign"
_OK = "200 OK"


class UnexpectedAnswerError(Exception):
    """The service did not answer as it should: its figures are worthless."""


@dataclass(frozen=True, slots=True)
class Service:
    """The whole application with an empty database."""

    app: Flask

    def call(self, body: bytes) -> bytes:
        """The answer to one order-sign. Raises UnexpectedAnswerError for anything but cards."""
        chunks, status, _ = run_wsgi_app(self.app, _environ(body))
        content = b"".join(chunks)
        if status != _OK or b'"summary"' not in content:
            raise UnexpectedAnswerError(f"{status}: {len(content)} bytes")
        return content

    def finish_records(self) -> None:
        """Wait until what was decided is written."""
        recorder: Recorder = service_in(self.app).recorder
        if not recorder.wait(60) or recorder.dropped:
            raise UnexpectedAnswerError(f"{recorder.waiting} records waiting, {recorder.dropped} dropped")


@contextmanager
def running_service() -> Iterator[Service]:
    """A service warmed up, its collector set as the server sets it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{Path(folder) / 'bench.sqlite3'}", log_level="warning")
        warm_up(Circumstances())
        app = create_app(settings)
        tune_collector()
        service = Service(app)
        yield service
        service_in(app).recorder.close()
        service_in(app).store.close()


def cpu_ms(since_s: float) -> float:
    """CPU of this process since a reading of `time.process_time`."""
    return (time.process_time() - since_s) * 1000


def _environ(body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": _PATH,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "127.0.0.1:8000",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
