"""JSON bytes to a typed shape; every complaint names the field and quotes no value."""

import re
from typing import TypeVar

import msgspec

from cds_service.errors import BadRequestError

Shape = TypeVar("Shape")

_AT_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING_FIELD = re.compile(r"missing required field `(?P<name>[^`]+)`")


def refuse_broken_text(body: bytes) -> None:
    """Raises BadRequestError for a body that is not UTF-8: the decoder does not check the parts it skips."""
    if body.isascii():
        return
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequestError(f"the body is not UTF-8 at byte {error.start}") from None


def decoded(raw: bytes | msgspec.Raw, shape: msgspec.json.Decoder[Shape], inside: str = "") -> Shape:
    """The JSON in `raw`, found at the path `inside` in the body.

    `shape` is made while its module is imported: msgspec crashes the process where two threads read a type for
    the first time. Raises BadRequestError.
    """
    try:
        return shape.decode(raw)
    except msgspec.ValidationError as error:
        raise _bad_field(str(error), inside) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRequestError(f"the body is not readable JSON: {error}", inside or None) from None


def _bad_field(complaint: str, inside: str) -> BadRequestError:
    at, missing = _AT_PATH.search(complaint), _MISSING_FIELD.search(complaint)
    parts = [inside, at["path"] if at else "", missing["name"] if missing else ""]
    path = ".".join(part for part in parts if part)
    what = "is missing" if missing else _AT_PATH.sub("", complaint)
    return BadRequestError(f"{path or 'body'}: {what}", path or None)
