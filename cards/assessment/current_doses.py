"""Which daily dose do the current records of one drug add up to, where there are several?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

from cards.model.dates import ClinicalDate, sort_key
from cards.model.policy import Policy
from cards.model.therapy import DoseRegimen, DoseStep, DrugOrder, DrugRecord, Product, TherapyState
from cards.wording import number, rounded

_IN_USE = (TherapyState.ACTIVE, TherapyState.POSSIBLY_TAKEN)
_ORDERS = ("MedicationRequest", "MedicationOrder")
_WEEK = 7  # days
_NO_DOSE = DoseRegimen(0.0, "")


@dataclass(frozen=True, slots=True)
class CurrentDoses:
    """What is taken daily according to the records: one dose, or several that may each be the whole."""

    regimen: DoseRegimen | None = None  # checked against limits: the larger of several, never their sum
    candidates: tuple[DoseRegimen, ...] = ()  # each dose that may be the whole, including the sum
    parts: tuple[DoseRegimen, ...] = ()  # may or may not be taken together
    standing: tuple[DrugRecord, ...] = ()  # readable records that no other one replaces
    newest_part: ClinicalDate | None = None  # where several records make up the dose: when the last one began
    is_complete: bool = True  # False: another current order has no readable dose

    def is_at_most(self, mg_per_day: float) -> bool:
        """Whether every possible dose is at or below a limit, as printed."""
        return self.is_complete and all(
            rounded(one.mg_per_day, 0) <= rounded(mg_per_day, 0) for one in self.candidates
        )


def doses_of(newest_first: tuple[DrugRecord, ...], today: date, policy: Policy) -> CurrentDoses:
    """The doses of records that all have the same state today.

    Orders count until a newer one of the same product replaces them. A statement, dispense or
    administration describes the same therapy: it counts where it is the newest record of all, a statement also
    where it was last said to hold after that.
    """
    readable = [record for record in newest_first if record.regimen]
    if not readable:
        return CurrentDoses()
    newest = readable[0]
    if newest.state not in _IN_USE or newest.is_stale_report:
        return _one_dose(newest)
    settings = dict.fromkeys(
        [
            _setting(newest),
            *(_setting(one) for one in readable if is_order(one) or _is_said_since(newest, one)),
        ]
    )
    groups = [
        _grouped(_standing([one for one in readable if _setting(one) == setting], today, policy))
        for setting in settings
    ]
    sums = [[added_up(one.regimen for one in part) for part in parts] for parts in groups]
    parts = [dose for doses in sums for dose in doses]
    totals = [added_up(doses) for doses in sums if len(doses) > 1]
    standing = [record for parts in groups for part in parts for record in part]
    candidates = _different([*parts, *totals])
    is_made_up = len(candidates) > 1 or any(len(part) > 1 for group in groups for part in group)
    return CurrentDoses(
        regimen=max(parts, key=lambda dose: dose.mg_per_day),
        candidates=candidates,
        parts=next((_largest_first(doses) for doses in sums if len(doses) > 1), ()),
        standing=tuple(standing),
        newest_part=_newest_start(standing) if is_made_up else None,
        is_complete=not any(_is_another(record, standing, newest_first) for record in newest_first),
    )


def _is_said_since(newest: DrugRecord, record: DrugRecord) -> bool:
    """Whether a statement, of a course that began earlier, was last said to hold after the newest record began."""
    day, began = record.reported_on, newest.started_on
    return day is not None and began is not None and day > began.last and record.state in _IN_USE


def _one_dose(record: DrugRecord) -> CurrentDoses:
    doses = (record.regimen,) if record.regimen else ()
    return CurrentDoses(record.regimen, doses)


def is_order(record: DrugRecord) -> bool:
    """Whether the record is a signed order, not a statement, dispense or administration."""
    return record.record_ref.partition("/")[0] in _ORDERS


def _setting(record: DrugRecord) -> tuple[str, str]:
    """Records of different kinds or settings never add up; an order that names none is an outpatient's."""
    kind = "order" if is_order(record) else record.record_ref.partition("/")[0]
    return kind, record.setting or "outpatient"


