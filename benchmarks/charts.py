"""A chart as a FHIR server holds it: what each of the service's searches finds, newest first, and the order.

In the bodies the patient has the id that the seed gives; in the charts every reference says `PATIENT`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from benchmarks.hook_bodies import order_sign, wanted_results
from cds_service.hooks.prefetch_keys import all_keys

PATIENT = "example"
_MEDICATION = "allopurinol-tablets"
_MEASURED = ("counts", "vitals", "liver", "kidney")
_BEYOND = 1.25  # of what is asked for: a search that finds this much is cut

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """What a search finds, by the name of its prefetch key; and the Medication that an order refers to."""

    name: str
    found: Mapping[str, list[Resource]]
    medication: Resource
    steps: int
    """The longest chain of requests that each need an answer before: pages, and reads by reference."""


def twenty_resources() -> Chart:
    """A whole chart of about twenty resources. An order names its drug by reference: two steps."""
    return _chart("20 resources", {}, steps=2)


def full_pages(page: int) -> Chart:
    """Every search for measurements finds more than is asked for, so that it comes in pages.

    The second page of the longest needs the first, as the Medication needs its order: two steps.
    """
    asked = {key.name: key.count for key in all_keys() if key.name in _MEASURED and key.count}
    more = {key: round(count * _BEYOND) for key, count in asked.items()}
    return _chart("full pages", more, steps=max(2, ceil(max(asked.values()) / page)))


def body_without_prefetch(seed: int, fhir_server: str) -> bytes:
    """An order for one patient, and the address to fetch the chart from."""
    request = order_sign()
    del request["prefetch"]
    request["fhirServer"] = fhir_server
    return _of_patient(request, seed)


def body_with_prefetch(chart: Chart, seed: int) -> bytes:
    """The same order with what a client's own searches would have brought: cut where they ask for no more."""
    request = order_sign()
    request["prefetch"] = {
        key.name: chart.found[key.name][0]
        if key.count is None
        else _searchset(chart.found[key.name][: key.count])
        for key in all_keys()
    }
    request["prefetch"]["medications"]["entry"].append({"resource": chart.medication})
    return _of_patient(request, seed)


def patient_of(seed: int) -> str:
    """The id of the patient of a body."""
    return f"{PATIENT}-{seed}"


def _chart(name: str, more: Mapping[str, int], steps: int) -> Chart:
    prefetch = order_sign()["prefetch"]
    found = {
        key: [entry["resource"] for entry in sent.get("entry", [])] if key != "patient" else [sent]
        for key, sent in prefetch.items()
    }
    for key, count in more.items():
        found[key] += [entry["resource"] for entry in wanted_results(key, count)]
    order = found["medications"][0]
    medication = {
        "resourceType": "Medication",
        "id": _MEDICATION,
        "code": order.pop("medicationCodeableConcept"),
    }
    order["medicationReference"] = {"reference": f"Medication/{_MEDICATION}"}
    return Chart(name, found, medication, steps)


def _searchset(found: list[Resource]) -> Resource:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in found]}


def _of_patient(request: dict[str, Any], seed: int) -> bytes:
    request["hookInstance"] = f"{seed:08x}-9a51-4c1e-8f35-5f0f3c2a7d10"
    request["context"]["patientId"] = patient_of(seed)
    text = json.dumps(request, separators=(",", ":"))
    text = text.replace(f'"Patient/{PATIENT}"', f'"Patient/{patient_of(seed)}"')
    return text.replace(f'"id":"{PATIENT}"', f'"id":"{patient_of(seed)}"').encode()
