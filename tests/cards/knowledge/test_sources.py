"""The publications that the tables cite."""

from datetime import date

import pytest

from cards.knowledge.sources import Grade, UnknownSourceError
from tests.builders import KNOWLEDGE

LAST_READ = date(2026, 11, 30)


@pytest.mark.parametrize("source", KNOWLEDGE.sources.all.values(), ids=lambda source: source.key)
def test_every_source_is_complete(source):
    assert source.label == source.label.strip() != ""
    is_ours = source.grade in (Grade.SUMMARY, Grade.PROJECT)
    assert source.url.startswith(("https://", "http://")) or (is_ours and source.url == "")
    assert isinstance(source.grade, Grade)
    assert date(2026, 1, 1) <= source.checked <= LAST_READ
    assert source.published
    assert source.licence


def test_labels_tell_sources_apart():
    labels = [source.label for source in KNOWLEDGE.sources.all.values()]

    assert len(labels) == len(set(labels))


def test_a_citation_has_the_grade_of_its_source_unless_it_has_its_own():
    assert KNOWLEDGE.cite("cpic-thiopurines-2025").grade is Grade.GUIDELINE
    assert KNOWLEDGE.cite("cpic-thiopurines-2025", grade=Grade.SECONDARY).grade is Grade.SECONDARY


def test_a_citation_in_words_names_place_strength_and_grade():
    assert str(KNOWLEDGE.cite("bsg-2019")) == f"{KNOWLEDGE.sources.all['bsg-2019'].label} (grade B)"
    assert str(KNOWLEDGE.cite("bsg-2019", "Table 10", "Strong")) == (
        f"{KNOWLEDGE.sources.all['bsg-2019'].label}, Table 10, recommendation: Strong (grade B)"
    )


def test_an_unknown_source_cannot_be_cited():
    with pytest.raises(UnknownSourceError, match=r"^source 'hearsay' is not in sources\.toml$"):
        KNOWLEDGE.cite("hearsay")


def test_grades_sort_from_strong_to_weak():
    assert sorted(Grade) == [
        Grade.REGULATOR,
        Grade.GUIDELINE,
        Grade.TRIAL,
        Grade.SECONDARY,
        Grade.SUMMARY,
        Grade.PROJECT,
    ]
