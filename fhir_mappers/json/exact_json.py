"""JSON with its numbers as they were written, however large."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_LONGEST_INTEGER = 4_300  # digits: what Python reads, and so the decoder
# Strings are matched so that the digits in them are not; nothing here is tried twice.
_STRING_OR_NUMBER = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[-+.\deE]++', re.DOTALL)


def exact_json(raw: bytes | msgspec.Raw) -> Any:  # noqa: ANN401 -- any JSON
    """The JSON in some bytes: a number with a fraction or an exponent, or a very long one, is a Decimal.

    A number whose exponent exceeds a Decimal's is its text, which no reader takes for a number.

    >>> exact_json(b'{"value": 50.00}')
    {'value': Decimal('50.00')}
    >>> exact_json(b"1e99999999999999999999")
    '1e99999999999999999999'

    Raises msgspec.DecodeError, or RecursionError for JSON that is nested too deeply.
    """
    try:
        return _DECODER.decode(raw)
    except msgspec.ValidationError:  # a whole number that is too long
        return _DECODER.decode(_STRING_OR_NUMBER.sub(_readable, bytes(raw)))


def exact_bytes(value: Any) -> bytes:  # noqa: ANN401 -- any JSON
    """JSON in UTF-8, its Decimals as the numbers that they were."""
    return _ENCODER.encode(value)


def as_decimal(text: str) -> Decimal | str:
    """A number in its digits; its text where no Decimal holds it."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


_DECODER = msgspec.json.Decoder(float_hook=as_decimal)


def _readable(found: re.Match[bytes]) -> bytes:
    """A long whole number with an exponent of zero, so that it is read as a Decimal, and written as it was."""
    text = found[0]
    is_long = len(text) > _LONGEST_INTEGER and text.removeprefix(b"-").isdigit()
    return text + b"E0" if is_long else text
