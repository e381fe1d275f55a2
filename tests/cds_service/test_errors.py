from http import HTTPStatus

import pytest

from cds_service.errors import (
    OUTCOMES,
    UNEXPECTED,
    BadRequestError,
    CdsServiceError,
    operation_outcome,
    status_of,
)


def test_every_error_has_a_status():
    assert set(OUTCOMES) == set(CdsServiceError.__subclasses__())


@pytest.mark.parametrize("kind", OUTCOMES, ids=lambda kind: kind.__name__)
def test_an_outcome_is_valid_fhir(kind):
    from fhir.resources.R4B.operationoutcome import OperationOutcome  # noqa: PLC0415 -- slow to import

    outcome = operation_outcome(kind("context.patientId: is missing", "context.patientId"))

    assert OperationOutcome.model_validate(outcome).issue[0].severity == "error"


def test_an_outcome_names_the_field_where_there_is_one():
    assert "expression" not in operation_outcome(BadRequestError("not JSON"))["issue"][0]


def test_our_own_faults_are_500():
    assert status_of(UNEXPECTED) == HTTPStatus.INTERNAL_SERVER_ERROR
