"""Single variants against CPIC's allele definitions: every combination, however each variant is named."""

from itertools import combinations, combinations_with_replacement, product

import pytest

from cards.model.facts import UnreadReason
from cards.model.genes import Diplotype, Gene, Phenotype
from tests.builders import KNOWLEDGE
from tests.cards.knowledge.cpic_tables import GENES
from tests.fhir_mappers.mapped import chart_of

HGNC = {Gene.TPMT: "HGNC:12014", Gene.NUDT15: "HGNC:23063"}
PLACES = {
    Gene.TPMT: ("rs1800462", "rs1800460", "rs1142345"),
    Gene.NUDT15: ("rs116855232", "rs746071566"),
}
CHANGES = {
    "rs1800462": "NM_000367.5:c.238G>C",
    "rs1800460": "NM_000367.5:c.460G>A",
    "rs1142345": "NM_000367.5:c.719A>G",
    "rs116855232": "NM_018283.4:c.415C>T",
}
DBSNP, DNA_CHANGE, ALLELIC_STATE = "81255-2", "48004-6", "53034-5"
ANSWERS = {0: "LA9634-2", 1: "LA9633-4", 2: "LA9633-4"}
STATES = {1: "LA6706-1", 2: "LA6705-3"}
NAMINGS = {
    "rs": lambda rsid: [(DBSNP, rsid)],
    "hgvs": lambda rsid: [(DNA_CHANGE, CHANGES[rsid])],
    "both": lambda rsid: [(DBSNP, rsid), (DNA_CHANGE, CHANGES[rsid])],
    "both in one value": lambda rsid: [(DNA_CHANGE, f"{CHANGES[rsid]} ({rsid})")],
}
CASES = [
    # However a laboratory names them, they lead to the same: one naming is enough for the inner loop.
    pytest.param(gene, copies, naming, marks=() if naming == "rs" else pytest.mark.slow)
    for gene, places in PLACES.items()
    for copies in product((0, 1, 2, None), repeat=len(places))
    for naming in NAMINGS
    if gene is Gene.TPMT or (copies[1] in (0, None) and (copies[1] is None or naming == "rs"))
]
BY_CONVENTION = {(Gene.TPMT, (0, 1, 1)): Diplotype(("*1", "*3A"), is_phased=False)}


def observation(name, gene, copies, named, **changes):
    answered = [("48018-6", HGNC[gene]), *named]
    if copies:
        answered.append((ALLELIC_STATE, STATES[copies]))
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "69548-6"}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2025-11-02",
        "valueCodeableConcept": {"coding": [{"system": "http://loinc.org", "code": ANSWERS[copies]}]},
        "component": [component(code, value) for code, value in answered],
    } | changes


def component(code, value):
    systems = {"48018-6": "http://www.genenames.org", ALLELIC_STATE: "http://loinc.org"}
    coded = {"coding": [{"system": systems.get(code, ""), "code": value}]}
    return {
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "valueCodeableConcept": coded if code in systems else {"text": value},
    }


def observations(gene, copies, naming="both"):
    return [
        observation(f"v{number}", gene, count, NAMINGS[naming](rsid))
        for number, (rsid, count) in enumerate(zip(PLACES[gene], copies, strict=True))
        if count is not None
    ]


def calls(mapped):
    return [result.diplotype for result in mapped.chart.gene_results]


def alleles(gene):
    """Each allele with each set of our places that CPIC lets it change."""
    for allele in GENES[gene]["alleles"]:
        variants = {one["rsid"]: one.get("wobble", False) for one in allele["defining_variants"]}
        optional = [rsid for rsid, is_optional in variants.items() if is_optional]
        always = {rsid for rsid, is_optional in variants.items() if not is_optional}
        if set(variants) <= set(PLACES[gene]):
            for size in range(len(optional) + 1):
                yield from ((allele["allele"], always | set(more)) for more in combinations(optional, size))


def possible_phenotypes(gene, copies):
    pairs = combinations_with_replacement(list(alleles(gene)), 2)
    return {
        KNOWLEDGE.genotypes.call(gene, Diplotype((first, second))).phenotype
        for (first, ours), (second, theirs) in pairs
        if all(
            count in (None, (rsid in ours) + (rsid in theirs))
            for rsid, count in zip(PLACES[gene], copies, strict=True)
        )
    }


@pytest.mark.parametrize(("gene", "copies", "naming"), CASES)
def test_variants_give_the_phenotype_that_every_possible_diplotype_has(gene, copies, naming):
    possible = possible_phenotypes(gene, copies)

    found = calls(chart_of(*observations(gene, copies, naming)))

    by_convention = BY_CONVENTION.get((gene, copies))
    if by_convention is not None:
        assert found == [by_convention]
    else:
        expected = [possible.pop()] if len(possible) == 1 else []
        assert [KNOWLEDGE.genotypes.call(gene, one).phenotype for one in found] == expected


