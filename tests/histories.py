"""Medication histories written in words, as FHIR resources, and what is read from them.

`python -m tests.histories` writes them as a page to read, docs/medication-histories.md.

fixtures/histories/*.toml hold them: records, the line that a pharmacist reads from them, today's state, and what a
draft does. A record is a kind, a status and tokens: "order active written=2026-08-01 mg=100 strength=50 supply=30".
"""

import json
import shlex
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cards.assessment.case import Case
from cards.assessment.chart_of_a_day import chart_of_day
from cards.assessment.courses import CourseState
from cards.assessment.episodes import Episode
from cards.knowledge.default_policy import default_policy
from cards.knowledge.knowledge import Knowledge
from cards.model.facts import Availability, FactKind, Known
from cards.model.therapy import Drug
from fhir_mappers.bundle.resources import resources_in
from fhir_mappers.chart import ChartRequest, chart_from

Json = dict[str, Any]
FOLDER = Path(__file__).parents[1] / "fixtures" / "histories"
PAGE = Path(__file__).parents[1] / "docs" / "medication-histories.md"
AS_OF = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
POLICY, KNOWLEDGE = default_policy(), Knowledge.own()
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_EVERYTHING = {kind: Known(Availability.KNOWN) for kind in FactKind}
_STATE = {
    CourseState.CURRENT: "taken",
    CourseState.UNCERTAIN: "possibly taken",
    CourseState.HELD: "on hold",
    CourseState.PAST: "ended",
}
_DOES = {
    Episode.NEW_START: "starts",
    Episode.RESTART: "restarts",
    Episode.RESUMPTION: "resumes",
    Episode.RENEWAL: "renews",
    Episode.ESCALATION: "raises",
    Episode.REDUCTION: "lowers",
    Episode.CONTINUATION: "unclear",
    Episode.UNKNOWN: "unclear",
}
_PARTS_OF_DAY = {"morning": "MORN", "evening": "EVE", "noon": "NOON", "night": "NIGHT"}


@dataclass(frozen=True)
class History:
    """One medication history, and what a pharmacist reads from it."""

    file: str
    name: str
    why: str
    records: tuple[str, ...]
    line: tuple[str, ...]
    state: str
    since: str
    drafts: tuple[str, ...] = ()
    draft_is: str = ""
    drug: str = "azathioprine"
    open_question: str = ""  # where the design leaves more than one reading, the one that stands and why


def histories() -> Iterator[History]:
    """Every history on file."""
    for file in sorted(FOLDER.glob("*.toml")):
        for one in tomllib.loads(file.read_text(encoding="utf-8"))["history"]:
            drafts = one.pop("drafts", None) or [draft for draft in [one.pop("draft", "")] if draft]
            yield History(
                file=file.stem,
                drafts=tuple(drafts),
                records=tuple(one.pop("records")),
                line=tuple(one.pop("line")),
                **one,
            )


@dataclass(frozen=True)
class Reading:
    """What the service reads from a history, in the words of the file."""

    line: tuple[str, ...]
    state: str
    since: str
    draft_is: str


Retold = Callable[[list[Json]], list[Json]]


def case_of(history: History, retold: Retold | None = None, as_of: datetime = AS_OF) -> Case:
    """From FHIR resources, perhaps told in another way, through the mappers."""
    records = [_resource(f"r{i}", words) for i, words in enumerate(history.records)]
    drafts = [_resource(f"d{i}", words, "draft") for i, words in enumerate(history.drafts)]
    if retold is not None:
        records, drafts = retold(records), retold(drafts)
    request = ChartRequest(
        zone=UTC,
        patient_id="1",
        records=resources_in(_bundle(records)),
        draft_orders=resources_in(_bundle(drafts)),
        known=_EVERYTHING,
    )
    return Case(chart_of_day(chart_from(request).chart, as_of, POLICY), POLICY, KNOWLEDGE)


def reading_of(history: History, retold: Retold | None = None, as_of: datetime = AS_OF) -> Reading:
    """The therapy of the history's drug, in the words of the file."""
    case = case_of(history, retold, as_of)
    drug = Drug(history.drug)
    course, line, does = case.course(drug), tuple(map(str, case.line(drug))), _does(case, drug)
    if course is None:
        return Reading(line, "planned" if line else "none", "", does)
    is_on = course.state is not CourseState.PAST
    since = (str(course.started_on) if course.started_on else "not recorded") if is_on else ""
    return Reading(line, _STATE[course.state], since, does)


