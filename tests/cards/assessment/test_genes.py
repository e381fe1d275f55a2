"""Which result decides about a gene, and what must be said beside it?"""

import pytest

from cards.model.conditions import ProcedureKind
from cards.model.genes import Gene, Phenotype
from tests.builders import case, gene, nudt15, procedure, tpmt, tpmt_activity

NORMAL, INTERMEDIATE, POOR = Phenotype.NORMAL, Phenotype.INTERMEDIATE, Phenotype.POOR
INDETERMINATE = Phenotype.INDETERMINATE
TRANSFUSION, STEM_CELLS = ProcedureKind.RED_CELL_TRANSFUSION, ProcedureKind.STEM_CELL_TRANSPLANT


def status(*facts, which=Gene.TPMT, **fields):
    return case(*facts, **fields).genes[which]


def texts(facts):
    return [fact.text for fact in facts]


def test_a_gene_without_results_is_untested():
    untested = status(without=(Gene.TPMT,))

    assert (untested.phenotype, untested.is_informative, untested.is_conflicting) == (None, False, False)
    assert (untested.leading, untested.facts(), untested.notes()) == (None, (), ())


@pytest.mark.parametrize(
    ("diplotype", "phenotype"),
    [("*1/*1", NORMAL), ("*1/*3A", INTERMEDIATE), ("*3A/*1", INTERMEDIATE), ("*3A/*3A", POOR)],
)
def test_a_diplotype_is_read_by_todays_table(diplotype, phenotype):
    assert status(tpmt(diplotype)).phenotype is phenotype


def test_a_stated_phenotype_counts_where_there_is_no_diplotype():
    stated = status(tpmt(POOR))

    assert stated.phenotype is POOR
    assert texts(stated.facts()) == ["TPMT reported: Poor Metabolizer"]


def test_a_fact_names_result_meaning_date_and_record():
    (fact,) = status(tpmt("*1/*3A")).facts()

    assert (fact.text, str(fact.on), fact.record_ref) == (
        "TPMT *1/*3A: Intermediate Metabolizer",
        "2026-10-01",
        "Observation/TPMT",
    )


def test_a_fact_without_a_date_says_so():
    assert texts(status(tpmt("*1/*3A", reported=None)).facts()) == [
        "TPMT *1/*3A: Intermediate Metabolizer, no date recorded"
    ]


def test_an_allele_outside_the_table_cannot_be_judged():
    unheard = status(tpmt("*1/*999"))

    assert (unheard.phenotype, unheard.is_informative) == (None, False)
    assert texts(unheard.facts()) == ["TPMT *1/*999: not interpretable"]
    assert any("is not among" in note for note in unheard.notes())


def test_the_laboratorys_phenotype_stands_for_an_allele_outside_the_table():
    assert status(tpmt("*1/*999", phenotype=INTERMEDIATE)).phenotype is INTERMEDIATE


def test_the_table_wins_over_what_the_laboratory_called_it_and_says_so():
    read = status(tpmt("*1/*3A", phenotype=NORMAL))

    assert read.phenotype is INTERMEDIATE
    assert read.notes()[0] == "The laboratory reported Normal Metabolizer for *1/*3A."


def test_an_unphased_call_is_told():
    assert any("does not state phase" in note for note in status(tpmt("*1/*3A", is_phased=None)).notes())
    assert status(tpmt("*1/*3A", is_phased=True)).notes() == ()


@pytest.mark.parametrize("lower_is_newer", [True, False])
def test_the_lower_function_leads_whichever_is_newer(lower_is_newer):
    dates = ("2026-01-01", "2026-09-01") if lower_is_newer else ("2026-09-01", "2026-01-01")
    both = status(
        tpmt("*1/*1", reported=dates[0], ref="Observation/normal"),
        tpmt("*1/*3A", reported=dates[1], ref="Observation/low"),
    )

    assert both.phenotype is INTERMEDIATE
    assert both.is_conflicting
    assert len(both.facts()) == 2
    assert both.notes()[0] == "TPMT results disagree; the lower function leads here."


def test_the_newest_of_two_equal_results_is_shown():
    same = status(
        tpmt("*1/*3A", reported="2025-01-01", ref="Observation/old"),
        tpmt("*1/*3C", reported="2026-01-01", ref="Observation/new"),
    )

    assert not same.is_conflicting
    assert [fact.record_ref for fact in same.facts()] == ["Observation/new"]


def test_an_indeterminate_result_leads_only_when_alone():
    alone = status(nudt15(INDETERMINATE), which=Gene.NUDT15)
    beside = status(
        nudt15(INDETERMINATE, ref="Observation/1"), nudt15("*1/*1", ref="Observation/2"), which=Gene.NUDT15
    )

    assert (alone.phenotype, alone.is_informative) == (INDETERMINATE, False)
    assert (beside.phenotype, beside.is_conflicting) == (NORMAL, False)


