"""What all tests share: an app on an empty database, and no network beyond this machine."""

import gc
import ipaddress
import re
import socket
from functools import partial

import pytest
import structlog

from cards.knowledge.knowledge import Knowledge
from cds_service.app import create_app
from cds_service.endpoints.service import service_in
from cds_service.memory.store import opened
from cds_service.policy_file import knowledge_of
from cds_service.settings import Settings
from tests.copied_tables import VERSION, CopiedTables
from tests.databases import running_postgresql

_connect = socket.socket.connect
_ALL_SLOW = re.compile(r"^pytestmark = (?:\[\s+)?.*pytest\.mark\.slow\b", re.MULTILINE)
# Whose tests that are not slow cover every line and branch of `cards` and of the ledger. The others run without the
# tracer, which makes rules three times as slow, and in a run of their own: it would not see a table that another test
# has read already.
_COVERING = (
    "cards/",
    "tests/cards/",
    "tests/fhir_mappers/test_ledger.py",
    "tests/fhir_mappers/medications/",  # what a dosage comes to in mg is in cards/model
    "tests/test_catalogue.py",
    "tests/test_clinical_content.py",
    "tests/test_histories.py",  # medications over time
    "tests/test_stories.py",
)


def pytest_configure():
    gc.disable()  # until the tests are collected: all that is made of them stays


def pytest_collection_finish():
    """The garbage collector no longer walks through what was imported and collected."""
    gc.freeze()
    gc.enable()


def pytest_ignore_collect(collection_path, config):
    """Modules of which every test would be left out are not even imported: that is half of a short run."""
    if collection_path.suffix != ".py" or config.option.markexpr not in ("not slow", "not covers"):
        return None
    text = collection_path.read_text(encoding="utf-8")
    if config.option.markexpr == "not slow":
        return bool(_ALL_SLOW.search(text)) or None
    place = collection_path.relative_to(config.rootpath).as_posix()
    return (place.startswith(_COVERING) and "mark.slow" not in text) or None


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path):
    """A module of tests is walked through for the examples in its docstrings only where it has one."""
    collectors = yield
    if not collectors or ">>> " in file_path.read_text(encoding="utf-8"):
        return collectors
    return [collector for collector in collectors if type(collector) is pytest.Module]


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items):
    for item in items:
        if item.nodeid.startswith(_COVERING) and not item.get_closest_marker("slow"):
            item.add_marker("covers")


def _connect_to_this_machine(self, address):
    if self.family != socket.AF_UNIX and not ipaddress.ip_address(address[0]).is_loopback:
        raise OSError("a test tried to leave this machine")
    return _connect(self, address)


@pytest.fixture(scope="session", autouse=True)
def _no_network(request):
    if request.config.getoption("--service-url", None):
        yield  # a deployed service may be anywhere
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _connect_to_this_machine)
        yield


@pytest.hookimpl(trylast=True)  # after the fixtures: a hook costs less than one more of them for each test
def pytest_runtest_teardown():
    """An app configures the logs of its process: the next test starts without its level."""
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgresql():
    """The URL of a PostgreSQL server that this test run started."""
    with running_postgresql() as url:
        yield url


@pytest.fixture
def settings(tmp_path):
    return Settings(database_url=f"sqlite:///{tmp_path / 'store.sqlite3'}", log_level="error")


@pytest.fixture
def store(settings):
    found = opened(settings.database_url)
    yield found
    found.close()


@pytest.fixture
def tables(tmp_path):
    return CopiedTables(tmp_path / "releases")


@pytest.fixture
def kept_release(tables, monkeypatch):
    """A release that a policy may name: the software's tables as they are."""
    tables.released()
    monkeypatch.setattr(Knowledge, "of_version", partial(Knowledge.of_version, archive=tables.archive))
    knowledge_of.cache_clear()
    yield VERSION
    knowledge_of.cache_clear()


@pytest.fixture
def app(settings, store):
    made = create_app(settings, store)
    yield made
    service_in(made).recorder.close()


@pytest.fixture
def client(app):
    return app.test_client()
