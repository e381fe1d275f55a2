"""Today's panel: everyone who takes a thiopurine now, and what is due, the most urgent first."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_words
from cards.finding import Blocked, Fired
from cards.model.facts import FactKind
from cards.model.genes import Gene
from cds_service.answering.pipeline import Circumstances, answer
from cds_service.answering.reply import Considered
from cds_service.errors import CdsServiceError
from cds_service.hooks.request import HookRequest
from cds_service.hooks.services import service_for_hook
from cds_service.policy_file import knowledge_of
from cds_service.replay.asking import resources_of
from cds_service.replay.partitions import Medications
from cds_service.replay.past_records import PastRecords
from cds_service.replay.plan import ReplayPlan
from cds_service.replay.shards import rows_of
from cds_service.workbench.timeline import timeline_of
from cds_service.workbench.timeline_shapes import WIDTH
from fhir_mappers.bundle.references import RecordIndex
from fhir_mappers.bundle.relevance import chosen, each_once
from fhir_mappers.bundle.resources import RawResource

_HOOK = "patient-view"
_MOST_PICTURES = 200


class Screened(msgspec.Struct, frozen=True):
    """One patient on a thiopurine. It names the patient by id: keep it as you keep the export."""

    patient: str
    drugs: tuple[str, ...]
    critical: tuple[str, ...]
    warning: tuple[str, ...]
    info: tuple[str, ...]
    untested: tuple[str, ...]  # genes without any result
    unchecked: tuple[str, ...]  # rules that lacked data, and which; rules that failed
    picture: str  # the timeline, as HTML

    @property
    def urgency(self) -> tuple[int, int, int, int, str]:
        """Sorts the most urgent first."""
        counts = (len(self.critical), len(self.warning), len(self.untested), len(self.info))
        return (-counts[0], -counts[1], -counts[2], -counts[3], self.patient)


class ScreenedPatients(msgspec.Struct):
    """Who of some patients takes a thiopurine, and who could not be screened."""

    patients: int = 0
    screened: list[Screened] = msgspec.field(default_factory=list)
    refused: Counter[str] = msgspec.field(default_factory=Counter)  # patients not screened, by reason

    def add(self, other: "ScreenedPatients") -> None:
        """Take the patients of another panel in as well."""
        self.patients += other.patients
        self.screened += other.screened
        self.refused += other.refused


def screen_partition(plan: ReplayPlan, partition: int, exported: frozenset[str]) -> ScreenedPatients:
    """The patients of a partition who take a thiopurine on the day of the export."""
    found = ScreenedPatients()
    patients = rows_of(plan.work, partition)
    medications = Medications(plan, patients)
    for patient, rows in patients:
        found.patients += 1
        resources = [one for row in rows for one in resources_of(row)]
        try:
            considered = _considered(patient, resources, medications.named_in(rows), exported, plan)
        except CdsServiceError as error:  # without medications it cannot be said that anybody takes anything
            found.refused[error.message] += 1
            continue
        if considered is not None and (case := considered.case).taken:
            found.screened.append(_screened(patient, considered, case))
    return found


def _considered(
    patient: str,
    resources: list[RawResource],
    medications: list[RawResource],
    exported: frozenset[str],
    plan: ReplayPlan,
) -> Considered | None:
    """The chart as the export has it, answered as if the record were opened now.

    Raises CdsServiceError for a patient of whom the export does not hold enough.
    """
    everything = [*resources, *medications]
    picked = chosen(everything, RecordIndex(everything))
    refs = {one.base_ref or one.record_ref for one in (*picked.records, *picked.gene_reports)}
    records = list(each_once(one for one in resources if one.record_ref in refs))
    request = HookRequest(_HOOK, "screen", "Practitioner/screen", patient)
    known = PastRecords(records, [one for one in everything if one.type == "Medication"], exported)
    around = Circumstances(plan.policy, knowledge_of(plan.policy.tables, plan.releases), known)
    return answer(request, service_for_hook(_HOOK), plan.as_of, around=around).considered


def _screened(patient: str, considered: Considered, case: Case) -> Screened:
    fired = [one.outcome for one in considered.advice.decisions if isinstance(one.outcome, Fired)]
    said: dict[str, list[str]] = {"critical": [], "warning": [], "info": []}
    for outcome in fired:
        for finding in outcome.findings:
            said[finding.indicator.value].append(finding.summary)
    return Screened(
        patient=patient,
        drugs=tuple(dose_words(exposure, case.weight) for exposure in case.taken),
        critical=tuple(dict.fromkeys(said["critical"])),
        warning=tuple(dict.fromkeys(said["warning"])),
        info=tuple(dict.fromkeys(said["info"])),
        untested=_untested(case),
        unchecked=tuple(_unchecked(considered)),
        picture=_picture(case),
    )


def _unchecked(considered: Considered) -> Iterator[str]:
    for one in considered.advice.failed:
        yield f"{one.rule_id}: this check failed"
    for decision in considered.advice.decisions:
        if isinstance(decision.outcome, Blocked):
            yield f"{decision.rule_id}: {', '.join(gap.kind.value for gap in decision.outcome.missing)}"


def _untested(case: Case) -> tuple[str, ...]:
    if case.missing(FactKind.GENES):
        return ()
    return tuple(gene.value for gene in Gene if not case.chart.results_of(gene))


def _picture(case: Case) -> str:
    timeline = timeline_of(case)
    return _environment().get_template("bench/timeline.html").render(timeline=timeline, width=WIDTH)


def _environment() -> Environment:
    loaders = ChoiceLoader([PackageLoader("cds_service.replay"), PackageLoader("cds_service.workbench")])
    return Environment(loader=loaders, autoescape=select_autoescape(), undefined=StrictUndefined)


def write_csv(file: Path, panel: Iterable[Screened]) -> None:
    """One row per patient; a cell that a spreadsheet would take for a formula is marked."""
    with file.open("w", newline="", encoding="utf-8") as opened:
        rows = csv.writer(opened)
        names = ("patient", "drugs", "critical", "warning", "info", "untested", "unchecked")
        rows.writerow(names)
        for one in panel:
            cells = [one.patient, *("; ".join(getattr(one, name)) for name in names[1:])]
            rows.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in cells])


def screen_html(found: Sequence[Screened], panel: ScreenedPatients, as_of: datetime) -> str:
    """The patients found, as one page with everything in it, the timelines of the first ones drawn."""
    return (
        _environment()
        .get_template("screen.html")
        .render(
            found=found,
            panel=panel,
            as_of=as_of,
            pictures=[_named(one, n) for n, one in enumerate(found[:_MOST_PICTURES])],
        )
    )


def _named(one: Screened, number: int) -> str:
    """The picture with a unique id: a page contains many."""
    return one.picture.replace("timeline-name", f"timeline-name-{number}")
