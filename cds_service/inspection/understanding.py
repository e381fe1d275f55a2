"""How a chart was understood, patient by patient: why a card did or did not come."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
from fhir_mappers.chart import ChartRequest, MappedChart, chart_from
from fhir_mappers.ledger import Disposition, Ledger, LedgerEntry, ledger_of
from fhir_mappers.records.patients import PatientFacts

_KINDS = (
    "patient", "draft order", "draft vaccine", "medication", "gene result", "result", "condition",
    "allergy", "vaccine", "procedure", "test order",
)  # fmt: skip
_NO_TYPE = "(no resourceType)"
_MOST_CODES = 5
_LONGEST_CODE = 60


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
    """One patient's records as understood; the ledger has every resource of the file."""

    patient_id: str  # "" when the file names no patient
    as_of: datetime
    rows: tuple[FactRow, ...]
    ledger: Ledger
    known: Mapping[FactKind, Known]  # of a hook request; else empty
    therapies: tuple[Therapy, ...]
    genes: tuple[GeneStatus, ...]
    weight: Weight | None
    checks: tuple[RuleAnswer, ...]  # of a hook request; else empty
    silence: str  # why no rule was asked; "" when they were

    @property
    def ignored(self) -> tuple[Ignored, ...]:
        """What means nothing here, by type; a code in a record counts once."""
        of_type: dict[str, list[LedgerEntry]] = {}
        for one in self.ledger.of(Disposition.IRRELEVANT):
            if not one.why:
                of_type.setdefault(one.resource_type or _NO_TYPE, []).append(one)
        return tuple(_ignored(name, of_type[name]) for name in sorted(of_type))

    @property
    def of_other_patients(self) -> Mapping[str, int]:
        """How many records of each type name another patient."""
        others = Counter(one.resource_type for one in self.ledger.entries if one.is_of_another_patient)
        return dict(sorted(others.items()))


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
    case = Case(chart_of_day(mapped.chart, as_of, around.policy), around.policy, around.knowledge)
    checks, silence = _checks(source, mapped, case)
    return Inspection(
        patient_id=patient_id,
        as_of=as_of,
        rows=tuple(_rows(mapped, case)),
        ledger=ledger_of(patient_id, source.drafts, source.records, mapped, of_day=_of_day(mapped, case)),
        known={kind: mapped.chart.known[kind] for kind in FactKind if kind in source.known},
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


def _of_day(mapped: MappedChart, case: Case) -> tuple[Unread, ...]:
    """What cannot be used, or is doubtful, on this day alone."""
    return tuple(one for one in case.chart.unread if one not in mapped.chart.unread)


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


def _ignored(name: str, entries: Sequence[LedgerEntry]) -> Ignored:
    codes = Counter(code[:_LONGEST_CODE] for one in entries for code in one.codes)
    common = tuple(f"{code} x {count}" for code, count in codes.most_common(_MOST_CODES))
    return Ignored(name, len(entries), common)


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
    if source.request.draft_orders is not None and not concerns_us(
        source.drafts, mapped, is_signed=source.request.is_signed
    ):
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
