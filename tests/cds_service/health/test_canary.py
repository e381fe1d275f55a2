from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from cards.knowledge import genotype_doses
from cards.knowledge.tables import read_table
from cds_service.endpoints.service import service_in
from cds_service.health.canary import Canary, CanaryVerdict
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
    assert Canary().judge() == CanaryVerdict(wrong=(), orders=len(known_orders()))


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
    canary = service_in(app).canary = Canary(lambda: orders)

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


def test_a_verdict_is_kept_until_it_is_old():
    judged = []

    def orders():
        judged.append(1)
        return known_orders()[:1]

    lasting, brief = Canary(orders, every_s=3_600), Canary(orders, every_s=0)

    assert [lasting.verdict.has_passed, lasting.verdict.has_passed, len(judged)] == [True, True, 1]
    assert [brief.verdict.has_passed, brief.verdict.has_passed, len(judged)] == [True, True, 3]


def test_the_watch_looks_at_start(app, client):
    watch = service_in(app).watch

    watch.stop()
    watch._look_until_stopped()

    assert "thiopurine_cds_canary_passed 1.0" in client.get("/metrics").text
