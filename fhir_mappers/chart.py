"""chart_from(): the resources of one request become a PatientChart; a bad resource costs only itself."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from types import MappingProxyType
from typing import Any, TypeVar

from cards.model.chart import PatientChart
from cards.model.conditions import AllergyRecord, ConditionRecord, ProcedureRecord
from cards.model.dates import sort_key
from cards.model.facts import Availability, FactKind, Known, Unread
from cards.model.genes import GeneResult
from cards.model.labs import Analyte, LabResult, LabSeries, series_of
from cards.model.medications import WrittenOrder, WrittenRecord
from cards.model.tests_ordered import TestOrder
from cards.model.vaccines import ImmunizationRecord, VaccineOrder
from fhir_mappers.bundle.bundles import Entry
from fhir_mappers.bundle.held_orders import named_by
from fhir_mappers.bundle.merged import refs_of_merged, without_merged_patients
from fhir_mappers.bundle.parse_cache import ParseCache
from fhir_mappers.bundle.references import RecordIndex, contained
from fhir_mappers.bundle.relevance import each_once
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.bundle.selections import selected_refs
from fhir_mappers.bundle.subjects import Subjects
from fhir_mappers.context import MapContext
from fhir_mappers.crashes import attempted, crashed, logged_crash, unreadable
from fhir_mappers.genes.pending import pending_gene_test
from fhir_mappers.genes.results import GeneReport, gene_report, gene_results
from fhir_mappers.json.exact_json import exact_json
from fhir_mappers.json.fhir_json import Json
from fhir_mappers.mappers import DRAFT_MAPPERS, ELEMENTS_READ, READ_BY_MAPPER, RECORD_MAPPERS, Mapper, mended
from fhir_mappers.not_used.doubts import doubts_about
from fhir_mappers.not_used.left_out import is_grave_order, kinds_lacking, known_without
from fhir_mappers.not_used.possibly_ours import orders_not_sent, unnamed
from fhir_mappers.records.patients import PatientFacts
from fhir_mappers.results.dates_beside import dated_in_life, with_dates_beside
from fhir_mappers.sound_reading import Ownership, picked_from, put_together

Fact = (
    WrittenOrder
    | VaccineOrder
    | WrittenRecord
    | GeneResult
    | LabResult
    | ConditionRecord
    | ProcedureRecord
    | AllergyRecord
    | ImmunizationRecord
    | TestOrder
    | PatientFacts
    | Unread
)
_Kind = TypeVar("_Kind")

_OBSERVATION = "Observation"
_RECORD, _GENE_REPORT = "record", "gene report"  # as what a resource is read
# Where it is unclear which kinds the records of another patient leave incomplete.
_NOTHING_KNOWN: Mapping[FactKind, Known] = MappingProxyType(
    {
        kind: Known(Availability.UNKNOWN, "records of another patient could not be told apart")
        for kind in FactKind
    }
)
_PATIENT = "Patient"


@dataclass(frozen=True, slots=True)
class ChartRequest:
    """What a chart is made of. `records` holds no draft orders; `known` passes through."""

    zone: tzinfo  # the site's
    patient_id: str
    other_ids: frozenset[str] = frozenset()  # of the same patient
    merged_ids: frozenset[str] = frozenset()  # of records merged with this patient's
    records_elsewhere: int = 0  # to which the patient's record points without being merged with them
    encounter_id: str | None = None
    draft_orders: Sequence[RawResource] = ()
    selections: frozenset[str] = frozenset()  # of order-select, as received
    records: Sequence[RawResource] = ()
    passed_over: Sequence[Entry] = ()  # Observations that matter only if a record refers to them
    known: Mapping[FactKind, Known] = field(default_factory=lambda: MappingProxyType({}))
    parse_cache: ParseCache = field(default_factory=ParseCache)


@dataclass(frozen=True, slots=True)
class MappedChart:
    """The chart, the drafts as received, and what each record was read as."""

    chart: PatientChart
    drafts: Mapping[str, Json]  # by record_ref, with exact decimals
    facts: tuple[Fact, ...]  # values read from the records
    of_other_patients: tuple[str, ...] = ()  # records not used
    has_others_drafts: bool = False  # among them are drafts for something that a rule reads

    @property
    def recognised(self) -> Mapping[str, tuple[Fact, ...]]:
        """The values read from each record, by record_ref."""
        found: dict[str, tuple[Fact, ...]] = {}
        for fact in self.facts:
            found[fact.record_ref] = (*found.get(fact.record_ref, ()), fact)
        return MappingProxyType(found)


def chart_from(request: ChartRequest) -> MappedChart:
    """The chart of the request's patient as recorded.

    The order of the resources does not matter; each record counts once, in its latest version.
    """
    if request.merged_ids:
        request = replace(request, records=without_merged_patients(request.records, request.merged_ids))
    everything = (*request.records, *request.draft_orders)
    same = request.other_ids | request.merged_ids
    nobody = Subjects(request.patient_id, ())
    whose = Ownership(
        attempted(lambda: Subjects(request.patient_id, everything, same), nobody, "patients_not_read")
    )
    strangers, their_drafts = whose.others(request.records), whose.others_drafts(request.draft_orders)
    drafted = whose.our_drafts(request.draft_orders)
    drafts = sorted(attempted(lambda: list(each_once(drafted)), drafted, "versions_not_compared"), key=_ref)
    records = whose.ours(request.records) if strangers or whose.unread else request.records
    index = RecordIndex([*drafts, *records], request.passed_over)
    picked, unread = picked_from(records, index, request.parse_cache.relevance)
    ours = whose.ours(picked.records)

    source = _MappedRequest(request, index)
    facts = [fact for draft in drafts for fact in source.facts_of(draft, is_draft=True)]
    facts += [fact for one in ours if one.type != _OBSERVATION for fact in source.facts_of(one)]
    facts += [fact for one in ours if one.type == _OBSERVATION for fact in source.facts_of(one)]
    facts += source.genes_of(whose.ours(picked.gene_reports))
    chart, told = put_together([*facts, *unread, *whose.unread], lambda some: _assembled(request, some))
    known = attempted(
        lambda: _known_without(request, strangers, their_drafts, source, told),
        _NOTHING_KNOWN,
        "left_out_not_counted",
    )
    not_checked = sum(is_grave_order(source.facts_of(one, is_draft=True)) for one in their_drafts)
    return MappedChart(
        chart=replace(
            chart,
            known=known,
            orders_of_others=not_checked,
            merged_refs=refs_of_merged([*drafts, *records], request.merged_ids),
            records_elsewhere=request.records_elsewhere,
        ),
        drafts={draft.record_ref: _exact(draft) for draft in drafts},
        facts=told,
        has_others_drafts=any(source.facts_of(one, is_draft=True) for one in their_drafts),
        of_other_patients=tuple(sorted({resource.record_ref for resource in (*strangers, *their_drafts)})),
    )


def _known_without(
    request: ChartRequest,
    strangers: Sequence[RawResource],
    drafts: Sequence[RawResource],
    source: "_MappedRequest",
    told: Sequence[Fact],
) -> Mapping[FactKind, Known]:
    """What is known of each kind without the records and drafts of other patients."""
    relevance = request.parse_cache.relevance
    has_patient = any(isinstance(fact, PatientFacts) for fact in told)
    lacking = [
        (one.type, kinds_lacking(one, source.facts_of(one), relevance))
        for one in each_once(strangers)
        if one.type != _PATIENT or not has_patient
    ]
    lacking += [
        (one.type, kinds_lacking(one, facts, relevance))
        for one in drafts
        if not is_grave_order(facts := source.facts_of(one, is_draft=True))  # such a one is counted apart
    ]
    return known_without(request.known, lacking)


class _MappedRequest:
    """The request's resources while they are being mapped."""

    def __init__(self, request: ChartRequest, index: RecordIndex) -> None:
        self._request = request
        self._index = index
        self._elements = request.parse_cache.elements
        self._readings = request.parse_cache.readings
        self._referred: list[tuple[str, RawResource | None]] = []  # by the record being read
        every: frozenset[str] = frozenset()
        self._selected = attempted(
            lambda: selected_refs(request.selections, request.draft_orders), every, "selections_not_read"
        )

    def facts_of(self, resource: RawResource, *, is_draft: bool = False) -> Sequence[Fact]:
        """What the mappers of its type read in one resource, and which parts of it are not valid FHIR.

        One that no fact was read from is an Unread where it does not say what it is about.
        """
        if (DRAFT_MAPPERS if is_draft else RECORD_MAPPERS).get(resource.type) is None:
            return (
                _as_orders([*unnamed(resource), *self._not_sent(resource)]) if is_draft else unnamed(resource)
            )
        if is_draft:  # depends on the selections too
            return _as_orders(self._mapped(resource, is_draft=True))
        return self._once(resource, _RECORD, self._mapped)

    def _not_sent(self, draft: RawResource) -> Sequence[Unread]:
        """The note on medication orders that a draft lists and that are no drafts: a record may differ."""
        listed = [one for one in named_by(draft) if not one.startswith("#")]
        sent = RecordIndex(self._request.draft_orders)
        return orders_not_sent(draft, sum(sent.find(one, draft.full_url) is None for one in listed))

    def _once(
        self, resource: RawResource, reader: str, read: Callable[[RawResource], Sequence[Fact]]
    ) -> Sequence[Fact]:
        """What a record is read as; read once where a caller keeps the readings of its patient."""
        kept = self._readings
        if kept is None:
            return read(resource)
        found = kept.facts_of(resource, reader, lambda literal: self._index.find(literal, resource.full_url))
        if found is None:
            self._referred = []
            found = read(resource)
            kept.keep(resource, reader, found, tuple(self._referred))
        return found

    def _mapped(self, resource: RawResource, *, is_draft: bool = False) -> list[Fact]:
        mappers = (DRAFT_MAPPERS if is_draft else RECORD_MAPPERS)[resource.type]
        context = self._context(resource, is_draft=is_draft)
        facts = self._facts_in(resource, mappers, context, ELEMENTS_READ.get(resource.type))
        if not facts:
            return list(unnamed(resource))
        return with_dates_beside(facts, resource, context) if resource.type == _OBSERVATION else facts

    def genes_of(self, reports: Iterable[RawResource]) -> list[Fact]:
        """The gene reports read together; an unreadable report is left out and reported."""
        read: list[GeneReport] = []
        unread: list[Fact] = []
        for resource in reports:
            found: Sequence[Any] = self._once(resource, _GENE_REPORT, self._read_as_gene_report)
            pending = [one for one in found if isinstance(one, TestOrder)]
            read += [one for one in found if isinstance(one, GeneReport) and not pending]
            unread += [*pending, *(one for one in found if isinstance(one, Unread))]
        try:
            return [*unread, *gene_results(read)]
        except Exception as error:  # noqa: BLE001 -- a crash on all reports together must lose no other fact
            logged_crash("gene_reports_not_mapped", error)
            return [*unread, *(unreadable(one.record_ref, FactKind.GENES, error) for one in read)]

    def _read_as_gene_report(self, resource: RawResource) -> list[Any]:
        readers = ((FactKind.ORDERED_TESTS, pending_gene_test), (FactKind.GENES, gene_report))
        return self._facts_in(resource, readers, self._context(resource, is_draft=False))

    def _facts_in(
        self,
        resource: RawResource,
        mappers: Iterable[tuple[FactKind, Mapper]],
        context: MapContext,
        elements: Collection[str] | None = None,
    ) -> list[Any]:
        """What the mappers read in a resource, decoded and repaired once for all of them.

        Unread where decoding or a mapper crashes: one record must never lose the rest.
        """
        try:
            content, places = mended(self._elements.decoded(resource, elements), resource.type, context)
        except Exception as error:  # noqa: BLE001 -- see above; the crash is told to the clinician and logged
            return [crashed(resource, kind, mapper, error) for kind, mapper in mappers]
        facts: list[Any] = []
        for kind, mapper in mappers:
            try:
                found = tuple(mapper(content, context))
                facts += [*found, *_doubts(found, content, places, kind, context)] if found else ()
            except Exception as error:  # noqa: BLE001 -- a crash costs this record alone
                facts.append(crashed(resource, kind, mapper, error))
        return facts

    def _context(self, resource: RawResource, *, is_draft: bool) -> MapContext:
        return MapContext(
            zone=self._request.zone,
            find=lambda literal, holder: self._find(literal, holder, resource),
            ref_of=lambda literal: self._ref_of(literal, resource),
            selections=self._selected,
            is_draft=is_draft,
            record_ref=resource.record_ref,
        )

    def _find(self, literal: str, holder: Json, resource: RawResource) -> Json | None:
        if literal.startswith("#"):
            return contained(literal, holder)
        found = self._resolved(literal, resource)
        return found.decoded() if found else None

    def _ref_of(self, literal: str, resource: RawResource) -> str:
        if literal.startswith("#"):
            return f"{resource.base_ref or resource.record_ref}{literal}"
        found = self._resolved(literal, resource)
        return found.record_ref if found else ""

    def _resolved(self, literal: str, resource: RawResource) -> RawResource | None:
        found = self._index.find(literal, resource.full_url)
        self._referred.append((literal, found))
        return found


