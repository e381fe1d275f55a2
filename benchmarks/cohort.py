"""A synthetic hospital: the same seed gives the same export, byte for byte.

    python -m benchmarks.cohort DIR --patients 10000 --seed 7

Sizes follow what exports show: 28 to 5,000 Observations a patient, most of them nothing to a rule; one patient in
five has had a thiopurine. Some of it is as messy as real data: results without a unit, a time or a value,
orders in text alone, problems without a date, records sent twice, lines cut short. Codes come from the
project's own tables; everything else is invented.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from fhir_mappers.terminology.codes import codes_of

Json = dict[str, Any]

FEWEST, MOST = 28, 5_000
_MEDIAN_LOG, _SPREAD = 4.35, 0.9  # of the number of Observations
_TREATED = 0.2
_END = datetime(2026, 10, 1, tzinfo=UTC)
_YEARS = 2
_CUT_SHORT = 0.00002
_FILLER = "Specimen received in good condition. " * 12  # one kilobyte per result, as laboratories send it
_DEPARTMENTS = ("Gastroenterology", "Rheumatology", "Dermatology", "Haematology", "General medicine")
# analyte, unit, typical, spread, share of results
_MEASURED = (
    ("wbc", "10*9/L", 6.0, 1.6),
    ("anc", "10*9/L", 3.6, 1.2),
    ("platelets", "10*9/L", 250.0, 60.0),
    ("alt", "U/L", 28.0, 14.0),
    ("creatinine", "mg/dL", 0.9, 0.2),
)


def export_of(folder: Path, patients: int, seed: int) -> int:
    """Write the export; returns its size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        files: dict[str, IO[str]] = {}
        for number in range(patients):
            dice = _dice_of(number, seed)
            for one in _Patient(f"p{number:07}", dice).resources():
                kind = one["resourceType"]
                if kind not in files:
                    files[kind] = stack.enter_context((folder / f"{kind}.ndjson").open("w", encoding="utf-8"))
                line = json.dumps(one, separators=(",", ":"))
                files[kind].write(f"{line[: len(line) // 2] if _happens(_CUT_SHORT, dice) else line}\n")
    return sum(one.stat().st_size for one in folder.glob("*.ndjson"))


def patient_resources(number: int, seed: int) -> list[Json]:
    """Everything recorded of one patient of the export."""
    return list(_Patient(f"p{number:07}", _dice_of(number, seed)).resources())


def _dice_of(number: int, seed: int) -> random.Random:
    return random.Random(f"{seed}-{number}")  # noqa: S311 -- repeatable on purpose


