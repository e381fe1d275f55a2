"""The canary: known orders evaluated again and again; after one wrong answer the service is not ready."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from cards.knowledge.knowledge import Knowledge
from cds_service.health.known_orders import KnownOrder, known_orders
from cds_service.logs import frames_of

log = structlog.get_logger()

EVERY_S = 180.0


@dataclass(frozen=True, slots=True)
class CanaryVerdict:
    """What the known orders led to."""

    wrong: tuple[str, ...]  # names of the orders whose cards differ from the known ones, or that crashed
    orders: int

    @property
    def has_passed(self) -> bool:
        """Whether every answer was right; False if there were no orders, since nothing was shown."""
        return not self.wrong and self.orders > 0


class Canary:
    """Evaluates the known orders when first asked, and again whenever its verdict is older than `every_s`.

    It asks the tables that it is given; `orders` by default are those of their release.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        orders: Callable[[], Iterable[KnownOrder]] | None = None,
        every_s: float = EVERY_S,
    ) -> None:
        own = () if orders else known_orders(knowledge.release)
        self._knowledge = knowledge
        self._orders = orders or (lambda: own)
        self._every_s = every_s
        self._lock = threading.Lock()
        self._verdict: CanaryVerdict | None = None
        self._judged_at = 0.0

    @property
    def verdict(self) -> CanaryVerdict:
        """The last verdict, or a new one if it is too old."""
        with self._lock:
            if self._verdict is None or time.monotonic() - self._judged_at >= self._every_s:
                return self._judge()
            return self._verdict

    def judge(self) -> CanaryVerdict:
        """Evaluate the known orders now."""
        with self._lock:
            return self._judge()

    def _judge(self) -> CanaryVerdict:
        orders = tuple(self._orders())
        wrong = tuple(order.name for order in orders if not _is_right(order, self._knowledge))
        found = CanaryVerdict(wrong, len(orders))
        before = self._verdict
        if not found.has_passed:
            log.critical("canary_failed", orders=found.orders, wrong=found.wrong)
        elif before is not None and not before.has_passed:
            log.info("canary_passed_again", orders=found.orders)
        self._verdict, self._judged_at = found, time.monotonic()
        return found


def _is_right(order: KnownOrder, knowledge: Knowledge) -> bool:
    try:
        return order.answered(knowledge) == order.cards
    except Exception as error:  # noqa: BLE001 -- a crash is a wrong answer; it is logged, and readiness tells it
        log.error("canary_crashed", order=order.name, kind=type(error).__name__, frames=frames_of(error))  # noqa: TRY400 -- as above
        return False
