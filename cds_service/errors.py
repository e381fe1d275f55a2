"""What can go wrong with a request, and the one table that says which HTTP status each becomes."""

from http import HTTPStatus
from typing import Any


class CdsServiceError(Exception):
    """A request that gets an OperationOutcome instead of cards."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field  # path of the element at fault: "context.patientId"


class BadRequestError(CdsServiceError):
    """The body is not what CDS Hooks says it is."""


class UntrustedClientError(CdsServiceError):
    """The client did not prove who it is; the answer does not say why."""


class UnknownServiceError(CdsServiceError):
    """No service has this id."""


class MethodNotAllowedError(CdsServiceError):
    """The path is known, the method is not."""


class LengthRequiredError(CdsServiceError):
    """The body came without its length, so it cannot be bounded."""


class PatientDataUnavailableError(CdsServiceError):
    """Data that the service cannot do without came by neither prefetch nor FHIR server."""


class BodyTooLargeError(CdsServiceError):
    """The body is over the limit."""


class UnsupportedMediaTypeError(CdsServiceError):
    """The body is not JSON by its own heading."""


class StoreUnavailableError(CdsServiceError):
    """The database cannot be reached, or cannot write."""


# FHIR's issue codes: https://hl7.org/fhir/R4/valueset-issue-type.html
OUTCOMES: dict[type[CdsServiceError], tuple[HTTPStatus, str]] = {
    BadRequestError: (HTTPStatus.BAD_REQUEST, "invalid"),
    UntrustedClientError: (HTTPStatus.UNAUTHORIZED, "login"),
    UnknownServiceError: (HTTPStatus.NOT_FOUND, "not-found"),
    MethodNotAllowedError: (HTTPStatus.METHOD_NOT_ALLOWED, "not-supported"),
    LengthRequiredError: (HTTPStatus.LENGTH_REQUIRED, "required"),
    PatientDataUnavailableError: (HTTPStatus.PRECONDITION_FAILED, "incomplete"),
    BodyTooLargeError: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-long"),
    UnsupportedMediaTypeError: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-supported"),
    StoreUnavailableError: (HTTPStatus.SERVICE_UNAVAILABLE, "transient"),
}

UNEXPECTED = CdsServiceError("the service failed; the fault is logged")


def status_of(error: CdsServiceError) -> HTTPStatus:
    """The HTTP status that an error becomes."""
    return _outcome_of(error)[0]


def operation_outcome(error: CdsServiceError) -> dict[str, Any]:
    """The error as a FHIR OperationOutcome that names the field at fault."""
    issue: dict[str, Any] = {
        "severity": "error",
        "code": _outcome_of(error)[1],
        "details": {"text": error.message},
    }
    if error.field:
        issue["expression"] = [error.field]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _outcome_of(error: CdsServiceError) -> tuple[HTTPStatus, str]:
    return OUTCOMES.get(type(error), (HTTPStatus.INTERNAL_SERVER_ERROR, "exception"))
