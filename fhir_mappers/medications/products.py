"""Which known drugs a medication record names, and what one unit of each product contains."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cards.model.therapy import Drug, Product
from fhir_mappers.context import MapContext
from fhir_mappers.json.fhir_json import (
    Coding,
    Json,
    codings,
    object_of,
    objects_of,
    quantity,
    reference,
    text_of,
    texts,
)
from fhir_mappers.json.repeated import remembered
from fhir_mappers.medications.amounts import unit_of
from fhir_mappers.terminology.code_systems import canonical_system
from fhir_mappers.terminology.codes import Code, lookup
from fhir_mappers.terminology.identity import Named, contradiction, named_by
from fhir_mappers.terminology.synonyms import mentioned

_SOLID = ("tablet", "capsule")
_FORM_WORDS = (
    (re.compile(r"\b(?:tablets?|tabs?|tbl)\b"), "tablet"),
    (re.compile(r"\b(?:capsules?|caps?)\b"), "capsule"),
    (re.compile(r"\bsuspension\b|\bsusp\b"), "suspension"),
    (re.compile(r"\binject\w*|\binfusion\b|\bvial\b"), "injection"),
    (re.compile(r"\bsolution\b|\bsoln\b|\bsyrup\b|\bliquid\b"), "solution"),
)
# No digits are tried twice: a name may be as long as its sender likes.
_NUMBER = r"(?<!\d)(\d++(?:\.\d++)?+)"
_STRENGTH = re.compile(_NUMBER + r" ?mg\b(?! ?/ ?(?:\d+ ?)?ml)")
_CONCENTRATION = re.compile(_NUMBER + r" ?mg ?/ ?(?:1 ?)?ml\b")


@dataclass(frozen=True, slots=True)
class NamedDrug:
    """One known drug in a medication record."""

    drug: Drug
    product: Product


class UnknownMedicationError(LookupError):
    """The record's medication cannot be determined; the message says why."""


def drugs_of(resource: Json, context: MapContext) -> tuple[NamedDrug, ...]:
    """The known drugs in a medication record, the first named first; empty when it is another drug's.

    Reads R4's medication[x], R5's `medication`, and the Medication they refer to, its ingredients
    included. Never matches ids or references. Raises UnknownMedicationError when nothing says
    what the drug is.
    """
    concepts = _inline(resource)
    named = _reference(resource)
    medication = context.find(reference(named), resource) if reference(named) else None
    found = [drug for concept in concepts for drug in _named_in(concept)]
    display = text_of(named.get("display"))
    if medication is not None:
        inside = _in_medication(medication, resource, context)
        found += [*inside, *_also_named({"text": display}, inside)]
        if not (found or concepts or display or _says_something(medication, resource, context)):
            raise UnknownMedicationError("the medication that it refers to has no name")
    elif not concepts:
        if not display:
            raise UnknownMedicationError(_why_unknown(named))
        found += _named_in({"text": display})
    return _folded(found)


def contradiction_in(resource: Json, context: MapContext) -> str:
    """How a medication record contradicts itself about its drug, as a clause; "" where it does not."""
    named = _reference(resource)
    medication = context.find(reference(named), resource) if reference(named) else None
    parts = [part for concept in _inline(resource) for part in _parts(concept)]
    if medication is not None:
        inside = [
            one
            for item in _ingredients(medication)
            for one in _in_ingredient(item, medication, resource, context)
        ]
        parts += [*_parts(medication.get("code")), Named("ingredient", _names(one.drug for one in inside))]
        parts.append(Named("reference", _in_words(text_of(named.get("display")))))
    found = contradiction(parts)
    return found.in_words() if found else ""


def medication_concepts(resource: Json, context: MapContext) -> list[Json]:
    """Every concept that says what a medication record's product is: inline, referred to, or displayed."""
    concepts = _inline(resource)
    named = _reference(resource)
    medication = context.find(reference(named), resource) if reference(named) else None
    if medication is not None:
        return [*concepts, object_of(medication.get("code"))]
    display = text_of(named.get("display"))
    return concepts if concepts or not display else [{"text": display}]


def _inline(resource: Json) -> list[Json]:
    given = [object_of(resource.get("medicationCodeableConcept")), object_of(resource.get("medication"))]
    return [concept for concept in given if codings(concept) or texts(concept)]


def _reference(resource: Json) -> Json:
    """The Reference to a Medication: medicationReference, or inside R5's `medication`."""
    given = object_of(resource.get("medicationReference"))
    if given:
        return given
    inner = object_of(resource.get("medication"))
    deeper = inner.get("reference")
    return deeper if isinstance(deeper, dict) else inner


def _says_something(medication: Json, holder: Json, context: MapContext) -> bool:
    """Whether a Medication names anything, a drug or not."""
    items = _ingredients(medication)
    parts = [part for item in items for part in _concepts_of(item, medication, holder, context)]
    return any(codings(one) or texts(one) for one in (medication.get("code"), *parts))


