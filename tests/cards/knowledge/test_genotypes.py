import pytest

from cards.knowledge.genotypes import NoteKind
from cards.model.genes import Diplotype, Gene, Phenotype
from tests.builders import KNOWLEDGE, OWN_TABLES
from tests.cards.knowledge.cpic_tables import DIPLOTYPES, GENES, PHENOTYPES

NM, IM, PIM, PM, IND = (
    Phenotype.NORMAL,
    Phenotype.INTERMEDIATE,
    Phenotype.POSSIBLE_INTERMEDIATE,
    Phenotype.POOR,
    Phenotype.INDETERMINATE,
)
WORDS = DIPLOTYPES["abbreviations"]
EVERY_DIPLOTYPE = [
    (Gene(gene), *diplotype.split("/"), Phenotype(WORDS[short]))
    for gene in Gene
    for diplotype, short in DIPLOTYPES[gene].items()
]


def phenotype_of(gene, first, second):
    return KNOWLEDGE.genotypes.call(gene, Diplotype((first, second))).phenotype


def kinds(gene, first, second, is_phased=None):
    return [note.kind for note in KNOWLEDGE.genotypes.call(gene, Diplotype((first, second), is_phased)).notes]


def texts(gene, first, second):
    return [note.text for note in KNOWLEDGE.genotypes.call(gene, Diplotype((first, second))).notes]


