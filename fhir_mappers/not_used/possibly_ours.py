"""Records that do not say what they are, or what they are about: possibly ours, not usable, and reported.

A readable name outside the dictionaries is none of ours.
"""

from collections.abc import Iterable, Mapping

from cards.model.facts import FactKind, Unread, UnreadReason
from cards.model.labs import Analyte
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.bundle.unnamed import why_unnamed
from fhir_mappers.json.fhir_json import codings, objects_of, text_of, texts
from fhir_mappers.results.lab_values import reported_value
from fhir_mappers.terminology.analyte_words import analytes_in_words
from fhir_mappers.terminology.codes import meanings_in_any_system
from fhir_mappers.terminology.resource_types import is_resource_type

_NO_TYPE = "its type is missing or unknown"
_OBSERVATION = "Observation"
_KIND_OF_TYPE: Mapping[str, FactKind] = {
    "DiagnosticReport": FactKind.GENES,
    "Condition": FactKind.CONDITIONS,
    "AllergyIntolerance": FactKind.ALLERGIES,
    "Immunization": FactKind.IMMUNIZATIONS,
    "ImmunizationRecommendation": FactKind.IMMUNIZATIONS,
    "Procedure": FactKind.PROCEDURES,
    "ServiceRequest": FactKind.ORDERED_TESTS,
    "ProcedureRequest": FactKind.ORDERED_TESTS,
}
_SAYS_NO = frozenset({"entered-in-error", "cancelled", "not-done", "revoked", "refuted"})


def unnamed(resource: RawResource) -> tuple[Unread, ...]:
    """The note on a record that no mapper read a fact from, where it may nevertheless be ours.

    Empty where it says what it is and that is none of ours, or says that it does not count.
    """
    if not is_resource_type(resource.type):
        return (_told(resource, None, _NO_TYPE, ""),)
    why = why_unnamed(resource)
    if not why or _says_no(resource) or _is_named_in_a_part(resource):
        return ()
    if resource.type == _OBSERVATION:
        return _of_result(resource, why)
    kind = _KIND_OF_TYPE.get(resource.type, FactKind.MEDICATIONS)
    return (_told(resource, kind, why, f"one of the {kind}"),)


def orders_not_sent(draft: RawResource, count: int) -> tuple[Unread, ...]:
    """The note on a draft that lists so many medication orders which did not come with it; empty for none."""
    if not count:
        return ()
    what = "an order on a list" if count == 1 else f"{count} orders on a list"
    why = f"the {'order itself was' if count == 1 else 'orders themselves were'} not sent"
    return (Unread(draft.record_ref, FactKind.MEDICATIONS, why, reason=UnreadReason.NO_VALUE, what=what),)


def _of_result(resource: RawResource, why: str) -> tuple[Unread, ...]:
    """One note for each analyte that it may be; of an unknown kind where it may be any."""
    named, value = sorted(_analytes_of(resource)), reported_value(resource.decoded())
    if not named:
        return (_told(resource, None, why, f"a result{f' ({value})' if value else ''}"),)
    return tuple(_told(resource, one.kind, why, f"{one.plain_name} {value}".rstrip()) for one in named)


def _told(resource: RawResource, kind: FactKind | None, why: str, what: str) -> Unread:
    return Unread(resource.record_ref, kind, why, reason=UnreadReason.UNNAMED, what=what)


def _analytes_of(resource: RawResource) -> set[Analyte]:
    codes = (one.code for one in resource.codings if one is not None and one.code)
    coded = {
        Analyte(meaning.concept)
        for code in codes
        for meaning in meanings_in_any_system(code)
        if meaning.kind == "analyte"
    }
    words = (text for concept in resource.concepts for text in _texts_of(concept.text, concept.coding))
    return coded or {Analyte(one) for text in words for one in analytes_in_words(text)}


def _texts_of(text: str | None, coding: Iterable[object] | None) -> Iterable[str]:
    yield from [text] if text else []
    yield from (display for one in coding or () if (display := getattr(one, "display", None)))


def _says_no(resource: RawResource) -> bool:
    if resource.status in _SAYS_NO:
        return True
    verified = resource.decoded().get("verificationStatus")
    return bool(({one.code for one in codings(verified)} | {text_of(verified)}) & _SAYS_NO)


def _is_named_in_a_part(resource: RawResource) -> bool:
    """Whether a part beyond the peek's reach says it: DSTU2's substance, or the substance of a reaction."""
    if resource.type != "AllergyIntolerance":
        return False
    content = resource.decoded()
    parts = [content.get("substance"), *(one.get("substance") for one in objects_of(content.get("reaction")))]
    return any(texts(part) or any(one.code for one in codings(part)) for part in parts)
