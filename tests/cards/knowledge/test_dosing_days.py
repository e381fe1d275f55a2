"""On which days other than every day is a thiopurine taken on purpose?"""

from cards.knowledge.sources import Grade
from tests.builders import KNOWLEDGE


def test_alternate_days_are_a_choice_of_the_project():
    assert (
        KNOWLEDGE.dosing_days.alternate_days.days_a_week,
        KNOWLEDGE.dosing_days.alternate_days.citation.grade,
    ) == (3.5, Grade.PROJECT)


def test_a_poor_metabolizer_takes_it_on_three_days_by_cpic():
    found = KNOWLEDGE.dosing_days.poor_metabolizer_days

    assert (found.days_a_week, found.citation.source.key) == (3, "cpic-thiopurines-2025")
