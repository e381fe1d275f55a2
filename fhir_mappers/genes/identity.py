"""Whether a report about TPMT or NUDT15 names another gene in one of its parts."""

import re
from collections.abc import Iterable

from cards.model.genes import Gene
from fhir_mappers.json.fhir_json import Coding, codings, texts
from fhir_mappers.json.repeated import remembered
from fhir_mappers.terminology.code_systems import HGNC, canonical_system
from fhir_mappers.terminology.codes import lookup
from fhir_mappers.terminology.identity import Contradiction, Named, contradiction, named_by
from fhir_mappers.terminology.synonyms import mentioned

# The other genes that PharmCAT calls, and four that laboratories report with them.
_OTHER_GENES = re.compile(
    r"\b(?:ABCG2|CACNA1S|CFTR|CYP\d[A-Z]\d{1,2}|DPYD|G6PD|HLA-[AB]|IFNL[34]|ITPA|MTHFR|MT-RNR1|NAT2|RYR1|"
    r"SLCO1B1|UGT1A1|VKORC1|COMT|OPRM1)\b",
    re.IGNORECASE,
)
# In a component that says which gene was studied, and nowhere else, any symbol is a gene: letters, then a digit.
_SYMBOL = re.compile(r"[A-Z]{1,6}[A-Z0-9-]*\d[A-Z0-9]*")
_LONGEST_SYMBOL = 12
_HGNC_ID = re.compile(r"HGNC:\d+")
_OURS = frozenset(Gene)


def gene_contradiction(
    code: object, studied: Iterable[object], values: Iterable[str] = ()
) -> Contradiction | None:
    """The two parts of a report that name different genes, one of them TPMT or NUDT15; None where they agree.

    `studied` are the values of components and extensions that say which gene it is about, `values` the
    wordings of its result: one that begins with a gene is of that gene ("NUDT15 *1/*1"), one that names it
    later may only mention it.
    """
    listed = [Named("gene component", genes_studied(concept)) for concept in studied]
    told = (_genes_at_the_start(text) for text in values)
    parts = [*_parts(code), *_united(listed), *_united(Named("value", genes) for genes in told)]
    if not any(part.concepts & _OURS for part in parts):
        return None
    return contradiction(parts)


def genes_studied(concept: object) -> frozenset[str]:
    """All genes named by a component about the gene studied; empty for words that name none."""
    coded = frozenset(name for one in codings(concept) for name in _genes_in_identifier(one))
    return coded | frozenset(name for text in texts(concept) for name in _genes_in_symbol(text))


def _united(named: Iterable[Named]) -> list[Named]:
    """Parts of one kind as one part: a report may study two genes."""
    parts = list(named)
    return [Named(parts[0].part, frozenset().union(*(one.concepts for one in parts)))] if parts else []


def _genes_in_identifier(coding: Coding) -> Iterable[str]:
    ours = [meaning.concept for meaning in lookup(coding.system, coding.code) if meaning.kind == "gene"]
    is_identifier = canonical_system(coding.system) == HGNC or _HGNC_ID.fullmatch(coding.code)
    return ours or ([coding.display or coding.code] if is_identifier and coding.code else [])


def _genes_in_symbol(text: str) -> frozenset[str]:
    is_symbol = len(text) <= _LONGEST_SYMBOL and _SYMBOL.fullmatch(text)
    symbol = frozenset({text}) if is_symbol else frozenset()
    return _genes_in_words(text) or symbol


def _genes_at_the_start(text: str) -> frozenset[str]:
    first = re.match(r"[\w-]*", text.strip())
    return _genes_in_words(text) if first and _genes_in_words(first[0]) else frozenset()


def _genes_in_words(text: str) -> frozenset[str]:
    ours = {one.concept for one in mentioned(text, "gene")}
    return frozenset(ours | {one.upper() for one in _OTHER_GENES.findall(text)})


def _genes_in_code(coding: Coding) -> frozenset[str]:
    meanings = lookup(coding.system, coding.code)
    return frozenset(one.concept for one in meanings if one.kind in ("gene", "gene_test", "variant"))


@remembered
def _parts(code: object) -> list[Named]:
    return named_by(code, _genes_in_code, _genes_in_words)
