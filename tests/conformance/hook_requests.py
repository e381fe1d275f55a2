"""Hook requests for a service that decides by today's date: the sample order, as if written today."""

import copy
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

_SAMPLE = Path(__file__).parents[2] / "fixtures" / "requests" / "order-sign.json"
_WRITTEN_ON = date(2026, 11, 20)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

Json = dict[str, Any]
HOOKS = ("order-select", "order-sign", "patient-view")
ORDER_HOOKS = HOOKS[:2]
AZATHIOPRINE = "MedicationRequest/azathioprine-new"


def request_for(hook: str, **changes: Any) -> Json:
    """A request with everything that the service asks for; a change to ... leaves that part out."""
    body = _sample() | {"hook": hook, "hookInstance": str(uuid4())}
    if hook == "order-select":
        body["context"]["selections"] = [AZATHIOPRINE]
    if hook == "patient-view":
        _take_what_is_ordered(body)
    return {name: value for name, value in (body | changes).items() if value is not ...}


def draft(resource: Json, hook: str = "order-sign", **changes: Any) -> Json:
    """A request whose draft holds one resource, with the sample's prefetch."""
    body = request_for(hook, **changes)
    body["context"]["draftOrders"]["entry"] = [{"resource": resource}]
    if hook == "order-select":
        body["context"]["selections"] = [f"{resource['resourceType']}/{resource.get('id')}"]
    return body


def order_in(body: Json, record_ref: str = AZATHIOPRINE) -> Json:
    """A draft order of a request."""
    return orders_in(body)[record_ref]


def orders_in(body: Json) -> dict[str, Json]:
    """The draft orders of a request by their references."""
    bundle = body["context"].get("draftOrders", {})
    resources = [entry["resource"] for entry in bundle.get("entry", [])]
    return {f"{one['resourceType']}/{one.get('id')}": one for one in resources}


def with_prefetch(body: Json, value: Any) -> Json:
    """The same request with one value for every key; ... sends none of them."""
    prefetch = dict.fromkeys(body["prefetch"], value)
    return body | {"prefetch": {} if value is ... else prefetch}


def records_in(body: Json) -> list[Json]:
    """Every resource that the prefetch holds."""
    found = []
    for value in body["prefetch"].values():
        found += (
            [value]
            if value["resourceType"] != "Bundle"
            else [one["resource"] for one in value.get("entry", [])]
        )
    return copy.deepcopy(found)


def said(response: Json) -> list[Json]:
    """The cards as a reader sees them: without the ids and instants of the moment."""
    return [_without_the_moment(card) for card in response["cards"]]


def _without_the_moment(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _without_the_moment(one)
            for name, one in value.items()
            if name not in ("uuid", "authoredOn")
        }
    return [_without_the_moment(one) for one in value] if isinstance(value, list) else value


def _sample() -> Json:
    later = datetime.now(UTC).date() - _WRITTEN_ON
    birth_date = "1984-06-02"
    text = _DAY.sub(
        lambda day: day[0] if day[0] == birth_date else str(date.fromisoformat(day[0]) + later),
        _SAMPLE.read_text(encoding="utf-8"),
    )
    return json.loads(text)


def _take_what_is_ordered(body: Json) -> None:
    """The ordered azathioprine becomes what the patient takes."""
    taken = order_in(body) | {
        "status": "active",
        "authoredOn": str(datetime.now(UTC).date() - timedelta(days=7)),
    }
    del body["context"]["draftOrders"]
    body["prefetch"]["medications"]["entry"].append({"resource": taken})
    body["prefetch"]["medications"]["total"] += 1