@pytest.mark.parametrize(
    ("gene", "rsid", "diplotype"),
    [
        (Gene.TPMT, "rs1800462", "*2/*2"),
        (Gene.TPMT, "rs1800460", "*3B/*3B"),
        (Gene.TPMT, "rs1142345", "*3C/*3C"),
        (Gene.NUDT15, "rs116855232", "*3/*3"),
    ],
)
@pytest.mark.parametrize("naming", NAMINGS)
def test_a_lone_homozygous_variant_decides(gene, rsid, diplotype, naming):
    mapped = chart_of(observation("v", gene, 2, NAMINGS[naming](rsid)))

    assert [str(one) for one in calls(mapped)] == [diplotype]
    assert KNOWLEDGE.genotypes.call(gene, calls(mapped)[0]).phenotype is Phenotype.POOR
    assert mapped.chart.unread == ()


def test_a_variant_named_by_one_name_in_each_of_two_observations_is_one():
    named = [
        observation(f"{naming}{one['id']}", Gene.TPMT, copies, NAMINGS[naming](rsid))
        for naming in ("rs", "hgvs")
        for rsid, copies, one in zip(
            PLACES[Gene.TPMT], (0, 2, 2), observations(Gene.TPMT, (0, 2, 2)), strict=True
        )
    ]

    assert [str(one) for one in calls(chart_of(*named))] == ["*3A/*3A"]


def test_observations_that_disagree_about_a_variant_decide_nothing():
    named = [*observations(Gene.TPMT, (0, 0, 0)), observation("w", Gene.TPMT, 1, [(DBSNP, "rs1800460")])]

    assert calls(chart_of(*named)) == []


def test_the_variants_of_another_day_are_not_added():
    normal = observations(Gene.TPMT, (0, 0, None))
    later = observation("w", Gene.TPMT, 0, [(DBSNP, "rs1142345")], effectiveDateTime="2026-01-02")

    assert calls(chart_of(*normal, later)) == []


@pytest.mark.parametrize("day", [None, "2025", "2025-11"])
def test_a_variant_without_its_day_is_read_with_those_of_the_only_day_there_is(day):
    *others, last = observations(Gene.TPMT, (0, 2, 2))

    assert [str(one) for one in calls(chart_of(*others, last | {"effectiveDateTime": day}))] == ["*3A/*3A"]


def test_a_variant_of_an_earlier_year_is_read_apart():
    *others, last = observations(Gene.TPMT, (0, 2, 2))

    found = calls(chart_of(*others, last | {"effectiveDateTime": "2024"}))

    assert {str(one) for one in found} == {"*3B/*3B", "*3C/*3C"}


def test_an_undated_variant_that_disagrees_with_the_only_day_takes_no_genotype_away():
    undated = observation("w", Gene.TPMT, 2, [(DBSNP, "rs1142345")], effectiveDateTime=None)

    found = calls(chart_of(*observations(Gene.TPMT, (0, 0, 0)), undated))

    assert {str(one) for one in found} == {"*1/*1", "*3C/*3C"}


def test_a_day_before_the_only_one_with_an_undated_variant_stays_apart():
    earlier = observation("w", Gene.TPMT, 2, [(DBSNP, "rs1142345")], effectiveDateTime="2024")
    *others, last = observations(Gene.TPMT, (0, 0, 0))

    found = calls(chart_of(earlier, *others, last | {"effectiveDateTime": None}))

    assert {str(one) for one in found} == {"*1/*1", "*3C/*3C"}


def test_each_day_may_decide_by_itself():
    first = observations(Gene.TPMT, (0, 0, 0))
    later = observation("w", Gene.TPMT, 2, [(DBSNP, "rs1142345")], effectiveDateTime="2026-01-02")

    assert [str(one) for one in calls(chart_of(*first, later))] == ["*1/*1", "*3C/*3C"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"valueCodeableConcept": {"text": "Homozygous"}},
            "TPMT: c.719A>G both heterozygous and homozygous in one report",
        ),
        (
            {"valueCodeableConcept": {"text": "Not detected"}},
            "TPMT: c.719A>G both absent and heterozygous in one report",
        ),
    ],
)
def test_a_variant_stated_in_two_ways_is_not_used_and_told(changes, why):
    contradictory = observation("v", Gene.TPMT, 1, NAMINGS["both"]("rs1142345"), **changes)

    mapped = chart_of(*observations(Gene.TPMT, (0, 0, None)), contradictory)

    assert calls(mapped) == []
    assert why in [f"{one.what}: {one.why}" for one in mapped.chart.unread]


