"""A synthetic hospital's order-signs: some laboratory codes are its own, some medications are text alone.

The patients are those of `benchmarks.cohort`. What is damaged there on purpose (a result without its unit or value,
a problem without a date) can be left out: that is told, and is no noise.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from benchmarks.cohort import patient_resources
from cds_service.access.clients import AcknowledgedNotice
from cds_service.answering.pipeline import Circumstances
from cds_service.evaluation import response_to
from cds_service.hooks.card_json import numbered_ids
from cds_service.hooks.prefetch_keys import PrefetchKey
from cds_service.hooks.services import service_for_hook
from fhir_mappers.terminology.synonyms import mentions

Json = dict[str, Any]
GAP = "CouldNotBeChecked"  # the topic of such a card


@dataclass(frozen=True)
class Hospital:
    """How it records, and how much of what was asked for its server sends."""

    seed: int = 7
    local_results: float = 0.3
    text_only: float = 0.1
    is_sound: bool = True
    filters_by_code: bool = True
    known_words: bool = False  # the wording of a local code is one that our dictionaries hold
    notices: tuple[Json, ...] = field(default=(), hash=False)  # OperationOutcomes that come with every search
    acknowledged: frozenset[AcknowledgedNotice] = (
        frozenset()
    )  # those that the client's entry says it knows of


def order_signs(hospital: Hospital, patients: int) -> Iterator[tuple[Json, datetime, bool]]:
    """The last order of each patient who has one, as signed, with everything recorded before.

    And whether it concerns us: it is for a drug that our dictionaries know.
    """
    for number in range(patients):
        dice = random.Random(f"noise-{hospital.seed}-{number}")  # noqa: S311 -- repeatable on purpose
        known = [_as_recorded(one, hospital, dice) for one in _resources_of(number, hospital.seed)]
        records = [one for one in known if one is not None]
        orders = [one for one in records if one["resourceType"] == "MedicationRequest"]
        if orders:
            order = max(orders, key=lambda one: one["authoredOn"])
            yield *_signed(order, records, hospital), _is_ours(order["medicationCodeableConcept"])


def _resources_of(number: int, seed: int) -> list[Json]:
    """Everything recorded of one patient, for the caller to change."""
    return msgspec.json.decode(_json_of(number, seed))


@lru_cache(maxsize=1_000)
def _json_of(number: int, seed: int) -> bytes:
    """Every hospital has the same patients: to make one takes many times as long as to read one."""
    return msgspec.json.encode(patient_resources(number, seed))


def gap_cards(request: Json, as_of: datetime, hospital: Hospital) -> list[str]:
    """The summaries of the cards that say what could not be checked."""
    around = Circumstances(acknowledged=hospital.acknowledged)
    answer = response_to(json.dumps(request).encode(), as_of, numbered_ids(), around)
    return [card["summary"] for card in answer["cards"] if card["source"].get("topic", {}).get("code") == GAP]


def _is_ours(concept: Json) -> bool:
    words = [concept.get("text"), *(one.get("display") for one in concept.get("coding", ()))]
    return any(mentions(text, ("drug", "vaccine")) for text in words if text)


def _as_recorded(one: Json, hospital: Hospital, dice: random.Random) -> Json | None:
    kind = one["resourceType"]
    if hospital.is_sound:
        if kind == "Observation" and (
            "unit" not in one.get("valueQuantity", {"unit": ""}) or not _has_value(one)
        ):
            return None
        if kind == "Condition":
            one.setdefault("recordedDate", "2025-01-01")
    if kind == "Observation" and "valueQuantity" in one and dice.random() < hospital.local_results:
        code = one["code"]["coding"][0]
        words = f"LAB {code['code']}" if not hospital.known_words else "Leukocytes"
        one["code"] = {
            "coding": [{"system": "http://hospital.example/tests", "code": f"X{code['code']}"}],
            "text": words,
        }
    if kind == "MedicationRequest" and dice.random() < hospital.text_only:
        concept = one["medicationCodeableConcept"]
        words = concept.get("text") or concept["coding"][0].get("display")
        one["medicationCodeableConcept"] = {"text": words or "local product"}
    return one


def _has_value(one: Json) -> bool:
    return any(name.startswith("value") for name in one)


def _signed(order: Json, records: list[Json], hospital: Hospital) -> tuple[Json, datetime]:
    when = datetime.fromisoformat(order["authoredOn"])
    as_of = when if when.tzinfo else datetime.fromisoformat(f"{order['authoredOn']}T12:00:00+00:00")
    known = [one for one in records if one is not order and _date(one) <= as_of.isoformat()]
    (patient,) = (one for one in records if one["resourceType"] == "Patient")
    service = service_for_hook("order-sign")
    draft = {name: value for name, value in order.items() if name != "meta"} | {"status": "draft"}
    request = {
        "hook": "order-sign",
        "hookInstance": "d2368d99-707d-56da-8542-b32ae4f8055b",
        "context": {
            "userId": "Practitioner/1",
            "patientId": patient["id"],
            "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": draft}]},
        },
        "prefetch": {key.name: _found(key, known, patient, hospital) for key in service.prefetch_keys},
    }
    return request, as_of


def _date(one: Json) -> str:
    return one.get("effectiveDateTime") or one.get("authoredOn") or one.get("recordedDate") or ""


def _found(key: PrefetchKey, records: list[Json], patient: Json, hospital: Hospital) -> Json:
    """What the hospital's server finds for a search: of that type, with one of the codes where it looks at codes."""
    if key.count is None:
        return patient
    found = [one for one in records if one["resourceType"] == key.resource_type]
    if key.query.startswith("code=") and hospital.filters_by_code:
        wanted = set(key.query.removeprefix("code=").split(","))
        found = [
            one for one in found if wanted & {_token(coding) for coding in one["code"].get("coding", ())}
        ]
    newest = sorted(found, key=_date, reverse=True)[: key.count - 1]
    entries = [{"resource": one} for one in newest]
    entries += [{"resource": one, "search": {"mode": "outcome"}} for one in hospital.notices]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def _token(coding: Json) -> str:
    return f"{coding.get('system', '')}|{coding['code']}"
