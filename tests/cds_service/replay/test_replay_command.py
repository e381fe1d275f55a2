import gzip
import json

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from cds_service.cli.main import main
from tests.cds_service.replay.exports import basic_export, patient_p1, write_export
from tests.copied_tables import VERSION

pytestmark = pytest.mark.slow


def replayed(out, *arguments):
    done = CliRunner().invoke(
        main,
        ["replay", *map(str, arguments), "--out", str(out), "--as-of", "2025-06-01", "--workers", "2"],
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.output
    return done


def rows(out, name="findings"):
    return pq.read_table(out / f"{name}.parquet").to_pylist()


def summary(out):
    return json.loads((out / "summary.json").read_text())


@pytest.fixture
def export(tmp_path):
    return write_export(tmp_path / "export", basic_export())


def test_an_order_and_two_opened_records_are_replayed(export, tmp_path):
    replayed(tmp_path / "out", export)

    found = [(row["hook"], row["asked_at"].isoformat()[:10]) for row in rows(tmp_path / "out", "moments")]
    assert found == [
        ("order-sign", "2025-01-10"),
        ("patient-view", "2025-02-10"),
        ("patient-view", "2025-03-10"),
    ]


def test_a_low_count_speaks_only_after_it_was_issued(export, tmp_path):
    replayed(tmp_path / "out", export)

    spoke = [str(row["asked_at"])[:10] for row in rows(tmp_path / "out") if row["rule"] == "severe-cytopenia"
             and row["outcome"] == "fired"]  # fmt: skip
    assert spoke == ["2025-03-10"]


def test_no_patient_id_leaves_the_replay(export, tmp_path):
    replayed(tmp_path / "out", export)

    written = json.dumps([rows(tmp_path / "out"), rows(tmp_path / "out", "moments")], default=str)
    assert "p1" not in written.replace(rows(tmp_path / "out")[0]["patient"], "")


def test_a_bad_line_is_counted_and_quoted_with_its_place(export, tmp_path):
    file = export / "Observation.ndjson"
    good = file.read_bytes()
    file.write_bytes(
        b'{"resourceType": "Observation", "broken\n' + good + b'{"resourceType": "Observation\xff"}\n'
    )

    replayed(tmp_path / "out", export)

    data = summary(tmp_path / "out")["data"]
    assert (data["bad_lines"], [(one["line"], one["quote"][:24]) for one in data["bad_examples"]]) == (
        2,
        [(1, '{"resourceType": "Observ'), (4, '{"resourceType": "Observ')],
    )
    assert len(rows(tmp_path / "out", "moments")) == 3


def test_strict_stops_at_a_bad_line(export, tmp_path):
    (export / "Patient.ndjson").write_text(json.dumps(patient_p1()) + "\nnot json\n")

    done = CliRunner().invoke(main, ["replay", str(export), "--out", str(tmp_path / "out"), "--strict"])

    assert (done.exit_code, "Patient.ndjson, line 2" in done.output) == (2, True)


def test_compressed_files_give_the_same(export, tmp_path):
    replayed(tmp_path / "plain", export, "--hash-key", tmp_path / "key")
    for file in export.glob("*.ndjson"):
        (export / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()

    replayed(tmp_path / "packed", export, "--hash-key", tmp_path / "key")

    assert rows(tmp_path / "packed") == rows(tmp_path / "plain")


def test_a_bundle_gives_the_same_as_lines(export, tmp_path):
    replayed(tmp_path / "lines", export, "--hash-key", tmp_path / "key")
    bundle = {"resourceType": "Bundle", "type": "collection"}
    bundle["entry"] = [{"resource": one} for one in basic_export()]
    (tmp_path / "bundles").mkdir()
    (tmp_path / "bundles" / "p1.json").write_text(json.dumps(bundle))

    replayed(tmp_path / "bundled", tmp_path / "bundles", "--hash-key", tmp_path / "key")

    assert rows(tmp_path / "bundled") == rows(tmp_path / "lines")


def test_a_source_that_is_not_there_is_told(tmp_path):
    done = CliRunner().invoke(main, ["replay", str(tmp_path / "none"), "--out", str(tmp_path / "out")])

    assert (done.exit_code, "holds no file that ends in" in done.output) == (2, True)


def test_two_releases_of_the_tables_are_compared_in_one_pass(export, tmp_path, tables, monkeypatch):
    tables.edit("count_limits", "wbc,stop,3.0,", "wbc,stop,1.0,")  # on record is 1.2
    tables.released()
    monkeypatch.setenv("THIOPURINE_CDS_RELEASES", str(tables.releases))
    (tmp_path / "other.toml").write_text(f'tables = "{VERSION}"\n')

    replayed(tmp_path / "out", export, "--compare", tmp_path / "other.toml")

    critical = {row["policy"] for row in rows(tmp_path / "out") if row["rule"] == "severe-cytopenia"
                and row["outcome"] == "fired"}  # fmt: skip
    withheld = {row["policy"] for row in rows(tmp_path / "out") if row["rule"] == "low-counts"
                and row["outcome"] == "fired"}  # fmt: skip
    assert (critical, withheld) == ({"this"}, {"other"})
