from itertools import pairwise

import pytest

from cards.model.labs import Analyte
from cards.model.therapy import Drug
from cds_service.workbench.timeline import timeline_of
from tests.builders import azathioprine, case, nudt15, result, taking, took, tpmt


def timeline(*facts):
    return timeline_of(case(*facts))


def panel(found, label):
    return next(one for one in found.panels if one.label == label)


def test_an_empty_chart_draws_nothing():
    found = timeline_of(case(without=(*Analyte,)))

    assert [one.label for one in found.panels if one.label == "Dose"] == []


def test_a_higher_dose_is_a_higher_bar_and_the_earlier_one_ends_where_the_later_begins():
    low = taking(Drug.AZATHIOPRINE, 50, "2026-06-01", ref="MedicationRequest/1")
    high = taking(Drug.AZATHIOPRINE, 100, "2026-09-01", ref="MedicationRequest/2")

    first, second = panel(timeline(low, high), "Dose").bars

    assert first.height * 2 == pytest.approx(second.height, abs=0.2)  # each is rounded
    assert round(first.x + first.width, 0) == round(second.x, 0)


def test_a_draft_is_outlined_after_today():
    found = timeline(azathioprine(150))

    (draft,) = panel(found, "Dose").bars
    assert (draft.is_draft, draft.x) == (True, found.today_x)


def test_a_value_at_a_limit_lies_on_its_line():
    counts = panel(timeline(result(Analyte.WBC, 3.5, "2026-11-01")), "WBC")

    withhold = next(line for line in counts.lines if line.limit.kind == "withhold")
    assert (withhold.limit.value, counts.marks[-1].y) == (3.5, withhold.y)


def test_words_of_limits_never_cover_each_other():
    for one in timeline(result(Analyte.WBC, 40, "2026-11-01")).panels:
        heights = [line.words_y for line in one.lines]

        assert all(later - earlier >= 11 for earlier, later in pairwise(heights))


def test_what_has_no_day_is_counted_and_not_drawn():
    assert timeline(result(Analyte.ANC, 2.0, None)).undated == 1


def test_gene_results_are_marked_on_their_day():
    found = timeline(tpmt("*1/*3A"), nudt15("*1/*1"))

    assert {mark.words for mark in found.genes} == {"TPMT *1/*3A", "NUDT15 *1/*1"}


def test_a_past_dose_without_an_end_is_no_longer_than_it_is_known_to_be():
    (bar,) = panel(timeline(took(Drug.AZATHIOPRINE, 100, "2026-08-01")), "Dose").bars

    assert bar.width == 3.0
