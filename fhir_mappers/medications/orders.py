"""MedicationRequest and the other medication records -> DrugOrder, DrugRecord; DSTU2 to R5."""

from collections.abc import Sequence
from dataclasses import replace

from cards.model.dates import ClinicalDate
from cards.model.facts import FactKind, Unread
from cards.model.therapy import DoseRegimen, DrugOrder, DrugRecord, OrderIntent
from fhir_mappers.body_size import BodySize
from fhir_mappers.bundle.references import type_and_id
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import first_date, period
from fhir_mappers.json.fhir_json import (
    Json,
    codings,
    object_of,
    objects_of,
    reference,
    status_of,
    text_of,
    texts,
)
from fhir_mappers.medications.dosage import DoseProblem, regimen
from fhir_mappers.medications.products import NamedDrug, UnknownMedicationError, contradiction_in, drugs_of
from fhir_mappers.medications.therapy_states import READING_POLICY, ReadingPolicy, RecordedCourse, course
from fhir_mappers.records.conditions import indications_of, reason_text

_ENDING = ("stopped", "cancelled", "completed", "ended", "revoked")
_ORAL = ("oral", "po", "per os", "by mouth", "mouth", "peroral", "per oral")
_NOT_ORAL = (
    "intravenous", "iv", "injection", "injectable", "subcutaneous", "intramuscular", "topical", "cutaneous",
    "rectal", "ophthalmic", "intravesical", "infusion", "transdermal", "inhalation", "nasal",
)  # fmt: skip
_ORAL_FORMS = ("tablet", "capsule", "tablet for suspension")


def drug_order(
    resource: Json, context: MapContext, body: BodySize | None = None
) -> tuple[DrugOrder | Unread, ...]:
    """The orders for known drugs in one draft; none for other drugs, Unread when the drug cannot be determined."""
    try:
        named = drugs_of(resource, context)
    except UnknownMedicationError as error:
        return (Unread(context.record_ref, FactKind.MEDICATIONS, f"drug not readable: {error}"),)
    orders = (_order(drug, len(named), resource, context, body) for drug in named)
    return (*orders, *_contradictions(named, resource, context))


def drug_record(
    resource: Json,
    context: MapContext,
    body: BodySize | None = None,
    policy: ReadingPolicy = READING_POLICY,
) -> tuple[DrugRecord | Unread, ...]:
    """The records of known drugs in one signed order, statement, dispense or administration."""
    if status_of(resource) == "entered-in-error":
        return ()
    try:
        named = drugs_of(resource, context)
    except UnknownMedicationError as error:
        return (Unread(context.record_ref, FactKind.MEDICATIONS, f"drug not readable: {error}"),)
    records = (_record(drug, len(named), resource, context, body, policy) for drug in named)
    used = tuple(record for record in records if record is not None)
    told = _contradictions(named, resource, context) if used else []
    return (*(replace(record, is_contradictory=True) for record in used), *told) if told else used


def _contradictions(named: Sequence[NamedDrug], resource: Json, context: MapContext) -> list[Unread]:
    """The note on a record whose code and words name different drugs: it counts as each of them."""
    why = contradiction_in(resource, context) if len(named) > 1 else ""
    return [Unread(context.record_ref, FactKind.MEDICATIONS, f"{why}: counted as each")] if why else []


def _order(
    named: NamedDrug, drugs: int, resource: Json, context: MapContext, body: BodySize | None
) -> DrugOrder:
    written = first_date(resource, context.zone, "authoredOn", "dateWritten")
    dose, problem = _dose(named, drugs, resource, context, body, None)
    reasons = _reasons(resource)
    return DrugOrder(
        record_ref=context.record_ref,
        drug=named.drug,
        intent=_intent(resource),
        regimen=dose,
        dose_problem=problem,
        product=named.product,
        indications=indications_of(*reasons, context, resource),
        reason_text=reason_text(*reasons),
        authored_on=written,
        starts_on=_starts_on(resource, context),
        replaces_ref=_replaces(resource, context),
        is_selected=context.is_selected,
        is_oral=_is_oral(named, resource),
        text=named.product.text,
    )


def _record(
    named: NamedDrug,
    drugs: int,
    resource: Json,
    context: MapContext,
    body: BodySize | None,
    policy: ReadingPolicy,
) -> DrugRecord | None:
    begins = _starts_on(resource, context) or first_date(
        resource, context.zone, "authoredOn", "dateWritten", "effectivePeriod", "effectiveDateTime"
    )
    dose, problem = _dose(named, drugs, resource, context, body, begins)
    told = course(resource, dosages_of(resource), dose, named.product, context, policy)
    if told.state is None:
        return None
    return _built_record(named, resource, context, told, dose, problem)


