from itertools import pairwise

import pytest

from cards.model.conditions import Indication, Problem
from cards.model.labs import Analyte
from cards.model.therapy import Drug, TherapyState
from cds_service.workbench.timeline import timeline_of
from cds_service.workbench.timeline_limits import limits_of
from tests.builders import azathioprine, case, nudt15, on, planned, problem, result, taking, took, tpmt


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
    assert (draft.kind, draft.x) == ("draft", found.today_x)


def test_a_draft_without_a_readable_dose_is_drawn():
    found = timeline(azathioprine(None, dose_problem="as directed"))

    (draft,) = panel(found, "Dose").bars
    assert (draft.kind, draft.words) == ("draft", "azathioprine ordered, dose not readable")


def test_a_plan_without_a_day_lies_after_today():
    found = timeline(planned(Drug.AZATHIOPRINE, mg_per_day=100))

    (bar,) = panel(found, "Dose").bars
    assert (bar.kind, bar.x) == ("to-come", found.today_x)


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


def test_a_stop_without_a_day_is_drawn_as_such():
    sure, ending = panel(timeline(took(Drug.AZATHIOPRINE, 100, "2026-08-01")), "Dose").bars

    assert (sure.kind, ending.kind) == ("taken", "ending")
    assert sure.width < ending.width
    assert ending.days == "ended between 2026-08-01 and 2026-11-24"


def test_what_is_only_possible_on_hold_or_to_come_is_told_apart():
    found = timeline(
        taking(Drug.AZATHIOPRINE, 100, "2026-06-01", state=TherapyState.HELD),
        taking(Drug.MERCAPTOPURINE, 50, "2026-06-01", state=TherapyState.POSSIBLY_TAKEN),
        taking(Drug.THIOGUANINE, 20, None, state=TherapyState.PLANNED, planned_for=on("2026-12-20")),
    )

    bars = {(one.words.split()[0], one.kind): one for one in panel(found, "Dose").bars}
    assert set(bars) == {
        ("azathioprine", "taken"),
        ("azathioprine", "ending"),
        ("azathioprine", "held"),
        ("mercaptopurine", "possible"),
        ("thioguanine", "to-come"),
    }
    assert bars["thioguanine", "to-come"].x > found.today_x


def test_a_dose_that_is_not_readable_is_drawn_and_said():
    (bar,) = panel(timeline(taking(Drug.AZATHIOPRINE, None, "2026-06-01"), azathioprine(100)), "Dose").bars[
        :1
    ]

    assert (bar.words.split(" (")[0], bar.height) == ("azathioprine taken dose not known", 8.0)


def test_a_reaction_is_marked_with_its_place_on_the_therapy():
    pancreatitis = problem(Problem.PANCREATITIS, onset="2026-09-01")
    undated = problem(Problem.PANCREATITIS, ref="Condition/undated")

    found = timeline(taking(Drug.AZATHIOPRINE, 100, "2026-06-01"), pancreatitis, undated)

    (mark,) = panel(found, "Dose").reactions
    assert (mark.words, mark.on) == ("pancreatitis: while a thiopurine was taken", "2026-09-01")


def test_the_value_before_the_drug_is_marked():
    before, after = result(Analyte.WBC, 7, "2026-05-20"), result(Analyte.WBC, 6, "2026-07-20")

    counts = panel(timeline(taking(Drug.AZATHIOPRINE, 100, "2026-06-01"), before, after), "WBC")

    assert [mark.kind for mark in counts.marks] == ["baseline", ""]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((), [("stop", 3.0), ("withhold", 3.5)]),
        ((taking(Drug.AZATHIOPRINE, 100, for_=Indication.CROHNS),), [("stop", 3.0), ("withhold", 3.5)]),
        (
            (taking(Drug.AZATHIOPRINE, 100, for_=Indication.KIDNEY_TRANSPLANT),),
            [("stop", 3.0), ("withhold", 4.0)],
        ),
        ((taking(Drug.MERCAPTOPURINE, 65, for_=Indication.LEUKEMIA),), []),  # it wants them low
    ],
)
def test_white_cells_have_the_limits_of_the_patients_group(facts, expected):
    lines = limits_of(Analyte.WBC, case(*facts))

    assert [(line.kind, line.value) for line in lines] == expected


def test_in_leukaemia_neutrophils_have_the_count_at_which_protocols_withhold():
    (line,) = limits_of(Analyte.ANC, case(taking(Drug.MERCAPTOPURINE, 65, for_=Indication.LEUKEMIA)))

    assert (line.kind, line.value, line.words) == ("stop", 0.5, "below 0.5: withhold by protocol")
