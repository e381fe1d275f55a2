"""The shapes of a timeline, and where a day lies in it."""

from dataclasses import dataclass
from datetime import date

WIDTH = 860
LEFT, RIGHT = 96, 150  # room for the labels, and for the words of the limits
PANEL = 74
HEADROOM = 1.15


@dataclass(frozen=True, slots=True)
class Mark:
    """A point with its words; `x` and `y` in the picture's units."""

    x: float
    y: float
    words: str
    on: str = ""
    kind: str = ""  # "baseline": the value before the drug


@dataclass(frozen=True, slots=True)
class DoseBar:
    """A dose from one day to another, as the line in time of its drug has it."""

    x: float
    y: float
    width: float
    height: float
    words: str
    kind: str  # "taken", "possible", "held", "ending", "to-come" or "draft"
    days: str = ""  # "2026-08-01 to today"


@dataclass(frozen=True, slots=True)
class TimeScale:
    """The days drawn."""

    first: date
    last: date
    today: date

    def x(self, day: date) -> float:
        """Where a day lies; one outside lies on the edge."""
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return round(LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT), 1)
