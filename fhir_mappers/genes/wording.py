"""Genotypes and phenotypes in laboratories' words: "TPMT *1/*3A", "*1|*3A", "Intermediate Metabolizer"."""

import re
from collections.abc import Iterable, Iterator

from cards.model.genes import Diplotype, Gene, Phenotype
from fhir_mappers.terminology.synonyms import mentioned

_ALLELE = r"\*\s?(\d{1,3}[A-Za-z]?)(?:\.\d{3})?(?!\w|\*|\.\d)"
_GENE = r"(?:(?P<gene{0}>[A-Za-z][A-Za-z0-9-]{{2,11}})[\s:,(-]*)?"
# Three alleles in a row are not a genotype.
_DIPLOTYPE = re.compile(
    r"(?<![/|\w*])(?<![/|]\s)" + _GENE.format(1) + _ALLELE
    + r"\s*(?:/|\||\band\b|\s)\s*" + _GENE.format(2) + _ALLELE + r"(?!\s*[/|]\s*\w*\*)",
    re.ASCII,
)  # fmt: skip
_ONE_ALLELE = re.compile(_GENE.format(1) + _ALLELE, re.ASCII)
# A word before the alleles is another gene's name only when it looks like one: letters, then a digit.
_LONGEST_NAME = 30
_OTHER_GENE = re.compile(r"[A-Z]{1,6}[A-Z0-9-]*\d[A-Z0-9]*|DPYD|MTHFR|VKORC1|HLA-[A-Z]")
# Sentences that explain genotypes in general, not the patient's.
_IN_GENERAL = re.compile(
    r"\b(patients|individuals|people|persons|carriers|subjects|detects?|tested for|tests? for|"
    r"alleles? (?:tested|interrogated|analy[sz]ed))\b",
    re.IGNORECASE,
)
# In a long text these words also begin text that is not a call: "If *3A/*3A ...", "*1/*1 was not found".
_CONDITIONAL = re.compile(r"\b(if|example|e\.g|such as|include[sd]?|reference|cannot|not)\b", re.IGNORECASE)
_PHASED = re.compile(r"\b(?:in cis|phased|phase (?:is )?(?:known|determined|confirmed))\b", re.IGNORECASE)
_NOT_PHASED = re.compile(
    r"\b(?:unphased|not phased|phase (?:is )?(?:unknown|not)|(?:cannot|can not|unable to|does not)\s+"
    r"(?:be\s+)?(?:distinguish\w*|rule\w* out|exclude\w*|differentiate\w*))",
    re.IGNORECASE,
)
# Unphased c.460G>A with c.719A>G is *1/*3A or *3B/*3C; some reports print both.
_EITHER = frozenset({frozenset({"*1", "*3A"}), frozenset({"*3B", "*3C"})})
_SYNONYMS_OF_WILD_TYPE = {"*1S": "*1"}  # terminology notes, 2: some laboratories' name of *1
_LONG = 120

# eMERGE's three grades of the activity predicted from a genotype; "high" is their word for normal.
_PREDICTED_ACTIVITY = {
    "high activity": Phenotype.NORMAL,
    "low or deficient activity": Phenotype.POOR,
    "low or absent activity": Phenotype.POOR,
    "low or absent": Phenotype.POOR,
    "deficient activity": Phenotype.POOR,
}


class SeveralGenotypesError(ValueError):
    """One report states several genotypes of one gene."""


def diplotype_of(texts: Iterable[str], gene: Gene) -> Diplotype | None:
    """The genotype of `gene` that the texts state, in the order written; None when they state none.

    Text that names another gene before the alleles is not read. Raises SeveralGenotypesError.

    >>> str(diplotype_of(["TPMT *1/*3A"], Gene.TPMT)), diplotype_of(["CYP2C9 *4/*35B"], Gene.TPMT)
    ('*1/*3A', None)
    >>> str(diplotype_of(["*1 *1S"], Gene.TPMT))
    '*1/*1'
    """
    told = list(texts)
    found: dict[frozenset[str], tuple[str, str]] = {}
    for text in told:
        for pair in _pairs(text, gene):
            found.setdefault(frozenset(pair), pair)
    if len(found) > 1:
        if frozenset(found) == _EITHER:
            return Diplotype(found[frozenset({"*1", "*3A"})], is_phased=False)
        raise SeveralGenotypesError(" or ".join("/".join(pair) for pair in found.values()))
    for pair in found.values():
        return Diplotype(pair, is_phased(told))
    return None


def allele_of(text: str, gene: Gene) -> str | None:
    """The one allele that a haplotype's text states."""
    match = _ONE_ALLELE.fullmatch(text.strip())
    if match is None or not _may_be_of(match["gene1"], gene):
        return None
    return _spelled(match[2])


def is_phased(texts: Iterable[str]) -> bool | None:
    """Whether the report says that both changes lie on one chromosome; None when it does not say."""
    told = " ".join(texts)
    if _NOT_PHASED.search(told):
        return False
    return True if _PHASED.search(told) else None


def phenotype_of(texts: Iterable[str], *, is_predicted: bool) -> Phenotype | None:
    """The phenotype that the texts state; None when they state none, or several.

    `is_predicted`: from a genotype. "High activity" is then normal, unlike that of a measured activity.
    """
    found = {
        one for text in texts if len(text) <= _LONG for one in _phenotypes(text, is_predicted=is_predicted)
    }
    return found.pop() if len(found) == 1 else None


def _phenotypes(text: str, *, is_predicted: bool) -> Iterator[Phenotype]:
    predicted = _PREDICTED_ACTIVITY.get(" ".join(text.casefold().split()).strip(" ."))
    if is_predicted and predicted is not None:
        yield predicted
        return
    yield from (Phenotype(one.concept) for one in mentioned(text, "phenotype"))


def _pairs(text: str, gene: Gene) -> Iterator[tuple[str, str]]:
    """Every pair of alleles in a text that may be the patient's, for this gene."""
    for sentence in re.split(r"(?<=[.;])\s+|\n", text):
        if _IN_GENERAL.search(sentence) or (len(text) > _LONG and _CONDITIONAL.search(sentence)):
            continue
        named: str | None = None
        searched = 0
        for match in _DIPLOTYPE.finditer(sentence):
            named = _gene_named(match["gene1"]) or named or _last_gene(sentence[searched : match.start()])
            searched = match.start()
            if _may_be_of(named, gene) and _may_be_of(match["gene2"], gene):
                yield _spelled(match[2]), _spelled(match[4])


def _last_gene(before: str) -> str | None:
    words = [word for word in re.findall(r"[A-Za-z0-9-]+", before) if _gene_named(word)]
    return words[-1] if words else None


def _gene_named(word: str | None) -> str | None:
    if word is None or len(word) > _LONGEST_NAME:
        return None
    upper = word.upper()
    return upper if upper in (Gene.TPMT, Gene.NUDT15) or _OTHER_GENE.fullmatch(word) else None


def _may_be_of(word: str | None, gene: Gene) -> bool:
    return _gene_named(word) in (None, gene.value)


def _spelled(allele: str) -> str:
    star = f"*{allele.upper()}"
    return _SYNONYMS_OF_WILD_TYPE.get(star, star)
