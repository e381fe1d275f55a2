"""The service under test: one that the tests start, on each database, or a deployed one.

pytest tests/conformance --service-url https://cds.example.org
    [--service-key KEY.pem --service-issuer ISS --service-kid KID --service-algorithm ES384]
"""

from pathlib import Path

import pytest

from tests.conformance.service import Deployment, Signer, local_deployment
from tests.databases import new_database

DATABASES = ("sqlite", "postgresql")


def pytest_addoption(parser):
    group = parser.getgroup("conformance")
    group.addoption("--service-url", help="a deployed service to test, instead of one started here")
    group.addoption("--service-key", help="PEM file: sign each call to it with this private key")
    group.addoption("--service-issuer", help="iss of these tokens")
    group.addoption("--service-kid", help="kid of these tokens")
    group.addoption("--service-algorithm", default="ES384", help="alg of these tokens")


def pytest_generate_tests(metafunc):
    if "database" in metafunc.fixturenames:
        deployed = metafunc.config.getoption("--service-url", None)
        metafunc.parametrize("database", ["deployed"] if deployed else DATABASES, scope="session")


@pytest.fixture(scope="session")
def deployment(database, request, tmp_path_factory):
    """A service that lets everybody in, and one that lets in clients with a token: see `service`."""
    option = request.config.getoption
    if database == "deployed":
        signer = None
        if option("--service-key"):
            signer = Signer(
                option("--service-issuer"),
                option("--service-algorithm"),
                option("--service-kid"),
                Path(option("--service-key")).read_bytes(),
            )
        yield Deployment(option("--service-url"), signer)
        return
    folder = tmp_path_factory.mktemp("service")
    url = f"sqlite:///{folder / 'store.sqlite3'}"
    if database == "postgresql":
        url = new_database(request.getfixturevalue("postgresql"))
    with local_deployment(folder, url) as deployment:
        yield deployment


@pytest.fixture(scope="session")
def service(deployment):
    """The service as its one client sees it."""
    return deployment.service


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)