def test_an_activity_is_read_on_its_laboratorys_scale():
    read = status(tpmt_activity(50))  # mU/L, low 20-67

    assert read.phenotype is INTERMEDIATE
    assert texts(read.facts()) == ["TPMT activity 50 mU/L: Intermediate Metabolizer"]
    assert read.notes() == ("The activity is low on the Birmingham scale (mU/L, normal 68-150).",)


def test_an_activity_without_a_unit_says_nothing():
    bare = status(tpmt_activity(30, unit=None))

    assert (bare.phenotype, bare.is_below_normal) == (None, False)
    assert texts(bare.facts()) == ["TPMT activity 30: not interpretable"]


def test_a_bound_and_a_missing_value_are_printed_as_they_came():
    assert texts(status(tpmt_activity(10, comparator="<")).facts()) == [
        "TPMT activity <10 mU/L: Poor Metabolizer"
    ]
    assert texts(status(tpmt_activity(None, unit=None, mark="L")).facts()) == [
        "TPMT activity reported: not interpretable"
    ]


def test_an_activity_marked_low_is_below_normal_without_a_phenotype():
    low = status(tpmt_activity(None, unit=None, mark="L"))

    assert (low.phenotype, low.is_informative, low.is_below_normal) == (None, False, True)


def test_the_laboratorys_phenotype_stands_where_the_scale_does_not_tell():
    assert status(tpmt_activity(None, unit=None, mark="L", phenotype=INTERMEDIATE)).phenotype is INTERMEDIATE


def test_normal_is_not_believed_of_an_activity_marked_low():
    assert status(tpmt_activity(None, unit=None, mark="L", phenotype=NORMAL)).phenotype is None


def test_a_low_activity_takes_the_lead_from_a_normal_genotype():
    disputed = status(
        tpmt("*1/*1", ref="Observation/genotype"),
        tpmt_activity(None, unit=None, mark="L", ref="Observation/activity"),
    )

    assert (disputed.phenotype, disputed.is_informative, disputed.is_conflicting) == (None, False, True)
    assert len(disputed.facts()) == 2


def test_a_low_activity_gives_way_to_a_reduced_genotype():
    settled = status(
        tpmt("*1/*3A", ref="Observation/genotype"),
        tpmt_activity(None, unit=None, mark="L", ref="Observation/activity"),
    )

    assert (settled.phenotype, settled.is_conflicting) == (INTERMEDIATE, False)


@pytest.mark.parametrize(
    ("transfused", "measured", "is_donors"),
    [
        ("2026-06-03", "2026-10-01", True),  # 120 days before
        ("2026-06-02", "2026-10-01", False),
        ("2026-10-02", "2026-10-01", False),  # after the measurement
        ("2026", "2026-10-01", True),  # may be within
        ("2026-10-01", None, True),  # an undated activity may follow any transfusion
    ],
)
def test_an_activity_soon_after_a_transfusion_is_the_donors(transfused, measured, is_donors):
    found = status(tpmt_activity(100, reported=measured), procedure(TRANSFUSION, transfused))

    assert (found.phenotype is None) is is_donors
    assert any("partly the donor's" in note for note in found.notes()) is is_donors


@pytest.mark.parametrize("harmless", [{"is_planned": True}, {"done": None}])
def test_a_planned_or_undated_transfusion_changes_no_reading(harmless):
    assert status(tpmt_activity(100), procedure(TRANSFUSION, **harmless)).phenotype is NORMAL


def test_a_transfusion_says_nothing_about_a_genotype():
    assert status(tpmt("*1/*3A"), procedure(TRANSFUSION, "2026-09-30")).phenotype is INTERMEDIATE


@pytest.mark.parametrize(
    ("done", "reported", "told"),
    [
        ("2026-09-30", "2026-10-01", True),
        ("2026-10-02", "2026-10-01", False),
        (None, "2026-10-01", True),
        ("2026-09-30", None, True),
    ],
)
def test_a_genotype_after_a_stem_cell_transplant_is_the_donors(done, reported, told):
    found = status(tpmt("*1/*3A", reported=reported), procedure(STEM_CELLS, done))

    assert any("is the donor's" in note for note in found.notes()) is told


def test_a_planned_stem_cell_transplant_is_no_donor_yet():
    assert status(tpmt("*1/*3A"), procedure(STEM_CELLS, is_planned=True)).notes() == ()


def test_results_of_the_other_gene_do_not_count():
    assert status(gene(Gene.NUDT15, "*3/*3"), which=Gene.TPMT).phenotype is NORMAL
