"""Which blood counts are low in leukaemia under treatment?"""

import pytest

from cards.assessment.leukaemia_counts import protocol_counts, protocol_counts_in_words
from cards.knowledge.default_policy import default_policy
from cards.model.labs import Analyte
from cards.model.protocol import Group, Protocol
from tests.builders import KNOWLEDGE, chart, result


def anc(value, taken="2026-11-20", **fields):
    return result(Analyte.ANC, value, taken, unit="10*9/L", **fields)


def platelets(value, taken="2026-11-20", **fields):
    return result(Analyte.PLATELETS, value, taken, unit="10*9/L", **fields)


def wbc(value, taken="2026-11-20", **fields):
    return result(Analyte.WBC, value, taken, unit="10*9/L", **fields)


def counts(*facts, study=None):
    protocol = Protocol(Group.LEUKAEMIA, study=study)
    found = protocol_counts(chart(*facts), protocol, default_policy(), KNOWLEDGE.leukaemia_limits)
    return tuple([one.words for one in part] for part in (found.critical, found.warning, found.band))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((anc(0.49),), (["ANC 0.49"], [], [])),
        ((anc(0.494),), (["ANC 0.49"], [], [])),
        ((anc(0.495),), ([], [], ["ANC 0.5"])),  # prints as 0.5
        ((anc(0.5),), ([], [], ["ANC 0.5"])),
        ((anc(0.74),), ([], [], ["ANC 0.74"])),
        ((anc(0.75),), ([], [], [])),
        ((anc(0.5, comparator="<"),), (["ANC <0.5"], [], [])),
        ((anc(0.6, comparator="<"),), ([], [], ["ANC <0.6"])),
        ((anc(0.1, comparator=">"),), ([], [], [])),
        ((platelets(49.9),), (["platelets 49.9"], [], [])),
        ((platelets(50),), ([], [], ["platelets 50"])),
        ((platelets(75),), ([], [], [])),
        ((anc(0.3), platelets(60)), (["ANC 0.3"], [], ["platelets 60"])),
        ((anc(0.3, "2026-08-01"),), ([], [], [])),  # 115 days ago
    ],
)
def test_neutrophils_and_platelets_by_their_limits(facts, expected):
    assert counts(*facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((wbc(0.99),), ([], ["WBC 0.99"], [])),
        ((wbc(1),), ([], [], [])),
        ((wbc(0.5),), ([], ["WBC 0.5"], [])),
        ((wbc(0.49),), (["WBC 0.49"], [], [])),
        ((wbc(0.8), anc(0.8)), ([], [], [])),  # neutrophils of the same draw decide
        ((wbc(0.8), anc(0.8, "2026-11-19")), ([], ["WBC 0.8"], [])),
        ((wbc(0.8), anc(None)), ([], ["WBC 0.8"], [])),
        ((wbc(0.8), anc(0.8, None)), ([], ["WBC 0.8"], [])),
    ],
)
def test_white_cells_speak_without_neutrophils_of_the_same_draw(facts, expected):
    assert counts(*facts) == expected


@pytest.mark.parametrize(
    ("study", "facts", "band"),
    [
        (None, (anc(0.6), wbc(1.4)), ["ANC 0.6"]),  # no protocol chosen: no target of white cells
        ("BFM", (anc(0.6), platelets(60)), []),  # BFM: ANC above 0.2, platelets above 50 are wanted
        ("BFM", (wbc(1.99), anc(0.6)), ["WBC 1.99"]),  # WBC 2-3
        ("BFM", (wbc(2), anc(0.6)), []),
        ("NOPHO", (wbc(1.49), anc(0.8)), ["WBC 1.49"]),  # WBC 1.5-3.5
        ("NOPHO", (wbc(1.5), anc(0.6)), ["ANC 0.6"]),  # it names no neutrophils: the general row stays
        ("St Jude", (wbc(1.5), anc(0.5), platelets(50)), []),  # WBC 1.5-3.5, ANC 0.3-1.0, platelets above 50
        ("St Jude", (wbc(1.4), anc(0.5)), ["WBC 1.4"]),
        ("InPOG", (anc(0.74), wbc(1.4)), ["ANC 0.74"]),  # ANC 0.75-1.5
        ("InPOG", (anc(0.75), platelets(74)), ["platelets 74"]),
    ],
)
def test_the_sites_protocol_decides_which_counts_are_below_its_target(study, facts, band):
    assert counts(*facts, study=study) == ([], [], band)


@pytest.mark.parametrize("study", [None, *sorted(KNOWLEDGE.leukaemia_limits.studies)])
def test_no_protocol_makes_a_critical_count_a_target(study):
    assert counts(anc(0.49), platelets(49), study=study)[0] == ["ANC 0.49", "platelets 49"]
    assert counts(wbc(0.9), study=study) == ([], ["WBC 0.9"], [])


def test_a_count_below_the_target_names_the_protocol():
    found = protocol_counts(
        chart(wbc(1.9)),
        Protocol(Group.LEUKAEMIA, study="BFM"),
        default_policy(),
        KNOWLEDGE.leukaemia_limits,
    )

    assert found.band[0].fact().text == "WBC 1.9 x 10^9/L, target of BFM from 2"


def test_a_count_is_told_with_its_limit():
    low = chart(anc(0.48, is_preliminary=True), platelets(40))
    found = protocol_counts(low, Protocol(Group.LEUKAEMIA), default_policy(), KNOWLEDGE.leukaemia_limits)

    assert [one.fact().text for one in found.all] == [
        "ANC 0.48 x 10^9/L, preliminary, limit in leukaemia 0.5",
        "Platelets 40 x 10^9/L, limit in leukaemia 50",
    ]
    assert protocol_counts_in_words(found.critical) == "ANC 0.48 and platelets 40 x 10^9/L"
