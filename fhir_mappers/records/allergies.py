"""AllergyIntolerance -> AllergyRecord, for the drugs that rules ask about."""

import re
from collections.abc import Iterable

from cards.model.conditions import AllergyRecord, Problem, Reaction
from cards.model.therapy import Drug
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import first_date
from fhir_mappers.json.fhir_json import Json, codings, objects_of, text_of, texts
from fhir_mappers.records.allergy_wording import is_denied, is_unconfirmed, without_denial
from fhir_mappers.records.conditions import problems_of
from fhir_mappers.terminology.codes import lookup
from fhir_mappers.terminology.synonyms import mentioned

_DROPPED = ("refuted", "entered-in-error", "resolved", "inactive")
_UNCONFIRMED = ("unconfirmed", "presumed")
_CONFIRMED = "confirmed"
_HIGH = ("high", "crith")
_REACTIONS = (
    (re.compile(r"anaphyla|\bshock\b|hypotension|cardiovascular collapse"), Reaction.ANAPHYLAXIS),
    (re.compile(r"rash|urticaria|hives|eruption|exanthem|erythema|dermatosis|stevens|sweet"), Reaction.RASH),
    (re.compile(r"fever|febrile|pyrexia"), Reaction.FEVER),
    (re.compile(r"pancreatitis"), Reaction.PANCREATITIS),
    (re.compile(r"hepatitis|hepatotox|liver|jaundice|cholesta|transaminase"), Reaction.HEPATITIS),
    (
        re.compile(
            r"neutropeni|leu[ck]openi|pancytopeni|thrombocytopeni|cytopeni|myelosuppress|marrow|agranulo"
        ),
        Reaction.CYTOPENIA,
    ),
)
_BY_PROBLEM = {
    Problem.PANCREATITIS: Reaction.PANCREATITIS,
    Problem.CYTOPENIA: Reaction.CYTOPENIA,
    Problem.FEVER: Reaction.FEVER,
    Problem.LIVER_DISEASE: Reaction.HEPATITIS,
}
_INTOLERANCE = re.compile(
    r"nausea|vomit|diarrh|dyspepsia|\bgi\b|gastro|abdominal|stomach|upset|headache|fatigue|malaise|dizz|"
    r"anorexia|appetite|alopecia|hair loss|taste"
)
_IMMUNOLOGIC = re.compile(
    r"anaphyla|urticaria|hives|angioedema|hypersensitiv|serum sickness|dress\b|stevens|allergic"
)


def allergy(resource: Json, context: MapContext) -> tuple[AllergyRecord, ...]:
    """A recorded allergy or intolerance to known drugs, one record per drug; empty when refuted or denied."""
    states = (
        _codes(resource.get("verificationStatus"))
        | _codes(resource.get("clinicalStatus"))
        | _codes(resource.get("status"))
    )
    if states & set(_DROPPED):
        return ()
    drugs = [drug for drug in _drugs(resource) if not _is_denied(drug, resource)]
    return tuple(_record(drug, resource, context, states) for drug in drugs)


def _is_denied(drug: Drug, resource: Json) -> bool:
    """Whether the record denies an allergy in words, and nothing else in it states one."""
    is_serious = bool(_codes(resource.get("criticality")) & set(_HIGH)) or any(_reactions(resource))
    return not is_serious and is_denied(drug, texts(resource.get("code") or resource.get("substance")))


def _record(drug: Drug, resource: Json, context: MapContext, states: set[str]) -> AllergyRecord:
    kind = _codes(resource.get("type"))
    said = texts(resource.get("code") or resource.get("substance"))
    named = (without_denial(text) for text in said)
    words = " ; ".join([*named, *_manifestation_words(resource)]).casefold()
    return AllergyRecord(
        record_ref=context.record_ref,
        drug=drug,
        is_allergy=True if "allergy" in kind else False if "intolerance" in kind else None,
        is_high_criticality=bool(_codes(resource.get("criticality")) & set(_HIGH)),
        is_immunologic=bool(_IMMUNOLOGIC.search(words)),
        reactions=frozenset(_reactions(resource)),
        is_confirmed=_CONFIRMED in states or not (states & set(_UNCONFIRMED) or is_unconfirmed(said)),
        recorded_on=first_date(
            resource, context.zone, "recordedDate", "assertedDate", "onsetDateTime", "onset"
        ),
        text=said[0] if said else "",
    )


def _codes(given: object) -> set[str]:
    """The codes of a CodeableConcept, or the bare code of another FHIR version."""
    found = {coding.code for coding in codings(given)} | {text_of(given)}
    return {code.casefold() for code in found if code}


def _drugs(resource: Json) -> list[Drug]:
    """The known drugs that cause it: by its code (DSTU2: substance), or the substance of a reaction."""
    reactions = objects_of(resource.get("reaction"))
    concepts = [
        resource.get("code"),
        resource.get("substance"),
        *(reaction.get("substance") for reaction in reactions),
    ]
    found = [drug for concept in concepts for drug in _drugs_in(concept)]
    return list(dict.fromkeys(found))


def _drugs_in(concept: object) -> Iterable[Drug]:
    coded = [
        Drug(code.concept)
        for coding in codings(concept)
        for code in lookup(coding.system, coding.code)
        if code.kind == "drug"
    ]
    worded = [Drug(one.concept) for text in texts(concept) for one in mentioned(text, "drug")]
    # An allergy whose code and words name different drugs is to each of them.
    return [*coded, *worded] if not coded or set(coded).isdisjoint(worded) else coded


def _manifestation_words(resource: Json) -> list[str]:
    words = []
    for reaction in objects_of(resource.get("reaction")):
        words += [*texts(reaction.get("manifestation")), *texts(reaction.get("description"))]
        words += [
            text for one in objects_of(reaction.get("manifestation")) for text in texts(one.get("concept"))
        ]
    return words


def _reactions(resource: Json) -> Iterable[Reaction]:
    """What happened; an unknown manifestation is another reaction, nausea is not a reaction."""
    for reaction in objects_of(resource.get("reaction")):
        given = [*objects_of(reaction.get("manifestation")), {"text": reaction.get("description")}]
        for manifestation in given:
            yield from _reaction(manifestation)


def _reaction(manifestation: Json) -> Iterable[Reaction]:
    words = " ; ".join(texts(manifestation)).casefold()
    found = {reaction for pattern, reaction in _REACTIONS if pattern.search(words)}
    found |= {_BY_PROBLEM[problem] for problem in problems_of(manifestation) if problem in _BY_PROBLEM}
    if found or not (words or codings(manifestation)):
        return found
    return set() if _INTOLERANCE.search(words) else {Reaction.OTHER}
