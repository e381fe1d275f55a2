"""CT-D1 to CT-D3: what services there are, and what they ask for."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.conformance.card_rules import nothing_empty
from tests.conformance.hook_requests import HOOKS, request_for

# CDS Hooks 2.0.1, "Prefetch tokens", and the tables of each hook in the library
TOKENS = {
    hook: {
        "context.patientId",
        "context.userId",
        "context.encounterId",
        "userPractitionerId",
        "userPractitionerRoleId",
        "userPatientId",
        "userRelatedPersonId",
    }
    for hook in HOOKS
}
REFERENCES, TOKEN_SEARCHES = {"patient"}, {"code", "status", "category"}
DATES = {"date", "authoredon", "recorded-date", "effective", "whenhandedover", "authored"}


def test_d1_the_services_are_listed(service):
    response = service.ask("GET", headers={"Accept": "application/json"})

    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert isinstance(response.json()["services"], list)


def test_d1_each_says_what_it_is(service):
    wanted = ("hook", "title", "description", "id")

    described = [
        [isinstance(one[name], str) and bool(one[name].strip()) for name in wanted]
        for one in service.discovered
    ]

    assert described == [[True] * len(wanted)] * len(HOOKS)
    assert {one["hook"] for one in service.discovered} == set(HOOKS)
    assert [
        name
        for one in service.discovered
        for name in one
        if name not in (*wanted, "prefetch", "usageRequirements")
    ] == []


def test_d1_ids_differ_and_are_segments_of_an_address(service):
    ids = [one["id"] for one in service.discovered]

    assert len(set(ids)) == len(ids)
    assert [one for one in ids if not re.fullmatch(r"[A-Za-z0-9.\-_~]+", one)] == []


@pytest.mark.parametrize("hook", HOOKS)
def test_d1_each_can_be_called(service, hook):
    assert service.call(request_for(hook)).status_code == 200


def templates(service):
    return [
        (one["hook"], key, template)
        for one in service.discovered
        for key, template in one["prefetch"].items()
    ]


def test_d2_templates_are_relative_and_use_tokens_of_their_hook(service):
    for hook, key, template in templates(service):
        assert not urlsplit(template).scheme, key
        assert not template.startswith("/"), key
        assert set(re.findall(r"{{(.*?)}}", template)) <= TOKENS[hook], key


def test_d2_templates_keep_to_the_recommended_queries(service):
    for _, key, template in templates(service):
        path, _, query = template.partition("?")
        if not query:
            assert re.fullmatch(r"[A-Z][A-Za-z]+/{{[A-Za-z.]+}}|{{[A-Za-z.]+}}", path), key
            continue
        names = [name for name, _ in parse_qsl(query, strict_parsing=True)]
        assert len(set(names)) == len(names), f"{key}: a parameter stands twice"
        assert set(names) <= REFERENCES | TOKEN_SEARCHES | {"_count", "_sort"}, key


def test_d2_the_newest_come_first(service):
    for _, key, template in templates(service):
        query = dict(parse_qsl(template.partition("?")[2]))
        if query:
            assert query["_sort"].removeprefix("-") in DATES, key
            assert query["_sort"].startswith("-"), key
            assert int(query["_count"]) > 0, key


def test_d2_templates_are_short_enough_for_an_address(service):
    assert [key for _, key, template in templates(service) if len(template) >= 1800] == []


def test_d3_nothing_is_null_or_empty(service):
    response = service.ask("GET").json()

    assert list(nothing_empty(response, "response", ("services",))) == []
