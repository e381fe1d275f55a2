"""Bodies made worse: their structure while they are JSON, their bytes when they are not.

The same seed gives the same cases, so that a finding can be told again.
"""

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

from tests.security.hostile import PAYLOADS

Place = tuple[Any, Any]  # what holds the value, and the key or the number in it

_DEEP = 1_200  # deeper than the recursion that a reader may do
_RAW = re.compile(r'"@raw:(\d+)"')
_TEXTS = (
    "", " ", "\x00", "a" * 5_000, "\ud83d\ude00" * 50, "é\u0301", "İ", "ß", "𝟙𝟚", "٣٠ mg", "-", ".", "/", "#", "//",
    "null", "NaN", "Infinity", "1e999", "0x10", "1_000", "1,5", "½", "∞", "mg", "%", "10*9/L", "{score}",
    "2026-11-31", "2026-02-30T25:61:61Z", "0000-00-00", "9999-12-31T23:59:59+99:99", "0001-01-01", "20261124",
    "2026-11-24T08:00:00.123456789123Z", "2026-W48-2", "-2026", "24/11/2026", "2026", "2026-1", "2026-11-24T24:00",
    "Patient/", "Patient/1/_history/2", "#", "#x", "urn:uuid:", "https://[::1", "http://a@b/", "Patient/../x",
    "*1/*3A", "*1/*1", "*3C/*3C/*3C", "*/*", "*1/", "c.-1G>A", "50 mg tds", "take 1-2 tabs q4-6h prn x99999999999",
    "1 tab 1 time a day for 1e9 days", "every 0 h", "0/0", "azathioprine " * 60, "(" * 300, "a" * 60 + "!", "1" * 400,
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -0.0, -1, 1, 0.1, 1e-320, 1e308, -1e308, 2**31, 2**53 + 1, 2**64, 10**40,
    [], {}, [[]], [None], [{}], {"": None}, {"value": None}, {"reference": "#"}, {"coding": None}, {"coding": [None]},
    {"extension": [{"url": "x"}]}, "",
)  # fmt: skip
# JSON that no encoder writes: it is put in place of a marked string.
_WRITTEN = (
    "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e-999", "0" * 30, "1" * 5_000, "9" * 400 + "." + "9" * 400,
    "1E+400", "01", "+1", ".5", "1.", "0x1F", "'x'", "undefined", "tru", "", "[1,]", '{"a":1,}', "/*x*/1",
    '{"a":1,"a":2}', '{"resourceType":"Bundle","resourceType":"Patient"}', r'"\ud800"', r'"\u0000"', r'"\x41"',
    '"\t"', '"\x01"', "[" * 40, "[" * _DEEP + "]" * _DEEP, '{"a":' * _DEEP + "1" + "}" * _DEEP,
    '{"resourceType":"Bundle","entry":[{"resource":' * 400 + "{}" + "}]}" * 400,
    '{"extension":[' * 300 + "]}" * 300,
)  # fmt: skip
_BYTES = (
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe2\x80",
    b"\x00",
    b"\xef\xbb\xbf",
    b"\\",
)
_LONGEST = 200_000


def mutated(body: bytes, random: Random, others: tuple[bytes, ...] = ()) -> bytes:
    """The body with one to five changes; one time in five, of its bytes."""
    if random.random() < 0.2:
        return _bytes_changed(body, random)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return _bytes_changed(body, random)
    root = [value]
    for _ in range(random.choice((1, 1, 2, 3, 5))):
        random.choice(_CHANGES)(root, random, others)
    written = json.dumps(root[0], ensure_ascii=False, check_circular=False)
    text = _RAW.sub(lambda found: _WRITTEN[int(found[1]) % len(_WRITTEN)], written)
    return text.encode("utf-8", "surrogatepass")[:_LONGEST]


def _place(root: list[Any], random: Random) -> Place:
    """Some place in the JSON: each step goes one level deeper, or stays."""
    holder: Any = root
    key: Any = 0
    while isinstance(holder[key], dict | list) and holder[key] and random.random() < 0.9:
        holder = holder[key]
        key = random.choice(list(holder)) if isinstance(holder, dict) else random.randrange(len(holder))
    return holder, key


