"""What all tests share: an app on an empty database, and no network."""

import socket

import pytest

from cds_service.app import create_app
from cds_service.settings import Settings
from cds_service.store import Store


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Refuse every connection: a test that needs the network is not a test of this project."""

    def refuse(*_args, **_kwargs):
        raise OSError("a test tried to use the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def settings(tmp_path):
    return Settings(database_url=f"sqlite:///{tmp_path / 'store.sqlite3'}", log_level="error")


@pytest.fixture
def store(settings):
    opened = Store(settings.database_url)
    yield opened
    opened.close()


@pytest.fixture
def app(settings, store):
    return create_app(settings, store)


@pytest.fixture
def client(app):
    return app.test_client()
