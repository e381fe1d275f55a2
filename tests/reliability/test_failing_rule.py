"""A rule raises in a running server: the other cards stand, one says so, the log knows where, and no patient."""

import json
import re

import pytest

from tests.conformance.hook_requests import request_for, said
from tests.reliability.server import eventually, running_server

pytestmark = pytest.mark.slow

RULE = "genotype-dose"
QUESTION = "Does this genotype call for another drug, or for a lower dose than the one ordered?"
NOT_RUN = "A check did not run: do not take silence as all clear"
PLACES = ["cards/engine.py advise", "reliability/faulty.py failing", "reliability/faulty.py raise_about"]
FAILED = """
    SELECT requests.hook_instance, decisions.rule, decisions.reason
    FROM decisions JOIN requests ON requests.id = decisions.request WHERE decisions.outcome = 'failed'
"""
BORN_ON = "1984-06-02"
OF_THE_PATIENT = (BORN_ON, "1984, 6, 2", "*1/*3A", "Patient/example", "K50.90", "allopurinol")


@pytest.fixture
def faulty(monkeypatch):
    """What to run, and what shall be wrong with it."""

    def broken(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return "tests.reliability.faulty"

    return broken


def test_a_rule_that_raises_for_one_patient_is_told_on_a_card_and_no_other_card_is_lost(faulty, tmp_path):
    body = request_for("order-sign")
    of_another = json.loads(json.dumps(body).replace(BORN_ON, "1984-06-03"))
    with running_server(tmp_path, program=faulty(FAULTY_RULE=RULE, FAULTY_RULE_FOR=BORN_ON)) as server:
        good = server.post(of_another)
        answer = server.post(body)
        readiness = server.readiness()

        *others, told = said(answer.json())
        assert answer.status_code == 200
        assert others == [
            card for card in said(good.json()) if card["source"]["topic"]["code"] != "GenotypeDose"
        ]
        assert (told["summary"], told["indicator"]) == (NOT_RUN, "warning")
        assert [line for line in told["detail"].splitlines() if line.startswith("- ")] == [f"- {QUESTION}"]
        (line,) = server.events("rule_failed")
        assert (line["rule"], line["kind"], places(line)) == (RULE, "ValueError", PLACES)
        assert [word for word in OF_THE_PATIENT if word in server.log] == []
        assert (server.metric("failed_rules_total"), server.metric("failed_rules_total", rule=RULE)) == (1, 1)
        assert readiness[0] == 200  # no known order is about this patient
        assert server.recorded(at_least=2) == {body["hookInstance"]: 2}
        assert server.rows(FAILED) == [(body["hookInstance"], RULE, "ValueError")]


def test_a_rule_that_raises_for_everybody_turns_readiness_red(faulty, tmp_path, capfd):
    with running_server(tmp_path, program=faulty(FAULTY_RULE=RULE), must_be_ready=False) as server:
        eventually(lambda: server.readiness()[0] == 503)
        _, checks = server.readiness()

        assert {name: check["passed"] for name, check in checks.items()} == {
            "tables": True,
            "database": True,
            "canary": False,
        }
        assert "wrong cards for: intermediate-tpmt-dose-offered, " in checks["canary"]["why"]
        assert server.metric("canary_passed") == 0
        assert {line["level"] for line in server.events("canary_failed")} == {"critical"}
        assert [card["summary"] for card in server.post(request_for("order-sign")).json()["cards"]][
            -1
        ] == NOT_RUN

    assert capfd.readouterr().out == ""  # no line of the log strays, not even from before the first request


def places(line):
    """Where it was raised, without the numbers of the lines."""
    return [re.sub(r":\d+ ", " ", frame) for frame in line["frames"]]
