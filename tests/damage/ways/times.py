"""Ways to damage when something was."""

from datetime import timedelta

from tests.damage.ways.way import (
    PATIENT,
    RESULTS,
    Json,
    Setting,
    Statement,
    Way,
    dates_of,
    of_element,
    without_elements,
)

SAME, TOLD, OTHER = Statement.SAME, Statement.TOLD, Statement.OTHER
_DATE = r"\bdated?\b|the day is|began is not recorded|in the future|birth"


def _dated(value: object):
    def change(record: Json, _: Setting) -> Json | None:
        names = dates_of(record)
        return record | dict.fromkeys(names, value) if names else None

    return change


def _undated(record: Json, _: Setting) -> Json | None:
    return without_elements(record, *dates_of(record))


def _tomorrow(record: Json, setting: Setting) -> Json | None:
    """What is of today, as a site east of ours dates it."""
    today, tomorrow = setting.today.isoformat(), (setting.today + timedelta(days=1)).isoformat()
    names = [name for name in dates_of(record) if record[name] == today]
    return record | dict.fromkeys(names, tomorrow) if names else None


def _as_period(record: Json, _: Setting) -> Json | None:
    if "effectiveDateTime" not in record:
        return None
    day = record.pop("effectiveDateTime")
    return record | {"effectivePeriod": {"start": day, "end": day}}


def _issued_only(record: Json, _: Setting) -> Json | None:
    if "effectiveDateTime" not in record:
        return None
    day = record.pop("effectiveDateTime")
    return record | {"issued": day if "T" in day else f"{day}T00:00:00Z"}


def _year_only(record: Json, _: Setting) -> Json | None:
    names = dates_of(record)
    return record | {name: record[name][:4] for name in names} if names else None


_BACKWARDS = {"start": "2026-11-20", "end": "2025-01-10"}


def _ends_before_it_starts(record: Json, _: Setting) -> Json | None:
    kind = record["resourceType"]
    if kind == "Observation" and "effectiveDateTime" in record:
        return without_elements(record, "effectiveDateTime") | {"effectivePeriod": _BACKWARDS}
    if kind == "Procedure" and "performedDateTime" in record:
        return without_elements(record, "performedDateTime") | {"performedPeriod": _BACKWARDS}
    if kind == "Condition":
        return record | {"onsetDateTime": _BACKWARDS["start"], "abatementDateTime": _BACKWARDS["end"]}
    if kind == "MedicationRequest" and record.get("dosageInstruction"):
        for dosage in record["dosageInstruction"]:
            timing = dosage.setdefault("timing", {})
            timing["repeat"] = timing.get("repeat", {}) | {"boundsPeriod": _BACKWARDS}
        return record
    return None


def _ended_in_words(record: Json, _: Setting) -> Json | None:
    return without_elements(record, "clinicalStatus", "abatementDateTime") | {"abatementString": "see letter"}


WAYS = (
    Way("date absent", TOLD, _undated, _DATE),
    Way("date far ahead", TOLD, _dated("2062-11-24"), _DATE),
    Way("date in words", TOLD, _dated("last spring"), _DATE),
    Way("date 0000-00-00", TOLD, _dated("0000-00-00"), _DATE),
    Way("date is a number", TOLD, _dated(20261124), _DATE),
    Way("date is an object", TOLD, _dated({"value": "2026-11-24"}), _DATE),
    Way("date is null", TOLD, _dated(None), _DATE),
    Way("date as in a letter", TOLD, _dated("24.11.2026"), _DATE),
    Way("a year alone", TOLD, _year_only, _DATE),
    Way("ends before it starts", TOLD, _ends_before_it_starts, rf"end lies before|{_DATE}"),
    Way("its end in words, no status", TOLD, _ended_in_words, r"its end|status", types=frozenset({"Condition"})),
    Way("dated tomorrow", SAME, _tomorrow, ignores_dates=True),
    Way("a period of one day", SAME, _as_period, types=RESULTS),
    Way("issued, without a date of its own", SAME, _issued_only, types=RESULTS),
    Way("birth date absent", TOLD, lambda record, _: without_elements(record, "birthDate"), _DATE, types=PATIENT),
    Way("birth date in words", TOLD, of_element("birthDate", "unknown"), _DATE, types=PATIENT),
    Way("gender of no value set", TOLD, of_element("gender", "F"), r"sex|gender", types=PATIENT),
    Way("gender is a number", TOLD, of_element("gender", 2), r"sex|gender", types=PATIENT),
)  # fmt: skip
