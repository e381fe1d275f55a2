"""One Observation or DiagnosticReport about a gene: what it names, states and refers to."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from cards.model.dates import ClinicalDate
from cards.model.facts import FactKind, Unread, UnreadReason
from cards.model.genes import Gene
from fhir_mappers.context import MapContext
from fhir_mappers.genes.identity import gene_contradiction
from fhir_mappers.json.dates import first_date
from fhir_mappers.json.doubt_words import MODIFIED
from fhir_mappers.json.fhir_json import (
    Json,
    codings,
    extensions,
    objects_of,
    quantity,
    references,
    text_of,
    texts,
)
from fhir_mappers.json.reading import Reading, read
from fhir_mappers.json.repeated import remembered
from fhir_mappers.results.lab_results import DATES, NO_RESULT, VALUES
from fhir_mappers.terminology.analytes import analytes_of
from fhir_mappers.terminology.codes import lookup
from fhir_mappers.terminology.synonyms import mentioned

GENE_EXTENSION = "http://hl7.org/fhir/StructureDefinition/observation-geneticsGene"
ALLELE_EXTENSION = "http://hl7.org/fhir/StructureDefinition/observation-geneticsAlleleName"

_OBSERVATION = (
    "status",
    "code",
    *VALUES,
    *DATES,
    "dataAbsentReason",
    "interpretation",
    "referenceRange",
    "component",
    "derivedFrom",
    "hasMember",
    "extension",
    "specimen",
    "note",
)
_DIAGNOSTIC_REPORT = (
    "status",
    "code",
    *DATES[:2],
    "issued",
    "result",
    "conclusion",
    "conclusionCode",
    "presentedForm",
)
# What may hold a result that no element for values states, as a reference laboratory sends it.
_ELSEWHERE = (
    ("presentedForm", "attached document"),
    ("interpretation", "interpretation"),
    ("note", "note"),
)
_REGISTERED = "registered"
# A component with one of these codes does not hold a result, but the gene, a drug or how sure it is.
_DESCRIBING = frozenset({"gene_studied", "medication_assessed", "level_of_evidence"})
_QUOTABLE = 40


@dataclass(frozen=True, slots=True)
class GenePart:
    """One value of a report: its own, or that of a component."""

    genes: frozenset[Gene]  # that this part names, in its code or its value
    roles: frozenset[str]  # what its codes report: see codes.GENE_REPORTS and the kind "genomics"
    texts: tuple[str, ...]  # the value's wordings
    element: Json


@dataclass(frozen=True, slots=True)
class GeneReport:
    """One report, before the reports are read together."""

    record_ref: str
    is_report: bool  # a DiagnosticReport: its conclusion only repeats its results
    genes: frozenset[Gene]  # that it names as a whole
    names_another_gene: bool
    parts: tuple[GenePart, ...]  # its own value first
    derived_from: tuple[str, ...]
    members: tuple[str, ...]
    reported_on: ClinicalDate | None
    haplotypes: tuple[str, ...] = ()  # allele names in extensions
    notes: tuple[str, ...] = ()
    is_donor_specimen: bool | None = None
    lost: str = ""  # the place of a value that was not valid FHIR

    @property
    def said_elsewhere(self) -> str:
        """What may hold the result where no value does, in words; "" where nothing may."""
        own = self.parts[0].element
        return next((words for name, words in _ELSEWHERE if own.get(name)), "")

    @property
    def roles(self) -> frozenset[str]:
        """What its own code reports."""
        return self.parts[0].roles


def gene_report(resource: Json, context: MapContext) -> list[GeneReport | Unread]:
    """The report in a resource; empty if it is cancelled, entered in error or still without a result.

    A laboratory result that a gene report lists, or comes with, is not a gene report.
    """
    status = text_of(resource.get("status")).lower()
    if status == _REGISTERED:
        return _refused(resource, context, "no value yet", UnreadReason.NO_VALUE)
    if status in NO_RESULT or analytes_of(resource.get("code")):
        return []
    if _has_modifier(resource):
        return _refused(resource, context, MODIFIED, UnreadReason.MODIFIER)
    is_report = resource.get("resourceType") == "DiagnosticReport"
    model, elements = ("DiagnosticReport", _DIAGNOSTIC_REPORT) if is_report else ("Observation", _OBSERVATION)
    reading = read(resource, model, elements, context.zone)
    content, studied = reading.resource, _studied(reading.resource)
    if unread := _contradictory(content, content.get("code"), studied, context):
        return [unread]
    told = dict(_contradictory_components(content, studied, context))
    return [_report(reading, context, is_report=is_report, unused=told.keys()), *told.values()]


def _contradictory_components(
    content: Json, studied: Sequence[object], context: MapContext
) -> Iterator[tuple[int, Unread]]:
    """The components, by number, that name a gene other than their code's, else other than the report's."""
    for number, part in enumerate(objects_of(content.get("component"))):
        about = (part.get("code"), ()) if _genes_of_code(part.get("code")) else (content.get("code"), studied)
        if unread := _contradictory(part, *about, context):
            yield number, unread


def _contradictory(part: Json, code: object, studied: Sequence[object], context: MapContext) -> Unread | None:
    """The note on a result whose parts name different genes: it belongs to neither."""
    if roles_of(part) & _DESCRIBING:
        return None
    told = _told(part)
    found = gene_contradiction(code, studied, told)
    if found is None:
        return None
    value = f" ({told[0]!r})" if told and len(told[0]) <= _QUOTABLE else ""
    return Unread(
        context.record_ref,
        FactKind.GENES,
        found.in_words(),
        reason=UnreadReason.CONTRADICTORY,
        what=f"a gene result{value}",
    )


def _studied(content: Json) -> list[object]:
    """What the report says it is about: the values of its components for the gene studied, and its extensions."""
    studied = [part for part in objects_of(content.get("component")) if "gene_studied" in roles_of(part)]
    named = [*(part.get(value) for part in studied for value in VALUES), *_gene_extensions(content)]
    return [concept for concept in named if concept]


def _has_modifier(resource: Json) -> bool:
    return any(part.get("modifierExtension") for part in (resource, *objects_of(resource.get("component"))))


def _refused(
    resource: Json, context: MapContext, why: str, reason: UnreadReason
) -> list[GeneReport | Unread]:
    """The report as an unused record; empty where it names neither TPMT nor NUDT15."""
    components = objects_of(resource.get("component"))
    named = frozenset(gene for one in (resource, *components) for gene in _part(one).genes)
    named |= {gene for concept in _studied(resource) for gene in genes_named(concept)}
    if not named:
        return []
    is_deciding = reason is not UnreadReason.NO_VALUE
    told = Unread(
        context.record_ref,
        FactKind.GENES,
        why,
        is_deciding,
        named,
        reason=reason,
        what=" and ".join(sorted(named)),
        on=first_date(resource, context.zone, *DATES),
    )
    return [told]


def _report(reading: Reading, context: MapContext, *, is_report: bool, unused: Collection[int]) -> GeneReport:
    content = reading.resource
    named = _studied(content)
    listed = enumerate(objects_of(content.get("component")))
    components = [_part(one) for number, one in listed if number not in unused]
    genes = frozenset(gene for concept in named for gene in genes_named(concept))
    return GeneReport(
        record_ref=context.record_ref,
        is_report=is_report,
        genes=genes | (frozenset() if named else _genes_of_code(content.get("code"))),
        names_another_gene=bool(named) and not all(genes_named(concept) for concept in named),
        parts=(_own_part(content), *(part for part in components if not part.roles & _DESCRIBING)),
        derived_from=_refs(content, context, "derivedFrom"),
        members=_refs(content, context, "hasMember", "result"),
        reported_on=first_date(content, context.zone, *DATES),
        haplotypes=tuple(_allele_extensions(content)),
        notes=tuple(text_of(note.get("text")) for note in objects_of(content.get("note"))),
        is_donor_specimen=_is_donor(content),
        lost=reading.lost_in("value", "component", "conclusion"),
    )


def roles_of(element: Json) -> frozenset[str]:
    """What the codes of an Observation or component report."""
    return _roles_of_code(element.get("code"))


@remembered
def _roles_of_code(code: object) -> frozenset[str]:
    meanings = (meaning for one in codings(code) for meaning in lookup(one.system, one.code))
    return frozenset(
        meaning.name if meaning.kind == "gene_test" else meaning.concept
        for meaning in meanings
        if meaning.kind in ("gene_test", "genomics")
    )


@remembered
def genes_named(concept: object) -> frozenset[Gene]:
    """Which of TPMT and NUDT15 a concept or text names, by identifier or in words."""
    by_code = {
        Gene(meaning.concept)
        for one in codings(concept)
        for meaning in lookup(one.system, one.code)
        if meaning.kind == "gene"
    }
    in_words = {Gene(one.concept) for text in texts(concept) for one in mentioned(text, "gene")}
    return frozenset(by_code | in_words)


@remembered
def _genes_of_code(code: object) -> frozenset[Gene]:
    meanings = (meaning for one in codings(code) for meaning in lookup(one.system, one.code))
    by_code = frozenset(Gene(meaning.concept) for meaning in meanings if meaning.kind == "gene_test")
    return by_code or genes_named(code)


def _own_part(content: Json) -> GenePart:
    part = _part(content)
    if part.roles & _DESCRIBING:
        return GenePart(frozenset(), part.roles, (), {})
    conclusion = (text_of(content.get("conclusion")), *texts(content.get("conclusionCode")))
    told = tuple(text for text in conclusion if text)
    return GenePart(part.genes, part.roles, part.texts + told, part.element)


def _part(element: Json) -> GenePart:
    told = tuple(_told(element))
    in_value = frozenset(Gene(one.concept) for text in told for one in mentioned(text, "gene"))
    return GenePart(_genes_of_code(element.get("code")) or in_value, roles_of(element), told, element)


def _told(element: Json) -> list[str]:
    """What the values of a report or component say in words."""
    return [text for name in VALUES if name in element for text in _wordings(element[name])]


def _wordings(value: object) -> list[str]:
    """A value's wordings; a code that is itself a star-allele name counts, any other code only if alone."""
    given = quantity(value)
    if given is not None:
        return [f"{given.comparator}{given.value:g} {given.unit or given.code}".strip()]
    codes = [one.code for one in codings(value) if one.code]
    told = [*(code for code in codes if "*" in code), *texts(value)]
    return told or codes


def _gene_extensions(content: Json) -> list[object]:
    found = extensions(content, GENE_EXTENSION)
    return [
        value for one in found for name in ("valueCodeableConcept", "valueString") if (value := one.get(name))
    ]


def _allele_extensions(content: Json) -> Iterator[str]:
    for one in extensions(content, ALLELE_EXTENSION):
        yield from texts(one.get("valueCodeableConcept") or one.get("valueString"))[:1]


def _refs(content: Json, context: MapContext, *names: str) -> tuple[str, ...]:
    literals = [literal for name in names for literal in references(content.get(name))]
    return tuple(ref for literal in literals if (ref := context.ref_of(literal)))


def _is_donor(content: Json) -> bool | None:
    told = " ".join([*texts(content.get("code")), text_of((content.get("specimen") or {}).get("display"))])
    return True if "donor" in told.casefold().split() else None
