"""Replay with and without its skips is equal, row for row."""

from datetime import UTC, datetime

import pytest

from benchmarks.cohort import export_of
from cds_service.replay.plan import Views
from tests.cds_service.replay.exports import asked, plan_for, stories_export

pytestmark = pytest.mark.slow


def cohort(patients):
    return lambda folder: export_of(folder, patients, seed=11)


EXPORTS = {
    "each encounter and order of a hospital": (cohort(200), Views.ENCOUNTER),
    "a hospital on one day": (cohort(60), Views.ONCE),
    "a hospital at an interval": (cohort(40), Views.INTERVAL),
    "the stories on one day": (stories_export, Views.ONCE),
}


@pytest.mark.parametrize(("written", "views"), EXPORTS.values(), ids=EXPORTS)
def test_nothing_is_lost_by_what_is_skipped(written, views, tmp_path):
    written(tmp_path / "export")
    choices = {"views": views, "as_of": datetime(2026, 10, 1, tzinfo=UTC), "interval_days": 180}

    short = asked(plan_for(tmp_path / "export", tmp_path / "a", **choices))
    whole = asked(plan_for(tmp_path / "export", tmp_path / "b", **choices, skips=False))

    assert (short.moments, short.findings, short.refused) == (whole.moments, whole.findings, whole.refused)
    assert short.patients == whole.patients
    assert short.moments
    assert short.findings
