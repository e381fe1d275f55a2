"""One dosage instruction in milligrams, and the dose that a free-text sig states."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from cards.model.dosage.amounts import (
    Amount,
    ContradictionError,
    DoseError,
    Measures,
    Taken,
    exact,
    in_mg,
    quoted,
    spell,
)
from cards.model.dosage.written import Clause, Rhythm, Sig


@dataclass(frozen=True, slots=True)
class Instruction:
    """One dosage instruction, read."""

    taken: Taken
    rhythm: Rhythm
    is_whole_day: bool = False  # `taken` is a day's amount, not a dose's
    is_uneven: bool = False  # several unlike doses make up the day
    is_as_needed: bool = False
    is_from_text: bool = False
    plan: str = ""
    most: Fraction | None = None  # mg a day, by maxDosePerPeriod

    @property
    def high(self) -> Fraction:
        """The most milligrams a day."""
        high = self.taken.mg.high if self.is_whole_day else self.taken.mg.high * self.rhythm.per_day
        return high if self.most is None else min(high, self.most)

    @property
    def low(self) -> Fraction:
        """The fewest milligrams a day."""
        least = self.rhythm.low_per_day
        per_day = self.rhythm.per_day if least is None else least
        return min(self.taken.mg.low if self.is_whole_day else self.taken.mg.low * per_day, self.high)

    @property
    def per_dose(self) -> Fraction | None:
        """The most milligrams at once; None when doses of a day differ."""
        if self.is_uneven:
            return None
        return self.taken.mg.high / self.rhythm.per_day if self.is_whole_day else self.taken.mg.high

    @property
    def words(self) -> str:
        """The instruction as read, without its sum."""
        if self.is_uneven:
            return self.taken.words
        if not self.is_whole_day:
            return f"{self.taken.words}, {self.rhythm.words}"
        if self.rhythm.words.startswith("a day"):
            return f"{self.taken.words} {self.rhythm.words}"
        return f"{self.taken.words} a day, divided: {self.rhythm.words}"


@dataclass(frozen=True, slots=True)
class SpokenDose:
    """What a sig says: whole, or only how much or how often."""

    daily: Instruction | None = None
    taken: Taken | None = None
    rhythm: Rhythm | None = None
    is_as_needed: bool = False


def spoken_dose(said: str, sig: Sig | None, measures: Measures) -> SpokenDose | None:
    """What a sig says, None when it was not understood or does not mention the dose.

    Raises DoseError when it was understood but does not give milligrams, ContradictionError when it conflicts
    with the product.
    """
    if sig is None:
        return None
    if len(sig.clauses) > 1:
        return _several(sig.clauses, measures, sig.is_as_needed)
    clause = sig.clauses[0]
    taken = _spoken_amount(clause, measures, said)
    rhythm = clause.divided_in or clause.rhythm
    if taken is None and rhythm is None:
        return None
    daily = Instruction(taken, rhythm, clause.divided_in is not None) if taken and rhythm else None
    return SpokenDose(daily, taken, rhythm, sig.is_as_needed)


def _several(clauses: Iterable[Clause], measures: Measures, is_as_needed: bool) -> SpokenDose | None:
    """Several amounts at different times of a day, as one day's amount."""
    read = [_spoken_amount(clause, measures, "") for clause in clauses]
    parts = [
        Instruction(taken, clause.rhythm, clause.divided_in is not None)
        for taken, clause in zip(read, clauses, strict=True)
        if taken and clause.rhythm
    ]
    if len(parts) < len(read):
        return None
    low, high = sum(part.low for part in parts), sum(part.high for part in parts)
    mg = Amount(Fraction(low), Fraction(high), "mg", is_per_day=True)
    doses = Fraction(sum(part.rhythm.per_day for part in parts))
    whole = Taken(mg, " + ".join(part.words for part in parts))
    rhythm = Rhythm(doses, f"{spell(doses)} doses a day")
    return SpokenDose(Instruction(whole, rhythm, True, True), whole, rhythm, is_as_needed)


def _spoken_amount(clause: Clause, measures: Measures, said: str) -> Taken | None:
    """The amount of a clause, with its count, its mass and the strength agreeing.

    Raises DoseError when they do not, or when a mass may be that of one tablet or of all.
    """
    stated, known = clause.strength_mg, measures.product.strength_mg
    if stated is not None and known is not None and stated != exact(known):
        raise ContradictionError(
            f"the sig has tablets of {spell(stated)} mg, the product {spell(exact(known))} mg: {quoted(said)}"
        )
    strength = float(stated) if stated is not None else known
    if clause.mass is None:
        counted = replace(measures.product, strength_mg=strength)
        return in_mg(clause.count, replace(measures, product=counted)) if clause.count else None
    if clause.count is None or clause.count.unit == "mL" or clause.mass.unit != "mg":
        return in_mg(clause.mass, measures)
    if strength is None:
        if clause.is_whole_mass or clause.count.high == 1:
            return in_mg(clause.mass, measures)
    elif clause.count.times(exact(strength), "mg").high == clause.mass.high:
        return in_mg(clause.count, replace(measures, product=replace(measures.product, strength_mg=strength)))
    raise DoseError(f"{clause.count} and {clause.mass} do not agree: {quoted(said)}")
