"""Cards before any protocol writes them down."""

from cards.card import Indicator


def test_the_most_urgent_comes_first():
    assert sorted(Indicator, key=lambda indicator: indicator.urgency) == [
        Indicator.CRITICAL,
        Indicator.WARNING,
        Indicator.INFO,
    ]


def test_the_levels_are_those_of_cds_hooks():
    assert {indicator.value for indicator in Indicator} == {"critical", "warning", "info"}
