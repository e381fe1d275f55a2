"""Python's garbage collector, off while the server is loaded, on again when it answers."""

import gc

import pytest

from cds_service.server.serve import tune_collector


@pytest.fixture
def _collector_as_before():
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.enable()
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("_collector_as_before")
def test_it_runs_again_once_the_server_is_loaded_and_leaves_out_what_was_loaded():
    gc.disable()

    tune_collector()

    assert (gc.isenabled(), gc.get_threshold()[0], gc.get_freeze_count() > 0) == (True, 50_000, True)
