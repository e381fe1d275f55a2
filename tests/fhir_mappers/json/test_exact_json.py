"""Numbers of any size: none of them may lose the record that holds it, or a neighbour."""

from decimal import Decimal

import msgspec
import pytest

from cards.model.labs import Analyte
from fhir_mappers.bundle.resources import Contents, contents_of, json_of, resources_in
from fhir_mappers.chart import ChartRequest
from fhir_mappers.json.exact_json import exact_bytes, exact_json
from tests.fhir_mappers.mapped import ZONE, charted

LONG = b"1" * 5_000
TOO_LARGE = {
    "thousands of digits": LONG,
    "thousands of digits below zero": b"-" + LONG,
    "thousands of digits and a fraction": LONG + b".5",
    "an exponent that no float holds": b"1e999",
    "an exponent that no Decimal holds": b"1e99999999999999999999",
}
NUMBERS = TOO_LARGE | {"a fraction that no Decimal holds": b"1e-99999999999999999999"}
COUNT = (
    b'{"resourceType":"Observation","id":"%s","status":"final","subject":{"reference":"Patient/1"},'
    b'"code":{"coding":[{"system":"http://loinc.org","code":"6690-2"}]},"effectiveDateTime":"2026-03-09",'
    b'"valueQuantity":{"value":%s,"system":"http://unitsofmeasure.org","code":"10*9/L"}}'
)
DRAFT = (
    b'{"resourceType":"MedicationRequest","id":"d","status":"draft","intent":"order","note":%s,'
    b'"subject":{"reference":"Patient/1"},"medicationCodeableConcept":{"text":"azathioprine"}}'
)


def chart_of(*records, drafts=()):
    read, ordered = ([one for raw in raws for one in resources_in(raw)] for raws in (records, drafts))
    return charted(ChartRequest(zone=ZONE, patient_id="1", records=read, draft_orders=ordered))


@pytest.mark.parametrize("written", [b"0.10", b"7", LONG, b"-" + LONG, b'"%s"' % LONG, b'"\\"%s"' % LONG])
def test_what_is_read_is_written_as_it_was(written):
    content = b'{"a":[%s],"b":"\\\\"}' % written

    assert exact_bytes(exact_json(content)) == content


def test_a_long_number_is_exact_and_no_integer():
    assert exact_json(b"[%s, 5]" % LONG) == [Decimal(LONG.decode()), 5]


@pytest.mark.parametrize("written", [b"[%s, NaN]" % LONG, b"[%s" % LONG, LONG + b"x", b'[%s, "\\' % LONG])
def test_what_is_not_json_is_refused_beside_a_long_number_as_well(written):
    with pytest.raises(msgspec.DecodeError):
        exact_json(written)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (LONG, LONG.decode()),
        (b"1e999", "1E+999"),
        (b"1e99999999999999999999", "1e99999999999999999999"),
        (b'"1e999"', "1e999"),
    ],
)
def test_a_number_that_no_float_holds_is_its_text(number, text):
    assert json_of(b'{"value":%s}' % number) == {"value": text}


@pytest.mark.parametrize("number", TOO_LARGE.values(), ids=TOO_LARGE)
@pytest.mark.parametrize("quoted", [b"%s", b'"%s"'])
def test_a_result_that_is_too_large_is_told_and_loses_no_other(number, quoted):
    chart = chart_of(COUNT % (b"huge", quoted % number), COUNT % (b"plain", b"3.4")).chart

    assert [(one.record_ref, one.value) for one in chart.series(Analyte.WBC)] == [("Observation/plain", 3.4)]
    assert [(one.record_ref, one.what) for one in chart.unread] == [("Observation/huge", "white cell count")]


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("element", ["id", "code", "meta", "subject", "component", "status", "extension"])
def test_a_number_of_any_size_anywhere_leaves_the_record_to_be_read(number, element):
    wrong = b'{"resourceType":"Observation","status":"final","%s":%s}' % (element.encode(), number)

    (found,) = resources_in(wrong)

    assert (found.type, chart_of(wrong).chart.unread[1:]) == ("Observation", ())


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("element", ["entry", "link", "total", "timestamp"])
def test_a_bundle_with_a_number_of_any_size_is_a_bundle(number, element):
    bundle = b'{"resourceType":"Bundle","%s":%s}' % (element.encode(), number)

    assert contents_of(bundle) == Contents(is_bundle=True)


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_a_draft_order_with_a_number_of_any_size_is_an_order(number):
    mapped = chart_of(drafts=[DRAFT % number])

    assert [one.record_ref for one in mapped.chart.draft_orders] == ["MedicationRequest/d"]
    assert mapped.drafts["MedicationRequest/d"]["status"] == "draft"
