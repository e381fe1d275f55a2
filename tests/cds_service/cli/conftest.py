"""A running service and a FHIR server with the patients of the demo, for the commands that act as an EHR."""

import socket
import threading
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from werkzeug.serving import make_server

from cds_service.app import create_app
from cds_service.cli.main import main
from cds_service.endpoints.service import service_in
from cds_service.memory.store import opened
from tests.fhir_server.demo_patients import PATIENTS, chart_of
from tests.fhir_server.fixtures import ehr, fhir_server_process

__all__ = ["ehr", "fhir_server_process"]


def run(*arguments, **more):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], **more)


def said(*arguments):
    """The exit code and the output of a command."""
    result = run(*arguments)
    return result.exit_code, result.output


@pytest.fixture
def database_url(tmp_path, monkeypatch):
    """A database that the commands find by their environment."""
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    monkeypatch.setenv("THIOPURINE_CDS_DATABASE_URL", url)
    return url


@pytest.fixture
def memory(database_url):
    """What the commands remember, and forget."""
    found = opened(database_url)
    yield found
    found.close()


@pytest.fixture
def serving():
    """Starts applications on loopback; they stop with the test."""
    running = []

    def start(app, port=0):
        server = make_server("127.0.0.1", port, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def service(app, serving):
    """The address of a service that lets everybody in."""
    return serving(app)


@pytest.fixture
def zurich_service(serving, settings, store):
    """The address of a service whose today is that of Zurich: for an hour or two of each day it is not that of UTC."""
    made = create_app(settings.model_copy(update={"timezone": "Europe/Zurich"}), store)
    yield serving(made)
    service_in(made).recorder.close()


@pytest.fixture
def guarded_service(serving, settings, store):
    """Starts a service that lets in the clients of a file."""
    made = []

    def start(clients):
        port = _free_port()
        address = f"http://127.0.0.1:{port}"
        app = create_app(settings.model_copy(update={"clients": clients, "public_url": address}), store)
        made.append(app)
        return serving(app, port)

    yield start
    for app in made:
        service_in(app).recorder.close()


def _free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def hospital(ehr):
    """The FHIR server with the ten patients of the demo."""
    today = datetime.now(UTC).date()
    ehr.load(one for patient in PATIENTS for one in chart_of(patient, today))
    return ehr
