"""`python -m benchmarks.floor SIZE COUNT`: CPU of parsing each body, in a process that does nothing else."""

import gc
import json
import statistics
import sys
import time

import orjson

from benchmarks.hook_bodies import bodies

_FREED_BEFORE_COLLECTING = 50_000  # as the server's workers are set


def parsing_ms(size: str, count: int) -> float:
    """The median CPU of `orjson.loads`, freeing what it made included."""
    spent = []
    for body in bodies(size, count):
        before = time.process_time()
        orjson.loads(body)
        spent.append((time.process_time() - before) * 1000)
    return statistics.median(spent)


def main() -> None:
    """The floor by Python's own collector settings, and by the server's."""
    size, count = sys.argv[1], int(sys.argv[2])
    plain = parsing_ms(size, count)
    gc.freeze()
    gc.set_threshold(_FREED_BEFORE_COLLECTING)
    sys.stdout.write(json.dumps({"plain": plain, "tuned": parsing_ms(size, count)}))


if __name__ == "__main__":
    main()
