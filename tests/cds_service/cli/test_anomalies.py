import json
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner

from cards.finding import Silent
from cards.knowledge.default_policy import default_policy
from cds_service.cli.main import main
from cds_service.memory.store import opened
from cds_service.memory.versions import knowledge_version, policy_version, software_version
from tests.builders import KNOWLEDGE
from tests.cds_service.memory.sample_records import NOW, decided, fired, record

SILENT = decided("sepsis", Silent("no sepsis"))
FIRED = fired("sepsis")
SPAN = ["--since", "2026-11-20", "--until", "2026-11-21"]


@pytest.fixture
def store(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    monkeypatch.setenv("THIOPURINE_CDS_DATABASE_URL", url)
    found = opened(url)
    yield found
    found.close()


def run(*arguments):
    result = CliRunner().invoke(main, ["report", "--anomalies", *SPAN, *arguments])
    return result.exit_code, result.output


def keep(store, fired_before, silent_before, fired_now, silent_now):
    before = NOW - timedelta(days=2)
    store.save([record(FIRED, received_at=before) for _ in range(fired_before)])
    store.save([record(SILENT, received_at=before) for _ in range(silent_before)])
    store.save([record(FIRED) for _ in range(fired_now)])
    store.save([record(SILENT) for _ in range(silent_now)])


def test_a_rule_that_fell_silent_is_reported_and_ends_with_4(store):
    keep(store, 40, 40, 0, 30)

    code, output = run("--format", "csv")

    assert (code, output.splitlines()[1].split(",")) == (
        4,
        ["sepsis", "fired", "40", "80", "50.0%", "0", "30", "0.0%", "7.7e-08", "fell to zero"],
    )


def test_a_steady_rule_ends_with_0(store):
    keep(store, 40, 40, 15, 15)

    code, output = run()

    assert (code, output.splitlines()[-1]) == (
        0,
        "0 anomalies in 2 rates; 0 rates have too few requests to tell",
    )
    assert "steady" in output


def test_small_samples_are_told(store):
    keep(store, 2, 2, 0, 2)

    code, output = run("--format", "json")

    (fired_rate,) = [one for one in json.loads(output)["rates"] if one["measure"] == "fired"]
    assert (code, fired_rate) == (
        0,
        {
            "rule": "sepsis",
            "measure": "fired",
            "reference": {"count": 2, "of": 4, "rate": 0.5},
            "recent": {"count": 0, "of": 2, "rate": 0.0},
            "p": pytest.approx(7 / 15),  # of C(6, 2) = 15 ways: 6 with none of the two now, 1 with both
            "verdict": "too few to tell",
            "isAnomaly": False,
        },
    )


def test_what_decided_is_told_for_both_spans(store):
    before = replace(default_policy(), max_cards=4)
    store.save([record(FIRED, received_at=NOW - timedelta(days=2), policy=before)])
    store.save([record(FIRED), record(FIRED)])

    spans = json.loads(run("--format", "json")[1])
    versions = [policy_version(policy) for policy in (before, default_policy())]

    assert [spans[name]["decidedBy"] for name in ("reference", "recent")] == [
        [f"software {software_version()}, tables {knowledge_version(KNOWLEDGE)}, policy {version}"]
        for version in versions
    ]
    assert f"  by software {software_version()}, tables " in run()[1]


def test_that_nothing_was_asked_is_no_good_news(store):
    keep(store, 10, 0, 0, 0)

    code, output = run()

    assert code == 4
    assert "No request was recorded in the span" in output


def test_the_reference_begins_where_it_is_told_to(store):
    store.save([record(FIRED, received_at=NOW - timedelta(days=9)) for _ in range(3)])
    keep(store, 1, 0, 1, 0)

    counts = [
        json.loads(run("--format", "json", *more)[1])["reference"]["requests"]
        for more in ([], ["--reference-since", "2026-11-01"])
    ]

    assert counts == [1, 4]  # 4 days before the 20th, or 19


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--anomalies", "--since", "2026-11-20", "--until", "2026-11-20"],
        ["--anomalies", *SPAN, "--reference-since", "2026-11-20"],
        [*SPAN, "--reference-since", "2026-11-01"],
    ],
)
def test_spans_that_make_no_sense_are_refused(arguments):
    assert CliRunner().invoke(main, ["report", *arguments]).exit_code == 2
