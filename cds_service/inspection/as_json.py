"""An inspection as JSON: a stable shape, described in docs/inspecting.md."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from cards.assessment.body import Weight
from cards.assessment.exposures import Exposure
from cards.assessment.genes import GeneReading, GeneStatus
from cards.model.dates import ClinicalDate
from cards.model.facts import Known, Unread
from cards.model.therapy import DoseRegimen
from cds_service.inspection.rows import FactRow, without_quotes
from cds_service.inspection.source import InspectionSource
from cds_service.inspection.understanding import Inspection, Therapy
from fhir_mappers.ledger import Disposition, LedgerEntry

FORMAT = "thiopurine-cds inspect 2"
_PATIENT = "Patient"


def inspection_json(
    source: InspectionSource, inspections: Sequence[Inspection], *, show_text: bool
) -> dict[str, Any]:
    """All patients of a file. A missing fact is null; original texts are included only on request."""
    return {
        "format": FORMAT,
        "source": {"kind": source.kind, "resources": len(source.resources), "notes": list(source.notes)},
        "patients": [_patient(shown(one, show_text=show_text)) for one in inspections],
    }


def shown(inspection: Inspection, *, show_text: bool) -> Inspection:
    """The inspection as it may be printed: without the sender's wordings unless they are asked for."""
    if show_text:
        return inspection
    return replace(
        inspection,
        patient_id="",
        rows=tuple(_without_wording(row) for row in inspection.rows),
        ledger=replace(
            inspection.ledger, entries=tuple(_entry_without_wording(one) for one in inspection.ledger.entries)
        ),
        checks=tuple(replace(one, why=without_quotes(one.why)) for one in inspection.checks),
    )


def _without_wording(row: FactRow) -> FactRow:
    reading = without_quotes(row.reading)
    record_ref = _PATIENT if row.kind == "patient" else row.record_ref
    return replace(row, record_ref=record_ref, reading=reading, wording="")


def _entry_without_wording(entry: LedgerEntry) -> LedgerEntry:
    return replace(
        entry,
        record_ref=_no_patient(entry.record_ref),
        why=without_quotes(entry.why),
        unread=tuple(
            replace(
                one,
                record_ref=_no_patient(one.record_ref),
                what=without_quotes(one.what),
                why=without_quotes(one.why),
            )
            for one in entry.unread
        ),
    )


def _no_patient(record_ref: str) -> str:
    return _PATIENT if record_ref.startswith(f"{_PATIENT}/") else record_ref


def _patient(one: Inspection) -> dict[str, Any]:
    return {
        "patient_id": one.patient_id or None,
        "as_of": one.as_of.isoformat(),
        "recognised": [_row(row) for row in one.rows],
        "ledger": _ledger(one),
        "known": {str(kind): _known(known) for kind, known in one.known.items()},
        "therapies": [_therapy(therapy) for therapy in one.therapies],
        "genes": [_gene(status) for status in one.genes],
        "weight": _weight(one.weight),
        "checks": [
            {"rule": check.rule_id, "question": check.question, "outcome": check.outcome, "why": check.why}
            for check in one.checks
        ],
        "no_check_because": one.silence or None,
    }


def _row(row: FactRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "record_ref": row.record_ref,
        "date": _date(row.on),
        "what": str(row.what),
        "reading": row.reading,
        "wording": row.wording or None,
    }


def _ledger(one: Inspection) -> dict[str, Any]:
    ledger = one.ledger
    return {
        "counts": {str(disposition): count for disposition, count in ledger.counts.items()},
        "not_usable": _unread_of(ledger.of(Disposition.NOT_USABLE)),
        "doubtful": _unread_of(ledger.of(Disposition.USED)),
        "says_no": [_told(entry) for entry in ledger.of(Disposition.SAYS_NO)],
        "superseded": [_told(entry) for entry in ledger.of(Disposition.SUPERSEDED)],
        "without_fact": [_told(entry) for entry in ledger.of(Disposition.IRRELEVANT) if entry.why],
        "ignored": [
            {"resource_type": ignored.resource_type, "count": ignored.count, "codes": list(ignored.codes)}
            for ignored in one.ignored
        ],
        "of_other_patients": dict(one.of_other_patients),
    }


def _unread_of(entries: Iterable[LedgerEntry]) -> list[dict[str, Any]]:
    return [_unread(unread) for entry in entries for unread in entry.unread]


def _unread(one: Unread) -> dict[str, Any]:
    return {
        "kind": str(one.kind) if one.kind else None,
        "record_ref": one.record_ref,
        "what": one.what or None,
        "why": one.why,
        "reason": str(one.reason),
        "deciding": one.deciding,
    }


def _told(entry: LedgerEntry) -> dict[str, Any]:
    return {"record_ref": entry.record_ref, "why": entry.why}


def _known(known: Known) -> dict[str, Any]:
    return {
        "availability": str(known.availability),
        "why": known.why or None,
        "complete_since": _date(known.complete_since),
    }


def _therapy(therapy: Therapy) -> dict[str, Any]:
    course = therapy.course
    return {
        "drug": str(therapy.drug),
        "state": str(course.state) if course else None,
        "started_on": _date(course.started_on) if course else None,
        "last_day": course.last_dose.latest.isoformat() if course else None,
        "line": [str(stretch) for stretch in course.line] if course else [],
        "mg_per_day": _mg_per_day(course.regimen) if course else None,
        "dose_since": _date(course.dose_since) if course else None,
        "records": [record.record_ref for record in course.records] if course else [],
        "ordered": _ordered(therapy.exposure),
    }


def _ordered(exposure: Exposure | None) -> dict[str, Any] | None:
    if exposure is None or not exposure.is_ordered:
        return None
    return {
        "episode": str(exposure.episode) if exposure.episode else None,
        "mg_per_day": _mg_per_day(exposure.regimen),
        "purpose": str(exposure.purpose),
        "records": [order.record_ref for order in exposure.orders],
    }


def _gene(status: GeneStatus) -> dict[str, Any]:
    return {
        "gene": str(status.gene),
        "phenotype": str(status.phenotype) if status.phenotype else None,
        "is_conflicting": status.is_conflicting,
        "notes": list(status.notes()),
        "readings": [_reading(reading) for reading in status.readings],
    }


def _reading(reading: GeneReading) -> dict[str, Any]:
    result = reading.result
    return {
        "record_ref": result.record_ref,
        "date": _date(result.reported_on),
        "method": str(result.method),
        "diplotype": str(result.diplotype) if result.diplotype else None,
        "stated_phenotype": str(result.phenotype) if result.phenotype else None,
        "phenotype": str(reading.phenotype) if reading.phenotype else None,
    }


def _weight(weight: Weight | None) -> dict[str, Any] | None:
    if weight is None:
        return None
    return {
        "kg": weight.kg,
        "date": _date(weight.taken_on),
        "record_ref": weight.record_ref,
        "is_old": weight.is_old,
        "in_doubt": weight.doubt.words if weight.doubt else None,
    }


def _mg_per_day(regimen: DoseRegimen | None) -> float | None:
    return regimen.mg_per_day if regimen else None


def _date(on: ClinicalDate | None) -> str | None:
    return on.text if on else None
