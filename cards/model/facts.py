"""Kinds of facts, what is known of each, and records that could not be read."""

from dataclasses import dataclass
from enum import StrEnum

from cards.model.dates import ClinicalDate
from cards.model.genes import Gene


class FactKind(StrEnum):
    """A group of records that are requested, arrive or are missing together."""

    PATIENT = "patient"
    MEDICATIONS = "medications"
    CONDITIONS = "conditions"
    ALLERGIES = "allergies"
    IMMUNIZATIONS = "immunizations"
    PROCEDURES = "procedures"
    ORDERED_TESTS = "ordered tests"
    GENES = "TPMT and NUDT15 results"
    COUNTS = "blood counts"
    VITALS = "weight and height"
    LIVER = "liver tests"
    KIDNEY = "kidney tests"
    METABOLITES = "thiopurine metabolites"
    SEROLOGY = "serology"
    PREGNANCY = "pregnancy status"


class Availability(StrEnum):
    """What the request stated about a kind of facts; unknown is never the same as empty."""

    KNOWN = "known"
    EMPTY = "searched, nothing there"
    TRUNCATED = "a full page: older records may exist"
    PARTIAL = "records came that were not used"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Known:
    """How much is known of one kind of facts."""

    availability: Availability
    why: str = ""  # for UNKNOWN and PARTIAL: "not sent", "2 Observations were not used"
    complete_since: ClinicalDate | None = None  # for TRUNCATED: nothing newer than this is missing

    @property
    def is_unknown(self) -> bool:
        """Whether the absence of a record proves nothing."""
        return self.availability in (Availability.UNKNOWN, Availability.PARTIAL)


@dataclass(frozen=True, slots=True)
class Unread:
    """A record, or a part of one, that could not be read, and why.

    `deciding` is False where only a part that no rule needs was lost.
    """

    record_ref: str
    kind: FactKind | None
    why: str  # one clause in plain words; may quote what came, never a name or an identifier
    deciding: bool = True
    genes: frozenset[Gene] = frozenset()  # the genes that a record about genes names


@dataclass(frozen=True, slots=True)
class Missing:
    """Facts that a rule needed and that were not available."""

    kind: FactKind
    why: str
