import json
import re

import duckdb
from click.testing import CliRunner

from cds_service.cli.main import main
from cds_service.replay.figures import StackedBar, bars, columns, grid
from cds_service.replay.summary import QUERIES
from tests.cds_service.replay.exports import many_patients, write_export


def report(tmp_path, *options):
    export = write_export(tmp_path / "export", many_patients(3))
    patients = export / "Patient.ndjson"
    patients.write_text(patients.read_text() + "<script>alert(1)</script>\n")
    arguments = [
        "replay",
        str(export),
        "--out",
        str(tmp_path),
        "--as-of",
        "2025-06-01",
        "--workers",
        "1",
        *options,
    ]
    assert CliRunner().invoke(main, arguments, catch_exceptions=False).exit_code == 0
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_report_loads_nothing_and_runs_nothing(tmp_path):
    page = report(tmp_path)

    assert re.findall(r"<script|<link|<img|@import|src=|url\(|https?://", page) == []
    assert "&lt;script&gt;alert(1)" in page


def test_two_policies_are_compared_with_counts_and_examples(tmp_path):
    (tmp_path / "other.toml").write_text("[rules.start-plan]\nsilent = true\n")

    page = report(tmp_path, "--compare", str(tmp_path / "other.toml"))

    compared = json.loads((tmp_path / "summary.json").read_text())["compared"]
    (plan,) = [one for one in compared["rules"] if one["rule"] == "start-plan"]
    assert (plan["appears"], plan["disappears"], plan["changes"]) == (0, 3, 0)
    assert "Under the other policy" in page


def test_pictures_of_nothing_are_drawn_all_the_same():
    assert [picture.count("<svg") for picture in (bars([], "a"), columns([], "b"), grid([], {}, "c"))] == [
        1
    ] * 3


def test_names_in_pictures_are_escaped():
    assert "<b>" not in bars([StackedBar("<b>", {"critical": 1.0})], "a")


def test_pages_that_were_cut_on_different_days_count_together():
    cut = "kidney tests: only the newest page was sent"
    with duckdb.connect() as db:
        db.execute("CREATE TABLE these (rule VARCHAR, outcome VARCHAR, missing VARCHAR[])")
        for missing in (cut, f"{cut} (complete since 2025-01-02)", f"{cut} (complete since 2025-03)"):
            db.execute(
                "INSERT INTO these VALUES ('renal-impairment', 'blocked', [$missing])", {"missing": missing}
            )

        counted = db.execute(QUERIES["missing"]).fetchall()

    assert counted == [("renal-impairment", cut, 3)]
