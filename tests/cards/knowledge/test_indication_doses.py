"""Doses by indication, as the reference states them (clinical-rules.md, A02-A26, C01, C04, K01)."""

import pytest

from cards.assessment.protocol import in_group_of
from cards.knowledge.indication_doses import DoseStatementKind, DoseUnit
from cards.knowledge.sources import Grade
from cards.model.conditions import Indication
from cards.model.protocol import NOTHING_KNOWN, Group, Protocol
from cards.model.therapy import Drug
from tests.builders import KNOWLEDGE

AZA, MP, TG = Drug.AZATHIOPRINE, Drug.MERCAPTOPURINE, Drug.THIOGUANINE
KG, MG, WK = DoseUnit.MG_PER_KG, DoseUnit.MG, DoseUnit.WEEKS
S = DoseStatementKind
RA, TRANSPLANT = Indication.RHEUMATOID_ARTHRITIS, Indication.KIDNEY_TRANSPLANT
ALL_STATEMENTS = [
    row for one in KNOWLEDGE.indication_doses.found.values() for rivals in one.about for _, row in rivals
]


def stated(drug, indication, statement):
    """What is stated for the group of the indication."""
    protocol = in_group_of(indication, NOTHING_KNOWN)
    return KNOWLEDGE.indication_doses.dose_statements(drug, indication, statement, protocol)


@pytest.mark.parametrize(
    ("drug", "indication", "statement", "expected"),
    [
        (AZA, TRANSPLANT, S.START, [(3, 5, KG)]),  # A02
        (AZA, TRANSPLANT, S.MAINTENANCE, [(1, 3, KG)]),  # A03
        (AZA, TRANSPLANT, S.START_CEILING, [(None, 5, KG)]),
        (AZA, TRANSPLANT, S.CEILING, [(None, 3, KG)]),
        (AZA, RA, S.START, [(1, 1, KG), (50, 100, MG)]),  # A05
        (AZA, RA, S.STEP, [(0.5, 0.5, KG)]),  # A06
        (AZA, RA, S.WEEKS_BEFORE_FIRST_STEP, [(6, 8, WK)]),
        (AZA, RA, S.WEEKS_BETWEEN_STEPS, [(4, 4, WK)]),
        (AZA, RA, S.CEILING, [(None, 2.5, KG)]),  # A07
        (AZA, RA, S.WEEKS_TO_RESPONSE, [(6, 8, WK)]),  # A08
        (AZA, RA, S.WEEKS_OF_TRIAL, [(12, 12, WK)]),
        (AZA, Indication.AUTOIMMUNE_HEPATITIS, S.START, [(50, 50, MG)]),  # A10
        (AZA, Indication.AUTOIMMUNE_HEPATITIS, S.CEILING, [(None, 2, KG)]),
        (AZA, Indication.LUPUS_NEPHRITIS, S.MAINTENANCE, [(2, 2, KG)]),  # A13
        (AZA, Indication.ATOPIC_DERMATITIS, S.CEILING, [(None, 3, KG)]),  # A16
        (AZA, Indication.ITP, S.CEILING, [(None, 200, MG)]),  # A20
        (AZA, Indication.PSORIASIS, S.CEILING, [(None, 300, MG), (None, 3, KG)]),  # A24
        (AZA, Indication.CROHNS, S.MAINTENANCE, [(1.5, 2.5, KG)]),  # A26
        (AZA, Indication.ULCERATIVE_COLITIS, S.MAINTENANCE, [(2, 2.5, KG)]),
        (AZA, Indication.CROHNS, S.CEILING, [(None, 2.5, KG)]),
        (MP, Indication.CROHNS, S.CEILING, [(None, 1.5, KG)]),
        (AZA, None, S.FIRST_STEP, [(50, 50, MG)]),  # C01
        (AZA, None, S.WEEKS_BETWEEN_STEPS, [(4, 4, WK)]),  # C04
        (AZA, Indication.LUPUS, S.CEILING, []),
        (TG, Indication.LEUKEMIA, S.CEILING, []),
        (MP, Indication.LEUKEMIA, S.START, [(1.5, 2.5, KG)]),  # a starting range is no ceiling
        (MP, Indication.LEUKEMIA, S.CEILING, []),
    ],
)
def test_the_table_says_what_the_reference_says(drug, indication, statement, expected):
    assert [(row.low, row.high, row.unit) for row in stated(drug, indication, statement)] == expected


def test_an_upper_end_is_in_mg_where_the_weight_is_known_or_not_needed():
    (per_kg,) = stated(AZA, RA, S.CEILING)
    (flat,) = stated(AZA, Indication.ITP, S.CEILING)

    assert (per_kg.mg_per_day(80), per_kg.mg_per_day(None)) == (200, None)
    assert (flat.mg_per_day(80), flat.mg_per_day(None)) == (200, 200)


@pytest.mark.parametrize(
    ("drug", "group", "highs"),
    [
        (AZA, Group.IMMUNE, [2, 2.5, 2.5, 2.5, 2.5, 3, 3]),
        (AZA, Group.TRANSPLANT, [3]),
        (MP, Group.IMMUNE, [1.5, 1.5, 1.5]),
        (MP, Group.LEUKAEMIA, []),
        (TG, Group.IMMUNE, []),
    ],
)
def test_the_ceilings_of_a_group_stand_in_their_order(drug, group, highs):
    ceilings = KNOWLEDGE.indication_doses.ceilings_mg_per_kg(drug, Protocol(group))

    assert [row.high for row in ceilings] == highs


@pytest.mark.parametrize(("country", "high"), [(None, 3), ("US", 3), ("MY", 4)])
def test_a_country_with_a_label_of_its_own_has_its_ceiling(country, high):
    (row,) = KNOWLEDGE.indication_doses.dose_statements(
        AZA, TRANSPLANT, S.CEILING, Protocol(Group.TRANSPLANT, country)
    )

    assert row.high == high


def test_a_row_of_one_group_is_not_read_for_another():
    assert KNOWLEDGE.indication_doses.dose_statements(AZA, RA, S.CEILING, Protocol(Group.TRANSPLANT)) == ()
    assert KNOWLEDGE.indication_doses.dose_statements(AZA, RA, S.CEILING, NOTHING_KNOWN) == ()


def test_a_statement_about_weeks_is_in_weeks_and_the_others_are_not():
    for row in ALL_STATEMENTS:
        assert (row.unit is WK) == row.statement.value.startswith("weeks")


def test_ranges_run_upwards_and_labels_are_grade_a():
    for row in ALL_STATEMENTS:
        assert row.low is None or 0 < row.low <= row.high
        if row.citation.source.key.startswith("fda-"):
            assert row.citation.grade is Grade.REGULATOR
