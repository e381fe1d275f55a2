"""All reports about TPMT and NUDT15 read together: genotypes, stated phenotypes, enzyme activities."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cards.model.facts import FactKind, Unread, UnreadReason
from cards.model.genes import Diplotype, Gene, GeneResult, Method, Phenotype
from fhir_mappers.genes.activity import ACTIVITY, activity_of, is_activity
from fhir_mappers.genes.links import GeneLinks
from fhir_mappers.genes.reports import GenePart, GeneReport, gene_report, genes_named
from fhir_mappers.genes.variants import (
    VARIANT_ROLES,
    carried_in,
    contradiction_in,
    genotype_of_variants,
    variants_by_day,
    variants_of_another_gene,
)
from fhir_mappers.genes.wording import SeveralGenotypesError, allele_of, diplotype_of, phenotype_of
from fhir_mappers.json.fhir_json import codings, texts
from fhir_mappers.results.lab_results import VALUES
from fhir_mappers.terminology.codes import lookup

__all__ = ["GeneReport", "gene_report", "gene_results"]

_HAPLOTYPE = "haplotype_name"
_COMMENT = "laboratory_comment"
_STATES_NOTHING = VARIANT_ROLES | {_HAPLOTYPE, ACTIVITY, _COMMENT, "variants tested"}
# Codes of statements beside a result: alone they leave nothing unread.
_ONLY_BESIDE = frozenset(
    {"laboratory_comment", "variants tested", "therapeutic_implication", "interpretation"}
)
_FROM_GENOTYPE = frozenset(
    {"genotype", "genotype_name", "drug_metabolism_interpretation", "therapeutic_implication"}
)
_OF_SOME_GENE = frozenset({"genotype_name", "drug_metabolism_interpretation"})
_OTHER_GENE = re.compile(r"\b[A-Z][A-Z0-9]*\d[A-Z0-9]*\b|\bDPYD\b")  # CYP2C19, UGT1A1
_CLAUSE_END = re.compile(r";|\n|\.\s")
_QUOTABLE = 100
_SHORT = 40


@dataclass(frozen=True, slots=True)
class _GeneStatement:
    """One statement of one report about one gene: a genotype, a phenotype or an activity."""

    report: GeneReport
    result: GeneResult


def gene_results(reports: Sequence[GeneReport]) -> list[GeneResult | Unread]:
    """One result for each genotype, with the phenotype stated for it, and one for each statement that stands alone.

    A phenotype without a known gene says nothing: it may be any gene's. An unreadable report that names TPMT
    or NUDT15 is an Unread.
    """
    linked = GeneLinks(reports)
    unread: list[Unread] = []
    statements: list[_GeneStatement] = []
    for report in sorted(reports, key=lambda one: (one.is_report, one.record_ref)):
        for gene in Gene:
            found = _statements(report, gene, linked, unread)
            if report.is_report and _is_told_by_members(report, gene, statements):
                continue
            statements += found
    statements += _from_variants(linked, statements)
    unread += _contradictions(linked)
    told = {statement.report.record_ref for statement in statements} | {one.record_ref for one in unread}
    genes_told = {statement.result.gene for statement in statements}
    unread += [one for report in reports for one in _untold(report, told, genes_told, linked)]
    return [*_merged(statements, linked), *dict.fromkeys(unread)]


def _statements(
    report: GeneReport, gene: Gene, linked: GeneLinks, unread: list[Unread]
) -> list[_GeneStatement]:
    about = linked.genes_of(report)
    parts = [_about(part, gene, about) for part in report.parts if gene in (part.genes or about)]
    if not parts or report.lost:
        return []
    base = GeneResult(
        gene=gene,
        method=Method.STATED,
        record_ref=report.record_ref,
        reported_on=linked.date_of(report),
        text=next((text[:_QUOTABLE] for part in parts for text in part.texts), ""),
        is_donor_specimen=report.is_donor_specimen,
    )
    try:
        genotype = _genotype(report, parts, gene, linked)
    except SeveralGenotypesError as error:
        why = f"several genotypes in one report ({error})"
        unread.append(_unread(report, gene, why, frozenset({gene}), UnreadReason.CONTRADICTORY))
        return []
    results = list(_activities(base, parts))
    phenotype = _phenotype(parts, is_predicted=_is_predicted(report, linked))
    if genotype is not None:
        results.append(replace(base, method=Method.GENOTYPE, diplotype=genotype, phenotype=phenotype))
    elif phenotype is not None:
        results.append(replace(base, phenotype=phenotype))
    return [_GeneStatement(report, result) for result in results]


def _from_variants(linked: GeneLinks, statements: Sequence[_GeneStatement]) -> Iterator[_GeneStatement]:
    """The genotypes of a gene whose reports state none, where its variants of one day allow only one."""
    for gene in Gene:
        if any(one.result.gene is gene and one.result.method is Method.GENOTYPE for one in statements):
            continue
        listed_with_days = [
            (linked.date_of(one), one)
            for one in linked.in_order()
            if one.roles & VARIANT_ROLES and gene in linked.genes_of(one)
        ]
        for day, listed in variants_by_day(listed_with_days, gene).items():
            if genotype := genotype_of_variants(listed, gene):
                text = "; ".join(text for one in listed for part in one.parts for text in part.texts)
                ref = listed[0].record_ref
                result = GeneResult(gene, Method.GENOTYPE, ref, day, genotype, text=text[:_QUOTABLE])
                yield _GeneStatement(listed[0], result)


def _contradictions(linked: GeneLinks) -> Iterator[Unread]:
    """Single variants that one report states in two ways, or that belong to another gene than the report."""
    for report in linked.in_order():
        genes = linked.genes_of(report)
        if not (report.roles & VARIANT_ROLES and genes):
            continue
        names = " and ".join(sorted(genes))
        if others := variants_of_another_gene(report, genes):
            said = " and ".join(f"{variants} is of {gene}" for gene, variants in others.items())
            why = f"the report is about {names}, and {said}"
            yield _unread(report, "a variant", why, genes | frozenset(others), UnreadReason.CONTRADICTORY)
        elif why := contradiction_in(report):
            yield _unread(report, names, f"{why} in one report", genes, UnreadReason.CONTRADICTORY)


def _about(part: GenePart, gene: Gene, about: frozenset[Gene]) -> GenePart:
    """The part with only what is about the gene.

    Where it may be about both genes, only clauses that name the gene count, and no coded answer.
    """
    if len(part.genes or about) == 1:
        return replace(part, texts=tuple(text for text in part.texts if _may_be_about(text, gene)))
    clauses = (clause for text in part.texts for clause in _CLAUSE_END.split(text))
    return replace(part, texts=tuple(one for one in clauses if gene in genes_named(one)), element={})


def _may_be_about(text: str, gene: Gene) -> bool:
    named = genes_named(text)
    return not named or gene in named


def _genotype(report: GeneReport, parts: list[GenePart], gene: Gene, linked: GeneLinks) -> Diplotype | None:
    """As written, else from two alleles: in the report, or in the two haplotypes it refers to."""
    told = [text for part in parts if not part.roles & _STATES_NOTHING for text in part.texts]
    written = diplotype_of([*told, *report.notes], gene) if told else None
    if written is not None or _HAPLOTYPE in report.roles:
        return written
    own = [*report.haplotypes, *(text for part in parts if _HAPLOTYPE in part.roles for text in part.texts)]
    referred = [linked.by_ref[ref] for ref in (*report.derived_from, *report.members) if ref in linked.by_ref]
    apart = [text for one in referred if gene in linked.genes_of(one) for text in one.parts[0].texts[:1]]
    for told in (own, apart):
        alleles = [allele for text in told if (allele := allele_of(text, gene))]
        if len(alleles) == len(told) == 2:  # noqa: PLR2004 -- a genotype is two alleles
            return Diplotype((alleles[0], alleles[1]))
    return None


def _phenotype(parts: list[GenePart], *, is_predicted: bool) -> Phenotype | None:
    stating = [
        part
        for part in parts
        if not part.roles & _STATES_NOTHING and not is_activity(part.roles, part.element)
    ]
    answers = {
        Phenotype(meaning.concept)
        for part in stating
        for one in codings(part.element.get("valueCodeableConcept"))
        for meaning in lookup(one.system, one.code)
        if meaning.kind == "phenotype_answer"
    }
    worded = phenotype_of([text for part in stating for text in part.texts], is_predicted=is_predicted)
    found = answers | ({worded} if worded else set())
    return found.pop() if len(found) == 1 else None


def _is_predicted(report: GeneReport, linked: GeneLinks) -> bool:
    return bool(report.roles & _FROM_GENOTYPE or linked.origins(report))


def _activities(base: GeneResult, parts: Iterable[GenePart]) -> Iterator[GeneResult]:
    for part in parts:
        if is_activity(part.roles, part.element) and (activity := activity_of(part.element)):
            graded = phenotype_of(part.texts, is_predicted=False)
            if graded or activity.value is not None or activity.interpretation is not None:
                yield replace(base, method=Method.ACTIVITY, activity=activity, phenotype=graded)


def _is_told_by_members(report: GeneReport, gene: Gene, statements: Iterable[_GeneStatement]) -> bool:
    """Whether a member of the report says what its conclusion would only repeat."""
    return any(one.result.gene is gene and one.report.record_ref in report.members for one in statements)


def _merged(statements: list[_GeneStatement], linked: GeneLinks) -> list[GeneResult]:
    """Each genotype with the phenotypes stated for it; phenotypes that contradict one another stay apart."""
    genotypes = [one for one in statements if one.result.method is Method.GENOTYPE]
    stated: dict[str, list[_GeneStatement]] = {}
    apart: list[_GeneStatement] = []
    for one in statements:
        if one.result.method is Method.STATED:
            home = _genotype_of(one, genotypes, linked)
            stated.setdefault(home, []).append(one) if home else apart.append(one)
        elif one.result.method is Method.ACTIVITY:
            apart.append(one)
    results = [one.result for one in apart]
    for one in genotypes:
        phenotypes = {also.result.phenotype for also in stated.get(_key(one), ())} | {
            one.result.phenotype
        } - {None}
        if len(phenotypes) <= 1:
            results.append(replace(one.result, phenotype=next(iter(phenotypes), None)))
        else:
            results += [one.result, *(also.result for also in stated[_key(one)])]
    return results


def _key(statement: _GeneStatement) -> str:
    return f"{statement.result.gene} {statement.report.record_ref}"


def _genotype_of(phenotype: _GeneStatement, genotypes: list[_GeneStatement], linked: GeneLinks) -> str:
    """The one genotype that a phenotype was stated for: its origin, else the only one in the same panel."""
    own = [one for one in genotypes if one.result.gene is phenotype.result.gene]
    origins = {one.record_ref for one in linked.origins(phenotype.report)}
    siblings = {ref for parent in linked.parents(phenotype.report) for ref in parent.members}
    for refs in (origins, siblings):
        near = [one for one in own if one.report.record_ref in refs]
        if near:
            return _key(near[0]) if len(near) == 1 else ""
    return ""


def _untold(report: GeneReport, told: set[str], genes_told: set[Gene], linked: GeneLinks) -> Iterator[Unread]:
    """What a report leaves unread although it is about TPMT or NUDT15."""
    if report.record_ref in told or any(ref in told for ref in report.members) or report.roles & _ONLY_BESIDE:
        return
    named = report.genes | {gene for part in report.parts for gene in part.genes}
    genes = named or _genes_of_silent_panel(report, told, linked)
    is_piece = bool(report.roles & (VARIANT_ROLES | {_HAPLOTYPE})) or _is_haplotype(report)
    if not genes and _leaves_gene_open(report, linked):
        what = "a variant" if report.roles & VARIANT_ROLES else "a genotype or phenotype"
        yield _unread(report, what, "it names no gene", genes, UnreadReason.UNNAMED)
    if not genes or (is_piece and genes <= genes_told):
        return
    names = " and ".join(sorted(genes))
    if report.lost:
        why = f"its value could not be read ({report.lost})"
        yield _unread(report, names, why, genes, UnreadReason.INVALID)
    elif any(part.texts for part in report.parts) and not _is_coded(report):
        yield _unread(report, names, _nameless(report), genes, UnreadReason.UNNAMED)
    elif any(part.texts for part in report.parts):
        yield _unread(report, names, _why_unread(report), genes, UnreadReason.NOT_UNDERSTOOD)
    elif any(name in part.element for part in report.parts for name in VALUES):
        yield _unread(
            report, names, "its value is of a kind that is not read", genes, UnreadReason.NOT_UNDERSTOOD
        )
    elif (where := report.said_elsewhere) and not genes <= genes_told:
        yield _unread(report, names, f"it has no value; see its {where}", genes, UnreadReason.NOT_UNDERSTOOD)
    elif not report.members:
        yield _unread(report, names, "no value", genes, UnreadReason.NO_VALUE)


def _leaves_gene_open(report: GeneReport, linked: GeneLinks) -> bool:
    """Whether a report states a genotype or phenotype of some gene, and neither it nor its panel names one.

    So may a variant that is there, of which nothing more is said.
    """
    own = report.parts[0]
    of_some_gene = own.roles & (_OF_SOME_GENE if len(report.parts) > 1 else _OF_SOME_GENE | VARIANT_ROLES)
    words = (*own.texts, *texts(own.element.get("code")))
    if not (of_some_gene and own.texts) or any(_OTHER_GENE.search(text) for text in words):
        return False
    is_derived = any(ref != report.record_ref for ref in report.derived_from)
    return not (report.names_another_gene or report.genes or is_derived or linked.parents(report))


def _genes_of_silent_panel(report: GeneReport, told: set[str], linked: GeneLinks) -> frozenset[Gene]:
    """The genes of the panel that lists a report, when no member of it told anything."""
    silent = [one for one in linked.parents(report) if not any(ref in told for ref in one.members)]
    return frozenset(gene for one in silent for gene in one.genes)


def _is_haplotype(report: GeneReport) -> bool:
    return any(allele_of(text, gene) for gene in Gene for text in report.parts[0].texts[:1])


def _is_coded(report: GeneReport) -> bool:
    code = report.parts[0].element.get("code")
    return any(one.code for one in codings(code)) or bool(texts(code))


def _nameless(report: GeneReport) -> str:
    return f"it does not say what it is, only {_quoted(report)}"


def _quoted(report: GeneReport) -> str:
    text = next(text for part in report.parts for text in part.texts)
    return repr(text) if len(text) <= _SHORT else "a longer text"


def _why_unread(report: GeneReport) -> str:
    quoted = _quoted(report)
    if report.roles & VARIANT_ROLES and (carried := carried_in(report)):
        return f"{carried}, and no genotype is stated"
    if report.roles & VARIANT_ROLES:
        return f"single variants, no genotype ({quoted})"
    if _is_haplotype(report):
        return f"one allele alone ({quoted})"
    return f"{quoted} is not readable as a result"


def _unread(report: GeneReport, what: str, why: str, genes: frozenset[Gene], reason: UnreadReason) -> Unread:
    is_deciding = reason is not UnreadReason.NO_VALUE
    return Unread(
        report.record_ref,
        FactKind.GENES,
        why,
        is_deciding,
        genes,
        reason=reason,
        what=what,
        on=report.reported_on,
    )
