"""Many cases against one target: counted, and what broke kept."""

import hashlib
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.fuzz.mutations import mutated
from tests.fuzz.targets import TARGETS, Target, checked, errors_logged

_MOST_KINDS = 50


@dataclass
class Tally:
    """What came of the cases of one target."""

    cases: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    broken: dict[str, bytes] = field(default_factory=dict)  # where and how, and the first such case
    slowest: tuple[float, bytes] = (0.0, b"")  # in ms, and the case


def campaign(
    target: Target, cases: int, seed: int, each: Callable[[Tally], None] = lambda _tally: None
) -> Tally:
    """So many cases, the same for the same seed. `each` is called after every one of them."""
    random = Random(seed)  # noqa: S311 -- to make cases
    seeds, others = target.seeds(), target.others()
    tally = Tally()
    with errors_logged() as errors:
        for number in range(cases):
            body = random.choice(seeds)
            try_case(target, body if number % 1_000 == 0 else mutated(body, random, others), errors, tally)
            each(tally)
    return tally


def named_campaign(name: str, cases: int, seed: int) -> tuple[str, Tally]:
    """A campaign as another process can be asked for it: the target by its name, given back with it."""
    return name, campaign(TARGETS[name], cases, seed)


def try_case(target: Target, case: bytes, errors: list[dict[str, object]], tally: Tally) -> None:
    """One case, counted. What breaks is kept once for each place in the code."""
    tally.cases += 1
    started = time.perf_counter()
    try:
        tally.outcomes[checked(target, case, errors)] += 1
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is what is looked for
        tally.outcomes["BROKEN"] += 1
        if len(tally.broken) < _MOST_KINDS:
            tally.broken.setdefault(_place(error), case)
    tally.slowest = max(tally.slowest, ((time.perf_counter() - started) * 1000, case))


def keep(name: str, tally: Tally, folder: Path) -> list[Path]:
    """The cases that broke something, written into files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for where, case in tally.broken.items():
        file = folder / f"{name}-{hashlib.sha256(case).hexdigest()[:12]}"
        file.write_bytes(case)
        file.with_suffix(".txt").write_text(f"{where}\n", encoding="utf-8")
        files.append(file)
    return files


def keep_slowest(name: str, slowest: tuple[float, bytes], folder: Path) -> None:
    """The case that took longest, in a file named for its target."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}-slowest").write_bytes(slowest[1])


def _place(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    said = str(error)[:300] if isinstance(error, AssertionError) else ""
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno} {said}"
