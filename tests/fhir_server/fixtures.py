"""Fixtures with the FHIR server, for the conftest of each folder that needs it."""

import pytest

from tests.fhir_server.running import NoNodeError, must_run, running_fhir_server


@pytest.fixture(scope="session")
def fhir_server_process():
    try:
        with running_fhir_server() as server:
            yield server
    except NoNodeError as error:
        if must_run():
            raise
        pytest.skip(str(error))


@pytest.fixture
def ehr(fhir_server_process):
    """The FHIR server of an EHR: empty, and well-behaved until switched."""
    fhir_server_process.clear()
    fhir_server_process.switch()
    return fhir_server_process
