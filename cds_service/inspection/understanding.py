"""How a chart was understood, patient by patient: why a card did or did not come."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from cards.assessment.body import Weight
from cards.assessment.case import Case
from cards.assessment.chart_of_a_day import birth_date_of_day, chart_of_day
from cards.assessment.courses import Course
from cards.assessment.exposures import Exposure
from cards.assessment.genes import GeneStatus
from cards.engine import advise
from cards.finding import Blocked, Decision, Fired, Silent
from cards.model.chart_of_day import ChartOfDay
from cards.model.facts import FactKind, Known, Unread
from cards.model.genes import Gene
from cards.model.therapy import THIOPURINES, Drug
from cds_service.answering.pipeline import Circumstances, concerns_us
from cds_service.inspection.rows import FactOfDay, FactRow, row_of
from cds_service.inspection.source import InspectionSource
from fhir_mappers.bundle.references import RecordIndex
from fhir_mappers.bundle.relevance import is_gene_report, is_relevant
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.bundle.subjects import Subjects
from fhir_mappers.chart import ChartRequest, MappedChart, chart_from
from fhir_mappers.records.patients import PatientFacts

_KINDS = (
    "patient", "draft order", "draft vaccine", "medication", "gene result", "result", "condition",
    "allergy", "vaccine", "procedure", "test order",
)  # fmt: skip
_READ_WHATEVER = (
    "Patient",
    "AllergyIntolerance",
)  # read whatever they say, so their codes are often not ours
_NOT_MEANT = ("entered-in-error", "cancelled", "registered", "not-done", "not-taken", "inactive")
_MOST_CODES = 5
_LONGEST_CODE = 60


@dataclass(frozen=True, slots=True)
class Unused:
    """A record known by its code or its words that gave no fact."""

    record_ref: str
    why: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """How many records of one type are not ours, and the codes they carry most often."""

    resource_type: str
    count: int
    codes: tuple[str, ...]  # "http://loinc.org|8302-2 x 12"


@dataclass(frozen=True, slots=True)
class Therapy:
    """One drug as understood: what is ordered, and what was taken before."""

    drug: Drug
    course: Course | None
    exposure: Exposure | None  # of a thiopurine that is ordered or taken


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """What one rule answered to the hook request."""

    rule_id: str
    question: str
    outcome: str  # "fired", "silent", "blocked" or "failed"
    why: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """One patient's records as understood."""

    patient_id: str  # "" when the file names no patient
    as_of: datetime
    rows: tuple[FactRow, ...]
    unread: tuple[Unread, ...]
    unused: tuple[Unused, ...]
    ignored: tuple[Ignored, ...]
    of_other_patients: int
    known: Mapping[FactKind, Known]  # of a hook request; else empty
    therapies: tuple[Therapy, ...]
    genes: tuple[GeneStatus, ...]
    weight: Weight | None
    checks: tuple[RuleAnswer, ...]  # of a hook request; else empty
    silence: str  # why no rule was asked; "" when they were


def inspected(
    source: InspectionSource,
    patient_id: str,
    as_of: datetime,
    zone: tzinfo,
    around: Circumstances | None = None,
) -> Inspection:
    """How one patient's records in a file are understood on one day; by default, under the default policy."""
    around = around or Circumstances()
    mapped = _mapped(source, patient_id, zone)
    case = Case(chart_of_day(mapped.chart, as_of), around.policy, around.knowledge)
    subjects = Subjects(patient_id, source.resources)
    ours = [one for one in source.resources if subjects.is_ours(one)]
    unused, ignored = _left_over(ours, mapped)
    checks, silence = _checks(source, mapped, case)
    return Inspection(
        patient_id=patient_id,
        as_of=as_of,
        rows=tuple(_rows(mapped, case)),
        unread=case.chart.unread,
        unused=unused,
        ignored=ignored,
        of_other_patients=len(source.resources) - len(ours),
        known={kind: source.known[kind] for kind in FactKind if kind in source.known},
        therapies=tuple(_therapies(case)),
        genes=tuple(case.genes[gene] for gene in Gene),
        weight=case.weight,
        checks=checks,
        silence=silence,
    )


def _mapped(source: InspectionSource, patient_id: str, zone: tzinfo) -> MappedChart:
    request = source.request
    return chart_from(
        ChartRequest(
            zone=zone,
            patient_id=patient_id,
            encounter_id=request.encounter_id if request else None,
            draft_orders=source.drafts,
            selections=frozenset(request.selections or ()) if request else frozenset(),
            records=source.records,
            known=source.known,
        )
    )


