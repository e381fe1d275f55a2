"""The types of an issue that say: not everything may have come."""

from fhir_mappers.terminology.issue_types import incomplete_types
from fhir_mappers.terminology.tables import packaged_rows


def test_these_types_say_that_something_may_be_missing():
    assert sorted(incomplete_types()) == [
        "exception",
        "expired",
        "forbidden",
        "incomplete",
        "lock-error",
        "login",
        "no-store",
        "security",
        "suppressed",
        "throttled",
        "timeout",
        "too-costly",
        "too-long",
        "transient",
        "unknown",
    ]


def test_every_row_says_where_the_type_is_defined():
    sources = {row.filled("source") for row in packaged_rows("issue_types.csv")}

    assert sources == {"https://hl7.org/fhir/R4/valueset-issue-type.html"}