def unreplaced(newest_first: list[DrugRecord], today: date, policy: Policy) -> list[DrugRecord]:
    """The records that no newer one of the same kind and setting replaces, readable or not."""
    kept: list[DrugRecord] = []
    for record in newest_first:
        rivals = [one for one in kept if _setting(one) == _setting(record) and is_order(one)]
        if not any(_replaces(newer, record, today, policy) for newer in rivals):
            kept.append(record)
    return kept


def outlasting(
    newest_first: list[DrugRecord], ends: list[DrugOrder], today: date, policy: Policy
) -> tuple[list[DrugRecord], list[DrugRecord]]:
    """Where a request ends some orders of a drug and not all: those it ends, and those that stand beside them.

    It ends the orders that it names, else those of its strength. Orders of another setting are the same therapy,
    and do not outlast it.
    """
    orders = [one for one in newest_first if is_order(one) and one.state is TherapyState.ACTIVE]
    standing = unreplaced(orders, today, policy)
    refs = {ref for end in ends for ref in (end.record_ref, end.replaces_ref)}
    ended = [one for one in orders if one.record_ref in refs]
    ended = ended or [one for one in standing if any(is_same_product(end, one) for end in ends)]
    settings = {_setting(one) for one in ended}
    rest = [one for one in standing if one not in ended and _setting(one) in settings]
    return (ended, rest) if rest else ([], [])


def _standing(newest_first: list[DrugRecord], today: date, policy: Policy) -> list[DrugRecord]:
    """The records that no newer one of them replaces."""
    standing: list[DrugRecord] = []
    for record in newest_first:
        if not any(_replaces(newer, record, today, policy) for newer in standing):
            standing.append(record)
    return standing


def _replaces(newer: DrugRecord, older: DrugRecord, today: date, policy: Policy) -> bool:
    if older.supplied_until is not None and is_long_over(older.supplied_until.last, today, policy):
        return True
    if are_apart(newer.regimen, older.regimen):
        return False
    is_copy = is_same_dose(newer.regimen, older.regimen)
    return is_same_product(newer, older) and (is_copy or not _are_of_one_day(newer, older))


def is_long_over(day: date, today: date, policy: Policy) -> bool:
    """Whether a supply ended longer ago than a late refill takes."""
    return (today - day).days > policy.late_refill_days


def _grouped(standing: list[DrugRecord]) -> list[list[DrugRecord]]:
    """Records that belong together: they add up for certain."""
    groups: list[list[DrugRecord]] = []
    for record in standing:
        group = next((one for one in groups if all(belong_together(record, other) for other in one)), None)
        if group is None:
            groups.append([record])
        else:
            group.append(record)
    return groups


def belong_together(one: DrugRecord | DrugOrder, other: DrugRecord) -> bool:
    """Complementary times or days; or other strengths that one prescriber wrote on one day."""
    if are_apart(one.regimen, other.regimen):
        return True
    by_one = {one.ordered_by, one.encounter} & {other.ordered_by, other.encounter} - {""}
    return bool(by_one) and _are_of_one_day(one, other) and not is_same_product(one, other)


def are_apart(one: DoseRegimen | None, other: DoseRegimen | None) -> bool:
    """Whether no dose of one can be a dose of the other: other times of the day, or other weekdays."""
    first, second = one or _NO_DOSE, other or _NO_DOSE
    return _are_disjoint(first.parts_of_day, second.parts_of_day) or _are_disjoint(
        first.weekdays, second.weekdays
    )


def _are_disjoint(some: frozenset[str], others: frozenset[str]) -> bool:
    return bool(some and others) and not some & others


def _are_of_one_day(one: DrugRecord | DrugOrder, other: DrugRecord) -> bool:
    first = one.started_on if isinstance(one, DrugRecord) else one.authored_on
    second = other.started_on
    if first is None or second is None:
        return False
    return first.is_whole_day and (first.first, first.last) == (second.first, second.last)


def is_same_dose(one: DoseRegimen | None, other: DoseRegimen | None) -> bool:
    """Whether two doses print alike in mg a day; an unreadable dose is like no other."""
    if one is None or other is None:
        return False
    return rounded(one.mg_per_day, 1) == rounded(other.mg_per_day, 1)


