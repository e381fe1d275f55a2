"""Condition -> ConditionRecord, and reasons -> Indication."""

import re
from collections.abc import Iterable, Iterator, Sequence

from cards.model.conditions import REASON_OF, ConditionRecord, ConditionState, Indication, Problem
from cards.model.dates import ClinicalDate
from cards.model.facts import FactKind, Unread, UnreadReason
from fhir_mappers.bundle.references import type_and_id
from fhir_mappers.context import MapContext
from fhir_mappers.json.dates import first_date, period
from fhir_mappers.json.fhir_json import Json, codings, objects_of, quantity, reference, text_of, texts
from fhir_mappers.records.blamed_drugs import Blame, blame_in, names_another_cause
from fhir_mappers.terminology.codes import lookup
from fhir_mappers.terminology.synonyms import mentioned, plain_text

_DROPPED = ("refuted", "entered-in-error")
_UNCONFIRMED = ("unconfirmed", "provisional", "differential")
# A disease in remission is still what its drug is given for.
_THERE = ("active", "recurrence", "relapse", "remission")
_GONE = ("inactive", "resolved")
# Past by the code itself, such as a transplantation or a history of chickenpox.
_PAST_BY_NATURE = frozenset({Problem.KIDNEY_TRANSPLANT, Problem.VARICELLA_IMMUNE})
_MAY_BE_OF_A_DRUG = frozenset(
    {Problem.PANCREATITIS, Problem.DRUG_INDUCED_LIVER_DISEASE, Problem.ADVERSE_DRUG_EFFECT}
)
# Words may say "not yet", and a span of ages may not be over.
_ENDS_WITHOUT_A_DAY = ("abatementString", "abatementRange")
_NOTHING: tuple[object, ...] = (None, "", {}, [])
_NOT_THE_PATIENT_S = re.compile(
    r"\s*(?:family (?:history|hx)|fhx?\b|fam(?:ily)? hx|mother|father|no (?:evidence|history|known)\b|no\b|"
    r"not\b|negative for|denies|ruled? out|r/o)\b",
    re.IGNORECASE,
)
_IN_REMISSION = re.compile(r"(?<!not )\b(?:in|complete) remission\b", re.IGNORECASE)
_PAST = re.compile(
    r"\s*(?:(?:personal |past |prior )?(?:medical )?(?:history|hx) of|h/o|s/p|status post|"
    r"previous|prior|past)\b",
    re.IGNORECASE,
)
# Directly beside what is denied: "neutropenia without sepsis", "sepsis - ruled out".
_DENIED_BEFORE = (
    r"\b(?:no|not|without|denies|negative for|free of) "
    r"(?:(?:known|evidence|signs?|symptoms?|history|of|acute|active|any|clinical) )*"
)
_DENIED_AFTER = (
    r"[ :,(-]*(?:(?:has been|was|is|were) )?(?:ruled out|excluded|refuted|absent|denied|negative|no evidence|"
    r"not (?:present|found|seen|detected))\b"
)
# Anywhere: a problem that such a text adds to the code may be past, another person's, or being prevented.
_HISTORY = re.compile(
    r"\b(?:history|hx|h/o|s/p|previous|prior|past|family|risk|screening|prophylaxis|suspected|possible|versus|vs)\b|\?",
    re.IGNORECASE,
)
# An indication may raise a ceiling, and immunity makes a vaccine needless.
_MAY_PERMIT = frozenset(REASON_OF) | {Problem.VARICELLA_IMMUNE, Problem.LONG_TERM_IMMUNOSUPPRESSANT}


def condition(resource: Json, context: MapContext) -> tuple[ConditionRecord | Unread, ...]:
    """The known problems that a Condition states; empty when it is refuted or not the patient's."""
    if _codes(resource.get("verificationStatus")) & set(_DROPPED):
        return ()
    said = texts(resource.get("code"))
    blame = blame_in(said)
    problems = _with_cause(_problems_told(resource.get("code")), blame, said)
    if not problems or any(_NOT_THE_PATIENT_S.match(text) for text in said[:1]):
        return ()
    onset = first_date(resource, context.zone, "onsetDateTime", "onsetPeriod")
    abated = _abated_on(resource, onset, context)
    record = ConditionRecord(
        record_ref=context.record_ref,
        problems=problems,
        state=_state(resource, problems, said, abated),
        is_confirmed=not _codes(resource.get("verificationStatus")) & set(_UNCONFIRMED),
        onset_on=onset,
        abated_on=abated,
        recorded_on=first_date(
            resource, context.zone, "recordedDate", "assertedDate", "dateRecorded", "dateAsserted"
        ),
        text=said[0] if said else "",
        is_in_remission=_is_in_remission(resource, problems, said),
        blames=blame.drugs,
        reactions=blame.reactions,
        encounter_ids=_encounter_ids(resource),
    )
    return (record, *_untold_end(resource, record, context))


def _abated_on(resource: Json, onset: ClinicalDate | None, context: MapContext) -> ClinicalDate | None:
    """When it was over, at the latest; None where that lies before its onset, as nobody knows which is wrong."""
    start, end = period(resource.get("abatementPeriod"), context.zone)
    abated = first_date(resource, context.zone, "abatementDateTime") or end or start
    return None if abated is not None and onset is not None and abated.last < onset.first else abated


