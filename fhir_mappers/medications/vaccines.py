"""Vaccine orders of three kinds -> VaccineOrder; Immunization -> ImmunizationRecord."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cards.model.facts import FactKind, Unread, UnreadReason
from cards.model.vaccines import Antigen, ImmunizationRecord, VaccineKind, VaccineOrder
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import clinical_date, first_date
from fhir_mappers.json.fhir_json import Json, codings, objects_of, status_of, text_of, texts
from fhir_mappers.medications.products import is_clearly_another, medication_concepts
from fhir_mappers.terminology.codes import Code, lookup
from fhir_mappers.terminology.synonyms import Synonym, mentioned

_NOT_TO_BE_GIVEN = ("entered-in-error", "cancelled", "revoked", "stopped", "completed", "ended")
_NOT_GIVEN = ("not-done", "entered-in-error", "in-progress", "on-hold", "stopped")  # FHIR R4 and R5
_FORECASTS_AGAINST = ("contraindicated", "complete", "immune")


@dataclass(frozen=True, slots=True)
class _Vaccine:
    kind: VaccineKind
    name: str
    antigen: Antigen
    text: str


def vaccine_orders(resource: Json, context: MapContext) -> tuple[VaccineOrder, ...]:
    """The vaccines that a draft orders: MedicationRequest, ServiceRequest, ImmunizationRecommendation.

    None for an order that is being stopped, for immune globulins and for antibody tests.
    """
    if status_of(resource) in _NOT_TO_BE_GIVEN or resource.get("doNotPerform") is True:
        return ()
    found = (_vaccine(concept) for concept in _ordered(resource, context))
    orders = [
        VaccineOrder(context.record_ref, one.kind, one.name, one.antigen, context.is_selected, one.text)
        for one in found
        if one is not None
    ]
    return tuple(dict.fromkeys(orders))


def immunization(resource: Json, context: MapContext) -> tuple[ImmunizationRecord | Unread, ...]:
    """The vaccine that was given; none when it was not, Unread when the status does not tell."""
    status = status_of(resource)
    if status in _NOT_GIVEN or True in (resource.get("wasNotGiven"), resource.get("notGiven")):
        return ()
    found = _vaccine(resource.get("vaccineCode"))
    if found is None:
        return ()
    if status != "completed":
        why, name = "its status does not say whether it was given", found.name or "a vaccine"
        told = Unread(context.record_ref, FactKind.IMMUNIZATIONS, why, reason=UnreadReason.STATUS, what=name)
        return (told,)
    given = first_date(resource, context.zone, "occurrenceDateTime", "date")
    given = given or clinical_date(resource.get("occurrenceString"), context.zone)
    return (ImmunizationRecord(context.record_ref, found.kind, found.name, found.antigen, given, found.text),)


def _ordered(resource: Json, context: MapContext) -> list[object]:
    """The concepts that say what is ordered."""
    kind = text_of(resource.get("resourceType"))
    if kind == "ImmunizationRecommendation":
        return [concept for one in _recommended(resource) for concept in objects_of(one.get("vaccineCode"))]
    if kind in ("MedicationRequest", "MedicationOrder"):
        return list(medication_concepts(resource, context))
    return [resource.get("code")]


def _recommended(resource: Json) -> Iterable[Json]:
    for one in objects_of(resource.get("recommendation")):
        forecast = {coding.code for coding in codings(one.get("forecastStatus"))}
        if not forecast & set(_FORECASTS_AGAINST):
            yield one


def _vaccine(concept: object) -> _Vaccine | None:
    """The vaccine that a concept names: by its codes, else by its words."""
    said = texts(concept)
    coded = [code for coding in codings(concept) for code in lookup(coding.system, coding.code)]
    if any(code.kind == "immune_globulin" for code in coded):
        return None
    found: list[Code | Synonym] = [code for code in coded if code.kind == "vaccine"]
    if not found and (coded or is_clearly_another(concept, "vaccine")):
        return None
    by_words = not found
    worded = [one for text in said for one in mentioned(text, "vaccine")]
    if by_words:
        found = [*worded]
    if not found:
        return None
    kind = _kind(VaccineKind(one.concept) for one in found)
    if not by_words and _are_others(worded, found):
        return _contradictory(worded, kind, said)
    names = dict.fromkeys(
        one.name for one in found if kind in (one.concept, VaccineKind.UNCERTAIN) and one.name
    )
    name = " or ".join(names)
    antigen = next((one.antigen for one in found if one.antigen is not Antigen.OTHER), Antigen.OTHER)
    return _Vaccine(kind, "" if by_words else name, antigen, said[0] if said else name)


def _are_others(worded: Sequence[Synonym], coded: Sequence[Code | Synonym]) -> bool:
    """Whether the words name a vaccine, but none that the codes may be; a combination includes its parts."""
    sure = [one for one in worded if one.concept != VaccineKind.UNCERTAIN]
    is_of_another_kind = {one.concept for one in sure}.isdisjoint(one.concept for one in coded)
    is_live = any(one.concept == VaccineKind.LIVE for one in coded)
    return bool(sure) and (is_of_another_kind or (is_live and _words_of(sure).isdisjoint(_words_of(coded))))


def _words_of(vaccines: Iterable[Code | Synonym]) -> set[str]:
    return {word for one in vaccines for word in re.findall(r"\w+", one.name)} - {"and", "live"}


def _contradictory(worded: Sequence[Synonym], kind: VaccineKind, said: Sequence[str]) -> _Vaccine:
    """A vaccine whose code and words differ: live if either is, and not a proof of immunity."""
    is_live = VaccineKind.LIVE in (kind, *(one.concept for one in worded))
    return _Vaccine(VaccineKind.LIVE if is_live else kind, "", Antigen.OTHER, said[0])


def _kind(kinds: Iterable[VaccineKind]) -> VaccineKind:
    """Several codes of one vaccine read together: the specific one counts; uncertain when they differ."""
    sure = set(kinds) - {VaccineKind.UNCERTAIN}
    return sure.pop() if len(sure) == 1 else VaccineKind.UNCERTAIN
