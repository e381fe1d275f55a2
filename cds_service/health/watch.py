"""The thread in each process that keeps its canary fresh and updates the gauges that no request moves."""

import threading

from cds_service.health.canary import Canary
from cds_service.health.metrics import Metrics
from cds_service.logs import lines
from cds_service.memory.recorder import Recorder

_LOOK_AGAIN_S = 5.0


class Watch:
    """Looks at the canary and the recorder every few seconds, from the start on."""

    def __init__(self, canary: Canary, metrics: Metrics, recorder: Recorder) -> None:
        self._canary = canary
        self._metrics = metrics
        self._recorder = recorder
        self._stop = threading.Event()

    def start(self) -> None:
        """Start looking; called once in each process that answers."""
        threading.Thread(target=self._look_until_stopped, name="watch", daemon=True).start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()

    def look(self) -> None:
        """Bring the gauges up to date; the canary judges again when it is due."""
        self._metrics.saw(
            waiting=self._recorder.waiting,
            dropped=self._recorder.dropped,
            lines_lost=lines.lost,
            has_canary_passed=self._canary.verdict.has_passed,
        )

    def _look_until_stopped(self) -> None:
        while True:
            self.look()
            if self._stop.wait(_LOOK_AGAIN_S):
                return
