import pyarrow.parquet as pq
import pytest

from cards.knowledge.default_policy import default_policy
from cds_service.replay.local import LocalEngine
from cds_service.replay.run import replay
from tests.cds_service.replay.exports import many_patients, plan_for, write_export

pytestmark = pytest.mark.slow


class _StopAfter:
    """Does what a killed run leaves: some partitions done, the rest not begun."""

    def __init__(self, done):
        self._left = done

    def each(self, task, calls):
        for call in calls:
            if not self._left:
                raise KeyboardInterrupt
            self._left -= 1
            yield task(*call)


def tables(out):
    return [pq.read_table(out / f"{name}.parquet").to_pylist() for name in ("moments", "findings")]


def told_nothing(_step, _done, _total, _patients):
    return None


def test_a_killed_run_goes_on_where_it_stopped(tmp_path):
    export = write_export(tmp_path / "export", many_patients(12))
    plan = plan_for(export, tmp_path / "work")
    with pytest.raises(KeyboardInterrupt):
        replay(plan, _StopAfter(len(plan.units) + 7), tmp_path, told_nothing)
    kept = {one: one.stat().st_mtime_ns for one in (plan.work / "asked").glob("*/*.parquet")}

    with LocalEngine(2) as engine:
        replay(plan, engine, tmp_path, told_nothing)

    after = {one: one.stat().st_mtime_ns for one in kept}
    fresh = plan_for(export, tmp_path / "fresh")
    (tmp_path / "whole").mkdir()
    with LocalEngine(2) as engine:
        replay(fresh, engine, tmp_path / "whole", told_nothing)
    assert (len(kept), after) == (14, kept)
    assert tables(tmp_path) == tables(tmp_path / "whole")
    assert tables(tmp_path)[0]


def test_another_plan_does_not_take_up_the_work_of_this_one(tmp_path):
    export = write_export(tmp_path / "export", many_patients(3))
    plan = plan_for(export, tmp_path / "work")
    with LocalEngine(1) as engine:
        replay(plan, engine, tmp_path, told_nothing)
        first = tables(tmp_path)
        other = plan_for(export, tmp_path / "work", other_policy=default_policy())
        replay(other, engine, tmp_path, told_nothing)

    assert [row["other_info"] is None for row in first[0]] == [True] * len(first[0])
    assert [row["other_info"] is None for row in tables(tmp_path)[0]] == [False] * len(first[0])
