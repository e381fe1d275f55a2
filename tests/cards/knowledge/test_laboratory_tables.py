"""The tables of the laboratory rules: every name in them is known, and what a rule looks up is there."""

import pytest

from cards.card import Indicator
from cards.knowledge.baseline_tests import Lasts, Need
from cards.knowledge.liver_limits import LiverSign
from cards.knowledge.metabolites import Band, LevelMeaning, MetaboliteLimit, NoteTopic, RangeGroup, group_of
from cards.knowledge.toxicity import ToxicityTopic
from cards.model.conditions import Indication
from cards.model.labs import Analyte, LabResult
from cards.model.tests_ordered import OrderableTest
from tests.builders import KNOWLEDGE

IBD, TRANSPLANT, LUPUS = RangeGroup.IBD, RangeGroup.TRANSPLANT, RangeGroup.LUPUS


def test_the_baseline_of_the_reference():
    assert [test.item for test in KNOWLEDGE.baseline_tests if test.need is Need.REQUIRED] == [
        "blood count with differential",
        "liver tests",
        "renal function",
        "HBsAg",
        "anti-HBc",
        "anti-HBs",
    ]
    assert [test.test for test in KNOWLEDGE.baseline_tests if test.need is Need.CONSIDER] == [
        OrderableTest.HCV_ANTIBODY,
        OrderableTest.VZV_IGG,
        OrderableTest.HCG,
    ]
    assert [test.item for test in KNOWLEDGE.baseline_tests if test.needs_all] == [
        "blood count with differential"
    ]
    assert {test.lasts for test in KNOWLEDGE.baseline_tests if test.analytes[0] is Analyte.HBSAG} == {
        Lasts.EVER
    }


def test_what_is_to_be_considered_has_a_sentence():
    assert all(bool(test.advice) == (test.need is Need.CONSIDER) for test in KNOWLEDGE.baseline_tests)


def test_transaminases_at_100_or_three_times_the_upper_limit():
    alt = LabResult(Analyte.ALT, "Observation/1", 98, reference_high=32)
    limits = [limit.for_result(alt) for limit in KNOWLEDGE.liver_limits if limit.analyte is Analyte.ALT]
    without_range = [
        limit.for_result(LabResult(Analyte.ALT, "Observation/1", 98))
        for limit in KNOWLEDGE.liver_limits
        if limit.analyte is Analyte.ALT
    ]

    assert limits == [100, 96]  # 3 x 32
    assert without_range == [100, None]
    assert {limit.sign for limit in KNOWLEDGE.liver_limits} == set(LiverSign)


@pytest.mark.parametrize("topic", list(ToxicityTopic))
def test_every_topic_says_something(topic):
    advice = KNOWLEDGE.toxicity.toxicity_advice(topic)

    assert advice.do or advice.also
    assert advice.citations


def test_notes_and_trends():
    assert [(one.analyte, one.limit) for one in KNOWLEDGE.toxicity.count_notes] == [
        (Analyte.MCV, 105),
        (Analyte.ALC, None),
        (Analyte.HEMOGLOBIN, None),
    ]
    assert {(one.percent, one.falls) for one in KNOWLEDGE.toxicity.count_trends} == {(10, 3)}
    assert [one.analyte for one in KNOWLEDGE.toxicity.count_trends] == [
        Analyte.WBC,
        Analyte.ANC,
        Analyte.PLATELETS,
    ]


@pytest.mark.parametrize(
    ("indications", "group"),
    [
        ((Indication.CROHNS,), IBD),
        ((Indication.CROHNS, Indication.ULCERATIVE_COLITIS), IBD),
        ((Indication.KIDNEY_TRANSPLANT,), TRANSPLANT),
        ((Indication.LUPUS_NEPHRITIS,), LUPUS),
        ((Indication.CROHNS, Indication.LUPUS), None),
        ((Indication.CROHNS, Indication.PSORIASIS), None),
        ((Indication.PSORIASIS,), None),
        ((), None),
    ],
)
def test_the_group_of_what_the_drug_is_for(indications, group):
    assert group_of(indications) is group


def test_the_ranges():
    assert {
        group: (one.low, one.high, one.very_high) for group, one in KNOWLEDGE.metabolites.tgn_ranges.items()
    } == {
        IBD: (235, 450, None),
        TRANSPLANT: (100, 200, 450),
        LUPUS: (100, 300, 450),
    }
    assert [KNOWLEDGE.metabolites.metabolite_limit(limit) for limit in MetaboliteLimit] == [
        5700,
        11,
        28,
        400,
        450,
    ]


@pytest.mark.parametrize("topic", list(NoteTopic))
def test_every_note_is_there(topic):
    assert KNOWLEDGE.metabolites.note(topic).text


@pytest.mark.parametrize(
    ("group", "tgn", "mmp", "meaning"),
    [
        (IBD, Band.UNDETECTABLE, Band.UNDETECTABLE, LevelMeaning.NOT_TAKEN),
        (IBD, Band.LOW, Band.LOW, LevelMeaning.UNDER_DOSED),
        (IBD, Band.LOW, Band.HIGH, LevelMeaning.HYPERMETHYLATOR),
        (IBD, Band.LOW, Band.UNKNOWN, LevelMeaning.UNCLEAR),
        (IBD, Band.IN_RANGE, Band.HIGH, LevelMeaning.MAYBE_TOO_HIGH),
        (IBD, Band.HIGH, Band.HIGH, LevelMeaning.TOO_HIGH),
        (IBD, Band.HIGH, Band.LOW, LevelMeaning.LOW_TPMT),
        (IBD, Band.HIGH, Band.UNKNOWN, LevelMeaning.TOO_HIGH),
        (TRANSPLANT, Band.LOW, Band.UNKNOWN, LevelMeaning.LOW),
        (TRANSPLANT, Band.HIGH, Band.LOW, LevelMeaning.ABOVE_TARGET),
        (TRANSPLANT, Band.VERY_HIGH, Band.HIGH, LevelMeaning.TOO_HIGH),
        (LUPUS, Band.LOW, Band.LOW, LevelMeaning.LOW),
        (LUPUS, Band.HIGH, Band.LOW, LevelMeaning.ABOVE_TARGET),
        (LUPUS, Band.VERY_HIGH, Band.LOW, LevelMeaning.TOO_HIGH),
    ],
)
def test_what_a_pair_of_levels_means(group, tgn, mmp, meaning):
    assert KNOWLEDGE.metabolites.verdict(group, tgn, mmp, on_allopurinol=False).meaning is meaning


@pytest.mark.parametrize("mmp", [Band.LOW, Band.UNKNOWN])
def test_in_range_asks_for_nothing(mmp):
    assert KNOWLEDGE.metabolites.verdict(IBD, Band.IN_RANGE, mmp, on_allopurinol=False) is None


def test_a_hypermethylator_on_allopurinol_is_told_something_else():
    without = KNOWLEDGE.metabolites.verdict(IBD, Band.LOW, Band.HIGH, on_allopurinol=False)
    on_it = KNOWLEDGE.metabolites.verdict(IBD, Band.LOW, Band.HIGH, on_allopurinol=True)

    assert without.advice.startswith("Specialist: reduce to 25-33 % of the dose and add allopurinol 100 mg")
    assert on_it.advice.startswith("Allopurinol is on record already")
    assert {without.indicator, on_it.indicator} == {Indicator.WARNING}
