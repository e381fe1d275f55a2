"""How a hook request was understood: the facts, the patient in one line, and the chart over time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from cards.assessment.body import Weight
from cards.assessment.chart_of_a_day import chart_of_day
from cards.model.chart_of_day import ChartOfDay
from cards.model.facts import FactKind
from cards.wording import number
from cds_service.answering.pipeline import Circumstances
from cds_service.chart_sources.gathering import with_missing_records
from cds_service.chart_sources.prefetch import prefetched
from cds_service.hooks.prefetch_keys import all_keys
from cds_service.hooks.request import HookRequest
from cds_service.inspection.source import InspectionSource
from cds_service.inspection.understanding import Inspection, Therapy, inspected
from cds_service.workbench.own_records import own_of
from fhir_mappers.bundle.held_orders import with_held_orders
from fhir_mappers.bundle.resources import RawResource, resources_in
from fhir_mappers.chart import ChartRequest, chart_from

_NAME_PARTS = ("given", "family")


@dataclass(frozen=True, slots=True)
class Banner:
    """The patient in one line; missing facts are marked as not recorded."""

    name: str
    patient_id: str
    person: str  # "female, 45 years"
    weight: str
    genes: tuple[tuple[str, str], ...]
    therapies: str


@dataclass(frozen=True, slots=True)
class Understanding:
    """One request as it was understood."""

    banner: Banner
    inspection: Inspection
    chart: ChartOfDay


def understood(request: HookRequest, as_of: datetime, zone: tzinfo, around: Circumstances) -> Understanding:
    """Everything that came with a request or is on its FHIR server, whether or not a rule reads it."""
    drafts = with_held_orders(resources_in(request.draft_orders)) if request.draft_orders is not None else ()
    sent = with_missing_records(prefetched(all_keys(), request.prefetch, zone), drafts, around.fhir, zone)
    source = InspectionSource(
        "hook request", drafts=drafts, records=sent.records, request=request, known=sent.known
    )
    inspection = inspected(source, request.patient_id, as_of, zone, around)
    mapped = chart_from(
        ChartRequest(
            zone=zone,
            patient_id=request.patient_id,
            encounter_id=request.encounter_id,
            draft_orders=drafts,
            selections=frozenset(request.selections or ()),
            records=sent.records,
            known=sent.known,
        )
    )
    chart = chart_of_day(mapped.chart, as_of, around.policy)
    inspection = replace(inspection, known=sent.known)
    return Understanding(_banner(inspection, source, chart), inspection, chart)


def _banner(inspection: Inspection, source: InspectionSource, chart: ChartOfDay) -> Banner:
    own = own_of(inspection.patient_id, (), source.records).records
    patient = next((one for one in own if one.type == "Patient"), None)
    row = next((one for one in inspection.rows if one.kind == "patient"), None)
    weight = inspection.weight
    taken = [_therapy(one) for one in inspection.therapies if one.course and one.course.is_taken]
    return Banner(
        name=_name(patient),
        patient_id=inspection.patient_id,
        person=", ".join((row.what, row.reading, row.wording)).strip(", ") if row else "no Patient record",
        weight=_weight(weight) if weight else _absent(chart, FactKind.VITALS, "not recorded"),
        genes=tuple(
            (
                str(one.gene),
                str(one.phenotype) if one.phenotype else _absent(chart, FactKind.GENES, "no usable result"),
            )
            for one in inspection.genes
        ),
        therapies=", ".join(taken) or _absent(chart, FactKind.MEDICATIONS, "none of the drugs it knows"),
    )


def _weight(weight: Weight) -> str:
    if weight.doubt is not None:
        return f"in doubt: {weight.doubt.words}"
    return f"{number(weight.kg)} kg ({weight.taken_on})"


def _absent(chart: ChartOfDay, kind: FactKind, known: str) -> str:
    """The text where there is nothing to show: unknown is not empty."""
    found = chart.knowledge_of(kind)
    return f"unknown: {found.why}" if found.is_unknown else known


def _therapy(therapy: Therapy) -> str:
    regimen = therapy.course.regimen if therapy.course else None
    dose = f" {number(regimen.mg_per_day, 1)} mg/day" if regimen else " (dose not readable)"
    return f"{therapy.drug.value.replace('_', ' ')}{dose}"


def _name(patient: RawResource | None) -> str:
    """The first name of a Patient: `name[].text`, or `given` and `family`; whatever is present, as text."""
    if patient is None:
        return "Patient not sent"
    names = _lists(msgspec.json.decode(patient.raw).get("name"))
    for one in names:
        if isinstance(one, Mapping):
            parts = [part for key in _NAME_PARTS for part in _lists(one.get(key)) if isinstance(part, str)]
            text = one.get("text")
            if isinstance(text, str) or parts:
                return text if isinstance(text, str) and text else " ".join(parts)
    return "Name not recorded"


def _lists(value: Any) -> list[Any]:  # noqa: ANN401 -- any JSON
    return value if isinstance(value, list) else [] if value is None else [value]
