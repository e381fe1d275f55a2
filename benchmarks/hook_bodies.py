"""The same order-sign at several sizes: one patient's order and chart among results that no rule reads."""

import csv
import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

_REQUEST = Path(__file__).parents[1] / "fixtures" / "requests" / "order-sign.json"
_OTHER_RESULTS = Path(__file__).parent / "other_results.csv"
_MEASUREMENTS = ("counts", "vitals", "liver", "kidney", "metabolites", "serology", "pregnancy")
_PATIENT = "example"
AS_OF = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEWEST = date(2026, 11, 20)

# How many results that no rule reads are added to the whole chart; None: only the order and a count.
SIZES: Mapping[str, int | None] = {"2 kB": None, "50 kB": 42, "1.1 MB": 1_140, "5 MB": 5_180}


def bodies(size: str, count: int, first_seed: int = 0) -> Iterator[bytes]:
    """Bodies of one size; no two have a patient, an id or an order in common."""
    others = SIZES[size]
    for seed in range(first_seed, first_seed + count):
        yield small_body(seed) if others is None else whole_body(seed, others)


def small_body(seed: int) -> bytes:
    """An order with the patient's latest leukocytes, and nothing else."""
    request = order_sign()
    request["context"]["draftOrders"]["entry"] = request["context"]["draftOrders"]["entry"][:1]
    counts = request["prefetch"]["counts"]
    request["prefetch"] = {
        "patient": request["prefetch"]["patient"],
        "counts": {"resourceType": "Bundle", "type": "searchset", "entry": counts["entry"][:1]},
    }
    return _of_one_patient(request, seed)


def whole_body(seed: int, others: int, wanted: int = 0) -> bytes:
    """An order with a whole chart, `others` results that no rule reads and `wanted` results that some rule reads."""
    request = order_sign()
    chance = random.Random(seed)  # noqa: S311 -- a benchmark repeats itself
    entries = [_other_result(chance, number, _day(number, others)) for number in range(others)]
    entries += [_wanted_result(chance, number, _day(number, wanted)) for number in range(wanted)]
    for at, name in enumerate(_MEASUREMENTS):
        request["prefetch"][name].setdefault("entry", []).extend(entries[at :: len(_MEASUREMENTS)])
    return _of_one_patient(request, seed)


def order_sign() -> dict[str, Any]:
    """The request that every body begins with."""
    content: dict[str, Any] = json.loads(_REQUEST.read_bytes())
    return content


def _of_one_patient(request: dict[str, Any], seed: int) -> bytes:
    chance = random.Random(-seed - 1)  # noqa: S311 -- a benchmark repeats itself
    request["hookInstance"] = f"{seed:08x}-5d0e-4b67-9a3e-2f6f0d8b7c11"
    request["context"]["patientId"] = f"{_PATIENT}-{seed}"
    request["context"]["userId"] = f"Practitioner/{seed}"
    leukocytes = request["prefetch"]["counts"]["entry"][0]["resource"]["valueQuantity"]
    leukocytes["value"] = round(chance.uniform(5.0, 9.0), 2)
    text = json.dumps(request, separators=(",", ":"))
    text = text.replace('"id":"', f'"id":"{seed}-').replace(f'"{seed}-{_PATIENT}"', f'"{_PATIENT}-{seed}"')
    return text.replace(f'"Patient/{_PATIENT}"', f'"Patient/{_PATIENT}-{seed}"').encode()


@cache
def _vocabulary() -> list[dict[str, str]]:
    with _OTHER_RESULTS.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def _day(number: int, of: int) -> date:
    """Newest first, as the searches ask, over two years."""
    return NEWEST - timedelta(days=30 + number * 700 // of)


def _other_result(chance: random.Random, number: int, day: date) -> dict[str, Any]:
    kind = _vocabulary()[number % len(_vocabulary())]
    value = round(float(kind["value"]) * chance.uniform(0.8, 1.2), 2)
    return _entry(chance, f"r{number}", kind, value, day)


def wanted_results(key: str, count: int) -> list[dict[str, Any]]:
    """`count` results like those that the chart has under that prefetch key, dated further back."""
    chance = random.Random(key)  # noqa: S311 -- a benchmark repeats itself
    entries = order_sign()["prefetch"][key]["entry"]
    likes = [entry["resource"] for entry in entries if "valueQuantity" in entry["resource"]]
    return [
        _like(likes[number % len(likes)], chance, f"{key}{number}", _day(number, count))
        for number in range(count)
    ]


def _wanted_result(chance: random.Random, number: int, day: date) -> dict[str, Any]:
    """A count like those of the chart, further back."""
    entries = order_sign()["prefetch"]["counts"]["entry"]
    return _like(entries[number % len(entries)]["resource"], chance, f"w{number}", day)


def _like(like: Mapping[str, Any], chance: random.Random, name: str, day: date) -> dict[str, Any]:
    coding, quantity = like["code"]["coding"][0], like["valueQuantity"]
    kind = {**coding, "unit": quantity["unit"], "ucum": quantity["code"]}
    return _entry(chance, name, kind, round(quantity["value"] * chance.uniform(0.9, 1.1), 2), day)


def _entry(
    chance: random.Random, name: str, kind: Mapping[str, str], value: float, day: date
) -> dict[str, Any]:
    """One result as a laboratory sends it, with what EHRs add: about 1 kB."""
    taken = f"{day}T08:15:00+00:00"
    serial = f"{chance.getrandbits(64):016x}"
    observation = {
        "resourceType": "Observation",
        "id": f"{name}-{serial}",
        "meta": {"versionId": "1", "lastUpdated": taken},
        "identifier": [{"system": "urn:example:accession", "value": serial}],
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "laboratory",
                        "display": "Laboratory",
                    }
                ],
                "text": "Laboratory",
            }
        ],
        "code": {
            "coding": [{"system": kind["system"], "code": kind["code"], "display": kind["display"]}],
            "text": kind["display"],
        },
        "subject": {"reference": f"Patient/{_PATIENT}"},
        "encounter": {"reference": f"Encounter/{serial[:8]}"},
        "effectiveDateTime": taken,
        "issued": taken,
        "performer": [{"reference": "Organization/laboratory", "display": "Laboratory"}],
        "valueQuantity": {
            "value": value,
            "unit": kind["unit"],
            "system": "http://unitsofmeasure.org",
            "code": kind["ucum"],
        },
    }
    return {"fullUrl": f"urn:uuid:{serial}", "resource": observation, "search": {"mode": "match"}}
