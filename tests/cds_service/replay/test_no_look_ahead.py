"""Adding what came later changes nothing of what was shown before."""

from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from cards.engine import advise
from cards.finding import Silent
from cards.knowledge.default_policy import default_policy
from cards.model.facts import Availability, FactKind, Known
from cards.rules import PATIENT_VIEW_RULES
from cds_service.cli.main import main
from cds_service.replay.asking import answer_recorded
from tests.builders import KNOWLEDGE
from tests.cds_service.replay.exports import (
    basic_export,
    encounter,
    order,
    resource,
    white_cells,
    write_export,
)
from tests.cds_service.replay.one_process import OneProcess
from tests.stories import all_stories

pytestmark = pytest.mark.slow

UNTIL = "2025-04-01"
LATER = "2025-05-01T08:00:00Z"
UPDATED = {"meta": {"lastUpdated": LATER}}


@pytest.fixture(autouse=True)
def _one_process(monkeypatch):
    monkeypatch.setattr("cds_service.cli.replay.LocalEngine", OneProcess)


def past(tmp_path, name, resources, *options):
    """Everything shown before the day that the later data begins; how soon a test was done is its outcome."""
    export = write_export(tmp_path / name, resources)
    arguments = ["replay", str(export), "--out", str(tmp_path / f"{name}-out"), "--as-of", "2025-12-31"]
    arguments += ["--hash-key", str(tmp_path / "key"), "--workers", "1", *options]
    assert CliRunner().invoke(main, arguments, catch_exceptions=False).exit_code == 0
    found = []
    for table in ("moments", "findings"):
        rows = pq.read_table(tmp_path / f"{name}-out" / f"{table}.parquet").to_pylist()
        found += [row | {"days_until_done": None} for row in rows if str(row["asked_at"]) < UNTIL]
    return found


def condition(id_, text, recorded, **rest):
    return resource("Condition", id_, code={"text": text}, recordedDate=recorded,
                    clinicalStatus={"coding": [{"code": "active"}]}, **rest)  # fmt: skip


FUTURE = {
    "a result": [white_cells("w9", LATER, 0.4)],
    "a result of long ago that was reported later": [
        white_cells("w9", LATER, 0.4, effectiveDateTime="2025-02-01T08:00:00Z")
    ],
    "an order": [order("o9", LATER, medicationCodeableConcept={"text": "allopurinol 300 mg tablet"})],
    "a problem that began before and was noted later": [
        condition("c9", "sepsis", LATER, onsetDateTime="2025-02-01")
    ],
    "an opened record": [encounter("e9", LATER)],
    "an immunization": [
        resource("Immunization", "i9", status="completed", occurrenceDateTime="2025-01-01", recorded=LATER,
                 vaccineCode={"text": "yellow fever vaccine"}, patient={"reference": "Patient/p1"})
    ],
}  # fmt: skip


@pytest.mark.parametrize("later", FUTURE.values(), ids=FUTURE)
@pytest.mark.parametrize("options", [(), ("--assume", "effective")], ids=["strict", "assumed"])
def test_what_was_recorded_later_changes_nothing(later, options, tmp_path):
    base = [*basic_export(), resource("Immunization", "i0", status="completed", recorded="2024-01-01",
            occurrenceDateTime="2024-01-01", vaccineCode={"text": "influenza vaccine"}),
            condition("c0", "Crohn's disease", "2024-01-01")]  # fmt: skip

    without, with_later = past(tmp_path, "a", base, *options), past(tmp_path, "b", [*base, *later], *options)

    assert with_later == without
    assert any(row.get("outcome") == "fired" for row in without)


@pytest.mark.parametrize(
    "end",
    [
        {"status": "stopped"},
        {"status": "completed"},
        {"status": "entered-in-error"},
        {"status": "on-hold"},
    ],
    ids=lambda end: end["status"],
)
def test_what_became_of_an_order_later_changes_nothing(end, tmp_path):
    rest = basic_export()[2:]
    before = [
        basic_export()[0],
        order("o1", "2025-01-10T09:00:00Z", meta={"lastUpdated": "2025-01-10"}),
        *rest,
    ]
    after = [basic_export()[0], order("o1", "2025-01-10T09:00:00Z", **end, **UPDATED), *rest]

    assert past(tmp_path, "b", after) == past(tmp_path, "a", before)


def test_a_result_corrected_later_read_as_it_did_then(tmp_path):
    base = basic_export()
    wrong = base[-1] | {"meta": {"lastUpdated": "2025-03-01"}}
    corrected = white_cells("w2", LATER, 8.0) | {"status": "corrected"} | UPDATED

    first, then = (
        past(tmp_path, "a", [*base[:-1], wrong]),
        past(tmp_path, "b", [*base[:-1], wrong, corrected]),
    )

    assert then == first


def test_a_problem_resolved_later_was_there(tmp_path):
    there = condition("c1", "sepsis", "2025-03-05")
    over = {"clinicalStatus": {"coding": [{"code": "resolved"}]}, "abatementDateTime": "2025-05-01"}

    assert past(tmp_path, "b", [*basic_export(), there | over | UPDATED]) == past(
        tmp_path, "a", [*basic_export(), there]
    )


def test_a_record_without_a_written_date_is_not_used_unless_assumed(tmp_path):
    low = white_cells("w9", "2025-02-05T07:00:00Z", 0.4)
    del low["issued"]

    base = past(tmp_path, "a", basic_export())

    assert past(tmp_path, "b", [*basic_export(), low]) == base
    assert past(tmp_path, "c", [*basic_export(), low], "--assume", "effective") != base


@pytest.mark.parametrize("story", all_stories(), ids=lambda story: story.name)
def test_without_a_medication_every_rule_about_an_opened_record_is_silent(story):
    considered = answer_recorded(story.request_body(), story.as_of, default_policy()).considered
    if considered is None:
        pytest.skip("the request does not concern us")
    unread = tuple(one for one in considered.chart.unread if one.kind is not FactKind.MEDICATIONS)
    known = dict(considered.chart.known) | {FactKind.MEDICATIONS: Known(Availability.EMPTY)}
    chart = replace(
        considered.chart,
        drug_records=(),
        draft_orders=(),
        vaccine_orders=(),
        unread=unread,
        known=known,
        orders_of_others=0,
    )

    advice = advise(chart, PATIENT_VIEW_RULES, considered.policy, KNOWLEDGE)

    spoke = [one.rule_id for one in advice.decisions if not isinstance(one.outcome, Silent)]
    assert (spoke, advice.cards, advice.failed) == ([], (), ())
