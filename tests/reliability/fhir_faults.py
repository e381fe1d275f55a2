"""Faults of the small FHIR server of the tests: slow, lying, without an end, or far too large."""

import json
import zlib
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from tests.cds_service.chart_sources.fhir_server import BASE
from tests.cds_service.net.web_server import WebServer, send

GIGABYTE = 1_000_000_000
_CHUNK = b" " * 1_000_000
_GZIP = 31


def slow(_handler: Any, web: WebServer) -> bool:
    """Answers long after anybody waits."""
    web.pause(3600)
    return True


def dripping(handler: Any, web: WebServer) -> bool:
    """Promises a page, and sends a byte of it now and then."""
    _begin(handler, 1000)
    while not web.stopping.is_set():
        handler.wfile.write(b" ")
        handler.wfile.flush()
        web.pause(0.1)
    return True


def signing_in(handler: Any, _web: WebServer) -> bool:
    """A proxy in front of it sends its own page, with 200."""
    send(handler, b"<!DOCTYPE html><title>Please sign in</title>", content_type="text/html")
    return True


def of_somebody_else(handler: Any, _web: WebServer) -> bool:
    """Answers every search with a record of another patient."""
    other = {"reference": "Patient/somebody-else"}
    record = {"resourceType": _type_asked_for(handler), "id": "1", "subject": other, "patient": other}
    _send_page(handler, entry=[{"resource": record}])
    return True


def endless(handler: Any, web: WebServer) -> bool:
    """Each page of a search leads to another one, and none holds a record; reads are answered."""
    if "?" not in handler.path:
        return False
    following = f"{web.address}{BASE}/{_type_asked_for(handler)}?page={len(web.asked)}"
    _send_page(handler, link=[{"relation": "next", "url": following}])
    return True


def a_gigabyte(handler: Any, _web: WebServer) -> bool:
    """Each answer is of 1 GB."""
    _begin(handler, GIGABYTE)
    for _ in range(GIGABYTE // len(_CHUNK)):
        handler.wfile.write(_CHUNK)
    return True


def gzip_bomb(handler: Any, _web: WebServer) -> bool:
    """Each answer is of 1 MB, and of 1 GB once it is unpacked."""
    send(handler, _bomb(), Content_Encoding="gzip")
    return True


@cache
def _bomb() -> bytes:
    """The same blocks again and again, without an end that nobody reaches."""
    packing = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    first, following = (packing.compress(_CHUNK) + packing.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + following * (GIGABYTE // len(_CHUNK) - 1)


def _type_asked_for(handler: Any) -> str:
    return urlsplit(handler.path).path.removeprefix(f"{BASE}/").partition("/")[0]


def _send_page(handler: Any, **content: Any) -> None:
    send(handler, json.dumps({"resourceType": "Bundle", "type": "searchset"} | content).encode())


def _begin(handler: Any, length: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/fhir+json")
    handler.send_header("Content-Length", str(length))
    handler.end_headers()
