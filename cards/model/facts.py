"""Kinds of facts, what is known of each, and records that could not be read."""

from dataclasses import KW_ONLY, dataclass
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


NO_SUCH_PATIENT = "no such patient at the FHIR server"
NULL_PATIENT = "the client sent null for the patient too"


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
    why: str = ""  # for UNKNOWN, PARTIAL and sometimes TRUNCATED: "not sent", "2 Observations were not used"
    complete_since: ClinicalDate | None = None  # for TRUNCATED: nothing newer than this is missing
    withheld: str = ""  # the part that a server keeps from every request of its client, and says so

    @property
    def is_unknown(self) -> bool:
        """Whether the absence of a record proves nothing."""
        return self.availability in (Availability.UNKNOWN, Availability.PARTIAL)


class UnreadReason(StrEnum):
    """Why a record was not used: a label of a metric, and what the card of gaps puts together."""

    NOT_UNDERSTOOD = "not understood"
    UNNAMED = "does not say what it is"
    NO_VALUE = "no value"
    CONTRADICTORY = "contradictory"
    DATE = "date not understood"
    STATUS = "status not understood"
    INVALID = "not valid FHIR"
    MODIFIER = "modifier extension"
    FAILED = "reading failed"


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
    _: KW_ONLY
    reason: UnreadReason = UnreadReason.NOT_UNDERSTOOD
    what: str = ""  # what it is about, in plain words: "body weight"; "" where that is not known
    on: ClinicalDate | None = None  # the record's own date, where it is known
    is_order: bool = False  # a draft of which nothing could be read: it may order anything
    is_counted: bool = False  # its facts count nevertheless, and a reader should know that they are doubtful

    @property
    def in_words(self) -> str:
        """What was not used and why.

        >>> Unread("Observation/1", FactKind.VITALS, "the unit is not known", what="body weight").in_words
        'body weight not used: the unit is not known'
        """
        return f"{self.what or 'a record'}{'' if self.is_counted else ' not used'}: {self.why}"


@dataclass(frozen=True, slots=True)
class Missing:
    """Facts that a rule needed and that were not available."""

    kind: FactKind
    why: str