def _as_orders(facts: Sequence[Fact]) -> Sequence[Fact]:
    """What was read of a draft; where that is nothing, its notes say that it may order anything."""
    unread = [replace(one, is_order=True) for one in facts if isinstance(one, Unread)]
    return unread if len(unread) == len(facts) else facts


def _doubts(
    found: Sequence[Fact], content: Json, places: Sequence[str], kind: FactKind, context: MapContext
) -> Iterable[Unread]:
    """The doubts about a record that was read, where its mapper does not say them itself."""
    is_told = content.get("resourceType") in READ_BY_MAPPER
    return () if is_told else doubts_about(content, places, found, kind, context)


def _assembled(request: ChartRequest, facts: Sequence[Fact]) -> PatientChart:
    by_kind: dict[type, list[Any]] = {}
    for fact in facts:
        by_kind.setdefault(type(fact), []).append(fact)

    def of(kind: type[_Kind]) -> tuple[_Kind, ...]:
        return tuple(by_kind.get(kind, ()))

    patient = next(iter(of(PatientFacts)), PatientFacts())
    return PatientChart(
        born_on=patient.born_on,
        sex=patient.sex,
        is_deceased=patient.is_deceased,
        died_on=patient.died_on,
        draft_orders=of(WrittenOrder),
        vaccine_orders=of(VaccineOrder),
        drug_records=of(WrittenRecord),
        gene_results=tuple(
            sorted(of(GeneResult), key=lambda one: (sort_key(one.reported_on), one.record_ref))
        ),
        labs=_series(dated_in_life(one, patient.born_on) for one in of(LabResult)),
        conditions=tuple(
            [_in_life(_in_encounter(one, request.encounter_id), patient) for one in of(ConditionRecord)]
        ),
        procedures=of(ProcedureRecord),
        allergies=of(AllergyRecord),
        immunizations=of(ImmunizationRecord),
        test_orders=of(TestOrder),
        known=request.known,
        unread=of(Unread),
    )


