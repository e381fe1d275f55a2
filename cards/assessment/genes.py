"""What is the patient's phenotype for a gene, and how sure is that?"""

from collections.abc import Iterable
from dataclasses import dataclass

from cards.finding import Fact
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.sources import Citation
from cards.knowledge.tpmt_activity import ActivityScales
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ProcedureKind
from cards.model.dates import ClinicalDate, sort_key
from cards.model.genes import INTERMEDIATE, EnzymeActivity, Gene, GeneResult, Method, Phenotype
from cards.model.policy import Policy

# Where results disagree, the lower function leads; an uninformative result leads only when alone.
_REDUCED_FIRST = (Phenotype.POOR, *INTERMEDIATE)
_OTHERS = (Phenotype.NORMAL, Phenotype.INDETERMINATE, None)


@dataclass(frozen=True, slots=True)
class GeneReading:
    """One result, read by today's tables."""

    result: GeneResult
    phenotype: Phenotype | None  # None: the result cannot be judged, `notes` say why
    notes: tuple[str, ...] = ()
    citation: Citation | None = None
    is_below_normal: bool = False  # surely reduced, also where the phenotype is not clear

    def fact(self) -> Fact:
        """The result in words: "TPMT *1/*3A: Intermediate Metabolizer"."""
        result = self.result
        if result.diplotype is not None:
            what = f"{result.gene} {result.diplotype}"
        elif result.activity is not None:
            activity = result.activity
            value = (
                f"{activity.comparator or ''}{activity.value:g}" if activity.value is not None else "reported"
            )
            what = f"{result.gene} activity {value}{f' {activity.unit}' if activity.unit else ''}"
        else:
            what = f"{result.gene} reported"
        meaning = self.phenotype.value if self.phenotype else "not interpretable"
        when = None if result.reported_on else ", no date recorded"
        return Fact(f"{what}: {meaning}{when or ''}", result.reported_on, result.record_ref)


@dataclass(frozen=True, slots=True)
class GeneStatus:
    """What all results about one gene mean together."""

    gene: Gene
    readings: tuple[GeneReading, ...]  # newest first; the leading one first of all
    is_conflicting: bool

    @property
    def leading(self) -> GeneReading | None:
        """The reading that decides, or None when no result can be judged."""
        first = self.readings[0] if self.readings else None
        return first if first and first.phenotype else None

    @property
    def phenotype(self) -> Phenotype | None:
        """The phenotype that decides, or None when the gene is untested or its results unreadable."""
        return self.leading.phenotype if self.leading else None

    @property
    def newest_on(self) -> ClinicalDate | None:
        """The day of the newest result, readable or not; None when none is dated."""
        days = [reading.result.reported_on for reading in self.readings if reading.result.reported_on]
        return max(days, key=lambda day: day.last, default=None)

    @property
    def is_below_normal(self) -> bool:
        """Whether some result is surely below normal, even where its phenotype is unclear."""
        return any(
            reading.is_below_normal or reading.phenotype in _REDUCED_FIRST for reading in self.readings
        )

    @property
    def is_informative(self) -> bool:
        """Whether a phenotype is known that says something about function."""
        return self.phenotype not in (None, Phenotype.INDETERMINATE)

    def facts(self) -> tuple[Fact, ...]:
        """The deciding result, or every result where they disagree or cannot be judged."""
        shown = self.readings if self.is_conflicting or self.leading is None else self.readings[:1]
        return tuple(reading.fact() for reading in shown)

    def notes(self) -> tuple[str, ...]:
        """What a reader must know about the results shown."""
        shown = self.readings if self.is_conflicting or self.leading is None else self.readings[:1]
        notes = tuple(dict.fromkeys(note for reading in shown for note in reading.notes))
        if self.is_conflicting:
            return (f"{self.gene} results disagree; the lower function leads here.", *notes)
        return notes


def reduced_words(statuses: Iterable[GeneStatus]) -> str:
    """The genes below normal, short enough for a summary: "TPMT and NUDT15 intermediate metabolizer"."""
    words: dict[str, list[Gene]] = {}
    for status in statuses:
        if status.phenotype in _REDUCED_FIRST:
            words.setdefault(status.phenotype.value.lower(), []).append(status.gene)
        elif status.is_below_normal:
            words.setdefault("activity below normal", []).append(status.gene)
    parts = [f"{' and '.join(genes)} {word}" for word, genes in words.items()]
    return ", ".join([*(part.removesuffix(" metabolizer") for part in parts[:-1]), *parts[-1:]])


