"""The FHIR server of these tests: one process for all, empty and well-behaved for each."""

from tests.fhir_server.fixtures import ehr, fhir_server_process

__all__ = ["ehr", "fhir_server_process"]
