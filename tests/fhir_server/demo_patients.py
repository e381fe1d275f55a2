"""The patients of the demo: charts of the project's stories, told as of today, each for one decision."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.stories import FOLDER

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|T)")
_STORY_PATIENT = "pat1"


@dataclass(frozen=True)
class DemoPatient:
    """One patient, and what to do with them; `orders` are words for `call`, none at patient-view."""

    id: str
    family: str
    story: str  # whose chart it is
    point: str
    orders: tuple[str, ...] = ()

    @property
    def hook(self) -> str:
        return "order-sign" if self.orders else "patient-view"

    @property
    def call(self) -> list[str]:
        """The arguments of `thiopurine-cds call`, without those that say where."""
        orders = [argument for words in self.orders for argument in ("--order", words)]
        return ["--hook", self.hook, "--patient", self.id, *orders]


PATIENTS = (
    DemoPatient(
        "allopurinol",
        "Gout",
        "allopurinol-active",
        "allopurinol on the list",
        ("azathioprine 200 mg daily for Crohn's disease",),
    ),
    DemoPatient(
        "intermediate",
        "Tpmt",
        "intermediate-tpmt-dose-offered",
        "TPMT *1/*3A",
        ("azathioprine 200 mg daily",),
    ),
    DemoPatient("untested", "Ungene", "genes-untested", "no gene result", ("azathioprine 150 mg daily",)),
    DemoPatient(
        "slip",
        "Tenfold",
        "dose-likely-slip",
        "a dose that looks like a slip",
        ("azathioprine 400 mg daily for Crohn's disease",),
    ),
    DemoPatient(
        "vaccine", "Travel", "live-vaccine-on-therapy", "a live vaccine on therapy", ("MMR vaccine",)
    ),
    DemoPatient(
        "leukopenia", "Lowwhite", "leukopenia-at-order", "a low white count", ("azathioprine 150 mg daily",)
    ),
    DemoPatient("fever", "Septi", "leukopenia-with-fever", "fever with a low count"),
    DemoPatient("metabolites", "Shunter", "metabolites-hypermethylator", "metabolites out of range"),
    DemoPatient(
        "hepatitis",
        "Carrier",
        "hepatitis-b-carrier-azathioprine-alone",
        "hepatitis B surface antigen positive",
        ("azathioprine 150 mg daily",),
    ),
    DemoPatient(
        "ready", "Alright", "already-below-standard-start", "all in order", ("azathioprine 100 mg daily",)
    ),
)


def chart_of(patient: DemoPatient, today: date) -> list[dict[str, Any]]:
    """The resources of a patient, dated as if the story happened today, with ids of their own."""
    folder = FOLDER / patient.story
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    moved_by = today - datetime.fromisoformat(settings["as_of"]).date()
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    found = {(one["resourceType"], one["id"]): one for one in _resources(request["prefetch"])}
    chart = [_retold(one, patient, moved_by) for one in found.values()]
    for one in chart:
        if one["resourceType"] == "Patient":
            one["name"] = [{"use": "official", "family": patient.family, "given": ["Demo"]}]
    return chart


def _resources(prefetch: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for value in prefetch.values():
        if value and value["resourceType"] == "Bundle":
            yield from (one["resource"] for one in value.get("entry", ()))
        elif value:
            yield value


def _retold(value: Any, patient: DemoPatient, moved_by: timedelta, name: str = "") -> Any:
    match value:
        case dict():
            return {key: _retold(one, patient, moved_by, key) for key, one in value.items()}
        case list():
            return [_retold(one, patient, moved_by, name) for one in value]
        case str() if name == "reference" and "/" in value:
            kind, _, wanted = value.partition("/")
            return f"{kind}/{_own_id(wanted, patient)}"
        case str() if name == "id":
            return _own_id(value, patient)
        case str():
            return _DAY.sub(lambda day: str(date.fromisoformat(day[0]) + moved_by), value)
        case _:
            return value


def _own_id(story_id: str, patient: DemoPatient) -> str:
    return patient.id if story_id == _STORY_PATIENT else f"{patient.id}-{story_id}"
