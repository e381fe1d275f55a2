"""Every line about a request tells which one, by a digest; nothing of one request is left for the next."""

import json
from pathlib import Path

import pytest

from cds_service.app import create_app
from cds_service.endpoints import hooks as routes
from cds_service.endpoints.service import service_in
from cds_service.logs import digest

SIGN = "/cds-services/thiopurine-order-sign"
BODY = json.loads((Path(__file__).parents[2] / "fixtures/requests/order-sign.json").read_text())
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def client(settings, store):
    app = create_app(settings.model_copy(update={"log_level": "info"}), store)
    yield app.test_client()
    service_in(app).recorder.close()


def post(client, body=BODY):
    return client.post(SIGN, data=json.dumps(body), headers=JSON)


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_answer_is_logged_with_the_digest_of_its_instance(client, capsys):
    post(client)

    (line,) = lines(capsys)
    assert (line["event"], line["instance"]) == ("answered", digest(BODY["hookInstance"]))
    assert BODY["hookInstance"] not in str(line)


def test_so_is_what_went_wrong_on_the_way(client, capsys, monkeypatch):
    def crash(*_, **__):
        raise LookupError("Jane Roe")

    monkeypatch.setattr(routes, "answer", crash)
    post(client)

    (line,) = lines(capsys)
    assert (line["event"], line["instance"]) == ("failed", digest(BODY["hookInstance"]))
    assert "Jane" not in str(line)


def test_a_request_that_cannot_be_read_is_not_taken_for_the_one_before(client, capsys):
    post(client)
    client.post(SIGN, data=b"{", headers=JSON)

    last = lines(capsys)[-1]
    assert (last["event"], "instance" in last) == ("refused", False)
