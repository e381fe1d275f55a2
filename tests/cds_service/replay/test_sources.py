import fsspec
import pytest

from cds_service.replay.selection import select
from cds_service.replay.shards import rows_of
from cds_service.replay.sources import JSON, LINES, SourceError, units_of
from tests.cds_service.replay.exports import basic_export, write_export


@pytest.fixture
def elsewhere(tmp_path):
    """An export that only fsspec can read."""
    export = write_export(tmp_path / "export", basic_export())
    memory = fsspec.filesystem("memory")
    for file in export.iterdir():
        memory.pipe(f"/bucket/{file.name}", file.read_bytes())
    yield "memory://bucket"
    memory.rm("/bucket", recursive=True)


def test_an_export_elsewhere_is_selected_like_one_here(elsewhere, tmp_path):
    for number, unit in enumerate(units_of([elsewhere])):
        select(unit, number, tmp_path, 1)

    found = [(patient, len(rows)) for patient, rows in rows_of(tmp_path, 0)]
    assert found == [("p1", len(basic_export()))]


def test_small_files_are_read_together_and_answers_beside_requests_are_not_sources(tmp_path):
    (tmp_path / "story").mkdir()
    for name in ("request.json", "response.json", "settings.json"):
        (tmp_path / "story" / name).write_text("{}")
    (tmp_path / "one.json").write_text("{}")
    (tmp_path / "two.ndjson").write_text("{}\n")

    units = [
        (unit.kind, [file.path.rpartition("/")[2] for file in unit.files])
        for unit in units_of([str(tmp_path)])
    ]

    assert units == [(LINES, ["two.ndjson"]), (JSON, ["one.json", "request.json"])]


def test_a_source_without_files_is_refused(tmp_path):
    with pytest.raises(SourceError, match="holds no file"):
        units_of([str(tmp_path)])
