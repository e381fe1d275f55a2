"""What changes nothing in the reading of a medication history, and what may only make it less certain."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from cards.model.therapy import Drug
from tests.histories import AS_OF, POLICY, case_of, histories, reading_of

HISTORIES = {f"{one.file}: {one.name}": one for one in histories()}
_DAY = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
_PARTIAL = re.compile(r"=\d{4}(-\d{2})?(\s|$)")
SHIFT = timedelta(days=-1461)  # four years: the same weekdays, more or less a leap day


def of_every(names=HISTORIES):
    return pytest.mark.parametrize("name", names)


def told(history, retold):
    """The reading of records told in another way, and the reading as they were."""
    return reading_of(history, retold), reading_of(history)


@of_every()
def test_the_order_of_the_records_changes_nothing(name):
    backwards, as_written = told(HISTORIES[name], lambda records: records[::-1])

    assert backwards == as_written


UNRELATED = [
    {"resourceType": "MedicationRequest", "id": "u1", "status": "active", "intent": "order"}
    | {"subject": {"reference": "Patient/1"}, "authoredOn": "2026-10-01"}
    | {"medicationCodeableConcept": {"text": "metformin 500 mg oral tablet"}},
    {"resourceType": "MedicationRequest", "id": "u2", "status": "stopped", "intent": "order"}
    | {"subject": {"reference": "Patient/1"}, "authoredOn": "2026-09-01"}
    | {"medicationCodeableConcept": {"text": "prednisolone 5 mg oral tablet"}},
    {"resourceType": "Observation", "id": "u3", "status": "final", "code": {"text": "Potassium"}}
    | {"subject": {"reference": "Patient/1"}, "valueQuantity": {"value": 4, "unit": "mmol/L"}},
]


@of_every()
def test_unrelated_records_change_nothing(name):
    beside, alone = told(HISTORIES[name], lambda records: [*records, *UNRELATED] if records else records)

    assert beside == alone


@of_every(
    [name for name, one in HISTORIES.items() if not any(_PARTIAL.search(words) for words in one.records)]
)
def test_shifting_every_date_shifts_the_line(name):
    history = HISTORIES[name]
    moved = reading_of(history, _shifted, AS_OF + SHIFT)

    assert moved == _shifted_reading(reading_of(history))


def _shifted(resources):
    return json.loads(_moved(json.dumps(resources)))


def _moved(text):
    return _DAY.sub(lambda day: str(date.fromisoformat(day.group()) + SHIFT), text)


def _shifted_reading(reading):
    line = tuple(_moved(stretch) for stretch in reading.line)
    return type(reading)(line, reading.state, _moved(reading.since), reading.draft_is)


def _in_tablets(records):
    """Each dose in tablets of the product's strength, or in mL of its concentration."""
    for record in records:
        words = record["medicationCodeableConcept"]["text"]
        found = re.search(r"(\d+(?:\.\d+)?) mg(/mL)? oral", words)
        for dosage in _dosages(record) if found else ():
            quantity = dosage["doseAndRate"][0]["doseQuantity"]
            count, unit = quantity["value"] / float(found[1]), "mL" if found[2] else "tablet"
            dosage["doseAndRate"][0]["doseQuantity"] = {"value": count, "unit": unit}
    return records


def _dosages(record):
    of_record = record.get("dosageInstruction") or record.get("dosage")
    return [one for one in of_record if "doseAndRate" in one] if isinstance(of_record, list) else []


@of_every()
def test_tablets_and_millilitres_are_the_dose_in_mg(name):
    in_tablets, in_mg = told(HISTORIES[name], _in_tablets)

    assert in_tablets == in_mg


def _split_by_time_of_day(records):
    """Each dose once a day as two instructions: half in the morning, half in the evening."""
    for record in records:
        dosages = _dosages(record)
        if len(dosages) != 1 or not _is_once_a_day(dosages[0]):
            continue
        morning, evening = json.loads(json.dumps(dosages * 2))
        for dosage, when in ((morning, "MORN"), (evening, "EVE")):
            dosage["doseAndRate"][0]["doseQuantity"]["value"] /= 2
            dosage["timing"]["repeat"]["when"] = [when]
        record["dosageInstruction" if "dosageInstruction" in record else "dosage"] = [morning, evening]
    return records


def _is_once_a_day(dosage):
    repeat = dosage["timing"]["repeat"]
    return (repeat.get("frequency"), repeat.get("period"), repeat.get("periodUnit")) == (1, 1, "d")


@of_every([name for name, one in HISTORIES.items() if not any("when=" in words for words in one.records)])
def test_an_order_split_by_time_of_day_keeps_its_daily_dose(name):
    split, whole = told(HISTORIES[name], _split_by_time_of_day)

    assert split == whole


LESS_KNOWN = [
    (name, token)
    for name, one in HISTORIES.items()
    for token in ("to", "supply", "updated")
    if any(re.match(rf"order (stopped|on-hold).* {token}=", words) for words in one.records)
]


@pytest.mark.parametrize(("name", "token"), LESS_KNOWN)
def test_of_an_end_of_which_less_is_known_the_last_dose_is_never_earlier(name, token):
    """The latest day on which the drug may have been taken decides for how long it still counts.

    Beyond a year after the order nothing but a recorded end says that it was taken: the policy's choice.
    """
    whole = HISTORIES[name]
    records = [re.sub(rf" {token}=\S+", "", words) if _is_ended(words) else words for words in whole.records]

    less = replace(whole, records=tuple(records))

    written = max(re.findall(r"written=(\d{4}-\d{2}-\d{2})", " ".join(whole.records)))
    assumed = date.fromisoformat(written) + timedelta(days=POLICY.undated_stop_days)
    assert _latest_dose(less) >= min(_latest_dose(whole), assumed)


def _is_ended(words):
    return re.match(r"order (stopped|on-hold)", words) is not None


def _latest_dose(history):
    return case_of(history).course(Drug(history.drug)).last_dose.latest
