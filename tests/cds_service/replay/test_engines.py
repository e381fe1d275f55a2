import os
import signal

import pyarrow.parquet as pq
import pytest
from distributed import LocalCluster

from cds_service.replay.cluster import DaskEngine
from cds_service.replay.local import LocalEngine
from cds_service.replay.run import replay
from tests.cds_service.replay.exports import many_patients, plan_for, write_export

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]


def replayed(engine, export, folder, told):
    folder.mkdir()
    replay(plan_for(export, folder / "work"), engine, folder, told)
    return [pq.read_table(folder / f"{name}.parquet").to_pylist() for name in ("moments", "findings")]


def told_nothing(_step, _done, _total, _patients):
    return None


@pytest.fixture
def export(tmp_path):
    return write_export(tmp_path / "export", many_patients(40))


@pytest.fixture
def of_local(export, tmp_path):
    with LocalEngine(2) as engine:
        return replayed(engine, export, tmp_path / "local", told_nothing)


def test_dask_finds_row_for_row_what_local_finds(export, of_local, tmp_path):
    with DaskEngine(workers=2) as engine:
        assert replayed(engine, export, tmp_path / "dask", told_nothing) == of_local

    assert len(of_local[0]) == 120


def test_a_running_scheduler_does_the_same_and_goes_on_running(export, of_local, tmp_path):
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with DaskEngine(cluster.scheduler_address) as engine:
            assert replayed(engine, export, tmp_path / "dask", told_nothing) == of_local

        assert (cluster.status.name, len(cluster.workers)) == ("running", 2)


def test_a_worker_killed_in_the_middle_changes_nothing(export, of_local, tmp_path):
    killed = []

    with DaskEngine(workers=2) as engine:

        def kill_one(step, done, _total, _patients):
            if step == "ask" and done == 2 and not killed:
                killed.append(next(iter(engine.client.run(os.getpid).values())))
                os.kill(killed[0], signal.SIGKILL)

        found = replayed(engine, export, tmp_path / "dask", kill_one)

    assert (found == of_local, len(killed)) == (True, 1)
