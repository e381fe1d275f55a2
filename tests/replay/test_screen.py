import csv

import pytest
from click.testing import CliRunner

from cds_service.cli import main
from tests.replay.exports import basic_export, encounter, order, patient_p1, white_cells, write_export

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