def _untold_end(resource: Json, record: ConditionRecord, context: MapContext) -> Iterator[Unread]:
    """The note on a problem that counts as active, though words or a span that nobody can date say that it ended."""
    is_stated = _codes(resource.get("clinicalStatus")) & set(_THERE)
    is_open = record.state is ConditionState.ACTIVE and record.abated_on is None
    if is_open and not is_stated and any(resource.get(name) not in _NOTHING for name in _ENDS_WITHOUT_A_DAY):
        yield Unread(
            context.record_ref,
            FactKind.CONDITIONS,
            "its end has no date, so it counts as active",
            reason=UnreadReason.DATE,
            what=f"'{record.text}'" if record.text else "a problem on the list",
            is_counted=True,
        )


def _is_in_remission(resource: Json, problems: frozenset[Problem], said: Sequence[str]) -> bool:
    return (
        "remission" in _codes(resource.get("clinicalStatus"))
        or Problem.LEUKEMIA_IN_REMISSION in problems
        or any(_IN_REMISSION.search(text) for text in said)
    )


def _with_cause(problems: frozenset[Problem], blame: Blame, said: Sequence[str]) -> frozenset[Problem]:
    """The problems, and the cause that the words name."""
    if blame.drugs:
        return problems | {Problem.ADVERSE_DRUG_EFFECT}
    if problems & _MAY_BE_OF_A_DRUG and names_another_cause(said):
        return problems | {Problem.OTHER_CAUSE}
    return problems


def problems_of(concept: object) -> frozenset[Problem]:
    """The problems that a concept's codes name; by its words only when no code is known."""
    return _problems_coded(concept) or frozenset(
        Problem(synonym.concept) for text in texts(concept) for synonym in mentioned(text, "problem")
    )


def _problems_coded(concept: object) -> frozenset[Problem]:
    return frozenset(
        Problem(code.concept)
        for coding in codings(concept)
        for code in lookup(coding.system, coding.code)
        if code.kind == "problem"
    )


def _problems_told(concept: object) -> frozenset[Problem]:
    """The problems of a Condition: those of its code, or those of its words that are not denied there.

    Where code and words name different problems, those that the words add count too, if they can only warn.
    """
    coded = _problems_coded(concept)
    worded = frozenset(one for text in texts(concept) for one in _not_denied(text))
    if not coded:
        return worded
    is_contradictory = coded.isdisjoint(worded) and not _is_past(concept)
    return coded | (worded - _MAY_PERMIT) if is_contradictory else coded


def _not_denied(text: str) -> Iterator[Problem]:
    plain = plain_text(text)
    for one in mentioned(text, "problem"):
        words = re.escape(one.text)
        if not re.search(_DENIED_BEFORE + words, plain) and not re.search(words + _DENIED_AFTER, plain):
            yield Problem(one.concept)


def _is_past(concept: object) -> bool:
    return any(_HISTORY.search(text) for text in texts(concept))


def indications_of(
    concepts: object, references: object, context: MapContext, holder: Json | None = None
) -> frozenset[Indication]:
    """What an order is for, by its own reasons; empty when none of them is readable.

    `concepts` are reasonCode, `references` reasonReference; either may be R5's CodeableReference.
    `holder` is the order, for reasons contained in it.
    """
    reasons: list[object] = [*objects_of(concepts)]
    for given in (*objects_of(references), *objects_of(concepts)):
        named = _reference_in(given)
        found = context.find(reference(named), holder or {}) if reference(named) else None
        if found is not None:
            reasons.append(found.get("code"))
        elif display := text_of(named.get("display")):
            reasons.append({"text": display})
    return indications([problems_of(reason) for reason in reasons if codings(reason) or texts(reason)])


def _reference_in(given: Json) -> Json:
    inner = given.get("reference")
    return inner if isinstance(inner, dict) else given


def indications(reasons: Iterable[frozenset[Problem]]) -> frozenset[Indication]:
    """The indications of several reasons; an unknown reason is another indication."""
    found: set[Indication] = set()
    for problems in reasons:
        ours = {REASON_OF[problem] for problem in problems if problem in REASON_OF}
        found |= ours or {Indication.OTHER}
    if Indication.LUPUS_NEPHRITIS in found:
        found.discard(Indication.LUPUS)
    return frozenset(found)


def reason_text(concepts: object, references: object) -> str:
    """The first wording of an order's reasons."""
    displays = [text_of(_reference_in(given).get("display")) for given in objects_of(references)]
    return next((text for text in [*texts(concepts), *displays] if text), "")


def _codes(status: object) -> set[str]:
    """The codes of a status: R4's CodeableConcept, or the bare code of STU3 and DSTU2."""
    found = {coding.code for coding in codings(status)} | {text_of(status)}
    return {code.casefold() for code in found if code}


def _state(
    resource: Json,
    problems: frozenset[Problem],
    said: Sequence[str],
    abated: ClinicalDate | None,
) -> ConditionState:
    """The state that status and words record; what a date of abatement means depends on the day."""
    clinical = _codes(resource.get("clinicalStatus"))
    if clinical & set(_GONE) or (not clinical & set(_THERE) and _has_abated(resource, abated)):
        return ConditionState.RESOLVED
    if not problems <= _PAST_BY_NATURE and any(_PAST.match(text) for text in said[:1]):
        return ConditionState.HISTORY
    return ConditionState.ACTIVE


def _has_abated(resource: Json, abated: ClinicalDate | None) -> bool:
    """Whether an abatement is recorded other than as a date, and leaves nothing open: an age, a plain true."""
    ages = (quantity(resource.get(name)) for name in ("abatementAge", "abatementQuantity"))
    return abated is None and (resource.get("abatementBoolean") is True or any(ages))


def _encounter_ids(resource: Json) -> frozenset[str]:
    """The encounter that a Condition names, as `encounter`, or `context` in STU3."""
    named = [type_and_id(reference(resource.get(name))) for name in ("encounter", "context")]
    return frozenset(one[1] for one in named if one and one[0] == "Encounter")
