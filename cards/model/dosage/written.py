"""A dosage as an order states it: amounts, rhythms and words, before any strength, weight or day is applied."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from cards.model.dosage.amounts import Amount

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # FHIR days-of-week


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How many doses a day; a fraction for alternate or single days."""

    per_day: Fraction
    words: str
    low_per_day: Fraction | None = None  # the lower end of a range
    times: frozenset[str] = frozenset()  # parts of the day that it names: "morning", "evening"
    weekdays: frozenset[str] = frozenset()  # "mon", "tue"; empty: every day

    def is_apart_from(self, other: "Rhythm") -> bool:
        """Whether no dose of one can be a dose of the other, so that the two add up."""
        return _are_disjoint(self.times, other.times) or _are_disjoint(self.weekdays, other.weekdays)


def _are_disjoint(some: frozenset[str], others: frozenset[str]) -> bool:
    return bool(some and others) and not some & others


@dataclass(frozen=True, slots=True)
class Clause:
    """One amount with its rhythm: "2 tablets (100 mg) in the morning"."""

    count: Amount | None = None  # tablets, capsules or mL
    mass: Amount | None = None
    strength_mg: Fraction | None = None  # "of 50 mg", "50 mg tablets"
    rhythm: Rhythm | None = None
    divided_in: Rhythm | None = None  # the amount is of a whole day, taken in this rhythm
    is_whole_mass: bool = False  # "2 tablets (100 mg total)": the mass is not that of one tablet


@dataclass(frozen=True, slots=True)
class Sig:
    """A sig that was understood to its last word."""

    clauses: tuple[Clause, ...]
    is_as_needed: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """When a step of a plan is taken: its bounds, where they are recorded."""

    start: date | None = None
    end: date | None = None
    days: Fraction | None = None  # the duration, where only that is recorded

    @property
    def is_bounded(self) -> bool:
        """Whether the record states anything about when the step is taken."""
        return self != Window()


@dataclass(frozen=True, slots=True)
class StatedAmount:
    """One way in which the structure states the dose, or why it cannot be read."""

    amount: Amount | None
    problem: str = ""
    rank: int = 0  # which one to print, of several that agree: the lowest


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that may be taken in so many days."""

    amount: Amount
    days: Fraction


@dataclass(frozen=True, slots=True)
class WrittenDosage:
    """One dosage instruction as written. Text and structure are both kept: they may contradict each other."""

    amounts: tuple[StatedAmount, ...] = ()  # of one dose: they must agree, and never add up
    is_rate: bool = False  # only a rate is stated
    rhythm: Rhythm | None = None
    rhythm_problem: str = ""  # why the structure's rhythm cannot be read
    is_rhythm_in_words: bool = False  # that is for unknown words or codes: the sig may still state it
    text: str = ""
    sig: Sig | None = None  # the text, where it was understood
    patient_text: str = ""  # the instruction to the patient
    patient_sig: Sig | None = None
    is_as_needed: bool = False  # by its structure
    limits: tuple[Limit, ...] = ()
    sequence: float | None = None  # its place among the steps of a plan
    window: Window = Window()  # of one of several
