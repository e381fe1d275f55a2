"""What a reader should know about a record that counts: which part of it may be misread."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo

from cards.model.conditions import AllergyRecord, ConditionRecord, ProcedureRecord
from cards.model.drug_names import drug_name
from cards.model.facts import FactKind, Unread, UnreadReason
from cards.model.medications import WrittenOrder, WrittenRecord
from cards.model.vaccines import ImmunizationRecord, VaccineOrder
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import ends_before_it_starts
from fhir_mappers.json.doubt_words import BACKWARDS, MODIFIED
from fhir_mappers.json.fhir_json import Json, object_of, objects_of

# Without its date or state a record may no longer count, and without a dose no change of dose shows: a rule
# may then stay silent that would have spoken.
_WHOLE_DOSE = "dosageInstruction"
_DECIDING = (
    "authoredOn",
    "birthDate",
    "clinicalStatus",
    "dateAsserted",
    "effective",
    "gender",
    "occurrence",
    "onset",
    "performed",
    "recordedDate",
    "status",
    "whenHandedOver",
)
_MOST_PLACES = 3
# What a clinician calls the elements of a record, by how their names begin; any other by its own name.
_PLAIN: Mapping[str, str] = {
    "abatement": "end",
    "authoredOn": "date",
    "birthDate": "birth date",
    "clinicalStatus": "status",
    "dateAsserted": "date",
    "dosage": "dose",
    "effective": "date",
    "gender": "sex",
    "occurrence": "date",
    "onset": "onset",
    "performed": "date",
    "recordedDate": "date",
    "verificationStatus": "degree of certainty",
    "whenHandedOver": "date",
}
_A_RECORD: Mapping[FactKind, str] = {
    FactKind.PATIENT: "the patient's details",
    FactKind.MEDICATIONS: "a medication",
    FactKind.CONDITIONS: "a problem on the list",
    FactKind.ALLERGIES: "an allergy",
    FactKind.IMMUNIZATIONS: "a vaccination",
    FactKind.PROCEDURES: "a procedure",
    FactKind.ORDERED_TESTS: "a test ordered",
}
_PERIODS = ("effectivePeriod", "onsetPeriod", "abatementPeriod", "performedPeriod", "occurrencePeriod")
_DOSAGES = ("dosageInstruction", "dosage")
_DATED_BY_PERIODS = frozenset({*_PERIODS, *_DOSAGES, "abatementDateTime"})
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def doubts_about(
    content: Json, lost: Sequence[str], facts: Sequence[object], kind: FactKind, context: MapContext
) -> Iterator[Unread]:
    """The doubts about one record; `facts` is what it was read as, `lost` the places that are not valid FHIR."""
    if (
        not lost
        and not content.get("modifierExtension")
        and not _ends_before_it_starts(content, context.zone)
    ):
        return
    what = _named(facts, kind)
    if lost:
        why = f"its {_in_words(lost)} could not be read"
        deciding = _WHOLE_DOSE in lost or any(place.startswith(_DECIDING) for place in lost)
        yield _doubt(kind, what, why, UnreadReason.INVALID, context, deciding=deciding)
    if content.get("modifierExtension"):
        yield _doubt(kind, what, MODIFIED, UnreadReason.MODIFIER, context)
    if _ends_before_it_starts(content, context.zone):
        yield _doubt(kind, what, BACKWARDS, UnreadReason.DATE, context)


def _named(facts: Sequence[object], kind: FactKind) -> str:
    """The name of what the record is about, else of its kind."""
    for fact in facts:
        if isinstance(fact, WrittenRecord | WrittenOrder):
            return drug_name(fact.drug)
        if isinstance(fact, AllergyRecord) and fact.text:
            return f"the allergy '{fact.text}'"
        if isinstance(fact, ConditionRecord | ProcedureRecord) and fact.text:
            return f"'{fact.text}'"
        if isinstance(fact, ImmunizationRecord | VaccineOrder) and (name := fact.text or fact.name):
            return f"'{name}'"
    return _A_RECORD.get(kind, f"a record ({kind})")


def _in_words(lost: Sequence[str]) -> str:
    """The lost elements as a clinician calls them: "onset and date"."""
    names = list(dict.fromkeys(_plain(place) for place in lost))[:_MOST_PLACES]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _plain(place: str) -> str:
    element, _, inner = place.partition(".")
    plain = next((words for start, words in _PLAIN.items() if element.startswith(start)), "")
    return (plain or _CAPITAL.sub(" ", element).lower()) + (" (in part)" if inner else "")


def _ends_before_it_starts(content: Json, zone: tzinfo) -> bool:
    if _DATED_BY_PERIODS.isdisjoint(content):
        return False
    periods = [content[name] for name in _PERIODS if name in content]
    for name in _DOSAGES:
        for dosage in objects_of(content.get(name)):
            periods.append(object_of(object_of(dosage.get("timing")).get("repeat")).get("boundsPeriod"))
    if "abatementDateTime" in content:
        periods.append({"start": content.get("onsetDateTime"), "end": content["abatementDateTime"]})
    return bool(periods) and any(ends_before_it_starts(one, zone) for one in periods)


def _doubt(
    kind: FactKind, what: str, why: str, reason: UnreadReason, context: MapContext, *, deciding: bool = True
) -> Unread:
    return Unread(context.record_ref, kind, why, deciding, reason=reason, what=what, is_counted=True)
