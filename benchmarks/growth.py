"""`python -m benchmarks.growth`: how the cost grows with the number of results, and that of the rules alone."""

import json
import statistics
import sys
import time

from benchmarks.hook_bodies import whole_body
from benchmarks.one_process import rules_ms
from benchmarks.service import running_service
from cds_service.endpoints.service import service_in

OBSERVATIONS = (100, 300, 1_000, 3_000, 10_000)
_RELEVANT = 1_000
_TIMES = 9
_WARM = 3


def growth(*, is_relevant: bool) -> dict[str, float]:
    """CPU of a request in ms for each number of results, that rules read or that none does."""
    found: dict[str, float] = {}
    with running_service() as service:
        service_in(service.app).settings = service_in(service.app).settings.model_copy(
            update={"max_body_bytes": 100_000_000}
        )
        for count in OBSERVATIONS:
            others, wanted = (0, count) if is_relevant else (count, 0)
            spent = []
            for seed in range(_TIMES + _WARM):
                body = whole_body(seed, others, wanted)
                before = time.thread_time()
                service.call(body)
                spent.append((time.thread_time() - before) * 1000)
            found[str(count)] = statistics.median(spent[_WARM:])
    return found


def slope_us(costs: dict[str, float]) -> float:
    """CPU in microseconds that one more result costs, by least squares."""
    slope, _ = statistics.linear_regression([float(count) for count in costs], list(costs.values()))
    return slope * 1000


def main() -> None:
    """Print the figures as JSON."""
    irrelevant, relevant = growth(is_relevant=False), growth(is_relevant=True)
    figures = {
        "irrelevant_ms": irrelevant,
        "relevant_ms": relevant,
        "irrelevant_slope_us": slope_us(irrelevant),
        "relevant_slope_us": slope_us(relevant),
        "rules_over_1000_relevant_ms": rules_ms(whole_body(1, 0, _RELEVANT)),
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main()
