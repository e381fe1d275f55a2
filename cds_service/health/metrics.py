"""The metrics that Prometheus reads: requests, durations, cards, missing data. No patient data."""

import os
from collections import Counter as TallyOf
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

from cards.finding import Blocked, Decision, Fired
from cds_service.answering.reply import Answer
from cds_service.health.heard_notices import acknowledgement
from cds_service.health.shared_counters import FOLDER
from cds_service.hooks.feedback import FeedbackItem

_ANOTHER_PATIENT = "another patient"  # beside the reasons of UnreadReason
_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        name = "thiopurine_cds_"
        self._requests = Counter(
            f"{name}requests",
            "Requests, by what was called and how it ended.",
            ("endpoint", "status"),
            registry=own,
        )
        self._seconds = Histogram(
            f"{name}hook_seconds", "Time to answer a hook.", ("hook",), buckets=_SECONDS, registry=own
        )
        self._cards = Counter(
            f"{name}cards",
            "Cards, by each rule that speaks in them.",
            ("rule", "indicator", "sent"),
            registry=own,
        )
        self._missing = Counter(
            f"{name}missing", "Rules that lacked a kind of data.", ("kind", "blocked"), registry=own
        )
        self._unusable = Counter(
            f"{name}unusable_records",
            "Records that came and were not used, by why.",
            ("reason",),
            registry=own,
        )
        self._failed = Counter(
            f"{name}failed_rules", "Rules that raised: a fault of ours.", ("rule",), registry=own
        )
        self._fetches = Counter(
            f"{name}fallback_searches", "Searches at a client's FHIR server.", ("outcome",), registry=own
        )
        self._notices = Counter(
            f"{name}server_notices",
            "Hook calls with a notice of a FHIR server's vendor.",
            ("code", "acknowledged"),
            registry=own,
        )
        self._feedback = Counter(f"{name}feedback", "Reports about cards.", ("outcome",), registry=own)
        self._refused = Counter(
            f"{name}refused_clients", "Calls without a token that proves a client.", registry=own
        )
        self._waiting = Gauge(
            f"{name}records_waiting", "Records not written yet.", registry=own, multiprocess_mode="livesum"
        )
        self._dropped = Gauge(
            f"{name}records_dropped", "Records lost since start.", registry=own, multiprocess_mode="livesum"
        )
        self._lines_lost = Gauge(
            f"{name}log_lines_lost",
            "Lines of the log that could not be written since start.",
            registry=own,
            multiprocess_mode="livesum",
        )
        self._canary = Gauge(
            f"{name}canary_passed",
            "1: the known orders get their cards.",
            registry=own,
            multiprocess_mode="livemin",
        )

    def ended(self, endpoint: str, status: int) -> None:
        """Count a request."""
        self._requests.labels(endpoint, str(status)).inc()
        if status == 401:  # noqa: PLR2004 -- the one status of an untrusted client
            self._refused.inc()

    def answered(self, hook: str, found: Answer, seconds: float) -> None:
        """Count the answer to a hook."""
        self._seconds.labels(hook).observe(seconds)
        for card in found.cards:
            for rule in card.rules:
                self._cards.labels(rule, card.indicator, card.withheld or "sent").inc()
        for heard in found.heard:
            self._notices.labels(heard.notice.code, acknowledgement(heard)).inc()
        if found.considered is None:
            return
        for (kind, is_blocked), count in _lacked(found.considered.advice.decisions).items():
            self._missing.labels(kind, "yes" if is_blocked else "no").inc(count)
        for record in found.considered.chart.unread:
            self._unusable.labels(record.reason).inc()
        if found.of_others:
            self._unusable.labels(_ANOTHER_PATIENT).inc(found.of_others)
        for failed in found.considered.advice.failed:
            self._failed.labels(failed.rule_id).inc()

    def fetched(self, *, is_found: bool) -> None:
        """Count a search that the prefetch made necessary."""
        self._fetches.labels("found" if is_found else "failed").inc()

    def told(self, items: tuple[FeedbackItem, ...]) -> None:
        """Count feedback."""
        for item in items:
            self._feedback.labels(item.outcome).inc()

    def saw(self, *, waiting: int, dropped: int, lines_lost: int, has_canary_passed: bool) -> None:
        """Set the gauges of this process as of now."""
        self._waiting.set(waiting)
        self._dropped.set(dropped)
        self._lines_lost.set(lines_lost)
        self._canary.set(has_canary_passed)

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format, summed over all processes where they count together."""
        if FOLDER not in os.environ:
            return generate_latest(self._registry)
        everywhere = CollectorRegistry()
        multiprocess.MultiProcessCollector(everywhere, os.environ[FOLDER])  # type: ignore[no-untyped-call]
        return generate_latest(everywhere)


def _lacked(decisions: Iterable[Decision]) -> Mapping[tuple[str, bool], int]:
    """How many rules lacked each kind of data, and whether that blocked them."""
    return TallyOf(
        (kind, isinstance(outcome, Blocked))
        for outcome in (decision.outcome for decision in decisions)
        if isinstance(outcome, Fired | Blocked)
        for kind in {one.kind.value for one in outcome.missing}
    )
