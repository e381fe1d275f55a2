"""A genotype from single variants, where those reported together allow no other phenotype."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from cards.model.dates import ClinicalDate
from cards.model.genes import Diplotype, Gene
from fhir_mappers.genes.reports import GenePart, GeneReport
from fhir_mappers.json.fhir_json import Coding, Json, codings, texts
from fhir_mappers.terminology.tables import packaged_rows

VARIANT_ROLES = frozenset(
    {"single variants", "variant_assessment", "simple_variant", "dna_change", "variant_name"}
)

_STATING = VARIANT_ROLES | {"allelic_state"}
_RSID = re.compile(r"\brs\d+\b")
# LOINC names several changes with one "c.": "c.238G>C+460G>A+719A>G". A genomic change ("g.") is not one of them.
_HGVS = re.compile(r"(?<![\w.])(?:c\.)?((\d+)[ACGT]>[ACGT])")
# LOINC answers of 53034-5 and 69548-6: HL7/genomics-reporting, input/fsh/examples; hapi-fhir, LOINC530345Answerlist.
_COPIES = {"LA6706-1": 1, "LA6705-3": 2, "LA9634-2": 0}
_PRESENT = "LA9633-4"
# "homozygous" is removed from these words before the search for it.
_NORMAL_ON_BOTH = re.compile(r"homozygous(?: for)?(?: the)? (?:normal|reference|wild[ -]?type)", re.I)
_ABSENT_WORDS = re.compile(
    rf"not detected|not present|negative|absent|wild[ -]?type|{_NORMAL_ON_BOTH.pattern}", re.I
)
_CARRIED_WORDS = ((1, re.compile(r"\bheterozyg\w*", re.I)), (2, re.compile(r"\bhomozyg\w*", re.I)))
_PRESENT_WORDS = re.compile(r"\b(?:present|detected|positive|mutant|mutated|abnormal)\b", re.I)
_COPIES_IN_WORDS = {0: "absent", 1: "heterozygous", 2: "homozygous"}
_SHORT = 80  # a longer text may explain what heterozygous patients should know


@dataclass(frozen=True, slots=True)
class _Variant:
    gene: Gene
    rsid: str
    hgvs: str
    loinc: str
    is_rsid_enough: bool

    @property
    def name(self) -> str:
        return f"c.{self.hgvs}" if self.hgvs != "none" else self.rsid


@dataclass(slots=True)
class _ReportedVariants:
    """The statements of several reports about a gene's variants."""

    counts: dict[_Variant, int] = field(default_factory=dict)
    disputed: set[_Variant] = field(default_factory=set)
    is_more_carried: bool = False  # a change is present that is unknown or unclear


def genotype_of_variants(reports: Sequence[GeneReport], gene: Gene) -> Diplotype | None:
    """The one genotype that variants of a gene allow; None when one untested or unclear leaves several.

    A variant named only by its rsID counts as present only where every allele with that place changed has the
    same function. A variant on which reports disagree counts as untested; beside an unknown change, the gene
    is never normal.
    """
    told = _told(reports, gene)
    counts = {one.rsid: copies for one, copies in told.counts.items() if one not in told.disputed}
    carried = {rsid: copies for rsid, copies in counts.items() if copies}
    if not carried and told.is_more_carried:
        return None
    return next(
        (
            row.diplotype
            for row in _genotypes()
            if row.gene is gene and row.carried == carried and all(rsid in counts for rsid in row.absent)
        ),
        None,
    )


def variants_by_day(
    dated: Iterable[tuple[ClinicalDate | None, GeneReport]], gene: Gene
) -> dict[ClinicalDate | None, list[GeneReport]]:
    """Reports of variants by the day they are from; those that may be of the only whole day are read with its own.

    A gene does not change from day to day: a missing date is no reason to read two halves of one panel apart.
    Where together they allow no genotype, they are read apart nevertheless.
    """
    by_day: dict[ClinicalDate | None, list[GeneReport]] = {}
    for day, report in dated:
        by_day.setdefault(day, []).append(report)
    days = [day for day in by_day if day is not None and day.is_whole_day]
    if len(days) != 1 or len(by_day) == 1:
        return by_day
    may_be_its = [day for day in by_day if day is None or day.first <= days[0].first <= day.last]
    together = sorted((one for day in may_be_its for one in by_day[day]), key=lambda one: one.record_ref)
    if genotype_of_variants(together, gene) is None:
        return by_day
    return {days[0]: together} | {day: listed for day, listed in by_day.items() if day not in may_be_its}


def contradiction_in(report: GeneReport) -> str:
    """How a report contradicts itself about a variant: "c.719A>G both heterozygous and homozygous"; else ""."""
    said = [_COPIES_IN_WORDS[copies] for copies in sorted(_stated(report))]
    if said == [_COPIES_IN_WORDS[0]] and _is_coded_present(report):
        said.append("present")
    if len(said) < 2:  # noqa: PLR2004 -- it takes two to contradict
        return ""
    names = sorted({one.name for gene in Gene for one, _ in _named_in(report, gene)})
    return f"{' and '.join(names) or 'a variant'} both {' and '.join(said)}"


def variants_of_another_gene(report: GeneReport, genes: frozenset[Gene]) -> dict[Gene, str]:
    """Variants that a report names of a gene it is not about, by gene; empty where it names any of its own gene."""
    named = {gene: sorted(one.name for one, _ in _named_in(report, gene)) for gene in Gene}
    if any(named[gene] for gene in genes):
        return {}
    return {gene: " and ".join(names) for gene, names in named.items() if names}


