import json
from datetime import UTC, datetime
from random import Random

import msgspec
import pytest

from fhir_mappers.bundle.bundles import Entry
from fhir_mappers.bundle.passed_over import UnknownNumberLines, UnknownNumbers
from fhir_mappers.bundle.references import RecordIndex
from fhir_mappers.bundle.relevance import Relevance, is_relevant
from fhir_mappers.bundle.resources import peeked
from fhir_mappers.bundle.subjects import Subjects
from fhir_mappers.chart import ChartRequest, chart_from
from tests.fuzz.corpus import resources
from tests.fuzz.mutations import mutated

LOINC = "http://loinc.org"
AS_OF = datetime(2026, 11, 23, 12, tzinfo=UTC)


def observation(**changes):
    """A glucose that nobody reads, with what is changed in it; None takes an element away."""
    plain = {
        "resourceType": "Observation",
        "id": "glucose",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "2345-7"}], "text": "Glucose"},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-11-20T08:00:00Z",
        "valueQuantity": {"value": 5.1, "unit": "mmol/L"},
    }
    return {name: value for name, value in (plain | changes).items() if value is not None}


def raw(content):
    return msgspec.Raw(json.dumps(content).encode())


def date_of(content):
    return UnknownNumbers("p", Relevance()).date_of_passed_over(raw(content))


def test_a_number_that_means_nothing_to_us_leaves_its_date():
    assert date_of(observation()) == "2026-11-20T08:00:00Z"
    assert (
        date_of(observation(effectiveDateTime=None, issued="2026-11-21T08:00:00Z")) == "2026-11-21T08:00:00Z"
    )
    assert (
        date_of(observation(subject={"reference": "https://fhir.example/Patient/p/_history/2"})) is not None
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"code": {"coding": [{"system": LOINC, "code": "6690-2"}]}},  # leukocytes
        {"code": {"text": "TPMT activity"}},
        {"code": "TPMT"},
        {"subject": {"reference": "Patient/other"}},
        {"subject": {"reference": "urn:uuid:1"}},
        {"subject": {"reference": "#p"}},
        {"subject": {"display": "somebody"}},
        {"subject": None},
        {"subject": "Patient/p"},
        {"focus": [{"reference": "Patient/child"}]},
        {"component": []},
        {"derivedFrom": [{"reference": "Observation/1"}]},
        {"contained": [{"resourceType": "Observation"}]},
        {"extension": [{"url": "x", "valueString": "NUDT15"}]},
        {"valueQuantity": None, "valueString": "NUDT15 *1/*3"},
        {"effectiveDateTime": None},
        {"resourceType": "DiagnosticReport"},
        {"resourceType": None},
    ],
    ids=json.dumps,
)
def test_what_is_in_doubt_is_kept(changes):
    assert date_of(observation(**changes)) is None


@pytest.mark.parametrize("content", [None, [], "x", 1, {}])
def test_what_is_no_resource_is_left_to_the_peek(content):
    assert date_of(content) is None


@pytest.mark.slow
def test_what_is_passed_over_no_mapper_would_have_read():
    random = Random(8)  # noqa: S311 -- a test repeats itself
    bodies = [*resources(), *[json.dumps(observation()).encode()] * 200]
    passed = 0
    for body in (mutated(one, random, resources()) for one in bodies for _ in range(6)):
        try:
            sent = msgspec.Raw(msgspec.json.encode(msgspec.json.decode(body)))
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            continue  # the envelope refuses it
        if UnknownNumbers("p", Relevance()).date_of_passed_over(sent) is None:
            continue
        (found,) = peeked([Entry(sent)])
        assert not is_relevant(found, RecordIndex([found]))
        assert Subjects("p", [found]).is_ours(found)
        passed += 1

    assert passed > 200


def chart_of(records, passed_over=()):
    request = ChartRequest(UTC, "p", records=records, passed_over=passed_over)
    return chart_from(request).chart


def test_what_a_gene_report_refers_to_is_read_although_it_was_passed_over():
    panel = {
        "resourceType": "Observation",
        "id": "panel",
        "status": "final",
        "code": {"text": "NUDT15 and TPMT panel"},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-11-20",
        "hasMember": [{"reference": "Observation/activity"}],
    }
    activity = observation(
        id="activity",
        code={"coding": [{"system": "urn:lab", "code": "77"}], "text": "Red cell activity"},
        method={"text": "TPMT"},
    )
    records, passed_over = peeked([Entry(raw(panel))]), [Entry(raw(activity))]

    of_all = chart_of((*records, *peeked(passed_over)))

    assert chart_of(records, passed_over) == of_all
    assert chart_of(records) != of_all


GLUCOSE = json.dumps(observation()).encode()
LINES = {
    "a number that means nothing to us": (GLUCOSE, True),
    "whosever it is": (json.dumps(observation(subject=None)).encode(), True),
    "a known code": (
        json.dumps(observation(code={"coding": [{"system": LOINC, "code": "6690-2"}]})).encode(),
        False,
    ),
    "a gene's name": (json.dumps(observation(code={"text": "TPMT activity"})).encode(), False),
    "no number": (json.dumps(observation(valueQuantity=None, valueString="*1/*3A")).encode(), False),
    "components": (json.dumps(observation(component=[{}])).encode(), False),
    "an extension": (json.dumps(observation(extension=[{}])).encode(), False),
    "a result within": (json.dumps(observation(contained=[{}])).encode(), False),
    "derived from another": (json.dumps(observation(derivedFrom=[{}])).encode(), False),
    "another type": (json.dumps(observation(resourceType="DiagnosticReport")).encode(), False),
    "cut short": (GLUCOSE[:-1], False),
    "nested too deeply": (GLUCOSE[:-1] + b', "a": ' + b"[" * 100_000, False),
}


@pytest.mark.parametrize(("line", "is_passed_over"), LINES.values(), ids=LINES)
def test_of_the_lines_of_an_export_only_plain_numbers_are_passed_over(line, is_passed_over):
    numbers = UnknownNumberLines(Relevance())

    assert [numbers.passes_over(line), numbers.passes_over(line)] == [is_passed_over] * 2