def test_all_diplotypes_of_cpic_are_here():
    assert [len(DIPLOTYPES[gene]) for gene in Gene] == [49 * 50 // 2, 20 * 21 // 2]


# One parameter a first allele keeps the report short: 69 tests make 1,435 calls in both orders.
@pytest.mark.parametrize(
    ("gene", "allele"), sorted({(gene, first) for gene, first, _, _ in EVERY_DIPLOTYPE}), ids=str
)
def test_every_diplotype_has_cpics_phenotype_in_both_orders(gene, allele):
    mine = [
        (first, second, word)
        for its, first, second, word in EVERY_DIPLOTYPE
        if (its, first) == (gene, allele)
    ]

    called = [
        (first, second, {phenotype_of(gene, first, second), phenotype_of(gene, second, first)})
        for first, second, _ in mine
    ]

    assert called == [(first, second, {word}) for first, second, word in mine]


@pytest.mark.parametrize("gene", Gene)
def test_every_allele_has_cpics_function(gene):
    rows = [row for row in OWN_TABLES.rows("allele_functions") if row.text("gene") == gene]

    assert {row.text("allele"): row.text("function") for row in rows} == {
        allele["allele"]: allele["function"] for allele in GENES[gene]["alleles"]
    }


BY_HAND = [
    # TPMT: *1 normal; *8 decreased; *9 *12 *24 *40 uncertain; *35 *36 unknown; the others below have no function.
    (Gene.TPMT, "*1", "*1", NM),  # normal + normal
    (Gene.TPMT, "*1", "*8", NM),  # normal + decreased
    (Gene.TPMT, "*1", "*2", IM),  # normal + no
    (Gene.TPMT, "*1", "*3A", IM),
    (Gene.TPMT, "*1", "*3B", IM),
    (Gene.TPMT, "*1", "*3C", IM),
    (Gene.TPMT, "*1", "*5", IM),  # uncertain before February 2026
    (Gene.TPMT, "*1", "*47", IM),
    (Gene.TPMT, "*1", "*9", IND),  # normal + uncertain
    (Gene.TPMT, "*1", "*35", IND),  # normal + unknown
    (Gene.TPMT, "*8", "*8", IM),  # decreased + decreased
    (Gene.TPMT, "*2", "*8", IM),  # no + decreased
    (Gene.TPMT, "*8", "*12", IND),  # decreased + uncertain
    (Gene.TPMT, "*8", "*36", IND),  # decreased + unknown
    (Gene.TPMT, "*2", "*3A", PM),  # no + no
    (Gene.TPMT, "*3A", "*3A", PM),
    (Gene.TPMT, "*3B", "*3C", PM),
    (Gene.TPMT, "*4", "*41", PM),
    (Gene.TPMT, "*2", "*9", PIM),  # no + uncertain
    (Gene.TPMT, "*3A", "*40", PIM),
    (Gene.TPMT, "*3C", "*35", PIM),  # no + unknown
    (Gene.TPMT, "*9", "*24", IND),  # uncertain + uncertain
    (Gene.TPMT, "*12", "*36", IND),  # uncertain + unknown
    (Gene.TPMT, "*35", "*36", IND),  # unknown + unknown
    # NUDT15: *1 normal; *5 *8 decreased; *11 *12 *15 *20 uncertain; *3 *4 *6 *9 *13 have no function.
    (Gene.NUDT15, "*1", "*1", NM),  # normal + normal
    (Gene.NUDT15, "*1", "*5", NM),  # normal + decreased
    (Gene.NUDT15, "*1", "*8", NM),
    (Gene.NUDT15, "*1", "*3", IM),  # normal + no
    (Gene.NUDT15, "*1", "*6", IM),
    (Gene.NUDT15, "*1", "*9", IM),
    (Gene.NUDT15, "*1", "*11", IND),  # normal + uncertain
    (Gene.NUDT15, "*5", "*8", IM),  # decreased + decreased
    (Gene.NUDT15, "*3", "*5", PM),  # no + decreased: poor, unlike TPMT
    (Gene.NUDT15, "*8", "*13", PM),
    (Gene.NUDT15, "*5", "*12", IND),  # decreased + uncertain
    (Gene.NUDT15, "*3", "*3", PM),  # no + no
    (Gene.NUDT15, "*4", "*9", PM),
    (Gene.NUDT15, "*3", "*15", PIM),  # no + uncertain
    (Gene.NUDT15, "*6", "*20", PIM),
    (Gene.NUDT15, "*11", "*12", IND),  # uncertain + uncertain
]


def test_forty_pairs_are_written_out_by_hand():
    assert len(BY_HAND) == 40


@pytest.mark.parametrize(("gene", "first", "second", "expected"), BY_HAND)
def test_phenotype_follows_from_the_two_functions(gene, first, second, expected):
    assert (phenotype_of(gene, first, second), phenotype_of(gene, second, first)) == (expected, expected)


@pytest.mark.parametrize("spelling", ["*3A", "*3a", "3A", "TPMT*3A", "TPMT *3A", "tpmt*3a", " * 3A ", "*03A"])
def test_an_allele_is_read_in_any_spelling(spelling):
    assert phenotype_of(Gene.TPMT, spelling, "*2") is PM  # no + no


@pytest.mark.parametrize("spelling", ["NUDT15*3", "*99", "wild type", "", "*3A/*1"])
def test_what_is_not_an_allele_of_the_gene_leaves_the_phenotype_open(spelling):
    assert phenotype_of(Gene.TPMT, spelling, "*1") is None


def test_an_allele_missing_from_the_table_leaves_the_phenotype_open():
    called = KNOWLEDGE.genotypes.call(Gene.TPMT, Diplotype(("*1", "*99")))

    assert (called.phenotype, called.alternative) == (None, None)
    assert [note.text for note in called.notes] == [
        "TPMT *99 is not among the 49 TPMT alleles of CPIC's table."
    ]
    assert called.citation.source.key == "cpic-thiopurines-2025"


@pytest.mark.parametrize(
    ("second", "expected"), [("*1", IM), ("*3", PM), ("*2", PM), ("*5", PM), ("*15", PIM)]
)
def test_nudt15_2_is_counted_as_3(second, expected):
    called = KNOWLEDGE.genotypes.call(Gene.NUDT15, Diplotype(("*2", second)))

    assert called.phenotype is expected
    assert called.notes[0].kind is NoteKind.RENAMED
    assert called.notes[0].text == (
        "NUDT15 *2 is counted as *3: NUDT15 *2 became a sub-allele of *3 in January 2026."
    )


def test_the_same_renamed_allele_twice_is_told_once():
    assert kinds(Gene.NUDT15, "*2", "*2") == [NoteKind.RENAMED]


def test_tpmt_1s_is_counted_as_1():
    called = KNOWLEDGE.genotypes.call(Gene.TPMT, Diplotype(("*1S", "*2")))

    assert called.phenotype is IM
    assert texts(Gene.TPMT, "*1S", "*2") == [
        "TPMT *1S is counted as *1: the letter S names a silent change of *1."
    ]


def test_a_sub_allele_is_counted_as_its_allele():
    assert phenotype_of(Gene.NUDT15, "*3.001", "*1") is IM
    assert texts(Gene.NUDT15, "*3.001", "*1") == ["NUDT15 *3.001 is counted as *3."]
    assert kinds(Gene.NUDT15, "*2.001", "*3") == [NoteKind.RENAMED]


@pytest.mark.parametrize(
    ("gene", "first", "second", "before"),
    [
        (Gene.TPMT, "*1", "*8", IND),  # normal + uncertain then, normal + decreased now
        (Gene.TPMT, "*1", "*5", IND),
        (Gene.TPMT, "*2", "*5", PIM),
        (Gene.TPMT, "*5", "*6", IND),
        (Gene.NUDT15, "*1", "*5", IND),
        (Gene.NUDT15, "*3", "*5", PIM),
    ],
)
def test_a_changed_classification_is_told(gene, first, second, before):
    called = KNOWLEDGE.genotypes.call(gene, Diplotype((first, second)))

    assert [note.text for note in called.notes] == [
        f"{gene} {first}/{second} was {before} in CPIC's tables before February 2026 and is "
        f"{called.phenotype} now: an older report may state the old phenotype."
    ]


@pytest.mark.parametrize(
    ("gene", "first", "second"),
    [
        (Gene.TPMT, "*1", "*2"),  # the same before
        (Gene.TPMT, "*1", "*30"),  # unknown then, uncertain now: Indeterminate both times
        (Gene.TPMT, "*1", "*45"),  # not in the table before
    ],
)
def test_an_unchanged_or_new_classification_is_not_told(gene, first, second):
    assert kinds(gene, first, second) == []


def test_reclassified_notes_are_those_that_the_old_table_gives():
    before = {
        frozenset(rule["functions"]): rule["phenotype"]
        for rule in PHENOTYPES["legacy_phenotype_logic"]["rows"]
    }
    old = {
        (gene, allele["allele"]): allele["function_before_2026_02"]
        for gene in Gene
        for allele in GENES[gene]["alleles"]
    }

    told = {
        (gene, first, second)
        for gene, first, second, _ in EVERY_DIPLOTYPE
        if NoteKind.RECLASSIFIED in kinds(gene, first, second)
    }

    assert told == {
        (gene, first, second)
        for gene, first, second, now in EVERY_DIPLOTYPE
        if (was := before.get(frozenset((old[gene, first], old[gene, second])))) is not None
        and was != now
        and not (now is IM and was == PIM)
    }


@pytest.mark.parametrize("is_phased", [None, False])
@pytest.mark.parametrize("pair", [("*1", "*3A"), ("*3A", "*1"), ("*1", "TPMT*3a")])
def test_an_unphased_1_3a_may_be_a_poor_metabolizer(pair, is_phased):
    diplotype = Diplotype(pair, is_phased)

    called = KNOWLEDGE.genotypes.call(Gene.TPMT, diplotype)

    assert called.phenotype is IM
    assert [note.text for note in called.notes] == [
        f"The report does not state phase: TPMT {diplotype} may be *3B/*3C, a Poor Metabolizer. "
        "TPMT enzyme activity would settle it."
    ]


def test_a_phased_1_3a_is_what_it_is():
    assert kinds(Gene.TPMT, "*1", "*3A", is_phased=True) == []


def test_an_unphased_nudt15_1_2_may_be_a_poor_metabolizer():
    assert kinds(Gene.NUDT15, "*1", "*2") == [NoteKind.RENAMED, NoteKind.PHASE]
    assert kinds(Gene.NUDT15, "*1", "*2", is_phased=True) == [NoteKind.RENAMED]


def test_tpmt_no_with_decreased_function_shows_both_labels():
    called = KNOWLEDGE.genotypes.call(Gene.TPMT, Diplotype(("*2", "*8")))

    assert (called.phenotype, called.alternative) == (IM, PIM)
    assert [note.kind for note in called.notes] == [NoteKind.TABLES_DIFFER]


def test_a_call_cites_cpic():
    citation = KNOWLEDGE.genotypes.call(Gene.TPMT, Diplotype(("*1", "*1"))).citation

    assert str(citation) == ("CPIC thiopurine guideline, 2025 update, TPMT diplotype to phenotype (grade B)")
