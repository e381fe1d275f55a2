"""JSON out."""

from typing import Any

import msgspec
from flask import Response

_encoder = msgspec.json.Encoder(decimal_format="number")


def json_response(content: dict[str, Any], status: int = 200) -> Response:
    """Content as a JSON response; decimals keep every digit they came with."""
    return Response(as_json(content), status, content_type="application/json")


def as_json(content: dict[str, Any]) -> bytes:
    """Content as JSON bytes.

    >>> from decimal import Decimal
    >>> as_json({"value": Decimal("50.00")})
    b'{"value":50.00}'
    """
    return _encoder.encode(content)