def _built_record(
    named: NamedDrug,
    resource: Json,
    context: MapContext,
    told: RecordedCourse,
    dose: DoseRegimen | None,
    problem: str,
) -> DrugRecord | None:
    if told.state is None:
        return None
    return DrugRecord(
        record_ref=context.record_ref,
        drug=named.drug,
        state=told.state,
        regimen=dose,
        dose_problem=problem,
        product=named.product,
        indications=indications_of(*_reasons(resource), context, resource),
        started_on=told.started_on,
        ended_on=told.ended_on,
        supplied_until=told.supplied_until,
        ordered_by=reference(resource.get("requester")),
        encounter=reference(resource.get("encounter")),
        is_inpatient=_is_inpatient(resource),
        is_oral=_is_oral(named, resource),
        text=named.product.text,
        planned_for=told.planned_for,
        is_stale_report=told.is_stale_report,
    )


def dosages_of(resource: Json) -> list[Json]:
    """The dosage instructions, under the name that each resource and version has for them."""
    for name in ("dosageInstruction", "dosage"):
        if found := objects_of(resource.get(name)):
            return found
    # R5 keeps the sig that was rendered from structure beside it.
    rendered = text_of(resource.get("renderedDosageInstruction"))
    return [{"text": rendered}] if rendered else []


def _dose(
    named: NamedDrug,
    drugs: int,
    resource: Json,
    context: MapContext,
    body: BodySize | None,
    begins: ClinicalDate | None,
) -> tuple[DoseRegimen | None, str]:
    """The regimen, or why there is none."""
    if drugs > 1:
        return None, "the order holds several drugs, and its dose does not say of which"
    read = regimen(dosages_of(resource), named.product, context, body, begins.first if begins else None)
    return (None, read.why) if isinstance(read, DoseProblem) else (read, "")


def _intent(resource: Json) -> OrderIntent:
    """What signing does; an unknown status is read as a drug to be taken."""
    status = status_of(resource)
    if status == "entered-in-error":
        return OrderIntent.VOID
    if status in _ENDING or resource.get("doNotPerform") is True:
        return OrderIntent.END
    return OrderIntent.TAKE


def _reasons(resource: Json) -> tuple[object, object]:
    """Reasons as concepts and as references: R4, R5's `reason`, DSTU2's reason[x]."""
    concepts = [
        *objects_of(resource.get("reasonCode")),
        *objects_of(resource.get("reason")),
        *objects_of(resource.get("reasonCodeableConcept")),
        *objects_of(resource.get("reasonForUseCodeableConcept")),
    ]
    references = [
        *objects_of(resource.get("reasonReference")),
        *objects_of(resource.get("reasonForUseReference")),
    ]
    return concepts, references


def _starts_on(resource: Json, context: MapContext) -> ClinicalDate | None:
    """The first day of its timing, where stated."""
    repeats = [object_of(object_of(dosage.get("timing")).get("repeat")) for dosage in dosages_of(resource)]
    starts = [period(repeat.get("boundsPeriod"), context.zone)[0] for repeat in repeats]
    return min((start for start in starts if start), key=lambda day: day.first, default=None)


def _replaces(resource: Json, context: MapContext) -> str | None:
    """The order that this order replaces."""
    for name in ("priorPrescription", "basedOn"):
        for given in objects_of(resource.get(name)):
            named = type_and_id(reference(given))
            if named and named[0] in ("MedicationRequest", "MedicationOrder"):
                return context.ref_of(reference(given)) or "/".join(named)
    return None


def _is_inpatient(resource: Json) -> bool:
    """Whether its category says that it is for a stay in hospital."""
    return any(
        coding.code == "inpatient"
        for category in objects_of(resource.get("category"))
        for coding in codings(category)
    )


def _is_oral(named: NamedDrug, resource: Json) -> bool | None:
    """Whether it is taken by mouth, by the route or the product's form; None when neither says."""
    for dosage in dosages_of(resource):
        words = {text.casefold() for text in texts(dosage.get("route"))}
        split = {part for text in words for part in text.replace("(", " ").replace(")", " ").split()} | words
        if split & set(_NOT_ORAL):
            return False
        if split & set(_ORAL):
            return True
    if named.product.form in _ORAL_FORMS:
        return True
    return False if named.product.form == "injection" else None
