"""Procedure, and phototherapy orders -> ProcedureRecord."""

import re
from collections.abc import Iterable

from cards.model.conditions import ProcedureKind, ProcedureRecord
from cards.model.dates import ClinicalDate
from cards.model.facts import FactKind, Unread, UnreadReason
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import first_date
from fhir_mappers.json.fhir_json import Json, codings, status_of, texts
from fhir_mappers.terminology.codes import lookup

_LONGEST = 300  # characters of a wording that are looked at
_DONE = ("completed", "in-progress")
# FHIR R4 EventStatus and RequestStatus, and their counterparts in STU3 and DSTU2.
_NOT_DONE = ("preparation", "not-done", "on-hold", "suspended", "stopped", "aborted", "entered-in-error")
_PLANNED = ("draft", "active", "on-hold", "")
_CLOSED = (
    "completed", "revoked", "entered-in-error", "cancelled", "rejected", "failed", "aborted", "suspended",
)  # fmt: skip
# Wording of a procedure, and the words beside it that change its meaning.
_WORDINGS = (
    (
        ProcedureKind.RED_CELL_TRANSFUSION,
        re.compile(
            r"(?:red (?:blood )?cells?|\brbcs?\b|\bprbcs?\b|erythrocytes?|whole blood|\bblood)\W.*\btransfus|"
            r"\btransfus\w*\W.*(?:red (?:blood )?cells?|\brbcs?\b|\bprbcs?\b|erythrocyte|whole blood|\bblood\b)"
        ),
        re.compile(r"platelet|plasma|cryoprecip|albumin|autologous|autotransfus|reaction|consent|refus"),
    ),
    (
        ProcedureKind.STEM_CELL_TRANSPLANT,
        re.compile(
            r"(?:stem cells?|bone marrow|cord blood)\W.*\btransplant|\ballo\w*-?(?:hsct|sct|bmt)\b|\bhsct\b"
        ),
        re.compile(r"autologous|\bauto\b|donor|harvest|evaluation|candidate|biopsy|work-?up"),
    ),
    (
        ProcedureKind.KIDNEY_TRANSPLANT,
        re.compile(r"(?:kidney|renal)\W.*\btransplant|transplant\w* of (?:the )?kidney"),
        re.compile(r"donor|evaluation|candidate|biopsy|work-?up|planned|waiting|education|ultraso"),
    ),
    (
        ProcedureKind.DIALYSIS,
        re.compile(r"ha?emodialysis|peritoneal dialysis|renal dialysis|\bdialysis\b"),
        re.compile(r"catheter|fistula|access|education|evaluation|training|removal|graft"),
    ),
    (
        # Shared terminology, phototherapy_uv: text_synonyms.
        ProcedureKind.PHOTOTHERAPY,
        re.compile(
            r"\bpuva\b|psoralen|methoxsalen|\b8-mop\b|oxsoralen|\buva1\b|phototherapy|photochemotherapy|"
            r"narrow-?band uvb"
        ),
        re.compile(r"neonat|newborn|bilirubin|jaundice|seasonal|blue light|light ?box|depress"),
    ),
)


def procedure(resource: Json, context: MapContext) -> tuple[ProcedureRecord | Unread, ...]:
    """The known procedures that were done or are being done; empty when not done.

    Unread when the status does not tell.
    """
    status = status_of(resource)
    if status in _NOT_DONE or True in (resource.get("notPerformed"), resource.get("notDone")):
        return ()
    if status not in _DONE:
        return _untold(_kinds(resource.get("code")), "whether it was done", context)
    done = first_date(
        resource,
        context.zone,
        "performedDateTime", "performedPeriod", "occurrenceDateTime", "occurrencePeriod",
    )  # fmt: skip
    return _records(resource, context, done_on=done)


def procedure_in_history(resource: Json, context: MapContext) -> tuple[ProcedureRecord, ...]:
    """A stem cell transplant that a Condition states by its code, as "transplant status".

    Its date is the onset; the day of recording does not show when it was done.
    """
    verification = {coding.code for coding in codings(resource.get("verificationStatus"))}
    if verification & {"refuted", "entered-in-error"}:
        return ()
    done = first_date(resource, context.zone, "onsetDateTime", "onsetPeriod")
    records = _records(resource, context, done_on=done)
    return tuple(record for record in records if record.kind is ProcedureKind.STEM_CELL_TRANSPLANT)


def planned_procedure(resource: Json, context: MapContext) -> tuple[ProcedureRecord | Unread, ...]:
    """Phototherapy that a ServiceRequest orders; Unread when the status does not tell."""
    status = status_of(resource)
    if status in _CLOSED or resource.get("doNotPerform") is True:
        return ()
    if status not in _PLANNED:
        kinds = (kind for kind in _kinds(resource.get("code")) if kind is ProcedureKind.PHOTOTHERAPY)
        return _untold(kinds, "whether it is to be done", context)
    when = first_date(resource, context.zone, "occurrenceDateTime", "occurrencePeriod", "authoredOn")
    records = _records(resource, context, done_on=when, is_planned=True)
    return tuple(record for record in records if record.kind is ProcedureKind.PHOTOTHERAPY)


def _untold(kinds: Iterable[ProcedureKind], what: str, context: MapContext) -> tuple[Unread, ...]:
    why = f"its status does not say {what}"
    names = (kind.name.casefold().replace("_", " ") for kind in kinds)
    return tuple(
        Unread(context.record_ref, FactKind.PROCEDURES, why, reason=UnreadReason.STATUS, what=name)
        for name in names
    )


def _records(
    resource: Json, context: MapContext, *, done_on: ClinicalDate | None, is_planned: bool = False
) -> tuple[ProcedureRecord, ...]:
    said = texts(resource.get("code"))
    return tuple(
        ProcedureRecord(context.record_ref, kind, done_on, is_planned, said[0] if said else "")
        for kind in _kinds(resource.get("code"))
    )


def _kinds(concept: object) -> list[ProcedureKind]:
    """The kinds that a concept's codes name; by its words only when no code is known."""
    coded = [
        ProcedureKind(code.concept)
        for coding in codings(concept)
        for code in lookup(coding.system, coding.code)
        if code.kind == "procedure"
    ]
    words = " ; ".join(texts(concept)).casefold()[:_LONGEST]
    spoken = [kind for kind, pattern, other in _WORDINGS if pattern.search(words) and not other.search(words)]
    return list(dict.fromkeys(coded or spoken))
