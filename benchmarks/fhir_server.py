"""`python -m benchmarks.fhir_server CHART LATENCY_MS PORT`: a FHIR server as slow as a round trip to a hospital's.

Each answer leaves a fixed time after its request came, whatever else is asked meanwhile. It pages as servers do: a
limited number of resources, and a link to the next page.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from benchmarks.charts import PATIENT, Chart, full_pages, twenty_resources
from cds_service.hooks.prefetch_keys import PrefetchKey, all_keys

PAGE = 100
BASE = "/fhir/r4"
_ANYBODY = "{{context.patientId}}"
_NOT_FOUND = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]}'


def charts() -> dict[str, Chart]:
    """The charts that the server can hold, by name."""
    return {chart.name: chart for chart in (twenty_resources(), full_pages(PAGE))}


class Pages:
    """The answer to each GET. All patients have the same chart."""

    def __init__(self, chart: Chart, origin: str) -> None:
        self._by_query = {
            key.template: _pages(key, chart, f"{origin}{BASE}")
            if key.count
            else [_bytes(chart.found[key.name][0])]
            for key in all_keys()
        }
        self._later = {
            f"{key.name}-{number}": page
            for key in all_keys()
            for number, page in enumerate(self._by_query[key.template])
        }
        self._medication = chart.medication

    def answer(self, target: str) -> bytes | None:
        """The body; None for an unknown path."""
        parts = urlsplit(target.removeprefix(BASE))
        if parts.path == f"/Medication/{self._medication['id']}":
            return _bytes(self._medication)
        query = parse_qs(parts.query)
        if parts.path == "" and {"page", "patient"} <= query.keys():
            return _of(query["patient"][0], self._later.get(query["page"][0]))
        kind, _, patient = parts.path[1:].partition("/")
        patient = patient or query.get("patient", [""])[0]
        template = unquote(f"{parts.path[1:]}?{parts.query}" if parts.query else parts.path[1:])
        pages = self._by_query.get(template.replace(patient, _ANYBODY)) if kind and patient else None
        return _of(patient, pages[0] if pages else None)


async def serve(pages: Pages, latency_s: float, port: int) -> None:
    """Answer until ended."""

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                leaves_at = asyncio.get_running_loop().time() + latency_s
                body = pages.answer(head.split(b" ", 2)[1].decode())
                await asyncio.sleep(leaves_at - asyncio.get_running_loop().time())
                writer.write(_head(body) + (body or _NOT_FOUND))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(answered, "127.0.0.1", port, backlog=2048) as server:
        await server.serve_forever()


def _pages(key: PrefetchKey, chart: Chart, base: str) -> list[bytes]:
    found = chart.found[key.name]
    size = min(PAGE, key.count or PAGE)
    pages = []
    for at, first in enumerate(range(0, max(len(found), 1), size)):
        is_last = first + size >= len(found)
        following = None if is_last else f"{base}?page={key.name}-{at + 1}&patient={PATIENT}"
        pages.append(_bytes(_page(found[first : first + size], following)))
    return pages


def _page(found: list[dict[str, Any]], following: str | None) -> Mapping[str, Any]:
    link = {"link": [{"relation": "next", "url": following}]} if following else {}
    entries = {"entry": [{"resource": one, "search": {"mode": "match"}} for one in found]} if found else {}
    return {"resourceType": "Bundle", "type": "searchset", **link, **entries}


def _bytes(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _of(patient: str, body: bytes | None) -> bytes | None:
    """The chart of everybody as that of one patient."""
    if body is None:
        return None
    whose = patient.encode()
    body = body.replace(f'"Patient/{PATIENT}"'.encode(), b'"Patient/%s"' % whose)
    body = body.replace(f"&patient={PATIENT}".encode(), b"&patient=" + whose)
    return body.replace(f'"id":"{PATIENT}"'.encode(), b'"id":"%s"' % whose)


def _head(body: bytes | None) -> bytes:
    status = b"404 Not Found" if body is None else b"200 OK"
    length = len(_NOT_FOUND if body is None else body)
    return b"HTTP/1.1 %s\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n" % (
        status,
        length,
    )


def main() -> None:
    """Serve the chart that the command line names."""
    name, latency_ms, port = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    pages = Pages(charts()[name], f"http://127.0.0.1:{port}")
    asyncio.run(serve(pages, latency_ms / 1000, port))


if __name__ == "__main__":
    main()