def _in_encounter(condition: ConditionRecord, encounter_id: str | None) -> ConditionRecord:
    """The condition, marked where it was recorded in the request's encounter."""
    return (
        replace(condition, in_this_encounter=True) if encounter_id in condition.encounter_ids else condition
    )


def _in_life(condition: ConditionRecord, patient: PatientFacts) -> ConditionRecord:
    """The condition; an end before the patient's birth, as 1900-01-01 for "none", is not one."""
    if condition.abated_on is None or patient.born_on is None:
        return condition
    is_sound = condition.abated_on.last >= patient.born_on.first
    return condition if is_sound else replace(condition, abated_on=None)


def _series(results: Iterable[LabResult]) -> Mapping[Analyte, LabSeries]:
    """The results by analyte, each series oldest first."""
    by_analyte: dict[Analyte, list[LabResult]] = {}
    for one in results:
        by_analyte.setdefault(one.analyte, []).append(one)
    return MappingProxyType(
        {analyte: series_of(by_analyte[analyte]) for analyte in Analyte if analyte in by_analyte}
    )


def _exact(draft: RawResource) -> Json:
    content = attempted(lambda: exact_json(draft.raw), None, "draft_not_decoded")
    return content if isinstance(content, dict) else {}


def _ref(resource: RawResource) -> str:
    return resource.record_ref
