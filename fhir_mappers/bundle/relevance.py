"""Which resources matter: by code, by wording, by gene, and by being referred to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from fhir_mappers.bundle.peeks import Peek, PeekedConcept, concept_at
from fhir_mappers.bundle.references import RecordIndex, type_and_id
from fhir_mappers.bundle.resources import RawResource, contained_in
from fhir_mappers.bundle.unnamed import why_open, why_unnamed
from fhir_mappers.json.fhir_json import references
from fhir_mappers.terminology.codes import Code, is_known, lookup
from fhir_mappers.terminology.resource_types import is_resource_type
from fhir_mappers.terminology.synonyms import mentions

MEDICATION_RECORDS = (
    "MedicationRequest",
    "MedicationOrder",  # DSTU2
    "MedicationStatement",
    "MedicationUsage",  # R5 ballots
    "MedicationDispense",
    "MedicationAdministration",
)
_OBSERVATION = "Observation"
REPORTS = (_OBSERVATION, "DiagnosticReport")
_RELATIONS = ("derivedFrom", "hasMember", "result")
# Few, and identified by words or by a part beyond the peek's reach: an allergy's drug in a reaction alone.
_ALWAYS = ("Patient", "AllergyIntolerance", "Procedure", "ServiceRequest", "ProcedureRequest")
_CODED = (
    *MEDICATION_RECORDS,
    "Condition",
    "Immunization",
    "ImmunizationRecommendation",
)
_GENES = ("gene",)
_KINDS = ("drug", "vaccine", "problem", "gene")
_GENE_BYTES = (b"TPMT", b"tpmt", b"Tpmt", b"NUDT15", b"nudt15", b"Nudt15", b'12014"', b'23063"')
_LONG_NAMES = (b"ethyltransferase", b"ETHYLTRANSFERASE", b"ydrolase 15", b"YDROLASE 15")
_MAX_STEPS = 4
_NO_OTHERS = RecordIndex(())
_LONGEST_VERSION = 64  # FHIR R4, "id": Python reads longer ids, but not endless ones


@dataclass(frozen=True, slots=True)
class Chosen:
    """The resources that matter, in the order of their record_refs; gene reports are among them."""

    records: tuple[RawResource, ...]
    gene_reports: tuple[RawResource, ...]


def chosen(
    resources: Sequence[RawResource], index: RecordIndex, relevance: "Relevance | None" = None
) -> Chosen:
    """The resources that a mapper should read, each record once. `relevance` holds earlier readings.

    Costs a peek for each resource; only reports about TPMT or NUDT15 are decoded, to follow their references.
    Laboratory results inside a report are lifted out of it.
    """
    lifted = [inner for one in resources if one.peek.contained for inner in results_within(one)]
    everything = [*resources, *lifted]
    relevance = relevance or Relevance()
    mattering = [resource for resource in everything if relevance.is_relevant(resource, index)]
    found = list(each_once(mattering))
    genes = [resource for resource in found if relevance.is_gene_report(resource)]
    known, read = ({resource.record_ref for resource in some} for some in (genes, found))
    for resource in _related(tuple(genes), everything, index):
        if resource.record_ref not in known:
            known.add(resource.record_ref)
            genes.append(resource)
            found += [resource] if resource.record_ref not in read else []
    return Chosen(records=tuple(sorted(found, key=_ref)), gene_reports=tuple(sorted(genes, key=_ref)))


def is_relevant(resource: RawResource, index: RecordIndex) -> bool:
    """Whether the resource itself says something that a mapper reads."""
    return Relevance().is_relevant(resource, index)


class _CodeMeaning(msgspec.Struct, frozen=True):
    """What the concepts of a resource say by themselves."""

    is_known: bool  # one of their codes is in the code table
    names_gene: bool  # one of their wordings is known
    is_gene_code: bool  # one of their codes is used by gene reports
    is_open: bool  # they leave open what an Observation is about


class Relevance:
    """Which resources a mapper reads. Each code and text is looked up once: charts repeat a few by the thousand."""

    def __init__(self) -> None:
        self._by_code: dict[bytes, _CodeMeaning] = {}
        self._text_is_known: dict[str, bool] = {}

    def is_relevant(self, resource: RawResource, index: RecordIndex) -> bool:
        """Whether the resource itself says something that a mapper reads."""
        peek = resource.peek
        kind = peek.resource_type
        if kind == _OBSERVATION:
            meaning = self._meaning_of(resource)
            if meaning.is_known or meaning.is_open:
                return True
            return meaning.names_gene if _is_number(peek) else _names_gene(resource)
        if kind in _ALWAYS:
            return True
        if kind == "DiagnosticReport":
            return self.is_gene_report(resource) or bool(why_unnamed(resource))
        if kind not in _CODED:
            return not is_resource_type(kind)
        if _has_known_code(resource) or self._has_known_text(resource) or why_unnamed(resource):
            return True
        return kind in MEDICATION_RECORDS and self._is_medication_of_ours(resource, index)

    def names_ours(self, resource: RawResource, index: RecordIndex) -> bool:
        """Whether it names something known here, whatever a mapper makes of it; of a gene report, TPMT or NUDT15."""
        if self.is_gene_report(resource):
            return _names_gene(resource)
        if resource.type in _ALWAYS:
            return _has_known_code(resource) or self._has_known_text(resource)
        return self.is_relevant(resource, index)

    def is_relevant_alone(self, report: RawResource) -> bool:
        """Whether a report may be chosen whatever else is in the chart: by what it says itself, or contains.

        `chosen` picks only one kind of report besides: those that a gene report of the same patient leads to.
        """
        if self.is_relevant(report, _NO_OTHERS):
            return True
        return bool(report.peek.contained) and any(True for _ in results_within(report))

    def knows(self, code: msgspec.Raw) -> bool:
        """Whether a code as received is known, by itself or by its wording, or may be: it leaves that open."""
        meaning = self._meaning_of_code(code)
        return meaning.is_known or meaning.names_gene or meaning.is_open

    def is_gene_report(self, resource: RawResource) -> bool:
        """Whether they belong to a report about TPMT or NUDT15, or to a generic report that may be."""
        if resource.type not in REPORTS:
            return False
        meaning = self._meaning_of(resource)
        return meaning.is_gene_code or (
            meaning.names_gene if _is_number(resource.peek) else _names_gene(resource)
        )

    def _meaning_of(self, resource: RawResource) -> _CodeMeaning:
        if resource.peek.component is not None:
            return _meaning_of(resource.concepts)
        return self._meaning_of_code(resource.peek.code_as_sent)

    def _meaning_of_code(self, code: msgspec.Raw) -> _CodeMeaning:
        sent = bytes(code)
        meaning = self._by_code.get(sent)
        if meaning is None:
            concept = concept_at(code)
            meaning = self._by_code[sent] = _meaning_of([concept] if concept else [])
        return meaning

    def _has_known_text(self, resource: RawResource) -> bool:
        return any(self._is_known_text(text) for concept in resource.concepts for text in _texts(concept))

    def _is_known_text(self, text: str) -> bool:
        is_known = self._text_is_known.get(text)
        if is_known is None:
            is_known = self._text_is_known[text] = mentions(text, _KINDS)
        return is_known

    def _is_medication_of_ours(self, resource: RawResource, index: RecordIndex) -> bool:
        """Whether the medication referred to is a known one, or cannot be determined: its mapper then says so."""
        peek = resource.peek
        named = peek.medication_reference or (peek.medication.reference if peek.medication else None)
        if named is None:
            return not any(True for _ in resource.concepts)
        if named.display and self._is_known_text(named.display):
            return True
        literal = named.reference or ""
        inner = {f"#{one.id}": one for one in contained_in(resource)}
        target = inner.get(literal) or index.find(literal, resource.full_url)
        if target is None:
            return not named.display
        if _has_known_code(target) or self._has_known_text(target):
            return True
        return bool(why_open(resource.type, target.concepts)) or _has_parts_elsewhere(target)


def _has_parts_elsewhere(medication: RawResource) -> bool:
    """Whether it may name ingredients beyond the peek's reach: by reference, or in DSTU2's product."""
    raw = bytes(medication.raw)
    return any(name in raw for name in (b'"itemReference"', b'"item"', b'"product"'))


def _meaning_of(concepts: Sequence[PeekedConcept]) -> _CodeMeaning:
    texts = dict.fromkeys(text for concept in concepts for text in _texts(concept))  # mostly one, sent twice
    meanings = _meanings(concepts)
    return _CodeMeaning(
        is_known=bool(meanings),
        names_gene=any(mentions(text, _GENES) for text in texts),
        is_gene_code=any(meaning.kind in ("gene_test", "genomics") for meaning in meanings),
        is_open=not meanings and bool(why_open(_OBSERVATION, concepts)),
    )


def _is_number(peek: Peek) -> bool:
    """Whether it is a plain number, which names its gene in its code's wording if anywhere."""
    return peek.value_quantity is not UNSET and peek.extension is UNSET


