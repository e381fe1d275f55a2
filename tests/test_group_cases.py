"""Every case of a group of patients is answered as the row or source that it names expects."""

import pytest

from tests.group_cases import FOLDER, GroupCase, cases_in

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


def test_a_case_that_does_not_hold_is_found():
    (case, *_) = cases_in("oncology")
    wrong = GroupCase("oncology", case.line | {"expect": [["critical", "nothing says this"]], "never": ["."]})

    assert wrong.problems()[0] == "no critical card says 'nothing says this'"