class _Patient:
    """One patient, from a random generator seeded for that patient."""

    def __init__(self, patient_id: str, dice: random.Random) -> None:
        self._id = patient_id
        self._dice = dice
        self._count = 0
        self._start = _END - timedelta(days=365 * _YEARS)

    def resources(self) -> Iterator[Json]:
        """Everything recorded of the patient."""
        dice = self._dice
        yield {
            "resourceType": "Patient",
            "id": self._id,
            "gender": dice.choice(("female", "male", "unknown")),
            "birthDate": str(dice.randint(1940, 2012))
            + (f"-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}" if _happens(0.97, dice) else ""),
            "meta": {"lastUpdated": _text(_END)},
        }
        total = min(MOST, max(FEWEST, round(dice.lognormvariate(_MEDIAN_LOG, _SPREAD))))
        visits = sorted(self._day() for _ in range(dice.randint(1, 8)))
        encounters = [self._encounter(visit) for visit in visits]
        yield from encounters
        is_treated = _happens(_TREATED, dice)
        if is_treated:
            yield from self._treatment(visits, encounters)
        yield from self._results(total, is_treated=is_treated)
        yield from self._others(visits)

    def _day(self) -> datetime:
        minutes = self._dice.randint(0, _YEARS * 365 * 24 * 60)
        return self._start + timedelta(minutes=minutes)

    def _resource(self, kind: str, **content: Any) -> Json:  # noqa: ANN401 -- any JSON
        self._count += 1
        base = {"resourceType": kind, "id": f"{self._id}-{self._count}", "meta": {"lastUpdated": _text(_END)}}
        return base | {"subject": {"reference": f"Patient/{self._id}"}} | content

    def _encounter(self, start: datetime) -> Json:
        period = {"start": _text(start), "end": _text(start + timedelta(hours=1))}
        place = {"location": {"display": self._dice.choice(_DEPARTMENTS)}}
        return self._resource("Encounter", status="finished", period=period, location=[place])

    def _treatment(self, visits: list[datetime], encounters: list[Json]) -> Iterator[Json]:
        dice = self._dice
        drug = dice.choice(("azathioprine", "azathioprine", "mercaptopurine"))
        first = dice.randrange(len(visits))
        problem = dice.choice(("crohns", "ulcerative_colitis", "rheumatoid_arthritis"))
        recorded = {} if _happens(0.1, dice) else {"recordedDate": _text(visits[0])}
        yield self._resource("Condition", code=_concept(problem, "problem", dice), clinicalStatus=_status("active"),
                             verificationStatus=_status("confirmed"), **recorded)  # fmt: skip
        for place in range(first, len(visits)):
            yield self._order(drug, visits[place], encounters[place])
            if _happens(0.04, dice):
                yield self._order("allopurinol", visits[place], encounters[place])
            if _happens(0.03, dice):
                yield self._resource(
                    "MedicationRequest", status="completed", intent="order", authoredOn=_text(visits[place]),
                    medicationCodeableConcept=_concept("live", "vaccine", dice),
                    encounter={"reference": f"Encounter/{encounters[place]['id']}"},
                )  # fmt: skip
        if _happens(0.5, dice):
            test = codes_of("TPMT", "gene_test")[0]
            yield self._resource(
                "Observation", status="final", issued=_text(visits[0]), effectiveDateTime=_text(visits[0]),
                code={"coding": [{"system": test.system, "code": test.code}]},
                valueString=dice.choice(("*1/*1", "*1/*1", "*1/*1", "*1/*3A", "*3A/*3A")),
            )  # fmt: skip

    def _order(self, drug: str, when: datetime, encounter: Json) -> Json:
        dice = self._dice
        mg = dice.choice((50, 75, 100, 150, 200))
        dosage: Json = {"text": f"{mg} mg once daily"}
        if _happens(0.85, dice):
            dosage["timing"] = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
            dosage["doseAndRate"] = [{"doseQuantity": {"value": mg, "unit": "mg"}}]
        return self._resource(
            "MedicationRequest",
            status=dice.choice(("active", "completed", "stopped")),
            intent="order",
            authoredOn=_text(when) if _happens(0.97, dice) else when.date().isoformat(),
            encounter={"reference": f"Encounter/{encounter['id']}"},
            medicationCodeableConcept=_concept(drug, "drug", dice),
            dosageInstruction=[dosage],
        )

    def _results(self, total: int, *, is_treated: bool) -> Iterator[Json]:
        """A tenth of all results, or a third in the treated, are ones that a rule reads."""
        share = 0.3 if is_treated else 0.1
        for _ in range(total):
            one = self._measured() if _happens(share, self._dice) else self._filler()
            yield one
            if _happens(0.002, self._dice):
                yield one  # sent twice

    def _measured(self) -> Json:
        dice = self._dice
        if _happens(0.1, dice):
            return self._observation(*_code("body_weight", "analyte"), round(dice.gauss(74, 14), 1), "kg")
        analyte, unit, typical, spread = dice.choice(_MEASURED)
        value = max(round(dice.gauss(typical, spread), 1), 0.1)
        if _happens(0.01, dice):
            value = round(value / 5, 1)  # the low ones that the rules are for
        return self._observation(*_code(analyte, "analyte"), value, unit)

    def _filler(self) -> Json:
        code = f"local-{self._dice.randint(1, 900)}"
        return self._observation(
            "http://hospital.example/tests", code, round(self._dice.random() * 100, 2), "mg/L"
        )

    def _observation(self, system: str, code: str, value: float, unit: str) -> Json:
        dice = self._dice
        taken = self._day()
        one = self._resource(
            "Observation",
            status="final",
            code={"coding": [{"system": system, "code": code}], "text": code},
            effectiveDateTime=_text(taken),
            issued=_text(taken + timedelta(hours=dice.randint(1, 30))),
            valueQuantity={"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
            note=[{"text": _FILLER}],
        )
        match dice.choices(("", "undated", "unitless", "empty", "bound", "mistaken"), (955, 20, 10, 5, 5, 5))[
            0
        ]:
            case "undated":
                del one["issued"]
            case "unitless":
                one["valueQuantity"] = {"value": value}
            case "empty":
                del one["valueQuantity"]
            case "bound":
                one["valueQuantity"]["comparator"] = "<"
            case "mistaken":
                one["status"] = "entered-in-error"
        return one

    def _others(self, visits: list[datetime]) -> Iterator[Json]:
        for _ in range(self._dice.randint(0, 6)):
            yield self._resource(
                "MedicationRequest", status="completed", intent="order", authoredOn=_text(visits[0]),
                medicationCodeableConcept={"text": f"local product {self._dice.randint(1, 400)}"},
            )  # fmt: skip
        for _ in range(self._dice.randint(0, 5)):
            yield self._resource("Condition", code={"text": f"local problem {self._dice.randint(1, 400)}"},
                                 clinicalStatus=_status("active"), recordedDate=_text(visits[0]))  # fmt: skip


def _happens(share: float, dice: random.Random) -> bool:
    return dice.random() < share


def _text(when: datetime) -> str:
    return when.isoformat(timespec="seconds")


def _status(code: str) -> Json:
    return {"coding": [{"code": code}]}


def _code(concept: str, kind: str) -> tuple[str, str]:
    first = codes_of(concept, kind)[0]
    return first.system, first.code


def _concept(concept: str, kind: str, dice: random.Random) -> Json:
    """A code of the concept, or, now and then, its name alone where that is a word."""
    found = dice.choice(codes_of(concept, kind)[:5])
    if kind == "drug" and _happens(0.1, dice):
        return {"text": concept}
    return {"coding": [{"system": found.system, "code": found.code, "display": found.display}]}


def main() -> None:
    """Write an export where the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    size = export_of(given.folder, given.patients, given.seed)
    sys.stdout.write(f"{given.patients:,} patients, {size / 1e9:.2f} GB in {given.folder}\n")


if __name__ == "__main__":
    main()
