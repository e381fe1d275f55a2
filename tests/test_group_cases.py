"""Every case of a group of patients is answered as the row or source that it names expects."""

import re
from typing import Any

import pytest

from tests.group_cases import FOLDER, GroupCase, cases_in, changes_of, words_of

TABLES = sorted(file.stem for file in FOLDER.glob("*.toml"))
CASES = [case for table in TABLES for case in cases_in(table)]
KNOWN = {
    *("id", "says", "source", "expect", "never", "at_most", "offers", "recommended", "policy"),
    *("born", "sex", "kg", "cm", "measured", "labs", "labs_on", "older", "genes"),
    *("taken", "ordered", "problems", "provisional", "resolved", "procedures"),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case_is_answered_as_its_source_expects(case: GroupCase):
    assert case.problems() == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case_names_its_source_and_expects_something(case: GroupCase):
    line = case.line

    assert set(line) <= KNOWN
    assert line["says"]
    assert line["source"]
    assert {"expect", "never", "at_most", "offers", "recommended"} & set(line)


@pytest.mark.parametrize(("table", "least"), [("oncology", 60), ("paediatric", 40)])
def test_there_are_enough_cases(table, least):
    cases = cases_in(table)

    assert len({case.line["id"] for case in cases}) == len(cases) >= least


def urgency_of(case: GroupCase) -> int:
    """The most urgent card: 0 for critical, 3 where there is none."""
    order = ("critical", "warning", "info")
    return min((order.index(card["indicator"]) for card in case.cards()), default=len(order))


def doubted(line: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The patient, with one of the facts that may permit something made doubtful, or taken away."""
    problems = line.get("problems", [])
    names = [name for name, _ in problems]
    unstated = [{key: one[key] for key in one if key != "for"} for one in line.get("ordered", [])]
    untold = [{key: one[key] for key in one if key != "for"} for one in line.get("taken", [])]
    return {
        "problems not confirmed": line | {"provisional": names},
        "reason not stated": line | {"ordered": unstated, "taken": untold},
        "no reason and no problem": line | {"ordered": unstated, "taken": untold, "problems": []},
        "transplantation without a day": line
        | {
            "procedures": [[name, ""] for name, _ in line.get("procedures", [])],
            "problems": [[name, "" if name == "kidney transplantation" else day] for name, day in problems],
        },
        "year of birth": line | {"born": line["born"][:4]},
    }


# Where what is taken away is what warns, and the design names the level that stays.
WARNS_ITSELF = {
    (
        "crohns-on-the-order-keeps-the-immune-limits",
        "reason not stated",
    ): "the problem list says leukaemia alone",
    ("adolescent-boy-with-a-tnf-inhibitor", "no reason and no problem"): "the warning is about bowel disease",
    (
        "lymphoblastic-leukaemia-on-azathioprine",
        "no reason and no problem",
    ): "the leukaemia is what warns",
}
# Problems that are the danger itself: without them there is none.
DANGERS = {"fever", "jaundice", "varicella exposure", "lymphoma", "MDS", "AML", "kidney transplantation"}


@pytest.mark.parametrize("doubt", list(doubted(CASES[0].line)))
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_doubt_about_what_permits_never_lowers_an_answer(case: GroupCase, doubt: str):
    line = case.line
    is_danger = any(name in DANGERS for name, _ in line.get("problems", []))
    if doubt in ("problems not confirmed", "no reason and no problem") and is_danger:
        pytest.skip("the problem is what warns")
    if why := WARNS_ITSELF.get((line["id"], doubt)):
        pytest.skip(why)

    changed = GroupCase(case.table, doubted(line)[doubt])

    assert urgency_of(changed) <= urgency_of(case)


# The rules about counts, liver tests and ceilings in leukaemia under treatment.
OF_THE_PROTOCOL = {"LeukaemiaCounts", "LeukaemiaDose"}


def test_in_leukaemia_no_card_about_counts_or_ceilings_says_reduce_or_stop_or_offers_a_dose():
    cards = [
        card
        for case in cases_in("oncology")
        for card in case.cards()
        if card["source"]["topic"]["code"] in OF_THE_PROTOCOL
    ]

    assert len(cards) > 20
    assert [
        card["summary"] for card in cards if re.search(r"\b(reduce|stop)", words_of(card), re.IGNORECASE)
    ] == []
    assert [card["summary"] for card in cards if changes_of(card)] == []


def test_a_case_that_does_not_hold_is_found():
    (case, *_) = cases_in("oncology")
    wrong = GroupCase("oncology", case.line | {"expect": [["critical", "nothing says this"]], "never": ["."]})

    assert wrong.problems()[0] == "no critical card says 'nothing says this'"
