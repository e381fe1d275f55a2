"""JSON that is none, or that two readers would read in two ways: one test a trick, over the whole service."""

import json
from pathlib import Path

import pytest

SIGN = "/cds-services/thiopurine-order-sign"
REQUEST = json.loads((Path(__file__).parents[2] / "fixtures/requests/order-sign.json").read_text())
TEXT = json.dumps(REQUEST)
ORDER = '"resourceType": "MedicationRequest"'
COUNTS = '"counts": '


def posted(client, body):
    content = body if isinstance(body, bytes) else body.encode()
    return client.post(SIGN, data=content, content_type="application/json")


def summaries(client, body):
    answer = posted(client, body)
    assert answer.status_code == 200
    return [card["summary"] for card in answer.json["cards"]]


def complaint(client, body):
    answer = posted(client, body)
    assert answer.status_code == 400
    issue = answer.json["issue"][0]
    return issue.get("expression", [None])[0], issue["details"]["text"]


def in_the_order(member):
    """The request with one more member in its first draft order."""
    assert ORDER in TEXT
    return TEXT.replace(ORDER, f"{ORDER}, {member}", 1)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "+1", "01", ".5", "1.", "0x10", "1_0"])
def test_a_number_that_is_none_is_refused_wherever_it_stands(client, number):
    assert posted(client, f'{{"hook": {number}}}').status_code == 400
    for body in (in_the_order(f'"x": {number}'), TEXT.replace(COUNTS, f'"x": {number}, {COUNTS}')):
        assert complaint(client, body)[1].startswith("the body is not readable JSON: ")


@pytest.mark.parametrize(
    "number", ["1" * 5_000, "1e400", "-1e400", "1e99999999999999999999", "1e-99999999999999999999"]
)
def test_a_huge_number_changes_no_card_of_the_order_that_holds_it(client, number):
    assert summaries(client, in_the_order(f'"x": {number}')) == summaries(client, TEXT)


@pytest.mark.parametrize("number", ["1" * 5_000, "1e400", "1e99999999999999999999"])
def test_a_huge_number_in_the_envelope_is_refused_by_the_name_of_its_field(client, number):
    assert complaint(client, TEXT.replace('"hook": "order-sign"', f'"hook": {number}', 1))[0] == "hook"


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [2_000, 200_000])
def test_what_is_nested_too_deeply_is_refused(client, opening, depth):
    closing = "]" if opening == "[" else "}"
    nested = f"{opening * depth}1{closing * depth}"

    assert complaint(client, nested)[1].startswith(("body: ", "the body is not readable JSON: "))
    assert complaint(client, in_the_order(f'"x": {nested}'))[1].startswith("the body is not readable JSON: ")


@pytest.mark.parametrize("closing", [0, 1])
def test_brackets_that_never_close_are_refused(client, closing):
    assert posted(client, "[" * 1_000_000 + "]" * closing).status_code == 400


def test_of_a_name_that_stands_twice_the_last_one_counts_for_every_reader(client):
    """As JSON.parse and most others have it: nobody in front of us can have read anything else."""
    twice = TEXT.replace('"hook": "order-sign"', '"hook": "patient-view", "hook": "order-sign"', 1)
    no_order = in_the_order('"status": "draft"').replace(
        '"status": "draft"', '"status": 5, "status": "draft"', 1
    )

    assert summaries(client, twice) == summaries(client, TEXT)
    assert summaries(client, no_order) == summaries(client, TEXT)
    assert (
        complaint(client, TEXT.replace('"hook": "order-sign"', '"hook": "order-sign", "hook": 1', 1))[0]
        == "hook"
    )


def test_a_type_that_stands_twice_is_the_last_one_when_peeked_at_and_when_read(client):
    as_order = TEXT.replace(ORDER, f'"resourceType": "Patient", {ORDER}', 1)
    as_patient = TEXT.replace(ORDER, f'{ORDER}, "resourceType": "Patient"', 1)

    assert summaries(client, as_order) == summaries(client, TEXT)
    assert summaries(client, as_patient) != summaries(client, TEXT)


@pytest.mark.parametrize("broken", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80"])
def test_text_that_is_not_utf_8_is_refused_even_where_nobody_reads_it(client, broken):
    body = in_the_order('"x": "@"').encode().replace(b'"@"', b'"' + broken + b'"', 1)

    assert complaint(client, body)[1].startswith("the body is not UTF-8 at byte ")


@pytest.mark.parametrize("text", [r'"\ud800"', r'"\udc00\ud800"', r'"\x41"', '"\t"', '"\x01"'])
def test_text_that_json_forbids_raises_nothing(client, text):
    assert posted(client, in_the_order(f'"x": {text}')).status_code in (200, 400)
    assert posted(client, TEXT.replace('"order-sign"', text, 1)).status_code == 400


@pytest.mark.parametrize("around", ["\ufeff{}", "{}x", "{}{}", "\0{}", "{}\0", "//\n{}", "'{}'"])
def test_what_stands_around_json_is_refused(client, around):
    assert complaint(client, around.replace("{}", TEXT))[1].startswith("the body is not readable JSON: ")


@pytest.mark.parametrize("body", ["[]", "null", "1", '"x"', "true"])
def test_json_that_is_no_object_is_refused(client, body):
    assert complaint(client, body)[1].startswith("body: ")