def _why_unknown(named: Json) -> str:
    if reference(named):
        return "the drug that it refers to was not sent"
    return "it names no drug"


def _folded(found: Iterable[NamedDrug]) -> tuple[NamedDrug, ...]:
    """Each drug once; lesinurad with allopurinol is one product, not two drugs."""
    by_drug: dict[Drug, NamedDrug] = {}
    for named in found:
        known = by_drug.get(named.drug)
        by_drug[named.drug] = (
            replace(named, product=_merged(known.product, named.product)) if known else named
        )
    if Drug.LESINURAD_ALLOPURINOL in by_drug:
        by_drug.pop(Drug.ALLOPURINOL, None)
    return tuple(by_drug.values())


def _merged(one: Product, other: Product) -> Product:
    """A product described twice; where the two descriptions differ, the value is unknown."""
    return Product(
        text=one.text or other.text,
        strength_mg=_agreed(one.strength_mg, other.strength_mg),
        mg_per_ml=_agreed(one.mg_per_ml, other.mg_per_ml),
        form=one.form or other.form,
    )


def _agreed(one: float | None, other: float | None) -> float | None:
    if one is None or other is None or one == other:
        return other if one is None else one
    return None


def _named_in(concept: object) -> list[NamedDrug]:
    """The drugs that a concept names: by its codes, else by its words."""
    said = texts(concept)
    coded = [code for coding in codings(concept) for code in lookup(coding.system, coding.code)]
    codes = [code for code in coded if code.kind == "drug"]
    text = said[0] if said else next((code.display for code in codes if code.display), "")
    if not codes and (coded or is_clearly_another(concept)):
        return []
    by_words = [Drug(one.concept) for words in said for one in mentioned(words, "drug")]
    by_code = [Drug(code.concept) for code in codes]
    if by_code and not _names(by_words) <= _names(by_code) and contradiction(_parts(concept)):
        # Whose strength the words give is not known either.
        return [NamedDrug(drug, Product(text)) for drug in dict.fromkeys([*by_code, *by_words])]
    drugs = _told_apart(by_code or by_words, said)
    return [_product(drug, [code for code in codes if code.concept == drug], text, said) for drug in drugs]


def _in_code(coding: Coding) -> frozenset[str]:
    meanings = lookup(coding.system, coding.code)
    return _names(Drug(meaning.concept) for meaning in meanings if meaning.kind == "drug")


def _in_words(words: str) -> frozenset[str]:
    return _names(Drug(one.concept) for one in mentioned(words, "drug"))


def _names(drugs: Iterable[Drug]) -> frozenset[str]:
    """The drugs by name; the combination of lesinurad with allopurinol holds allopurinol."""
    return frozenset(Drug.ALLOPURINOL if drug is Drug.LESINURAD_ALLOPURINOL else drug for drug in drugs)


@remembered
def _parts(concept: object) -> Sequence[Named]:
    """The known drugs that each part of a concept names."""
    return named_by(concept, _in_code, _in_words)


def _also_named(concept: object, known: Sequence[NamedDrug]) -> list[NamedDrug]:
    """The drugs that another part of the record names, where it names none of those known."""
    named = _named_in(concept) if known else []
    is_another = _names(one.drug for one in named).isdisjoint(_names(one.drug for one in known))
    return [NamedDrug(one.drug, Product(one.product.text)) for one in named] if is_another else []


def _told_apart(drugs: Iterable[Drug], said: Sequence[str]) -> Iterable[Drug]:
    """Each drug once; allopurinol beside the word lesinurad is their combination.

    ATC has one code for every combination of allopurinol, and names of both drugs carry strengths.
    """
    named = dict.fromkeys(drugs)
    if Drug.ALLOPURINOL in named and any("lesinurad" in words.casefold() for words in said):
        named.pop(Drug.ALLOPURINOL)
        named[Drug.LESINURAD_ALLOPURINOL] = None
    return named


def is_clearly_another(concept: object, kind: str = "drug") -> bool:
    """Whether a coding of a known system is displayed as something other than a known drug.

    Its free text must not override that: "Tylenol, stop azathioprine". An unknown code without a display, or
    whose display names a known drug, leaves the text to decide.
    """
    displayed = [
        coding.display
        for coding in codings(concept)
        if coding.code and coding.display and canonical_system(coding.system)
    ]
    return bool(displayed) and not any(mentioned(display, kind) for display in displayed)


def _product(drug: Drug, codes: list[Code], text: str, said: Sequence[str]) -> NamedDrug:
    spoken = [_spoken_product(words) for words in said]
    strengths = {code.strength_mg for code in codes} | {one.strength_mg for one in spoken}
    concentrations = {code.mg_per_ml for code in codes} | {one.mg_per_ml for one in spoken}
    forms = [code.form for code in codes if code.form] + [one.form for one in spoken if one.form]
    return NamedDrug(
        drug,
        Product(text, _only(strengths), _only(concentrations), forms[0] if forms else ""),
    )


