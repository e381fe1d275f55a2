"""A run's results, with figures that are easy to divide."""

from copy import deepcopy
from typing import Any

_RESULTS: dict[str, Any] = {
    "at": "2026-11-25T10:00:00+00:00",
    "commit": "aaaaaaa",
    "machine": {"cpu": "Some CPU", "cores": 2, "python": "3.11.7", "load": 0.1},
    "one_process": {
        "2 kB": {
            "bytes": 2_000,
            "own_ms": 2.0,
            "own_p99_ms": 3.0,
            "cpu_ms": 2.5,
            "rules_ms": 0.5,
            "rss_mb": 100.4,
            "floor_ms": {"plain": 0.5, "tuned": 0.25},
        }
    },
    "growth": {
        "irrelevant_ms": {"100": 5.0, "1000": 10.0},
        "relevant_ms": {"100": 15.0, "1000": 100.0},
        "irrelevant_slope_us": 5.0,
        "relevant_slope_us": 90.0,
        "rules_over_1000_relevant_ms": 1.5,
    },
    "start_up": {"runs": 7, "median_s": 0.9, "slowest_s": 1.1, "cpu_s": 0.8},
    "over_http": [
        {
            "size": "2 kB",
            "connections": 8,
            "signed_by": "ES384",
            "p50_ms": 20.0,
            "p99_ms": 40.0,
            "per_s": 300.0,
            "cpu_ms": 3.0,
            "rss_mb": 120.0,
        }
    ],
    "absent_prefetch": [
        {
            "chart": "20 resources",
            "latency_ms": 50,
            "connections": 1,
            "steps": 2,
            "evaluation_ms": 10.0,
            "p50_ms": 121.0,
            "p99_ms": 150.0,
            "per_s": 8.0,
            "cpu_ms": 20.0,
            "rss_mb": 118.0,
        }
    ],
    "peers": [
        {
            "peer": "Flask on gunicorn",
            "size": "2 kB",
            "ours_ms": 3.0,
            "cpu_ms": 1.5,
            "p50_ms": 4.0,
            "p99_ms": 9.0,
            "per_s": 900.0,
            "rss_mb": 40.0,
        }
    ],
}


def results(**changed: Any) -> dict[str, Any]:
    """One run, with these parts in place of its own."""
    return deepcopy(_RESULTS) | changed
