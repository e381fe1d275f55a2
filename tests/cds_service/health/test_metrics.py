"""The counters that need a fault to move, one by one."""

import re

from cards.engine import Advice
from cards.finding import FailedRule
from cards.knowledge.default_policy import default_policy
from cards.model.facts import FactKind, Unread, UnreadReason
from cds_service.answering.reply import Answer, Considered
from cds_service.app import create_app
from cds_service.chart_sources.fhir_records import Found
from cds_service.endpoints.service import service_in
from cds_service.health.counted_records import CountedRecords
from cds_service.health.metrics import Metrics
from cds_service.memory.store import opened
from cds_service.settings import Settings
from tests.builders import KNOWLEDGE, chart
from tests.cds_service.access.signing import PUBLIC_URL, jwk, jwks

CLIENTS = '[[client]]\nname = "ehr"\nissuer = "https://ehr.example"\nkeys_file = "jwks.json"\n'


class Server:
    """A FHIR server that keeps the genes, and fails for the rest."""

    def search(self, gaps, referred):
        return {gap: Found(why_not="" if gap == "genes" else "the FHIR server answered 500") for gap in gaps}

    def read_medications(self, references):
        return tuple(references)[:1]


def samples(metrics):
    found = re.findall(r"^thiopurine_cds_(.+) (\S+)$", metrics.exposition().decode(), re.MULTILINE)
    return {name: float(value) for name, value in found if "_created" not in name}


def test_a_client_that_proves_nothing_is_counted(tmp_path):
    (tmp_path / "jwks.json").write_bytes(jwks(jwk()))
    (tmp_path / "clients.toml").write_text(CLIENTS)
    settings = Settings(
        database_url="sqlite://",
        log_level="error",
        clients=tmp_path / "clients.toml",
        public_url=PUBLIC_URL,
    )
    app = create_app(settings, opened("sqlite://"))

    statuses = [app.test_client().get("/cds-services").status_code for _ in range(2)]

    found = samples(service_in(app).metrics)
    assert (statuses, found["refused_clients_total"]) == ([401, 401], 2)
    assert found['requests_total{endpoint="discovery",status="401"}'] == 2
    service_in(app).recorder.close()


def test_a_rule_that_raised_is_counted():
    metrics = Metrics()
    advice = Advice((), (), (FailedRule("sepsis", ValueError("Jane Roe")),))

    metrics.answered(
        "order-sign", Answer({}, (), Considered(chart(), None, (), default_policy(), KNOWLEDGE, advice)), 0.01
    )

    assert samples(metrics)['failed_rules_total{rule="sepsis"}'] == 1
    assert "Jane" not in metrics.exposition().decode()


def test_a_record_that_was_not_used_is_counted_by_its_reason_alone():
    metrics = Metrics()
    unread = Unread(
        "Observation/jane",
        FactKind.COUNTS,
        "'Jane Roe' is no number",
        reason=UnreadReason.NO_VALUE,
        what="WBC",
    )
    considered = Considered(chart(unread, unread), None, (), default_policy(), KNOWLEDGE, Advice((), (), ()))

    metrics.answered("order-sign", Answer({}, (), considered), 0.01)

    assert samples(metrics)['unusable_records_total{reason="no value"}'] == 2
    assert "jane" not in metrics.exposition().decode().casefold()


def test_another_patients_records_are_counted_by_their_number_alone():
    metrics = Metrics()
    considered = Considered(chart(), None, (), default_policy(), KNOWLEDGE, Advice((), (), ()))

    metrics.answered("order-sign", Answer({}, (), considered, of_others=3), 0.01)
    metrics.answered("order-sign", Answer({}, (), considered), 0.01)

    assert samples(metrics)['unusable_records_total{reason="another patient"}'] == 3


def test_the_time_to_answer_falls_into_its_bucket():
    metrics = Metrics()

    metrics.answered("order-sign", Answer({}), 0.007)

    found = samples(metrics)
    buckets = [found[f'hook_seconds_bucket{{hook="order-sign",le="{le}"}}'] for le in ("0.005", "0.01")]
    assert (buckets, found['hook_seconds_sum{hook="order-sign"}']) == ([0, 1], 0.007)


def test_each_search_is_counted_by_what_came_of_it():
    metrics = Metrics()
    counted = CountedRecords(Server(), metrics)

    counted.search(["genes", "conditions"], lambda _found: ())
    counted.read_medications(["Medication/1", "Medication/2"])

    found = samples(metrics)
    assert [found[f'fallback_searches_total{{outcome="{one}"}}'] for one in ("found", "failed")] == [2, 2]


def test_what_waits_and_what_was_lost_are_gauges():
    metrics = Metrics()

    metrics.saw(waiting=7, dropped=3, lines_lost=2, has_canary_passed=False)

    found = samples(metrics)
    assert {name: found[name] for name in ("records_waiting", "records_dropped", "log_lines_lost")} == {
        "records_waiting": 7,
        "records_dropped": 3,
        "log_lines_lost": 2,
    }
    assert found["canary_passed"] == 0