def carried_in(report: GeneReport) -> str:
    """A report's statement on the variants it names: "c.415C>T heterozygous"; "" where it names none."""
    names = sorted({one.name for gene in Gene for one, _ in _named_in(report, gene)})
    copies = _copies(report)
    state = (
        f" {_COPIES_IN_WORDS[copies]}" if copies is not None else " present" if _is_present(report) else ""
    )
    return f"{' and '.join(names)}{state}" if names else ""


def _told(reports: Sequence[GeneReport], gene: Gene) -> _ReportedVariants:
    told = _ReportedVariants()
    for report in reports:
        named, copies = _named_in(report, gene), _copies(report)
        variant, is_by_name = next(iter(named)) if len(named) == 1 else (None, False)
        is_counted = variant is not None and (is_by_name or variant.is_rsid_enough or copies == 0)
        if variant is not None and is_counted and copies is not None:
            if told.counts.setdefault(variant, copies) != copies:
                told.disputed.add(variant)
        elif copies or (copies is None and (_is_present(report) or contradiction_in(report))):
            told.is_more_carried = True
    return told


def _named_in(report: GeneReport, gene: Gene) -> set[tuple[_Variant, bool]]:
    """The variants that a report names, each once however it is named, and whether by more than an rsID."""
    named = [one for part in report.parts for one in _named(part, gene)]
    by_name = {variant for variant, is_by_name in named if is_by_name}
    return {(variant, variant in by_name) for variant, _ in named}


def _named(part: GenePart, gene: Gene) -> Iterator[tuple[_Variant, bool]]:
    loincs = {one.code for one in codings(part.element.get("code"))}
    words = " ".join(
        [*part.texts, *texts(part.element.get("code")), *(one.code for one in _answers(part.element))]
    )
    rsids, changes = set(_RSID.findall(words)), dict(_HGVS.findall(words))
    for variant in _variants():
        is_by_name = variant.hgvs in changes or variant.loinc in loincs
        is_other_change = not is_by_name and _position(variant.hgvs) in changes.values()
        if variant.gene is gene and (is_by_name or (variant.rsid in rsids and not is_other_change)):
            yield variant, is_by_name


def _position(hgvs: str) -> str:
    return "".join(sign for sign in hgvs if sign.isdecimal())


def _answers(element: Json) -> Sequence[Coding]:
    return codings(element.get("valueCodeableConcept"))


def _copies(report: GeneReport) -> int | None:
    """How many copies are stated, in a code or in words; None when unclear or contradictory."""
    if contradiction_in(report):
        return None
    if stated := _stated(report):
        return next(iter(stated))
    words = " ".join(text for part in report.parts for text in part.texts)
    if _ABSENT_WORDS.search(words):
        return 0
    return next((copies for copies, wording in _CARRIED_WORDS if wording.search(words)), None)


def _stated(report: GeneReport) -> set[int]:
    """Every number of copies that a code or a short text of the report states."""
    coded = {
        _COPIES[one.code] for part in report.parts for one in _answers(part.element) if one.code in _COPIES
    }
    own, *others = report.parts
    stating = [own, *(part for part in others if part.roles & _STATING)]
    short = [text for part in stating for text in part.texts if len(text) <= _SHORT]
    return coded | {copies for text in short for copies in _worded(text)}


def _worded(text: str) -> Iterator[int]:
    if _ABSENT_WORDS.search(text):
        yield 0
    carried = _NORMAL_ON_BOTH.sub(" ", text)
    yield from (copies for copies, wording in _CARRIED_WORDS if wording.search(carried))


def _is_coded_present(report: GeneReport) -> bool:
    return any(one.code == _PRESENT for part in report.parts for one in _answers(part.element))


def _is_present(report: GeneReport) -> bool:
    words = (_ABSENT_WORDS.sub(" ", text) for text in report.parts[0].texts)
    return _is_coded_present(report) or any(_PRESENT_WORDS.search(text) for text in words)


@cache
def _variants() -> tuple[_Variant, ...]:
    return tuple(
        _Variant(
            Gene(row.one_of("gene", tuple(Gene))),
            row.filled("rsid"),
            row.text("hgvs") or "none",
            row.text("loinc") or "none",
            row.one_of("is_rsid_enough", ("yes", "no")) == "yes",
        )
        for row in packaged_rows("variant_names.csv")
        if row.filled("source")
    )


@dataclass(frozen=True, slots=True)
class _Genotype:
    """What a set of variants means; a variant that is in neither part may be absent or untested."""

    gene: Gene
    carried: Mapping[str, int]  # copies by rsid
    absent: frozenset[str]
    diplotype: Diplotype


@cache
def _genotypes() -> tuple[_Genotype, ...]:
    return tuple(
        _Genotype(
            Gene(row.one_of("gene", tuple(Gene))),
            {rsid: copies for rsid, copies in _counts(row.filled("counts")) if copies},
            frozenset(rsid for rsid, copies in _counts(row.filled("counts")) if not copies),
            _diplotype(row.filled("diplotype"), row.one_of("phase", ("", "unphased"))),
        )
        for row in packaged_rows("variant_genotypes.csv")
        if row.filled("source")
    )


def _counts(cell: str) -> Iterator[tuple[str, int]]:
    for one in cell.split():
        rsid, _, copies = one.partition("=")
        yield rsid, int(copies)


def _diplotype(cell: str, phase: str) -> Diplotype:
    first, _, second = cell.partition("/")
    return Diplotype((first, second), is_phased=False if phase else None)
