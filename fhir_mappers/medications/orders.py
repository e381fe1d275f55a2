"""MedicationRequest and the other medication records -> WrittenOrder, WrittenRecord; DSTU2 to R5."""

from collections.abc import Sequence
from dataclasses import replace

from cards.model.dates import ClinicalDate
from cards.model.dosage.amounts import DoseError
from cards.model.dosage.written import WrittenDosage
from cards.model.drug_names import drug_name
from cards.model.facts import FactKind, Unread, UnreadReason
from cards.model.medications import WrittenCourse, WrittenOrder, WrittenRecord
from cards.model.therapy import OrderIntent
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
from fhir_mappers.medications.courses import written_course
from fhir_mappers.medications.dosage import dosages
from fhir_mappers.medications.products import NamedDrug, UnknownMedicationError, contradiction_in, drugs_of
from fhir_mappers.records.conditions import indications_of, reason_text

_ENDING = ("stopped", "cancelled", "completed", "ended", "revoked")
_KNOWN_STATUS = (*_ENDING, "draft", "active", "on-hold", "entered-in-error")
_SETTINGS = ("inpatient", "discharge", "community", "outpatient")
_ORAL = ("oral", "po", "per os", "by mouth", "mouth", "peroral", "per oral")
_NOT_ORAL = (
    "intravenous", "iv", "injection", "injectable", "subcutaneous", "intramuscular", "topical", "cutaneous",
    "rectal", "ophthalmic", "intravesical", "infusion", "transdermal", "inhalation", "nasal",
)  # fmt: skip
_ORAL_FORMS = ("tablet", "capsule", "tablet for suspension")


def drug_order(resource: Json, context: MapContext) -> tuple[WrittenOrder | Unread, ...]:
    """The orders for known drugs in one draft; none for other drugs, Unread when the drug cannot be determined."""
    try:
        named = drugs_of(resource, context)
    except UnknownMedicationError as error:
        return (_unknown_drug(error, context),)
    orders = (_order(drug, len(named), resource, context) for drug in named)
    return (*orders, *_contradictions(named, resource, context), *_open_intent(named, resource, context))


def drug_record(resource: Json, context: MapContext) -> tuple[WrittenRecord | Unread, ...]:
    """The records of known drugs in one signed order, statement, dispense or administration.

    None for one that was never a therapy: cancelled, declined, or a plan that was dropped.
    """
    if status_of(resource) == "entered-in-error":
        return ()
    try:
        named = drugs_of(resource, context)
    except UnknownMedicationError as error:
        return (_unknown_drug(error, context),)
    course = written_course(resource, dosages_of(resource), context) if named else None
    if course is None:
        return ()
    told = _contradictions(named, resource, context)
    records = (_record(drug, len(named), resource, course, context) for drug in named)
    return (*(replace(record, is_contradictory=bool(told)) for record in records), *told)


def _contradictions(named: Sequence[NamedDrug], resource: Json, context: MapContext) -> list[Unread]:
    """The note on a record whose code and words name different drugs: it counts as each of them."""
    why = contradiction_in(resource, context) if len(named) > 1 else ""
    told = Unread(
        context.record_ref,
        FactKind.MEDICATIONS,
        f"{why}, and it counts as each",
        reason=UnreadReason.CONTRADICTORY,
        what=" or ".join(sorted(drug_name(one.drug) for one in named)),
        is_counted=True,
    )
    return [told] if why else []


def _unknown_drug(error: UnknownMedicationError, context: MapContext) -> Unread:
    return Unread(context.record_ref, FactKind.MEDICATIONS, str(error), what="a medication record")


def _open_intent(named: Sequence[NamedDrug], resource: Json, context: MapContext) -> list[Unread]:
    """The note on a draft whose status does not say whether it starts or ends the drug: it counts as starting it."""
    if not named or status_of(resource) in _KNOWN_STATUS:
        return []
    told = Unread(
        context.record_ref,
        FactKind.MEDICATIONS,
        "its status is unclear, so it counts as taken",
        reason=UnreadReason.STATUS,
        what=drug_name(named[0].drug),
        is_counted=True,
    )
    return [told]


def _order(named: NamedDrug, drugs: int, resource: Json, context: MapContext) -> WrittenOrder:
    written = first_date(resource, context.zone, "authoredOn", "dateWritten")
    dose, problem = _dosages(named, drugs, resource, context)
    reasons = _reasons(resource)
    return WrittenOrder(
        record_ref=context.record_ref,
        drug=named.drug,
        intent=_intent(resource),
        dosages=dose,
        dose_problem=problem,
        product=named.product,
        indications=indications_of(*reasons, context, resource),
        reason_text=reason_text(*reasons),
        authored_on=written,
        starts_on=_starts_on(resource, context),
        replaces_ref=_replaces(resource, context),
        ordered_by=reference(resource.get("requester")),
        encounter=reference(resource.get("encounter")),
        is_selected=context.is_selected,
        is_oral=_is_oral(named, resource),
        text=named.product.text,
    )


def _record(
    named: NamedDrug, drugs: int, resource: Json, course: WrittenCourse, context: MapContext
) -> WrittenRecord:
    begins = _starts_on(resource, context) or first_date(
        resource, context.zone, "authoredOn", "dateWritten", "effectivePeriod", "effectiveDateTime"
    )
    dose, problem = _dosages(named, drugs, resource, context)
    return WrittenRecord(
        record_ref=context.record_ref,
        drug=named.drug,
        course=course,
        dosages=dose,
        dose_problem=problem,
        begins_on=begins,
        product=named.product,
        indications=indications_of(*_reasons(resource), context, resource),
        ordered_by=reference(resource.get("requester")),
        encounter=reference(resource.get("encounter")),
        setting=_setting(resource),
        is_oral=_is_oral(named, resource),
        text=named.product.text,
    )


def dosages_of(resource: Json) -> list[Json]:
    """The dosage instructions, under the name that each resource and version has for them."""
    for name in ("dosageInstruction", "dosage"):
        if found := objects_of(resource.get(name)):
            return found
    # R5 keeps the sig that was rendered from structure beside it.
    rendered = text_of(resource.get("renderedDosageInstruction"))
    return [{"text": rendered}] if rendered else []


def _dosages(
    named: NamedDrug, drugs: int, resource: Json, context: MapContext
) -> tuple[tuple[WrittenDosage, ...], str]:
    """The dosage instructions, or why they are not read."""
    if drugs > 1:
        return (), "the order holds several drugs, and its dose does not say of which"
    try:
        return dosages(dosages_of(resource), named.product, context.zone), ""
    except DoseError as error:
        return (), str(error)


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


def _setting(resource: Json) -> str:
    """Its category: "inpatient", "discharge", "community" or "outpatient"; "" where none is stated."""
    codes = {coding.code for category in objects_of(resource.get("category")) for coding in codings(category)}
    return next((name for name in _SETTINGS if name in codes), "")


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
