"""Records that could not be used matter as long as a rule would look at their day."""

import pytest

from cards.assessment.unused_records import unused_records
from cards.knowledge.default_policy import default_policy
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import Drug
from tests.builders import chart, days_ago, taking, unused, weight

COUNTS, AZA = FactKind.COUNTS, Drug.AZATHIOPRINE


def matters(*facts):
    return bool(unused_records(chart(*facts), default_policy()))


def test_without_any_there_are_none():
    assert not matters(taking(AZA))


def test_what_decides_nothing_does_not_matter():
    assert not matters(unused(COUNTS, deciding=False))


@pytest.mark.parametrize("kind", [None, *FactKind])
def test_without_a_date_it_matters(kind):
    assert matters(unused(kind))


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        (COUNTS, 180),
        (FactKind.LIVER, 180),
        (FactKind.KIDNEY, 365),
        (FactKind.METABOLITES, 180),
        (FactKind.PREGNANCY, 300),
    ],
)
def test_it_matters_as_long_as_the_rules_look_back(kind, days):
    assert matters(unused(kind, on=days_ago(days)))
    assert not matters(unused(kind, on=days_ago(days + 1)))


@pytest.mark.parametrize("kind", [None, FactKind.GENES, FactKind.SEROLOGY, FactKind.CONDITIONS])
def test_what_never_grows_old_always_matters(kind):
    assert matters(unused(kind, on=days_ago(9_000)))


def test_counts_matter_back_to_the_baseline_of_the_first_thiopurine():
    first, second = taking(AZA, 100, str(days_ago(400))), taking(Drug.MERCAPTOPURINE, 50, str(days_ago(100)))

    assert matters(first, second, unused(COUNTS, on=days_ago(580)))
    assert not matters(first, second, unused(COUNTS, on=days_ago(581)))


def test_a_weight_matters_for_as_long_as_one_is_used_unless_it_is_the_only_one():
    assert matters(weight(80), unused(FactKind.VITALS, on=days_ago(730)))
    assert not matters(weight(80), unused(FactKind.VITALS, on=days_ago(731)))
    assert unused_records(
        chart(unused(FactKind.VITALS, on=days_ago(9_000)), without=[Analyte.BODY_WEIGHT]), default_policy()
    )


def test_with_a_start_that_is_not_known_they_always_matter():
    assert matters(taking(AZA, 100, None), unused(COUNTS, on=days_ago(9_000)))
