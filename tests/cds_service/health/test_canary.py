import json
import shutil
from dataclasses import replace
from importlib.resources import files

import pytest
from structlog.testing import capture_logs

from cards.knowledge.knowledge import Knowledge
from cds_service.endpoints.service import service_in
from cds_service.health.canary import Canary, CanaryVerdict
from cds_service.health.known_orders import known_orders
from tests.builders import KNOWLEDGE
from tests.copied_tables import VERSION

INTERMEDIATE = "intermediate-tpmt-dose-offered"
ORDERS = known_orders(None)
FIRST = ORDERS[0]


class Broken:
    name = "broken"
    cards = ()

    def answered(self, _):
        raise LookupError("patient data")


@pytest.fixture
def corrupted(tables):
    """Every "start at 30-80 % of the dose" says 300-800 %: one slip of a finger."""
    tables.edit("genotype_doses", ",30,80,", ",300,800,")
    return tables.knowledge


def test_the_known_orders_pass():
    assert Canary(KNOWLEDGE).judge() == CanaryVerdict(wrong=(), orders=len(ORDERS))


def test_no_order_shows_nothing():
    assert not Canary(KNOWLEDGE, tuple).judge().has_passed


def test_a_corrupted_table_is_a_wrong_answer_and_names_the_order(corrupted):
    with capture_logs() as logs:
        verdict = Canary(corrupted).judge()

    assert INTERMEDIATE in verdict.wrong
    assert not verdict.has_passed
    assert [line["event"] for line in logs] == ["canary_failed"]


def test_a_crash_is_a_wrong_answer_and_its_message_is_not_logged():
    with capture_logs() as logs:
        verdict = Canary(KNOWLEDGE, lambda: (Broken(),)).judge()

    assert verdict.wrong == ("broken",)
    assert "patient data" not in str(logs)


def test_readyz_turns_red_and_green_again(app, client):
    wrong = replace(FIRST, cards=())
    orders = [wrong]
    canary = service_in(app).canary = Canary(KNOWLEDGE, lambda: orders)

    red = client.get("/readyz")
    orders[:] = [FIRST]
    canary.judge()
    green = client.get("/readyz")

    assert red.status_code == 503
    assert red.json["checks"]["canary"] == {"passed": False, "why": f"wrong cards for: {FIRST.name}"}
    assert (green.status_code, green.json["status"]) == (200, "ready")


def test_a_corrupted_table_turns_readyz_red(app, client, corrupted):
    service_in(app).canary = Canary(corrupted)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert INTERMEDIATE in response.json["checks"]["canary"]["why"]


def test_the_canary_of_a_release_asks_its_tables_for_its_own_orders(tables):
    tables.edit("genotype_doses", ",IM,30,80,", ",IM,20,70,")
    written = tables.folder / "known_orders.json"
    shutil.copy(files("cds_service.health") / "known_orders.json", written)
    tables.released()

    red = Canary(Knowledge.of_release(VERSION, tables.releases)).judge()
    orders = [one for one in json.loads(written.read_text()) if one["name"] not in red.wrong]
    written.write_text(json.dumps(orders))
    green = Canary(Knowledge.of_release(VERSION, tables.releases)).judge()

    assert (INTERMEDIATE in red.wrong, red.orders) == (True, len(ORDERS))
    assert green == CanaryVerdict(wrong=(), orders=len(ORDERS) - len(red.wrong))


def test_a_verdict_is_kept_until_it_is_old():
    judged = []

    def orders():
        judged.append(1)
        return ORDERS[:1]

    lasting, brief = Canary(KNOWLEDGE, orders, every_s=3_600), Canary(KNOWLEDGE, orders, every_s=0)

    assert [lasting.verdict.has_passed, lasting.verdict.has_passed, len(judged)] == [True, True, 1]
    assert [brief.verdict.has_passed, brief.verdict.has_passed, len(judged)] == [True, True, 3]


def test_the_watch_looks_at_start(app, client):
    watch = service_in(app).watch

    watch.stop()
    watch._look_until_stopped()

    assert "thiopurine_cds_canary_passed 1.0" in client.get("/metrics").text