def is_drug_or_vaccine(resource: RawResource) -> bool:
    """Whether a code says that it is about a known drug or vaccine."""
    return any(meaning.kind in ("drug", "vaccine") for meaning in _meanings(resource.concepts))


def is_gene_report(resource: RawResource) -> bool:
    """Whether a report is about TPMT or NUDT15, or of the generic kind that may be."""
    return Relevance().is_gene_report(resource)


def _has_known_code(resource: RawResource) -> bool:
    return any(one.code is not None and is_known(one.system, one.code) for one in resource.codings)


def _meanings(concepts: Sequence[PeekedConcept]) -> list[Code]:
    """The meanings of their codes."""
    coded = ((one.system, one.code) for concept in concepts for one in concept.coding or ())
    return [meaning for system, code in coded if code is not None for meaning in lookup(system, code)]


def _texts(concept: PeekedConcept) -> list[str]:
    found = [coding.display for coding in concept.coding or () if coding.display]
    return [concept.text, *found] if concept.text else found


def _names_gene(resource: RawResource) -> bool:
    """Whether TPMT or NUDT15 is named anywhere: in a component, an extension, a wording."""
    raw = bytes(resource.raw)
    if any(name in raw for name in _GENE_BYTES):
        return True
    # Other enzymes share the end of the long name: its words decide.
    return any(name in raw for name in _LONG_NAMES) and mentions(raw.decode(errors="replace"), _GENES)


