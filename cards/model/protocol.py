"""For whom a limit, a dose or a piece of advice is asked."""

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """Whose limits apply. Unless it is surely leukaemia under treatment, the stricter, immune limits stay."""

    LEUKAEMIA = "leukaemia"  # or lymphoblastic lymphoma, under treatment
    TRANSPLANT = "transplantation"
    IMMUNE = "immune-mediated disease"  # or not known what it is given for


@dataclass(frozen=True, slots=True)
class Protocol:
    """What decides which rows of a table hold. None is what is not known: only rows for anyone hold then."""

    group: Group | None = None
    country: str | None = None  # ISO 3166-1, two letters
    age_years: float | None = None  # the youngest possible where the birth date is partial
    study: str | None = None  # the protocol that the site treats leukaemia by
    days_since_transplant: int | None = None  # at most as many, since the last one; None: not known, or none


NOTHING_KNOWN = Protocol()
