"""Whether the service may be sent requests: tables, database, canary."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from cds_service.errors import StoreUnavailableError
from cds_service.health.canary import Canary
from cds_service.health.heard_notices import ClientNotice
from cds_service.hooks.services import SERVICES
from cds_service.memory.recorder import Recorder
from cds_service.memory.store import Store


@dataclass(frozen=True, slots=True)
class Check:
    """One condition that must hold."""

    name: str
    has_passed: bool
    why: str = ""


def checks(store: Store, canary: Canary, recorder: Recorder) -> tuple[Check, ...]:
    """Every condition that must hold, checked now or, for the canary, recently."""
    return (_tables(), _database(store, recorder), _canary(canary))


def as_content(found: tuple[Check, ...], notices: tuple[ClientNotice, ...] = ()) -> dict[str, Any]:
    """The checks as JSON, and the vendors' notices that this process heard: they concern no request alone."""
    return {
        "status": "ready" if all(check.has_passed for check in found) else "not ready",
        "checks": {
            check.name: {"passed": check.has_passed} | ({"why": check.why} if check.why else {})
            for check in found
        },
        "notices": [asdict(notice) for notice in notices],
    }


def _tables() -> Check:
    try:
        for service in SERVICES:
            service.described()
    except (KeyError, ValueError) as error:
        return Check("tables", has_passed=False, why=f"a table cannot be trusted: {error}")
    return Check("tables", has_passed=True)


def _database(store: Store, recorder: Recorder) -> Check:
    """Whether the database can be read and accepted the last write: a full disk can still be read."""
    if recorder.is_failing:
        return Check("database", has_passed=False, why=f"{recorder.waiting} records cannot be written")
    try:
        store.shown_already(("no card",), "order-select", datetime.now(UTC))
    except StoreUnavailableError as error:
        return Check("database", has_passed=False, why=error.message)
    return Check("database", has_passed=True)


def _canary(canary: Canary) -> Check:
    verdict = canary.verdict
    if verdict.has_passed:
        return Check("canary", has_passed=True)
    wrong = ", ".join(verdict.wrong)
    return Check("canary", has_passed=False, why=f"wrong cards for: {wrong}" if wrong else "no known order")