def results_within(report: RawResource) -> Iterable[RawResource]:
    """The Observations contained in a report, which count as records of their own."""
    inner = contained_in(report) if report.type in REPORTS else ()
    return (resource for resource in inner if resource.type == _OBSERVATION)


def _related(
    genes: Sequence[RawResource], everything: Sequence[RawResource], index: RecordIndex
) -> Iterable[RawResource]:
    """The resources that gene reports refer to, or that were derived from them, within a few steps."""
    if not genes:
        return
    derived = [resource for resource in everything if resource.peek.derived_from]
    seen = {resource.record_ref for resource in genes}
    step = list(genes)
    for _ in range(_MAX_STEPS):
        refs = {resource.record_ref for resource in step}
        onward = [target for resource in step for target in _targets(resource, index)]
        onward += [one for one in derived if any(to.record_ref in refs for to in _origins(one, index))]
        step = [one for one in onward if one.type in REPORTS and one.record_ref not in seen]
        seen.update(resource.record_ref for resource in step)
        yield from step


def _targets(report: RawResource, index: RecordIndex) -> Iterable[RawResource]:
    content = report.decoded()
    inner = {f"#{one.id}": one for one in results_within(report)}
    for name in _RELATIONS:
        for literal in references(content.get(name)):
            target = inner.get(literal) or index.find(literal, report.full_url)
            if target is not None:
                yield target


def leads_on(report: RawResource) -> bool:
    """Whether a report refers to other reports in the ways that are followed from a gene report.

    A literal without a type may be any record's full URL.
    """
    content = report.decoded()
    literals = (literal for name in _RELATIONS for literal in references(content.get(name)))
    named = (type_and_id(literal) for literal in literals if not literal.startswith("#"))
    return any(one is None or one[0] in REPORTS for one in named)


def _origins(report: RawResource, index: RecordIndex) -> Iterable[RawResource]:
    for origin in report.peek.derived_from or ():
        target = index.find(origin.reference or "", report.full_url)
        if target is not None:
            yield target


def each_once(resources: Iterable[RawResource]) -> Iterable[RawResource]:
    """Each record once: the latest version, whatever the order they came in.

    Where nothing says which of several is the latest, each counts: they may be different records, as where a
    converter gives all results of one specimen the number of the specimen as their id.
    """
    newest: dict[str, list[RawResource]] = {}
    for resource in resources:
        latest = newest.setdefault(resource.record_ref, [resource])
        if latest[0] is resource:
            continue
        own, other = _version(resource), _version(latest[0])
        if own > other:
            newest[resource.record_ref] = [resource]
        elif own == other and all(bytes(one.raw) != bytes(resource.raw) for one in latest):
            latest.append(resource)
    for latest in newest.values():
        yield from latest if len(latest) == 1 else sorted(latest, key=lambda one: bytes(one.raw))


def _ref(resource: RawResource) -> str:
    return resource.record_ref


def _version(resource: RawResource) -> tuple[str, int, bool]:
    meta = resource.peek.meta
    number = (meta.version_id or "") if meta else ""
    return (
        (meta.last_updated or "") if meta else "",
        int(number) if number.isdecimal() and len(number) <= _LONGEST_VERSION else 0,
        resource.status in ("corrected", "amended", "entered-in-error"),
    )
