import json
from dataclasses import replace
from datetime import timedelta

import pytest

from cards.finding import Blocked, Silent
from cards.model.facts import FactKind, Missing
from cds_service.errors import StoreUnavailableError
from cds_service.hooks.feedback import FeedbackItem
from cds_service.memory import tables
from cds_service.memory.database import RefusedError
from cds_service.memory.hash_keys import HashKeys
from cds_service.memory.records import kept
from cds_service.memory.store import opened
from cds_service.memory.versions import knowledge_version, policy_version, software_version
from tests.builders import KNOWLEDGE
from tests.cds_service.memory.sample_records import NOW, card, decided, failed, fired, record

ITEM = FeedbackItem("card-1", "overridden", "2026-03-09T10:05:31.123Z", (), "patient-refuses", "urn:reasons")
MISSING = Missing(FactKind.GENES, "not sent")


def test_keeps_every_rule_of_a_request_fired_or_not(store):
    store.save(
        [
            record(
                fired("genotype-dose"),
                decided("sepsis", Silent("no infection")),
                decided("untested-genes", Blocked((MISSING,))),
                failed("live-vaccine"),
                muted_rules=frozenset({"sepsis"}),
            )
        ]
    )

    rows = store.rows(tables.decisions)
    assert [
        (row["rule"], row["outcome"], row["indicator"], row["reason"], row["is_muted"]) for row in rows
    ] == [
        ("genotype-dose", "fired", "warning", None, False),
        ("sepsis", "silent", None, "no infection", True),
        ("untested-genes", "blocked", None, None, False),
        ("live-vaccine", "failed", None, "ValueError", False),
    ]
    assert rows[2]["missing"] == [{"kind": "TPMT and NUDT15 results", "why": "not sent"}]


def test_keeps_what_a_finding_rests_on(store):
    store.save([record(fired("genotype-dose"))])

    assert store.rows(tables.decisions)[0]["findings"] == [
        {
            "decision": "dose:MedicationRequest/aza",
            "indicator": "warning",
            "summary": "Azathioprine 200 mg/day: start lower",
            "facts": [
                {
                    "text": "TPMT *1/*3A: Intermediate Metabolizer",
                    "on": "2026-11-20",
                    "record": "Observation/tpmt",
                },
                {"text": "This order is a new start"},
            ],
            "doses": [],
            "sources": [{"source": "project", "locator": "here", "grade": "P"}],
        }
    ]


def test_keeps_who_asked_and_what_decided(store, tmp_path):
    sample = record(fired("genotype-dose"))
    key = HashKeys(tmp_path / "keys").current

    store.save([sample])

    (row,) = store.rows(tables.requests)
    assert row == {
        "id": row["id"],
        "received_at": NOW,
        "service": "thiopurine-order-sign",
        "hook": "order-sign",
        "hook_instance": sample.hook_instance,
        "client": "clinic",
        "patient": key.hash_of("patient-17"),
        "user": key.hash_of("Practitioner/9"),
        "hash_key": key.id,
        "software": software_version(),
        "knowledge": knowledge_version(KNOWLEDGE),
        "policy": policy_version(sample.policy),
    }


def test_a_site_may_keep_ids_and_whole_cards(database_url, tmp_path):
    store = opened(database_url, tmp_path / "keys", keeps_ids=True)
    content = {
        "suggestions": [{"actions": [{"type": "update", "resource": {"subject": {"display": "Jane"}}}]}]
    }

    store.save([record(fired("genotype-dose"), cards=[card("genotype-dose", content=content)])])

    (request,), (kept_card,) = store.rows(tables.requests), store.rows(tables.cards)
    assert (request["patient"], request["user"], request["hash_key"]) == ("patient-17", "Practitioner/9", "")
    assert json.loads(kept_card["content"])["suggestions"] == content["suggestions"]
    store.close()


def test_keeps_a_card_as_sent_without_whom_it_was_about(store):
    resource = {
        "resourceType": "MedicationRequest",
        "id": "aza",
        "subject": {"reference": "Patient/patient-17", "display": "Jane Roe"},
        "note": [{"text": "Jane's"}],
        "dosageInstruction": [{"text": "100 mg"}],
    }
    actions = [
        {"type": "update", "resource": resource},
        {"type": "delete", "resourceId": "MedicationRequest/1"},
    ]
    sent = card("genotype-dose", "start-plan", uuid="c1", content={"suggestions": [{"actions": actions}]})

    store.save([record(fired("genotype-dose"), cards=[sent])])

    (row,) = store.rows(tables.cards)
    kept_actions = json.loads(row["content"])["suggestions"][0]["actions"]
    assert kept_actions[0]["resource"] == {
        "resourceType": "MedicationRequest",
        "id": "aza",
        "dosageInstruction": [{"text": "100 mg"}],
    }
    assert kept_actions[1] == actions[1]
    assert len(row["digest"]) == 64
    assert "Jane" not in row["content"] + row["digest"]
    assert sorted(one["rule"] for one in store.rows(tables.card_rules)) == ["genotype-dose", "start-plan"]


def test_what_could_not_be_checked_is_counted_as_a_rule_of_its_own(store):
    store.save([record(cards=[card("could-not-be-checked", indicator="info")])])

    (row,) = store.rows(tables.decisions)
    assert (row["rule"], row["outcome"], row["indicator"]) == ("could-not-be-checked", "fired", "info")


