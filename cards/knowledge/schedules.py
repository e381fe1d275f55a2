"""How often are blood counts and liver tests due, by the schedule that a site follows?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from cards.knowledge.sentences import Sentences
from cards.knowledge.sources import Citation
from cards.knowledge.tables import TableError, Tables


class UnknownProfileError(LookupError):
    """A policy names a schedule that schedules.csv does not hold."""


class Trigger(StrEnum):
    """What sets an interval: a day from which it counts, or a lasting state."""

    START = "start"  # or a restart after a gap
    INCREASE = "dose increase"
    SEPSIS = "after sepsis"
    HIGH_RISK = "high risk"
    MAINTENANCE = "maintenance"


class Monitored(StrEnum):
    """What is watched."""

    COUNT = "blood count"
    LIVER = "liver tests"
    BOTH = "blood count and liver tests"

    def covers(self, other: "Monitored") -> bool:
        """Whether a statement about this is one about `other`."""
        return self in (other, Monitored.BOTH)


@dataclass(frozen=True, slots=True)
class SchedulePhase:
    """How often tests are due up to a day after the trigger; `until_day` None is for good."""

    trigger: Trigger
    until_day: int | None
    interval_days: int
    what: Monitored
    note: str
    citation: Citation


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Schedules:
    """The schedules that a site may choose, each with its phases, earliest first within each trigger."""

    phases: Mapping[str, tuple[SchedulePhase, ...]]

    @classmethod
    def read(cls, tables: Tables, sentences: Sentences) -> Self:
        """The rows of schedules.csv. Raises TableError for a schedule that says nothing of a restart after sepsis."""
        phases: dict[str, tuple[SchedulePhase, ...]] = {}
        for row in tables.rows("schedules"):
            phase = SchedulePhase(
                row.member("trigger", Trigger),
                row.count_or_none("until_day"),
                int(row.number("interval_days")),
                row.member("what", Monitored),
                sentences.text_or_none(row, "sentence"),
                row.citation(),
            )
            phases[row.text("profile")] = (*phases.get(row.text("profile"), ()), phase)
        for profile, its in phases.items():
            if not any(phase.trigger is Trigger.SEPSIS and phase.until_day for phase in its):
                raise TableError(
                    f"schedules.csv: {profile!r} lacks a row {Trigger.SEPSIS.value!r} until a day"
                )
        return cls(phases)

    @property
    def profiles(self) -> frozenset[str]:
        """The names of the schedules that a site may choose."""
        return frozenset(self.phases)

    def schedule(self, profile: str) -> tuple[SchedulePhase, ...]:
        """The phases of a schedule, earliest first within each trigger. Raises UnknownProfileError."""
        if profile not in self.phases:
            raise UnknownProfileError(f"schedule {profile!r}: expected one of {sorted(self.phases)}")
        return self.phases[profile]

    def after_sepsis(self, profile: str) -> SchedulePhase:
        """How a schedule watches a restart after sepsis. Raises UnknownProfileError."""
        return next(phase for phase in self.schedule(profile) if phase.trigger is Trigger.SEPSIS)
