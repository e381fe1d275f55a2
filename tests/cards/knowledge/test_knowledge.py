"""Every table of one folder as one value; several side by side."""

from dataclasses import FrozenInstanceError

import pytest

from cards.knowledge.knowledge import Knowledge
from cards.knowledge.releases import ReleaseError
from cards.knowledge.tables import TableError
from cards.model.therapy import Drug
from tests.builders import KNOWLEDGE, advice, azathioprine, cards, taking, titles, tpmt
from tests.copied_tables import VERSION

CAUTIOUS = ",IM,30,80,", ",IM,20,70,"  # the start of intermediate metabolizers, in per cent


def test_what_was_loaded_does_not_change():
    with pytest.raises(FrozenInstanceError):
        KNOWLEDGE.release = None


def test_the_softwares_own_tables_are_no_release():
    assert (KNOWLEDGE.release, KNOWLEDGE.version, KNOWLEDGE.default_policy.tables) == (None, "", "")


def test_a_release_is_known_by_its_version(tables):
    tables.released()

    found = Knowledge.of_release(VERSION, tables.releases)

    assert (found.version, found.default_policy.tables) == (VERSION, VERSION)
    assert found.release.folder == tables.folder


def test_an_unknown_release_is_not_loaded(tables):
    with pytest.raises(ReleaseError, match=r"^tables = '2020': expected one of none$"):
        Knowledge.of_release("2020", tables.releases)


def test_a_bad_cell_of_any_table_stops_the_load_and_is_named(tables):
    tables.edit("count_trends", "wbc,10,3,", "wbc,10,three,")

    with pytest.raises(
        TableError, match=r"^count_trends\.csv, line 2, column 'falls' holds 'three': expected a number$"
    ):
        Knowledge.load(tables.folder)


def test_two_releases_in_one_process_each_give_their_own_answer(tables):
    tables.edit("genotype_doses", *CAUTIOUS)
    cautious = tables.knowledge
    facts = azathioprine(200), tpmt("*1/*3A")

    first, other, again = (cards(*facts, knowledge=one) for one in (KNOWLEDGE, cautious, KNOWLEDGE))

    assert ("30-80 %" in first[0].detail, "20-70 %" in first[0].detail) == (True, False)
    assert ("30-80 %" in other[0].detail, "20-70 %" in other[0].detail) == (False, True)
    assert again == first
    assert titles(other) != titles(first)


def test_what_one_table_says_otherwise_changes_no_other_rule(tables):
    tables.edit("genotype_doses", *CAUTIOUS)
    facts = azathioprine(200), tpmt("*1/*3A"), taking(Drug.ALLOPURINOL)

    mine, theirs = (advice(*facts, knowledge=one) for one in (KNOWLEDGE, tables.knowledge))

    differing = [
        one.rule_id for one, other in zip(mine.decisions, theirs.decisions, strict=True) if one != other
    ]
    assert differing == ["genotype-dose"]
