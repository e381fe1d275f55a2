"""Every failure as an HTTP status and an OperationOutcome; never a stack trace, never cards."""

import structlog
from flask import Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from cds_service.errors import (
    UNEXPECTED,
    CdsServiceError,
    MethodNotAllowedError,
    UnknownServiceError,
    UntrustedClientError,
    operation_outcome,
    status_of,
)
from cds_service.logs import frames_of
from cds_service.wire.json_response import json_response

log = structlog.get_logger()


def register_errors(app: Flask) -> None:
    """Answer every error of `app` in the same way."""
    app.register_error_handler(CdsServiceError, _refused)
    app.register_error_handler(HTTPException, _refused_by_flask)
    app.register_error_handler(Exception, _failed)


def _refused(error: CdsServiceError) -> Response:
    status = status_of(error)
    log.info("refused", status=status.value, field=error.field, kind=type(error).__name__)
    if isinstance(error, UntrustedClientError):
        return Response(status=status.value, headers={"WWW-Authenticate": "Bearer"})
    return json_response(operation_outcome(error), status.value)


def _refused_by_flask(error: HTTPException) -> Response:
    if isinstance(error, MethodNotAllowed):
        response = _refused(MethodNotAllowedError("this path does not take this method"))
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return response
    return _refused(UnknownServiceError("there is nothing at this path"))


def _failed(error: Exception) -> Response:
    """A bug in this software. The log has its kind and its frames: message and values may hold patient data."""
    log.error("failed", kind=type(error).__name__, frames=frames_of(error))
    return json_response(operation_outcome(UNEXPECTED), status_of(UNEXPECTED).value)
