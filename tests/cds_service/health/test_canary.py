from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from cards.knowledge import genotype_doses
from cards.knowledge.tables import read_table
from cds_service.health.canary import Canary, Verdict
from cds_service.health.known_orders import known_orders

INTERMEDIATE = "intermediate-tpmt-dose-offered"
FIRST = known_orders()[0]


class Broken:
    name = "broken"
    cards = ()

    @property
    def answered(self):
        raise LookupError("patient data")


@pytest.fixture
def corrupted_dose_table(monkeypatch):
    """Every "start at 30-80 % of the dose" says 300-800 %: one slip of a finger."""

    def corrupted(name):
        for row in read_table(name):
            cells = row.cells | {"percent_low": "300", "percent_high": "800"}
            yield replace(row, cells=cells) if row.cells.get("percent_low") == "30" else row

    genotype_doses._genotype_doses.cache_clear()
    monkeypatch.setattr(genotype_doses, "read_table", corrupted)
    yield
    monkeypatch.undo()
    genotype_doses._genotype_doses.cache_clear()


def test_the_known_orders_pass():
    assert Canary().judge() == Verdict(wrong=(), orders=len(known_orders()))


def test_no_order_shows_nothing():
    assert not Canary(orders=tuple).judge().has_passed


@pytest.mark.usefixtures("corrupted_dose_table")
def test_a_corrupted_table_is_a_wrong_answer_and_names_the_order():
    with capture_logs() as logs:
        verdict = Canary().judge()

    assert INTERMEDIATE in verdict.wrong
    assert not verdict.has_passed
    assert [line["event"] for line in logs] == ["canary_failed"]


def test_a_crash_is_a_wrong_answer_and_its_message_is_not_logged():
    with capture_logs() as logs:
        verdict = Canary(lambda: (Broken(),)).judge()

    assert verdict.wrong == ("broken",)
    assert "patient data" not in str(logs)


def test_readyz_turns_red_and_green_again(app, client):
    wrong = replace(FIRST, cards=())
    orders = [wrong]
    canary = app.extensions["thiopurine_cds.canary"] = Canary(lambda: orders)

    red = client.get("/readyz")
    orders[:] = [FIRST]
    canary.judge()
    green = client.get("/readyz")

    assert red.status_code == 503
    assert red.json["checks"]["canary"] == {"passed": False, "why": f"wrong cards for: {FIRST.name}"}
    assert (green.status_code, green.json["status"]) == (200, "ready")


@pytest.mark.usefixtures("corrupted_dose_table")
def test_a_corrupted_table_turns_readyz_red(client):
    response = client.get("/readyz")

    assert response.status_code == 503
    assert INTERMEDIATE in response.json["checks"]["canary"]["why"]


def test_the_thread_judges_at_start_and_stops(monkeypatch):
    judged = []
    canary = Canary(lambda: judged.append(1) or known_orders()[:1])

    canary.start()
    canary.stop()

    assert canary.verdict.has_passed
    assert judged
