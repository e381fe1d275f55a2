"""What a case says is missing, and why."""

import pytest

from cards.model.facts import Availability, FactKind, Known, Missing, Unread
from cards.model.genes import Gene
from tests.builders import case, empty, on, truncated, unknown

GENES, COUNTS = FactKind.GENES, FactKind.COUNTS


def test_nothing_is_missing_where_everything_is_known_or_known_to_be_empty():
    assert case().missing(*FactKind) == ()
    assert case(known=empty(*FactKind)).missing(*FactKind) == ()


def test_an_unknown_kind_is_missing_with_its_reason():
    assert case(known=unknown(GENES, why="the search failed")).missing(GENES, COUNTS) == (
        Missing(GENES, "the search failed"),
    )


def test_a_kind_nobody_asked_for_is_unknown():
    asked = case()
    object.__setattr__(asked.chart, "known", {})

    assert asked.missing(GENES) == (Missing(GENES, "not asked for"),)


def test_a_cut_page_is_missing_what_is_older():
    assert case(known=truncated(COUNTS)).missing(COUNTS) == (
        Missing(COUNTS, "only the newest page was sent"),
    )
    assert case(known=truncated(COUNTS, since="2026-09-01")).missing(COUNTS) == (
        Missing(COUNTS, "only the newest page was sent (complete since 2026-09-01)"),
    )


def test_a_page_that_was_cut_for_a_reason_gives_it():
    cut = Known(Availability.TRUNCATED, "the server has more", on("2026-09-01"))

    assert case(known={COUNTS: cut}).missing(COUNTS) == (
        Missing(COUNTS, "the server has more (complete since 2026-09-01)"),
    )


@pytest.mark.parametrize(
    ("since", "is_missing"),
    [("2026-08-25", False), ("2026-08-26", True), (None, True)],  # 91 and 90 days before 2026-11-24
)
def test_a_cut_page_that_reaches_far_enough_back_misses_nothing(since, is_missing):
    found = case(known=truncated(COUNTS, since=since)).missing_within(90, COUNTS)

    assert bool(found) is is_missing


def test_an_unknown_kind_is_missing_at_any_age():
    known = {COUNTS: Known(Availability.UNKNOWN, "not sent", on("2020-01-01"))}

    assert case(known=known).missing_within(1, COUNTS) == (Missing(COUNTS, "not sent"),)


def test_an_adult_is_no_child():
    assert not case().is_child
    assert case(born_on=on("2016-01-01")).is_child


def test_a_kind_that_is_known_in_part_is_missing_at_any_age():
    known = {COUNTS: Known(Availability.PARTIAL, "2 Observations were not used", on("2020-01-01"))}

    assert case(known=known).missing_within(1, COUNTS) == (Missing(COUNTS, "2 Observations were not used"),)


def gene_unread(*genes, deciding=True):
    return Unread("Observation/9", GENES, "not read", deciding, frozenset(genes))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ((), "no result on record"),
        ((gene_unread(),), "no readable result on record"),
        ((gene_unread(Gene.TPMT),), "no readable result on record"),
        ((gene_unread(Gene.NUDT15),), "no result on record"),
        (
            (gene_unread(Gene.TPMT, deciding=False),),
            "no usable result on record: a report of it has no value",
        ),
        ((gene_unread(Gene.NUDT15, deciding=False),), "no result on record"),
        ((gene_unread(deciding=False),), "no result on record"),
        ((Unread("Observation/9", COUNTS, "not read"),), "no result on record"),
        ((Unread("Observation/9", None, "it does not say what it is"),), "no readable result on record"),
    ],
)
def test_how_to_say_that_a_gene_has_no_result(facts, words):
    assert case(*facts).nothing_on_record(GENES, Gene.TPMT) == words


def test_of_a_kind_that_is_not_wholly_known_nobody_can_say_that_nothing_is_there():
    known = {GENES: Known(Availability.PARTIAL, "1 Observation was not used")}

    assert (
        case(known=known).nothing_on_record(GENES, Gene.TPMT) == "not known here: 1 Observation was not used"
    )
