"""One question about a deployment: how it stands, what was seen, what to do."""

from dataclasses import dataclass
from enum import StrEnum


class PointState(StrEnum):
    """How a point stands."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class ExaminedPoint:
    """One question about a deployment: how it stands, what was seen, what to do."""

    topic: str
    verdict: PointState
    seen: str
    advice: str = ""