def _only(numbers: Iterable[float | None]) -> float | None:
    """The one known number; None when there is none, or when they differ."""
    known = {number for number in numbers if number is not None}
    return known.pop() if len(known) == 1 else None


def _spoken_product(words: str) -> Product:
    """What a name says about its product: "azathioprine 50 MG Oral Tablet"; no strength without a form."""
    plain = words.casefold()
    form = next((name for pattern, name in _FORM_WORDS if pattern.search(plain)), "")
    masses = _STRENGTH.findall(plain)
    concentrations = _CONCENTRATION.findall(plain)
    strength = float(masses[0]) if form in _SOLID and len(masses) == 1 and not concentrations else None
    return Product(words, strength, float(concentrations[0]) if len(concentrations) == 1 else None, form)


def _in_medication(medication: Json, holder: Json, context: MapContext) -> list[NamedDrug]:
    """The drugs of a Medication: of its code, else of its ingredients; and its strength and form."""
    product = object_of(medication.get("product"))  # DSTU2
    form = _form_of(medication.get("form") or medication.get("doseForm") or product.get("form"))
    parts = [
        (item, drug)
        for item in _ingredients(medication)
        for drug in _in_ingredient(item, medication, holder, context)
    ]
    whole = _named_in(medication.get("code"))
    if whole and parts and _names(one.drug for one in whole).isdisjoint(_names(one.drug for _, one in parts)):
        return [*whole, *(NamedDrug(drug.drug, Product(_name(medication, drug))) for _, drug in parts)]
    if not whole and not is_clearly_another(medication.get("code")):
        whole = [
            NamedDrug(drug.drug, replace(drug.product, text=_name(medication, drug))) for _, drug in parts
        ]
    return [_with_parts(named, parts, form) for named in whole]


def _ingredients(medication: Json) -> list[Json]:
    """The ingredients, as R4 and R5 list them, or DSTU2's product."""
    product = object_of(medication.get("product"))
    return objects_of(medication.get("ingredient")) or objects_of(product.get("ingredient"))


def _name(medication: Json, named: NamedDrug) -> str:
    return next(iter(texts(medication.get("code"))), named.product.text)


def _with_parts(named: NamedDrug, parts: list[tuple[Json, NamedDrug]], form: str) -> NamedDrug:
    """The drug with the strength that its own ingredient line gives."""
    product = replace(named.product, form=named.product.form or form)
    for item, part in parts:
        if part.drug is named.drug:
            product = _merged(product, _strength(item))
    return NamedDrug(named.drug, product)


def _in_ingredient(item: Json, medication: Json, holder: Json, context: MapContext) -> Iterator[NamedDrug]:
    """The drugs of one ingredient, by its own words, else by what it refers to."""
    for concept in _concepts_of(item, medication, holder, context):
        if found := _named_in(concept):
            yield from found
            return


def _concepts_of(item: Json, medication: Json, holder: Json, context: MapContext) -> tuple[Json, Json]:
    """What an ingredient says, and what it refers to: R4's item[x], R5's and DSTU2's item."""
    inner = object_of(item.get("item"))
    named = object_of(item.get("itemReference")) or object_of(inner.get("reference")) or inner
    literal = reference(named)
    target = (context.find(literal, medication) or context.find(literal, holder)) if literal else None
    own = object_of(item.get("itemCodeableConcept")) or inner
    return own, object_of(target.get("code")) if target else {"text": text_of(named.get("display"))}


def _strength(item: Json) -> Product:
    """What an ingredient's strength says: mg in one tablet, or in one mL; anything else says nothing."""
    ratio = object_of(item.get("strength") or item.get("strengthRatio") or item.get("amount"))
    over, under = quantity(ratio.get("numerator")), quantity(ratio.get("denominator"))
    mass = _in_unit(over.code, over.unit) if over else None
    if over is None or under is None or mass is None or mass[0] != "mg" or under.value <= 0:
        return Product()
    each = over.value * mass[1] / under.value
    per = _in_unit(under.code, under.unit)
    if per is not None and per[0] == "mL":
        return Product(mg_per_ml=each)
    return Product(strength_mg=each) if under.value == 1 and (per is None or per[0] != "mg") else Product()


def _in_unit(code: str, unit: str) -> tuple[str, float] | None:
    for spelled in (code, unit):
        if spelled and (found := unit_of(spelled)):
            return found[0], float(found[1])
    return None


def _form_of(concept: object) -> str:
    plain = " ".join(texts(concept)).casefold()
    return next((name for pattern, name in _FORM_WORDS if pattern.search(plain)), "")
