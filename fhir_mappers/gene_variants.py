"""A genotype from single variants, where those reported together allow no other."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from cards.model.genes import Diplotype, Gene
from fhir_mappers.code_tables import packaged_rows
from fhir_mappers.fhir_json import Coding, Json, codings, texts
from fhir_mappers.gene_reports import GenePart, GeneReport

VARIANT_ROLES = frozenset(
    {"single variants", "variant_assessment", "simple_variant", "dna_change", "variant_name"}
)

_RSID = re.compile(r"\brs\d+\b")
_HGVS = re.compile(r"\bc\.(\d+[ACGT]>[ACGT])")
# LOINC answers of 53034-5: HL7/genomics-reporting, input/fsh/examples; hapi-fhir, LOINC530345Answerlist.
_COPIES = {"LA6706-1": 1, "LA6705-3": 2}
_WORDED = (
    (
        0,
        re.compile(
            r"not detected|not present|negative|absent|wild[ -]?type|homozygous (?:normal|reference)", re.I
        ),
    ),
    (1, re.compile(r"\bheterozyg\w*", re.I)),
    (2, re.compile(r"\bhomozyg\w*", re.I)),
)


@dataclass(frozen=True, slots=True)
class _Variant:
    gene: Gene
    rsid: str
    hgvs: str
    loinc: str
    is_rsid_enough: bool


def genotype_of_variants(reports: Sequence[GeneReport], gene: Gene) -> Diplotype | None:
    """The one genotype that variants of a gene allow; None when one untested or unclear leaves several.

    A variant named by its rsID alone counts as found only where no other allele shares the place.
    """
    counts: dict[str, int] = {}
    for report in reports:
        for rsid, copies in _counted(report, gene):
            if counts.setdefault(rsid, copies) != copies:
                return None
    return _genotypes().get((gene, frozenset(counts.items())))


def _counted(report: GeneReport, gene: Gene) -> Iterable[tuple[str, int]]:
    """The variants that a report states, each with how many copies the patient has."""
    if len(named := {one for part in report.parts for one in _named(part, gene)}) != 1:
        return
    (variant, is_by_name), copies = named.pop(), _copies(report)
    if copies is not None and (is_by_name or variant.is_rsid_enough or not copies):
        yield variant.rsid, copies


def _named(part: GenePart, gene: Gene) -> Iterable[tuple[_Variant, bool]]:
    loincs = {one.code for one in codings(part.element.get("code"))}
    told = " ".join(
        [*part.texts, *texts(part.element.get("code")), *(one.code for one in _answers(part.element))]
    )
    rsids, changes = set(_RSID.findall(told)), set(_HGVS.findall(told))
    for variant in _variants():
        is_by_name = variant.hgvs in changes or variant.loinc in loincs
        if variant.gene is gene and (is_by_name or variant.rsid in rsids):
            yield variant, is_by_name


def _answers(element: Json) -> Sequence[Coding]:
    return codings(element.get("valueCodeableConcept"))


def _copies(report: GeneReport) -> int | None:
    """How many copies are stated: by the allelic state, else in words; None when unclear."""
    coded = {
        _COPIES[one.code] for part in report.parts for one in _answers(part.element) if one.code in _COPIES
    }
    if coded:
        return coded.pop() if len(coded) == 1 else None
    told = " ".join(text for part in report.parts for text in part.texts)
    return next((copies for copies, wording in _WORDED if wording.search(told)), None)


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


@cache
def _genotypes() -> Mapping[tuple[Gene, frozenset[tuple[str, int]]], Diplotype]:
    found: dict[tuple[Gene, frozenset[tuple[str, int]]], Diplotype] = {}
    for row in packaged_rows("variant_genotypes.csv"):
        pairs = (one.partition("=") for one in row.filled("counts").split())
        counts = frozenset((rsid, int(copies)) for rsid, _, copies in pairs)
        first, _, second = row.filled("diplotype").partition("/")
        phased = False if row.one_of("phase", ("", "unphased")) else None
        row.filled("source")
        found[Gene(row.one_of("gene", tuple(Gene))), counts] = Diplotype((first, second), phased)
    return found