def _does(case: Case, drug: Drug) -> str:
    if case.is_ending(drug):
        return "ends"
    exposure = next((one for one in case.exposures if one.drug is drug and one.is_ordered), None)
    if exposure is None or exposure.episode is None:
        return ""
    if exposure.added:
        return "adds to"
    return "unclear" if exposure.beside else _DOES[exposure.episode]


def _bundle(resources: list[Json]) -> bytes:
    entries = [{"resource": one} for one in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def _resource(identity: str, words: str, status: str = "") -> Json:
    kind, *rest = shlex.split(words)
    if rest and "=" not in rest[0]:
        status, *rest = rest
    given = dict(one.split("=", 1) for one in rest)
    resource = {
        "id": identity,
        "status": status,
        "subject": {"reference": "Patient/1"},
        "medicationCodeableConcept": {"text": _product(given)},
    }
    if "updated" in given:
        resource["meta"] = {"lastUpdated": f"{given['updated']}T08:00:00Z"}
    if "reason" in given:
        coding = {
            "system": "http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason",
            "code": given["reason"],
        }
        resource["statusReason"] = _listed({"coding": [coding]}, kind)
    return _KINDS[kind](resource, given)


def _listed(concept: Json, kind: str) -> Any:
    return [concept] if kind in ("statement", "administration") else concept


def _product(given: Mapping[str, str]) -> str:
    drug = given.get("drug", "azathioprine")
    if "liquid" in given:
        return f"{drug} {given['liquid']} mg/mL oral suspension"
    return f"{drug} {given['strength']} mg oral tablet" if "strength" in given else drug


def _order(resource: Json, given: Mapping[str, str]) -> Json:
    today = AS_OF.date().isoformat()
    written = given.get("written", today if resource["status"] == "draft" else None)
    supply: Json = {}
    if "supply" in given:
        supply["expectedSupplyDuration"] = _days(given["supply"])
    if "repeats" in given:
        supply["numberOfRepeatsAllowed"] = int(given["repeats"])
    if "quantity" in given:
        supply["quantity"] = {"value": float(given["quantity"]), "unit": "tablet"}
    return resource | {
        "resourceType": "MedicationRequest",
        "intent": given.get("intent", "plan" if given.get("reported") == "yes" else "order"),
        "dosageInstruction": _dosages(given, with_bounds=True),
        **({"authoredOn": written} if written else {}),
        **({"reportedBoolean": True} if given.get("reported") == "yes" else {}),
        **({"category": [_setting(given["setting"])]} if "setting" in given else {}),
        **({"requester": {"reference": f"Practitioner/{given['by']}"}} if "by" in given else {}),
        **({"encounter": {"reference": f"Encounter/{given['visit']}"}} if "visit" in given else {}),
        **({"dispenseRequest": supply} if supply else {}),
    }


def _statement(resource: Json, given: Mapping[str, str]) -> Json:
    period = {key: given[name] for key, name in (("start", "from"), ("end", "to")) if name in given}
    return resource | {
        "resourceType": "MedicationStatement",
        "dosage": _dosages(given),
        **({"dateAsserted": given["written"]} if "written" in given else {}),
        **({"effectivePeriod": period} if period else {}),
    }


def _dispense(resource: Json, given: Mapping[str, str]) -> Json:
    return resource | {
        "resourceType": "MedicationDispense",
        "dosageInstruction": _dosages(given),
        **({"whenHandedOver": given["written"]} if "written" in given else {}),
        **({"daysSupply": _days(given["supply"])} if "supply" in given else {}),
        **(
            {"quantity": {"value": float(given["quantity"]), "unit": "tablet"}} if "quantity" in given else {}
        ),
    }


def _administration(resource: Json, given: Mapping[str, str]) -> Json:
    dose = {"dose": _mg(given["mg"])} if "mg" in given else {"text": given.get("sig", "")}
    return resource | {
        "resourceType": "MedicationAdministration",
        "dosage": dose,
        **({"effectiveDateTime": given["written"]} if "written" in given else {}),
    }


_KINDS = {
    "order": _order,
    "statement": _statement,
    "dispense": _dispense,
    "administration": _administration,
}


def _setting(name: str) -> Json:
    return {"coding": [{"system": f"{_TERMINOLOGY}/medicationrequest-category", "code": name}]}


def _days(number: str) -> Json:
    return {"value": float(number), "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}


def _mg(number: str) -> Json:
    return {"value": float(number), "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}


def _dosages(given: Mapping[str, str], *, with_bounds: bool = False) -> list[Json]:
    bounds = {key: given[name] for key, name in (("start", "from"), ("end", "to")) if name in given}
    first = {"boundsPeriod": bounds} if bounds and with_bounds else {}
    if "steps" in given:
        return list(_steps(given))
    if "mg" not in given:
        return (
            [{"text": given["sig"], **({"timing": {"repeat": first}} if first else {})}]
            if "sig" in given
            else []
        )
    dosage = {
        "timing": {"repeat": first | _repeat(given)},
        "doseAndRate": [{"doseQuantity": _mg(given["mg"])}],
    }
    return [dosage | ({"asNeededBoolean": True} if given.get("asneeded") == "yes" else {})]


def _repeat(given: Mapping[str, str]) -> Json:
    repeat: Json = {"frequency": int(given.get("doses", "1")), "period": 1, "periodUnit": "d"}
    if "every" in given:
        repeat["period"] = int(given["every"].removesuffix("d"))
    if "week" in given:
        repeat = {"frequency": int(given["week"]), "period": 1, "periodUnit": "wk"}
    if "days" in given:
        repeat = {"dayOfWeek": given["days"].split(",")}
    if "when" in given:
        repeat = {"when": [_PARTS_OF_DAY[given["when"]]], "period": 1, "periodUnit": "d"}
    return repeat


def _steps(given: Mapping[str, str]) -> Iterator[Json]:
    first = date.fromisoformat(given.get("from", given.get("written", AS_OF.date().isoformat())))
    is_dated = "from" in given or "to" in given
    for i, step in enumerate(given["steps"].split(",")):
        mg, _, days = step.partition("x")
        if first.isoformat() > given.get("to", "9999"):
            return
        repeat: Json = {"frequency": 1, "period": 1, "periodUnit": "d"}
        if is_dated:
            last = (first + timedelta(days=int(days) - 1)).isoformat() if days else given.get("to")
            ends = min(day for day in (last, given.get("to")) if day) if last or "to" in given else None
            repeat["boundsPeriod"] = {"start": first.isoformat(), **({"end": ends} if ends else {})}
            first += timedelta(days=int(days or 0))
        elif days:
            repeat["boundsDuration"] = _days(days)
        yield {"sequence": i + 1, "timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": _mg(mg)}]}


_TITLES = {
    "orders": "Orders",
    "supply": "Supply: renewals and gaps",
    "stops_and_holds": "Stops and holds",
    "several_orders": "Several orders",
    "steps_and_weekdays": "Steps, weekdays, times of day",
    "home_and_hospital": "Home list, hospital, discharge",
    "statements_dispenses_administrations": "Statements, dispenses, administrations",
    "drafts": "What a draft does",
}
_INTRODUCTION = f"""# Medication histories and how they are read

For a pharmacist to read: what a chart holds, and the line in time that the service reads from it. Today is
{AS_OF:%Y-%m-%d}. The lines were written from the design by somebody who did not know the code; a test holds the
service to each (`tests/test_histories.py`). Where more than one reading is possible, the one that stands is marked as
an *open question*, beside the sentence that was written first: please say where you would read it otherwise.

A record is its kind, its status, and what it states: `written` is the day of the order (of a statement, the day
asserted; of a dispense, the day handed out), `from` and `to` its period, `mg` one dose, `strength` one tablet,
`supply` in days, `updated` when the record was last changed. Written by `python -m tests.histories`.
"""


def as_page() -> str:
    """Every history as Markdown."""
    lines = [_INTRODUCTION]
    of_file: dict[str, list[History]] = {}
    for history in histories():
        of_file.setdefault(history.file, []).append(history)
    for file, title in _TITLES.items():
        lines.append(f"## {title}\n")
        for one in of_file.pop(file):
            lines += [f"### {one.name[:1].upper()}{one.name[1:]}\n", *_told(one), ""]
    assert not of_file, f"no title for {sorted(of_file)}"
    return "\n".join(lines).rstrip() + "\n"


def _told(one: History) -> Iterator[str]:
    records = [*one.records, *(f"draft: {draft}" for draft in one.drafts)]
    yield from ["```text", *records, "```", ""]
    of_drug = "" if one.drug == "azathioprine" else f" of {one.drug}"
    reading = [f"- {stretch}" for stretch in one.line] or [f"- nothing{of_drug} on the line"]
    yield from reading
    since = f", since {one.since}" if one.since else ""
    draft = f"; the draft {one.draft_is}" if one.draft_is not in ("", "unclear") else ""
    draft = "; what the draft does is unclear" if one.draft_is == "unclear" else draft
    yield f"- today{of_drug}: **{one.state}**{since}{draft}"
    if one.open_question:
        yield f'\n*Open question.* Written first: "{one.why}" {one.open_question}'
    else:
        yield f"\n{one.why}"


if __name__ == "__main__":
    PAGE.write_text(as_page(), encoding="utf-8")
