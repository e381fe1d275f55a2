"""What a Bundle says of itself: its total, and which of its entries the search found."""

import json

import msgspec
import pytest

from fhir_mappers.bundle.bundles import bundle_in, not_matches
from fhir_mappers.bundle.resources import contents_of

MATCH, INCLUDED = {"mode": "match"}, {"mode": "include"}


def raw(content):
    return msgspec.Raw(json.dumps(content).encode())


def entry(kind="Observation", search=None, number=1):
    resource = {"resourceType": kind, "id": str(number)}
    return {"resource": resource} | ({"search": search} if search is not None else {})


def page(*entries, **more):
    return {"resourceType": "Bundle", "type": "searchset", "entry": list(entries)} | more


@pytest.mark.parametrize(
    ("total", "expected"),
    [(0, 0), (300, 300), ("300", 300), (None, None), (-1, None), (2.5, None), ("many", None), ([3], None)],
)
def test_a_total_is_a_number_or_nothing(total, expected):
    assert bundle_in(raw(page(total=total))).total == expected


@pytest.mark.parametrize("total", [3, "3"])
def test_a_bundle_with_a_wrong_type_in_it_keeps_its_total_and_its_modes(total):
    bundle = bundle_in(raw(page({**entry(search=INCLUDED), "fullUrl": 5}, total=total, link="x")))

    assert (bundle.total, not_matches(bundle)) == (3, bundle.entry)


@pytest.mark.parametrize(
    ("search", "is_match"),
    [
        (None, True),
        (MATCH, True),
        (INCLUDED, False),
        ({"mode": "outcome"}, False),
        ({"score": 1}, True),
        ({"mode": 5}, True),  # in doubt it is a match: the page may be full
        ("include", True),
    ],
)
def test_what_came_along_is_no_match(search, is_match):
    bundle = bundle_in(raw(page(entry(search=search), entry(search=MATCH, number=2))))

    assert not_matches(bundle) == ([] if is_match else bundle.entry[:1])


def test_matches_are_of_the_type_that_was_searched_for_and_were_found():
    contents = contents_of(
        raw(
            page(
                entry(), entry(search=INCLUDED, number=2), entry("Medication"), entry(search=MATCH, number=3)
            )
        )
    )

    assert [contents.matches(kind) for kind in ("Observation", "Medication", "Patient")] == [2, 1, 0]


def test_the_answer_to_a_batch_says_what_the_answers_in_it_say():
    link = [{"relation": "next", "url": "https://fhir.example/2"}]
    first, second = page(entry(), total=7), page(entry(number=2, search=INCLUDED), total=4, link=link)

    contents = contents_of(raw(page({"resource": first}, {"resource": second})))

    assert (contents.total, contents.next_link) == (11, "https://fhir.example/2")
    assert contents.matches("Observation") == 1