def gene_status(chart: ChartOfDay, gene: Gene, policy: Policy, knowledge: Knowledge) -> GeneStatus:
    """Every result about a gene, judged; the lower function leads, the newest among equals."""
    newest_first = sorted(
        chart.results_of(gene), key=lambda result: sort_key(result.reported_on), reverse=True
    )
    readings = [_reading(result, chart, policy, knowledge) for result in newest_first]
    readings.sort(key=_rank)
    informative = {reading.phenotype for reading in readings} - {None, Phenotype.INDETERMINATE}
    disputed = Phenotype.NORMAL in informative and any(_is_low_but_unclear(reading) for reading in readings)
    return GeneStatus(gene, tuple(readings), is_conflicting=len(informative) > 1 or disputed)


def _rank(reading: GeneReading) -> int:
    """A result that is surely below normal takes the lead from a normal one, even without a phenotype."""
    if reading.phenotype in _REDUCED_FIRST:
        return _REDUCED_FIRST.index(reading.phenotype)
    if _is_low_but_unclear(reading):
        return len(_REDUCED_FIRST)
    return len(_REDUCED_FIRST) + 1 + _OTHERS.index(reading.phenotype)


def _is_low_but_unclear(reading: GeneReading) -> bool:
    return reading.is_below_normal and reading.phenotype is None


def _reading(result: GeneResult, chart: ChartOfDay, policy: Policy, knowledge: Knowledge) -> GeneReading:
    if result.method is Method.ACTIVITY and result.activity is not None:
        return _activity_reading(result, result.activity, chart, policy, knowledge.tpmt_activity)
    notes = _donor_notes(result, chart)
    if result.diplotype is None:
        return GeneReading(result, result.phenotype, notes)
    called = knowledge.genotypes.call(result.gene, result.diplotype)
    notes = (*(note.text for note in called.notes), *notes)
    if called.phenotype is None:
        return GeneReading(result, result.phenotype, notes, called.citation)
    stated = result.phenotype
    if stated not in (None, called.phenotype, called.alternative):
        notes = (f"The laboratory reported {stated} for {result.diplotype}.", *notes)
    return GeneReading(result, called.phenotype, notes, called.citation)


def _activity_reading(
    result: GeneResult,
    activity: EnzymeActivity,
    chart: ChartOfDay,
    policy: Policy,
    tpmt_activity: ActivityScales,
) -> GeneReading:
    transfusion = next(
        (
            procedure
            for procedure in chart.procedures
            if procedure.kind is ProcedureKind.RED_CELL_TRANSFUSION
            and not procedure.is_planned
            and procedure.done_on is not None
            and (
                result.reported_on is None
                or procedure.done_on.possibly_within(policy.transfusion_days, result.reported_on.last)
            )
        ),
        None,
    )
    if transfusion is not None:
        note = (
            f"Red cells were transfused on {transfusion.done_on}: the TPMT activity is partly the donor's. "
            "Ask for the genotype."
        )
        return GeneReading(result, None, (note,))
    verdict = tpmt_activity.judge(activity)
    is_denied = verdict.is_below_normal is True and result.phenotype is Phenotype.NORMAL
    phenotype = verdict.phenotype or (None if is_denied else result.phenotype)
    return GeneReading(result, phenotype, (verdict.why,), verdict.citation, verdict.is_below_normal is True)


def _donor_notes(result: GeneResult, chart: ChartOfDay) -> tuple[str, ...]:
    for procedure in chart.procedures:
        if procedure.kind is not ProcedureKind.STEM_CELL_TRANSPLANT or procedure.is_planned:
            continue
        done, reported = procedure.done_on, result.reported_on
        if done is None or reported is None or reported.last >= done.first:
            when = f"on {done}" if done else "without a date"
            return (
                f"A stem cell transplant is recorded {when}: a blood genotype taken after it is the donor's.",
            )
    return ()