def is_same_product(one: DrugRecord | DrugOrder, other: DrugRecord | DrugOrder) -> bool:
    """Whether two orders of one drug are for the same strength.

    Where only one of them names a strength, the same dose is taken for the same product.
    """
    first, second = _strength(one.product), _strength(other.product)
    if (first is None) != (second is None):
        unreadable = one.regimen is None or other.regimen is None
        return unreadable or is_same_dose(one.regimen, other.regimen)
    return first == second


def _strength(product: Product) -> tuple[float | None, float | None] | None:
    if product.strength_mg is None and product.mg_per_ml is None:
        return None
    return product.strength_mg, product.mg_per_ml


def _is_another(record: DrugRecord, standing: list[DrugRecord], newest_first: tuple[DrugRecord, ...]) -> bool:
    """Whether it is an order without a readable dose that no readable order of its product is as new as."""
    if record.regimen is not None or not is_order(record):
        return False
    place = newest_first.index(record)
    return not any(is_same_product(record, one) and newest_first.index(one) < place for one in standing)


def _newest_start(records: list[DrugRecord]) -> ClinicalDate | None:
    return max((one.started_on for one in records if one.started_on), key=sort_key, default=None)


def added_up(doses: Iterable[DoseRegimen | None]) -> DoseRegimen:
    """The dose of several regimens together: 50 mg and 25 mg tablets make 75 mg."""
    first, *rest = (dose for dose in doses if dose)
    if not rest:
        return first
    parts = (first, *rest)
    are_of_other_days = all(
        _are_disjoint(one.weekdays, other.weekdays) for one, other in combinations(parts, 2)
    )
    of_a_day = max if are_of_other_days else sum
    largest = of_a_day([_largest(one) for one in parts])
    mg = sum((one.mg_per_day for one in rest), first.mg_per_day)
    return replace(
        first,
        mg_per_day=mg,
        mg_per_dose=None,
        doses_per_day=None,
        low_mg_per_day=None,
        reading=" and ".join(one.reading for one in parts),
        largest_mg_of_a_day=largest if rounded(largest, 1) > rounded(mg, 1) else None,
        days_a_week=_days_a_week(parts),
        parts_of_day=frozenset(),
        weekdays=frozenset(),
        steps=_steps_together(parts, of_a_day) if any(one.steps for one in parts) else (),
    )


def _steps_together(
    parts: tuple[DoseRegimen, ...], of_a_day: Callable[[list[float]], float]
) -> tuple[DoseStep, ...]:
    """The dose of all parts together from each day on which one of them changes."""
    days = sorted({step.begins for one in parts for step in one.steps})
    return tuple(_step_together(day, [_on(one, day) for one in parts], of_a_day) for day in days)


def _step_together(day: date, steps: list[DoseStep], of_a_day: Callable[[list[float]], float]) -> DoseStep:
    return DoseStep(
        day,
        sum(one.mg_per_day for one in steps),
        of_a_day([one.largest_mg_of_a_day for one in steps]),
        " and ".join(one.reading for one in steps),
    )


def _on(dose: DoseRegimen, day: date) -> DoseStep:
    """The dose of one part on a day to come: its newest step by then, else its present dose."""
    begun = [step for step in dose.steps if step.begins <= day]
    present = DoseStep(day, dose.mg_per_day, _largest(dose), dose.reading)
    return max(begun, key=lambda step: step.begins, default=present)


def _largest(dose: DoseRegimen) -> float:
    return dose.largest_mg_of_a_day or dose.mg_per_day


def _days_a_week(parts: tuple[DoseRegimen, ...]) -> float | None:
    """On how many days a week at most any part is taken; None for every day."""
    if any(one.days_a_week is None for one in parts):
        return None
    days = sum(one.days_a_week or 0.0 for one in parts)
    return None if days >= _WEEK else days


def _different(doses: list[DoseRegimen]) -> tuple[DoseRegimen, ...]:
    """Doses that print differently, largest first."""
    return _largest_first({number(dose.mg_per_day, 1): dose for dose in reversed(doses)}.values())


def _largest_first(doses: Iterable[DoseRegimen]) -> tuple[DoseRegimen, ...]:
    return tuple(sorted(doses, key=lambda dose: -dose.mg_per_day))