def _other_text(root: list[Any], random: Random, _others: tuple[bytes, ...]) -> None:
    holder, key = _place(root, random)
    holder[key] = random.choice(_TEXTS)


def _hostile_text(root: list[Any], random: Random, _others: tuple[bytes, ...]) -> None:
    holder, key = _place(root, random)
    before = holder[key] if isinstance(holder[key], str) else ""
    holder[key] = random.choice(("", before, f"{before} ")) + random.choice(PAYLOADS)


def _other_value(root: list[Any], random: Random, _others: tuple[bytes, ...]) -> None:
    holder, key = _place(root, random)
    holder[key] = json.loads(json.dumps(random.choice(_VALUES)))


def _written(root: list[Any], random: Random, _others: tuple[bytes, ...]) -> None:
    holder, key = _place(root, random)
    holder[key] = f"@raw:{random.randrange(len(_WRITTEN))}"


def _removed(root: list[Any], random: Random, _others: tuple[bytes, ...]) -> None:
    holder, key = _place(root, random)
    if holder is not root:
        del holder[key]


def _repeated(root: list[Any], random: Random, _others: tuple[bytes, ...]) -> None:
    holder, key = _place(root, random)
    if isinstance(holder, list) and holder is not root:
        holder.extend([holder[key]] * random.choice((1, 2, 30)))
    else:
        holder[key] = [holder[key]] * random.choice((0, 1, 2, 30))


def _moved(root: list[Any], random: Random, _others: tuple[bytes, ...]) -> None:
    """What stands in one place is put in another as well; a copy, for a circle could not be written."""
    holder, key = _place(root, random)
    if holder is root:
        return
    copied = json.loads(json.dumps(holder[key]))
    there, name = _place(root, random)
    if there is not root:
        there[name] = copied


def _spliced(root: list[Any], random: Random, others: tuple[bytes, ...]) -> None:
    if not others:
        return
    holder, key = _place(root, random)
    taken, name = _place([json.loads(random.choice(others or (b"{}",)))], random)
    if holder is not root:
        holder[key] = taken[name]


def _nudged(root: list[Any], random: Random, _others: tuple[bytes, ...]) -> None:
    """A number a little, or a lot, larger or smaller; a text cut, doubled, or with one character else."""
    holder, key = _place(root, random)
    value = holder[key]
    if isinstance(value, int | float) and not isinstance(value, bool):
        holder[key] = random.choice((value * 10, value * -1, value / 7, value + 1, value * 1e30, str(value)))
    elif isinstance(value, str) and value:
        at = random.randrange(len(value))
        holder[key] = random.choice(
            (value[:at], value * 2, value[:at] + chr(random.randrange(1, 0x2FF)) + value[at + 1 :], [value])
        )


def _renamed(root: list[Any], random: Random, _others: tuple[bytes, ...]) -> None:
    holder, key = _place(root, random)
    if isinstance(holder, dict):
        other = random.choice(
            (*holder, "", "_" + key, key.upper(), "resourceType", "id", "contained", "entry")
        )
        holder[other] = holder.pop(key)


Change = Callable[[list[Any], Random, tuple[bytes, ...]], None]
_CHANGES: tuple[Change, ...] = (
    _other_text, _hostile_text, _hostile_text, _other_value, _written, _removed, _repeated, _moved, _spliced,
    _nudged, _nudged, _renamed,
)  # fmt: skip


def _bytes_changed(body: bytes, random: Random) -> bytes:
    changed = bytearray(body)
    for _ in range(random.choice((1, 1, 2, 8))):
        at = random.randrange(len(changed) + 1)
        kind = random.randrange(5)
        if kind == 0:
            changed[at:at] = random.choice(_BYTES)
        elif kind == 1:
            changed[at : at + random.choice((1, 2, 50))] = b""
        elif kind == 2 and at < len(changed):
            changed[at] ^= 1 << random.randrange(8)
        elif kind == 3:
            start = random.randrange(len(changed) + 1)
            changed[at:at] = changed[start : start + random.choice((1, 10, 500))]
        else:
            changed[at:at] = random.choice(b'{}[]",:\\0-eE.ntf').to_bytes(1, "big")
    return bytes(changed[:_LONGEST])
