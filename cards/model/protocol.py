"""For whom a limit, a dose or a piece of advice is asked."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Group(StrEnum):
    """Whose limits apply. Unless it is surely leukaemia under treatment, the stricter, immune limits stay."""

    LEUKAEMIA = "leukaemia"  # or lymphoblastic lymphoma, under treatment
    TRANSPLANT = "transplantation"
    IMMUNE = "immune-mediated disease"  # or not known what it is given for


TEAMS = MappingProxyType(
    {
        Group.LEUKAEMIA: "oncology team",
        Group.TRANSPLANT: "transplant team",
        Group.IMMUNE: "treating specialist",
    }
)
"""With whom a change is agreed."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """What decides which rows of a table hold. None is what is not known: only rows for anyone hold then."""

    group: Group | None = None
    country: str | None = None  # ISO 3166-1, two letters
    age_years: float | None = None  # the youngest possible where the birth date is partial
    study: str | None = None  # the protocol that the site treats leukaemia by
    days_since_transplant: int | None = None  # at most as many, since the last one; None: not known, or none

    @property
    def team(self) -> str:
        """With whom a change is agreed: "transplant team"."""
        return TEAMS[self.group or Group.IMMUNE]


NOTHING_KNOWN = Protocol()
