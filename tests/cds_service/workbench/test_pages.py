import pytest

from cds_service.app import create_app
from cds_service.endpoints.service import service_in
from tests.stories import all_stories

STORIES = {story.name: story for story in all_stories()}
SIGN = "/cds-services/thiopurine-order-sign"


def view(client, request, response=None):
    return client.post("/bench/view", json={"request": request, "response": response or {}})


def test_there_is_no_bench_where_the_settings_turn_it_off(settings, store, monkeypatch):
    monkeypatch.setenv("THIOPURINE_CDS_BENCH_ENABLED", "false")
    app = create_app(settings, store)

    answers = [app.test_client().get(path).status_code for path in ("/", "/stewardship", "/bench/view")]

    service_in(app).recorder.close()
    assert answers == [404, 404, 404]


@pytest.mark.parametrize(
    "name", ["worked-example", "hostile-text", "nothing-sent", "another-patient", "not-ours"]
)
def test_a_story_can_be_opened_and_seen(client, name):
    story = client.get(f"/bench/stories/{name}").json
    service = f"/cds-services/thiopurine-{story['request']['hook']}"

    shown = view(client, story["request"], client.post(service, json=story["request"]).json)

    assert shown.status_code == 200
    assert sorted(shown.json) == ["banner", "cards", "facts", "request", "silent", "timeline"]


def test_what_is_not_usable_is_shown_by_its_reason(client):
    request = client.get("/bench/stories/multi-unreadable-everything").json["request"]

    facts = view(client, request).json["facts"]

    assert "<dt>Not understood (" in facts
    assert "body weight not used: 180, unit &#39;stones&#39; is not known for it" in facts


def test_every_card_of_a_story_says_why(client):
    request = client.get("/bench/stories/worked-example").json["request"]
    response = client.post(SIGN, json=request).json

    cards = view(client, request, response).json["cards"]

    assert cards.count('class="rule"') >= len(response["cards"])
    assert "not one that the rules give" not in cards


def test_a_card_that_nobody_gave_is_said_to_be_none_of_ours(client):
    request = client.get("/bench/stories/worked-example").json["request"]
    forged = {"cards": [{"summary": "Double the dose", "detail": "<b onload=1>x</b>", "indicator": "info"}]}

    cards = view(client, request, forged).json["cards"]

    assert "not one that the rules give" in cards
    assert "<b " not in cards


def test_a_link_that_is_no_web_address_is_not_followed(client):
    request = client.get("/bench/stories/worked-example").json["request"]
    source = {"label": "x", "url": "javascript:alert(1)"}
    forged = {"cards": [{"summary": "x", "detail": "[y](javascript:alert(1))", "source": source}]}

    assert "href" not in view(client, request, forged).json["cards"]


@pytest.mark.parametrize("name", ["no-such-story", "..", "%2e%2e%2fstories", "worked-example%00"])
def test_what_is_no_story_is_not_found(client, name):
    assert client.get(f"/bench/stories/{name}").status_code == 404


def test_a_request_that_the_service_refuses_is_seen_all_the_same(client):
    request = {
        "hook": "patient-view",
        "hookInstance": "1",
        "context": {"userId": "Practitioner/1", "patientId": "p"},
    }

    parts = view(client, request)

    assert parts.status_code == 200
    assert "Patient not sent" in parts.json["banner"]


def test_the_banner_tells_unknown_from_empty(client):
    request = client.get("/bench/stories/nothing-sent").json["request"]
    searched = {"medications": {"resourceType": "Bundle", "type": "searchset", "total": 0}}

    banners = [view(client, request | more).json["banner"] for more in ({}, {"prefetch": searched})]

    assert ["unknown: not sent</dd>" in banner.split("<dt>Takes</dt>")[1] for banner in banners] == [
        True,
        False,
    ]
    assert "none of the drugs it knows" in banners[1]


def test_a_view_without_a_request_is_refused(client):
    assert client.post("/bench/view", json={"response": {}}).status_code == 400


def test_an_upload_that_is_not_fhir_is_refused_with_the_reason(client):
    answer = client.post("/bench/uploads", json={"hello": "world"})

    assert answer.status_code == 400
    assert "not FHIR" in answer.json["issue"][0]["details"]["text"]


@pytest.mark.parametrize(("asked", "shown"), [("7", 7), ("365", 365), ("9", 28), ("x", 28)])
def test_stewardship_shows_one_of_its_spans(client, asked, shown):
    assert f"The last {shown} days" in client.get(f"/stewardship?days={asked}").get_data(as_text=True)


def test_stewardship_as_csv_has_a_row_for_each_rule_that_was_asked(client, app):
    request = client.get("/bench/stories/worked-example").json["request"]
    client.post(SIGN, json=request)
    assert service_in(app).recorder.wait(5)

    rows = client.get("/stewardship.csv").get_data(as_text=True).splitlines()

    assert rows[0] == "rule,asked,fired,muted,silent,blocked,failed,shown,accepted,overridden,ignored,reasons"
    assert "live-vaccine,1,1,0,0,0,0,1,0,0,1," in rows


def test_the_banner_says_that_a_weight_is_in_doubt(client):
    banners = [
        view(client, client.get(f"/bench/stories/{name}").json["request"]).json["banner"]
        for name in ("child-weighed-in-pounds", "worked-example")
    ]

    assert ["in doubt: 31.8 kg on 20" in banner for banner in banners] == [True, False]
