"""The body of an HTTP request: bounded, JSON, read once."""

from flask import Request

from cds_service.errors import (
    BadRequestError,
    BodyTooLargeError,
    LengthRequiredError,
    UnsupportedMediaTypeError,
)


def body_of(request: Request, limit_bytes: int) -> bytes:
    """The whole body.

    Raises UnsupportedMediaTypeError, LengthRequiredError, BodyTooLargeError or BadRequestError.
    """
    _refuse_other_media(request)
    # Without a length the WSGI layer would cut a long body at the limit and say nothing.
    length = request.content_length
    if length is None:
        raise LengthRequiredError("the request must state its Content-Length")
    if length > limit_bytes:
        raise BodyTooLargeError(f"the body has {length} bytes; at most {limit_bytes} are read")
    # One read: get_data() copies the body several times.
    body: bytes = request.environ["wsgi.input"].read(length)
    if len(body) < length:
        raise BadRequestError(f"the body ended after {len(body)} of {length} bytes")
    return body


def _refuse_other_media(request: Request) -> None:
    media = request.mimetype
    if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
        raise UnsupportedMediaTypeError(f"expected application/json, not {media[:80] or 'nothing'!r}")
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise UnsupportedMediaTypeError("expected a body without Content-Encoding")
