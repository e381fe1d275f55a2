"""Vaccines ordered and given."""

from dataclasses import dataclass
from enum import StrEnum

from cards.model.dates import ClinicalDate


class VaccineKind(StrEnum):
    """Whether a vaccine can replicate in the patient."""

    LIVE = "live"
    NON_LIVE = "non-live"
    UNCERTAIN = "live or not: the code does not say"


class Antigen(StrEnum):
    """Antigens that a rule tells apart."""

    ZOSTER = "zoster"
    VARICELLA = "varicella"
    HEPATITIS_B = "hepatitis B"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class VaccineOrder:
    """A vaccine in the draft orders."""

    record_ref: str
    kind: VaccineKind
    name: str  # the vaccine's name in the code table; "" if only free text matched
    antigen: Antigen = Antigen.OTHER
    is_selected: bool = True
    text: str = ""  # as displayed in the order


@dataclass(frozen=True, slots=True)
class ImmunizationRecord:
    """A vaccine that was given."""

    record_ref: str
    kind: VaccineKind
    name: str
    antigen: Antigen = Antigen.OTHER
    given_on: ClinicalDate | None = None
    text: str = ""