def _rows(mapped: MappedChart, case: Case) -> list[FactRow]:
    """Draft orders first, then by kind, newest first."""
    rows = [row_of(fact, case) for fact in _facts_of_day(mapped, case.chart)]
    newest_first = sorted(rows, key=lambda row: row.on.last.toordinal() if row.on else 0, reverse=True)
    return sorted(newest_first, key=lambda row: (_KINDS.index(row.kind), row.what))


def _facts_of_day(mapped: MappedChart, chart: ChartOfDay) -> Iterator[FactOfDay]:
    patients = (fact for fact in mapped.facts if isinstance(fact, PatientFacts))
    yield from (replace(one, born_on=birth_date_of_day(one.born_on, chart.today)) for one in patients)
    yield from chart.draft_orders
    yield from chart.vaccine_orders
    yield from chart.drug_records
    yield from chart.gene_results
    yield from (result for series in chart.labs.values() for result in series)
    yield from chart.conditions
    yield from chart.procedures
    yield from chart.allergies
    yield from chart.immunizations
    yield from chart.test_orders


def _left_over(
    ours: Iterable[RawResource], mapped: MappedChart
) -> tuple[tuple[Unused, ...], tuple[Ignored, ...]]:
    """The patient's records that gave no fact: those known by their code, and the rest by type."""
    # A fact from a resource contained in a report counts for the report.
    read = {ref.split("#")[0] for ref in mapped.recognised}
    silent = {one.record_ref: one for one in ours if one.record_ref not in read}
    index = RecordIndex(ours)
    known = {ref for ref, one in silent.items() if _is_known(one, index)}
    unused = tuple(Unused(ref, _why_unused(silent[ref])) for ref in sorted(known))
    return unused, tuple(_ignored(one for ref, one in silent.items() if ref not in known))


def _is_known(resource: RawResource, index: RecordIndex) -> bool:
    """Whether its code or words are known here. Genetic reports have the same codes for every gene."""
    if resource.type in _READ_WHATEVER or not is_relevant(resource, index):
        return False
    return not is_gene_report(resource) or any(gene.value in str(resource.decoded()) for gene in Gene)


def _why_unused(resource: RawResource) -> str:
    if resource.status in _NOT_MEANT:
        return f"its status is {resource.status}"
    if is_gene_report(resource):
        return "it names TPMT or NUDT15, and says no more than other records do"
    return f"nothing in it is a fact that a rule asks for (status {resource.status or 'not given'})"


def _ignored(resources: Iterable[RawResource]) -> Iterator[Ignored]:
    of_type: dict[str, list[RawResource]] = {}
    for one in resources:
        of_type.setdefault(one.type or "(no resourceType)", []).append(one)
    for name, records in sorted(of_type.items()):
        codes = Counter(code for one in records for code in _codes(one))
        common = tuple(f"{code} x {count}" for code, count in codes.most_common(_MOST_CODES))
        yield Ignored(name, len(records), common)


def _codes(resource: RawResource) -> list[str]:
    named = (f"{one.system or ''}|{one.code}" for one in resource.codings if one.code is not None)
    return list(dict.fromkeys(code[:_LONGEST_CODE] for code in named))


def _therapies(case: Case) -> Iterator[Therapy]:
    exposures = {one.drug: one for one in case.exposures}
    for drug in Drug:
        course = case.course(drug)
        if course is not None or drug in exposures:
            yield Therapy(drug, course, exposures.get(drug) if drug in THIOPURINES else None)


def _checks(source: InspectionSource, mapped: MappedChart, case: Case) -> tuple[tuple[RuleAnswer, ...], str]:
    """What each rule of the hook's service answered, or why none was asked."""
    if source.service is None or source.request is None:
        return (), ""
    if not source.request.is_for_prescriber:
        return (), "the user is a patient or a relative: no rule is asked"
    if source.request.draft_orders is not None and not concerns_us(source.drafts, mapped):
        return (), "nothing in the draft orders concerns a thiopurine or a vaccine: no rule is asked"
    if source.request.draft_orders is None and FactKind.MEDICATIONS not in source.answered:
        return (), "the patient's medications were not sent: without a FHIR server the service answers 412"
    advice = advise(case.chart, source.service.rules, case.policy, case.knowledge)
    questions = {rule.id: rule.question for rule in source.service.rules}
    told = [RuleAnswer(one.rule_id, questions[one.rule_id], *_outcome(one)) for one in advice.decisions]
    told += [
        RuleAnswer(one.rule_id, questions[one.rule_id], "failed", "a fault of ours") for one in advice.failed
    ]
    return tuple(told), ""


def _outcome(decision: Decision) -> tuple[str, str]:
    match decision.outcome:
        case Fired(findings):
            return "fired", "; ".join(f"{one.indicator}: {one.summary}" for one in findings)
        case Silent(reason):
            return "silent", reason
        case Blocked(missing):
            return "blocked", "; ".join(f"{gap.kind}: {gap.why}" for gap in missing)