def test_absent_and_present_at_once_is_told():
    answers = [{"system": "http://loinc.org", "code": code} for code in ("LA9633-4", "LA9634-2")]
    both = observation("v", Gene.TPMT, 0, [(DBSNP, "rs1800462")], valueCodeableConcept={"coding": answers})

    mapped = chart_of(both)

    assert [f"{one.what}: {one.why}" for one in mapped.chart.unread] == [
        "TPMT: c.238G>C both absent and present in one report"
    ]


def test_a_contradiction_about_one_variant_leaves_another_that_decides():
    contradictory = observation(
        "w", Gene.TPMT, 1, [(DBSNP, "rs1800462")], valueCodeableConcept={"text": "Homozygous"}
    )

    mapped = chart_of(contradictory, observation("v", Gene.TPMT, 2, [(DBSNP, "rs1142345")]))

    assert [str(one) for one in calls(mapped)] == ["*3C/*3C"]
    assert [f"{one.what}: {one.why}" for one in mapped.chart.unread] == [
        "TPMT: c.238G>C both heterozygous and homozygous in one report"
    ]


@pytest.mark.parametrize(
    ("copies", "named", "expected"),
    [
        (1, [(DBSNP, "rs56161402")], []),  # *8: not one of the variants that we name
        (1, [(DNA_CHANGE, "NM_000367.5:c.719A>C"), (DBSNP, "rs1142345")], []),  # *41
        (1, [(DNA_CHANGE, "c.238G>C+460G>A+719A>G")], []),  # of which of them?
        (0, [(DBSNP, "rs56161402")], ["*1/*1"]),
    ],
)
def test_the_gene_is_not_normal_beside_a_change_that_is_not_understood(copies, named, expected):
    mapped = chart_of(*observations(Gene.TPMT, (0, 0, 0)), observation("w", Gene.TPMT, copies, named))

    assert [str(one) for one in calls(mapped)] == expected


def test_a_change_that_is_present_without_a_count_keeps_the_gene_from_being_normal():
    present = observation("w", Gene.TPMT, 0, [(DBSNP, "rs56161402")], valueString="Present")
    del present["valueCodeableConcept"]

    assert calls(chart_of(*observations(Gene.TPMT, (0, 0, 0)), present)) == []


def test_one_answer_for_three_variants_is_not_the_count_of_the_first():
    combined = observation("v", Gene.TPMT, 2, [])
    combined["code"] = {
        "coding": [
            {"system": "http://loinc.org", "code": "71356-0", "display": "TPMT gene c.238G>C+460G>A+719A>G"}
        ]
    }

    assert calls(chart_of(combined)) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Heterozygous", "*1/*3C"),
        ("homozygous wild type", "*1/*1"),
        ("Homozygous", "*3C/*3C"),
        (
            "Heterozygous. "
            + "Patients who are homozygous lack the enzyme, see the comment of the laboratory.",
            "*1/*3C",
        ),
        (
            "Not detected. "
            + "Patients who are homozygous lack the enzyme, see the comment of the laboratory.",
            "*1/*1",
        ),
    ],
)
def test_the_count_is_read_in_words(words, expected):
    worded = observation("w", Gene.TPMT, 0, [(DNA_CHANGE, "c.719A>G")], valueString=words)
    del worded["valueCodeableConcept"]

    mapped = chart_of(*observations(Gene.TPMT, (0, 0, None)), worded)

    assert [str(one) for one in calls(mapped)] == [expected]


@pytest.mark.parametrize("naming", ["rs", "hgvs"])
def test_a_variant_of_another_gene_than_the_report_s_is_told_and_makes_neither_gene_known(naming):
    named = NAMINGS[naming]("rs116855232")

    chart = chart_of(observation("v", Gene.TPMT, 2, named)).chart

    assert chart.gene_results == ()
    (unread,) = chart.unread
    assert unread.in_words == "a variant not used: the report is about TPMT, and c.415C>T is of NUDT15"
    assert unread.genes == {Gene.TPMT, Gene.NUDT15}
    assert unread.deciding


def test_a_variant_without_a_name_is_told_with_its_answer():
    (unread,) = chart_of(observation("v", Gene.TPMT, 1, [])).chart.unread

    assert unread.in_words.startswith("TPMT not used: single variants, no genotype (")


@pytest.mark.parametrize("code", [{}, {"coding": []}, {"coding": [{"system": "http://loinc.org"}]}])
def test_a_variant_whose_code_is_gone_is_told_as_one_that_does_not_say_what_it_is(code):
    (unread,) = chart_of(observation("v", Gene.NUDT15, 2, [], code=code)).chart.unread

    assert unread.in_words == "NUDT15 not used: it does not say what it is, only 'LA9633-4'"
    assert unread.reason is UnreadReason.UNNAMED
