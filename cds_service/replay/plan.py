"""ReplayPlan: everything that decides what a replay finds; the same plan finds the same."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

import msgspec

from cards.model.policy import Policy
from cds_service.replay.sources import Unit


class Views(StrEnum):
    """When a patient's record is taken to have been opened."""

    ENCOUNTER = "encounter"
    INTERVAL = "interval"
    ONCE = "once"
    NEVER = "none"


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What to replay and how. It is sent whole to every worker."""

    units: tuple[Unit, ...]
    work: Path  # where partitions are kept between the steps; every worker must see it
    partitions: int
    as_of: datetime  # aware, in the site's zone: the day of the export, and of a view "once"
    policy: Policy
    hash_key: bytes = field(repr=False)
    other_policy: Policy | None = None
    releases: Path | None = None  # of the tables that the policies may name; every worker must see it
    views: Views = Views.ENCOUNTER
    interval_days: int = 90
    orders: bool = True  # False: no order is replayed
    assume_effective: bool = False
    skips: bool = (
        True  # False: every record is kept and every moment asked, only to show that skipping loses nothing
    )

    @property
    def fingerprint(self) -> str:
        """Equal for plans whose partial results may be put together."""
        said = (
            version("thiopurine-cds"),
            [(unit.kind, [(one.path, one.size, one.start) for one in unit.files]) for unit in self.units],
            self.partitions,
            self.as_of.isoformat(),
            repr(self.policy),
            repr(self.other_policy),
            str(self.releases),
            self.views,
            self.interval_days,
            self.orders,
            self.assume_effective,
            self.skips,
            hashlib.sha256(self.hash_key).hexdigest(),
        )
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()
