"""An issue of an OperationOutcome, with what its server says of it in its own codes."""

import pytest

from fhir_mappers.bundle.outcomes import NoticeCode, Outcome, outcomes_in

SYSTEM = "urn:oid:1.2.3"


def test_an_issue_keeps_its_code_its_words_and_where_it_lies():
    issue = {
        "severity": "warning",
        "code": "suppressed",
        "details": {"coding": [{"system": SYSTEM, "code": "59204", "display": "d"}], "text": "t"},
        "diagnostics": "Client not authorized for Condition - Dental Finding.",
        "expression": ["Condition"],
    }

    (found,) = outcomes_in({"issue": [issue]})

    assert found == Outcome(
        "warning",
        "suppressed",
        (NoticeCode(SYSTEM, "59204"),),
        "t",
        "Client not authorized for Condition - Dental Finding.",
        ("Condition",),
    )


@pytest.mark.parametrize(
    "details",
    [None, 5, "text", [], {"coding": 7, "text": []}, {"coding": [None]}],
)
def test_details_of_a_wrong_shape_lose_nothing_else(details):
    (found,) = outcomes_in({"issue": {"severity": "error", "code": "timeout", "details": details}})

    assert found == Outcome("error", "timeout")


@pytest.mark.parametrize("expression", ["Patient", ["Patient"]])
def test_an_expression_may_come_as_one_or_several(expression):
    (found,) = outcomes_in({"issue": [{"severity": "error", "expression": expression}]})

    assert found.expression == ("Patient",)
