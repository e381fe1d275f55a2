import csv
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from cards.model.facts import FactKind
from cards.rules.rule import Rule
from cds_service.cli.main import main
from cds_service.hooks.services import service_for_hook
from cds_service.replay import screening
from cds_service.replay.selection import select
from tests.cds_service.replay.exports import (
    basic_export,
    encounter,
    order,
    patient_p1,
    plan_for,
    white_cells,
    write_export,
)

pytestmark = pytest.mark.slow


def screened(tmp_path, resources, *options):
    export = write_export(tmp_path / "export", resources)
    files = ["--csv", str(tmp_path / "panel.csv"), "--html", str(tmp_path / "panel.html")]
    arguments = ["screen", str(export), "--as-of", "2025-03-10", "--workers", "1", *files, *options]
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    with (tmp_path / "panel.csv").open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened)), (tmp_path / "panel.html").read_text(encoding="utf-8")


def test_a_low_count_on_a_thiopurine_is_listed_as_critical(tmp_path):
    panel, page = screened(tmp_path, basic_export())

    assert [(row["patient"], "1.2" in row["critical"]) for row in panel] == [("p1", True)]
    assert ("p1" in page, "<svg" in page, "<script" in page) == (True, True, False)


@pytest.mark.parametrize("status", ["stopped", "cancelled", "entered-in-error"])
def test_who_stopped_is_not_listed(status, tmp_path):
    panel, _ = screened(tmp_path, [patient_p1(), order("o1", "2025-01-10T09:00:00Z", status=status)])

    assert panel == []


def test_who_never_took_one_is_not_listed(tmp_path):
    other = order(
        "o1", "2025-01-10T09:00:00Z", medicationCodeableConcept={"text": "allopurinol 300 mg tablet"}
    )

    panel, _ = screened(tmp_path, [patient_p1(), other, encounter("e1", "2025-01-10")])

    assert panel == []


def test_the_most_urgent_come_first(tmp_path):
    quiet = [
        {**one, "id": "a1" if one["resourceType"] == "Patient" else f"a-{one['id']}",
         **({"subject": {"reference": "Patient/a1"}} if "subject" in one else {})}
        for one in [patient_p1(), order("o1", "2025-01-10T09:00:00Z"), white_cells("w1", "2025-03-01", 6.0)]
    ]  # fmt: skip

    panel, _ = screened(tmp_path, [*quiet, *basic_export()])

    assert [row["patient"] for row in panel] == ["p1", "a1"]


def test_text_of_the_patient_never_becomes_markup_or_a_formula(tmp_path):
    hostile = {"text": "azathioprine <script>alert(1)</script> 50 mg tablet"}

    panel, page = screened(
        tmp_path, [patient_p1(), order("o1", "2025-01-10", medicationCodeableConcept=hostile)]
    )

    assert ("<script" in page, [row["drugs"][:1] for row in panel]) == (False, ["A"])


def test_who_could_not_be_screened_is_counted_and_told(tmp_path):
    export = write_export(tmp_path / "export", [patient_p1(), white_cells("w1", "2025-03-01", 1.2)])
    page = tmp_path / "panel.html"

    done = CliRunner().invoke(main, ["screen", str(export), "--html", str(page), "--workers", "1"])

    told = "patients could not be screened: the patient's medications are needed"
    assert (done.exit_code, "0 of 1 patients are on a thiopurine" in done.output) == (2, True)
    assert f"1 {told}" in done.output
    assert "could not be screened:</b> the patient&#39;s medications are needed" in page.read_text()


def test_a_check_that_fails_is_told_of_each_patient(tmp_path, monkeypatch):
    def broken(_case):
        raise ZeroDivisionError

    rule = Rule(id="broken", question="Is it broken?", check=broken, needs=frozenset({FactKind.MEDICATIONS}))
    service = replace(service_for_hook("patient-view"), rules=(rule,))
    monkeypatch.setattr(screening, "service_for_hook", lambda _hook: service)
    export = write_export(tmp_path / "export", basic_export())
    plan = plan_for(export, tmp_path / "work", as_of=datetime(2025, 3, 10, tzinfo=UTC))
    kept = [select(unit, number, plan.work, plan.partitions) for number, unit in enumerate(plan.units)]
    exported = frozenset(name for one in kept for name in one.types)

    panels = [screening.screen_partition(plan, number, exported) for number in range(plan.partitions)]

    assert [one.unchecked for panel in panels for one in panel.screened] == [("broken: this check failed",)]