def test_a_text_with_nul_is_kept_without_it(store):
    store.save([record(decided("sepsis", Silent("no\0 infection")), hook_instance="a\0b", client="c\0")])

    (row,) = store.rows(tables.requests)
    assert (row["hook_instance"], row["client"]) == ("ab", "c")
    assert store.rows(tables.decisions)[0]["reason"] == "no infection"


def test_a_batch_is_kept_whole_or_not_at_all(store):
    twice = card("genotype-dose", uuid="c1")

    with pytest.raises(RefusedError):
        store.save([record(cards=[twice]), record(cards=[twice])])

    assert store.rows(tables.requests) == []


def test_the_same_report_is_kept_once(store):
    other = replace(ITEM, outcome="accepted")

    assert store.save_feedback("thiopurine-order-sign", [ITEM, ITEM, other], "clinic") == 2
    assert store.save_feedback("thiopurine-order-sign", [ITEM, other], "clinic") == 0
    assert store.save_feedback("thiopurine-order-sign", [ITEM], "another clinic") == 1
    assert [row["outcome"] for row in store.rows(tables.feedback)] == ["overridden", "accepted", "overridden"]


def test_feedback_keeps_its_time_as_written_and_ours(store):
    store.save_feedback("thiopurine-order-sign", [replace(ITEM, comment="monitored")], "clinic", NOW)

    (row,) = store.rows(tables.feedback)
    assert (row["outcome_at"], row["received_at"]) == ("2026-03-09T10:05:31.123Z", NOW)
    assert (row["reason_code"], row["has_comment"], row["comment"]) == ("patient-refuses", True, "monitored")


def test_purging_forgets_what_is_older_with_all_that_hangs_on_it(store):
    old, new = NOW - timedelta(days=31), NOW - timedelta(days=29)
    for at, uuid in ((old, "old"), (new, "new")):
        store.save([record(fired("genotype-dose"), cards=[card("genotype-dose", uuid=uuid)], received_at=at)])
        store.save_feedback("thiopurine-order-sign", [replace(ITEM, card=uuid)], "clinic", at)
    before = NOW - timedelta(days=30)

    counted = store.count_before(before)
    purged = store.purge(before)

    assert (counted, purged) == ((1, 1), (1, 1))
    assert [row["uuid"] for row in store.rows(tables.cards)] == ["new"]
    assert [row["card"] for row in store.rows(tables.card_rules)] == ["new"]
    assert [row["card"] for row in store.rows(tables.feedback)] == ["new"]
    assert len(store.rows(tables.decisions)) == 1


def test_one_patient_is_forgotten_whatever_key_was_in_use(store, tmp_path):
    def one(uuid, **changes):
        return record(fired("genotype-dose"), cards=[card("genotype-dose", uuid=uuid)], **changes)

    store.save([one("first"), one("other", patient_id="patient-18")])
    HashKeys(tmp_path / "keys").rotate()
    store.save([one("second")])
    store.save_feedback("thiopurine-order-sign", [replace(ITEM, card="first"), replace(ITEM, card="other")])

    purged = store.purge_patient("patient-17")

    assert purged == (2, 1)
    assert [row["uuid"] for row in store.rows(tables.cards)] == ["other"]
    assert [row["card"] for row in store.rows(tables.feedback)] == ["other"]


def test_a_token_is_new_once(store):
    later = NOW + timedelta(minutes=5)

    assert [store.take_token(token, later) for token in ("a", "b", "a")] == [True, True, False]


def test_tokens_are_forgotten_a_day_after_they_expired(store):
    store.take_token("a", NOW)
    store.take_token("b", NOW + timedelta(seconds=1))

    assert store.forget_expired_tokens(NOW + timedelta(days=1)) == 0
    assert store.forget_expired_tokens(NOW + timedelta(days=1, microseconds=1)) == 1
    assert (store.take_token("a", NOW), store.take_token("b", NOW)) == (True, False)


def test_tells_which_cards_a_hook_has_shown_lately(store):
    def shown(key, **changes):
        withheld = changes.pop("withheld", None)
        sent = card("genotype-dose", same_as=key, withheld=withheld)
        return record(cards=[sent], **{"hook": "order-select"} | changes)

    store.save(
        [
            shown("shown"),
            shown("withheld", withheld="silent"),
            shown("signed", hook="order-sign"),
            shown("long ago", received_at=NOW - timedelta(days=2)),
        ]
    )
    asked = ["shown", "withheld", "signed", "long ago", "never"]

    found = store.shown_already(asked, "order-select", NOW - timedelta(days=1))

    assert found == {"shown"}
    assert store.shown_already([], "order-select", NOW) == frozenset()


def test_a_database_that_cannot_be_opened_is_said_to_be_unavailable(tmp_path):
    (tmp_path / "file").write_text("no folder")
    store = opened(f"sqlite:///{tmp_path / 'file' / 'store.sqlite3'}", tmp_path / "keys")

    with pytest.raises(StoreUnavailableError):
        store.rows(tables.feedback)


def test_what_a_client_chose_is_cut_to_fit():
    assert kept("x" * 300) == "x" * 255
