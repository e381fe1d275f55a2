"""The same command with something inside it broken: for `running_server(program="tests.reliability.faulty")`.

The environment says what:

- FAULTY_RULE: the id of a rule that raises, and whose message quotes the chart;
  FAULTY_RULE_FOR: only for patients born on that day.
- FAULTY_CLOCK: a file with the seconds by which the clock of the machine is wrong, now.
- FAULTY_AGE: a file with the seconds by which keys that were fetched are older than they are, now.
"""

import inspect
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from cards.assessment.case import Case
from cards.finding import Outcome


class WrongClock:
    """`datetime` for modules that ask it what time it is: everything but `now` is as it was."""

    def now(self, zone: tzinfo | None = None) -> datetime:
        """The time as the wrong clock shows it."""
        return datetime.fromtimestamp(time.time(), zone)

    def __getattr__(self, name: str) -> Any:
        return getattr(datetime, name)


def main() -> None:
    """Break what the environment names, and go on as the command does."""
    if "FAULTY_CLOCK" in os.environ:
        time.time = shifted(time.time, Path(os.environ["FAULTY_CLOCK"]))
    # Imported when the time is wrong already: some take a clock as a default.
    import_module("cds_service.server.serve")
    from cds_service.access import front_door, key_sets  # noqa: PLC0415 -- see above
    from cds_service.cli.main import main as command  # noqa: PLC0415 -- likewise

    if "FAULTY_CLOCK" in os.environ:
        give_everybody(WrongClock())
    if "FAULTY_AGE" in os.environ:
        clock = shifted(time.monotonic, Path(os.environ["FAULTY_AGE"]))
        front_door.KeySets = partial(key_sets.KeySets, clock=clock)
    if "FAULTY_RULE" in os.environ:
        break_rule(os.environ["FAULTY_RULE"], os.environ.get("FAULTY_RULE_FOR"))
    command()


def shifted(clock: Callable[[], float], by: Path) -> Callable[[], float]:
    """The clock, moved by as many seconds as the file says."""
    return lambda: clock() + float(by.read_text())


def give_everybody(clock: WrongClock) -> None:
    """Let every module of the service that asks for the time ask this clock."""
    for name, module in list(sys.modules.items()):
        if name.startswith("cds_service.") and "datetime.now(" in inspect.getsource(module):
            module.datetime = clock


def break_rule(rule_id: str, born_on: str | None) -> None:
    """Let a rule raise: for everybody, or for patients born on a day."""
    from cds_service.hooks.services import SERVICES  # noqa: PLC0415 -- not before the clock is set

    (rule,) = {id(one): one for service in SERVICES for one in service.rules if one.id == rule_id}.values()
    object.__setattr__(rule, "check", partial(failing, rule.check, born_on))


def failing(check: Callable[[Case], Outcome], born_on: str | None, case: Case) -> Outcome:
    """What the rule says, unless it raises."""
    if born_on is None or str(case.chart.born_on) == born_on:
        raise_about(case)
    return check(case)


def raise_about(case: Case) -> NoReturn:
    """Raise as a careless rule would, with the whole chart in the message and in a local variable."""
    chart = repr(case.chart)
    raise ValueError(f"cannot make sense of {chart}")


if __name__ == "__main__":
    main()
