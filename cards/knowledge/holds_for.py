"""For whom does a row of a table hold, and which of several rows about the same thing comes closest?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, Self, TypeVar

from cards.model.protocol import Group, Protocol

Held = TypeVar("Held")
ANY = "any"  # in the table: it holds for everyone
COLUMNS = ("disease_group", "country", "age_from", "age_below")
ABOUT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "baseline_tests": ("item",),
        "count_limits": ("analyte", "tier"),
        "count_notes": ("analyte", "direction"),
        "count_trends": ("analyte",),
        "dosing_days": ("statement",),
        "dpwg_advice": ("drug", "gene", "phenotype"),
        "fda_statements": ("drug", "genotype"),
        "genotype_doses": ("drug", "tpmt", "nudt15"),
        "hepatitis_b": ("agent", "serology"),
        "hepatitis_b_alt": ("measure",),
        "hepatitis_b_views": ("serology", "occasion"),
        "indication_doses": ("drug", "indication", "statement"),
        "interactions": ("culprit", "drug"),
        "leukaemia_limits": ("limit", "study"),
        "live_vaccines": ("statement", "drug"),
        "liver_limits": ("analyte", "sign"),
        "metabolite_limits": ("name",),
        "metabolite_matrix": ("group", "tgn", "mmp", "on_allopurinol"),
        "metabolite_notes": ("topic",),
        "metabolite_ranges": ("group",),
        "other_dose_views": ("drug", "gene", "phenotype"),
        "other_interactions": ("culprit", "drug"),
        "patient_advice": ("topic",),
        "renal_doses": ("drug", "measure"),
        "schedules": ("profile", "trigger"),
        "sequence": ("statement",),
        "start_advice": ("topic", "drug", "indication"),
        "stopping": ("indication",),
        "toxicity_advice": ("topic",),
        "varicella": ("statement",),
    }
)
"""The tables whose rows say for whom they hold, and the columns that say what a row is about.

Rows about the same thing compete: those that hold for a patient most closely are read, the others are not.
"""


@dataclass(frozen=True, slots=True)
class HoldsFor:
    """The patients for whom a row holds; None is anyone."""

    group: Group | None = None
    country: str | None = None  # ISO 3166-1, two letters
    age_from: float | None = None  # years, included
    age_below: float | None = None  # years, excluded

    def holds(self, protocol: Protocol) -> bool:
        """Whether the row holds for a patient; what is not known of the patient meets no condition."""
        return (
            (self.group is None or self.group is protocol.group)
            and (self.country is None or self.country == protocol.country)
            and ((self.age_from is None and self.age_below is None) or self._holds_at(protocol.age_years))
        )

    @property
    def is_for_no_age(self) -> bool:
        """Whether the ages leave nobody: from 18 and below 18."""
        return not _least(self.age_from) < _greatest(self.age_below)

    @property
    def closeness(self) -> tuple[bool, bool, bool]:
        """What orders the rows that hold for one patient: the group decides, then the country, then the age."""
        return self.group is not None, self.country is not None, self._names_ages

    def overlaps(self, other: "HoldsFor") -> bool:
        """Whether patients exist for whom both hold and neither more closely: of one age band and another."""
        return (
            (self.group, self.country) == (other.group, other.country)
            and self.closeness == other.closeness
            and _least(self.age_from) < _greatest(other.age_below)
            and _least(other.age_from) < _greatest(self.age_below)
        )

    @property
    def is_narrow(self) -> bool:
        """Whether more than the group decides."""
        return self.country is not None or self._names_ages

    @property
    def _names_ages(self) -> bool:
        return self.age_from is not None or self.age_below is not None

    def _holds_at(self, age: float | None) -> bool:
        return age is not None and _least(self.age_from) <= age < _greatest(self.age_below)


ANYONE = HoldsFor()


def closest(rivals: Sequence[tuple[HoldsFor, Held]], protocol: Protocol) -> tuple[Held, ...]:
    """Of rows about the same thing, those that hold for a patient most closely; () where none holds."""
    held = [one for one in rivals if one[0].holds(protocol)]
    if len(held) > 1:
        most = max([holds_for.closeness for holds_for, _ in held])
        held = [one for one in held if one[0].closeness == most]
    return tuple([row for _, row in held])


@dataclass(frozen=True, slots=True)
class Rivals(Generic[Held]):
    """Rows that are asked for with every request; where the group alone decides, the answers are ready."""

    about: tuple[tuple[tuple[HoldsFor, Held], ...], ...]  # the rows about each thing
    of_group: Mapping[Group | None, tuple[Held, ...]] | None

    @classmethod
    def of(cls, about: Iterable[tuple[tuple[HoldsFor, Held], ...]]) -> Self:
        """The rows about one thing, or about several."""
        rows = tuple(about)
        if any(holds_for.is_narrow for rivals in rows for holds_for, _ in rivals):
            return cls(rows, None)
        return cls(rows, {group: _held(rows, Protocol(group)) for group in (None, *Group)})

    def closest(self, protocol: Protocol) -> tuple[Held, ...]:
        """Of the rows about each thing those that hold for a patient most closely."""
        return _held(self.about, protocol) if self.of_group is None else self.of_group[protocol.group]


def _held(about: tuple[tuple[tuple[HoldsFor, Held], ...], ...], protocol: Protocol) -> tuple[Held, ...]:
    return tuple(row for rivals in about for row in closest(rivals, protocol))


def _least(age_from: float | None) -> float:
    return float("-inf") if age_from is None else age_from


def _greatest(age_below: float | None) -> float:
    return float("inf") if age_below is None else age_below
