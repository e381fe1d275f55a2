"""Which one dose, if any, may be offered for an order?"""

from dataclasses import dataclass
from math import floor

from cards.assessment.case import Case
from cards.assessment.episodes import Episode
from cards.assessment.established import is_established
from cards.assessment.exposures import Exposure
from cards.composer.offering import has_safe_genes, is_recommendable
from cards.finding import Bound, DoseConstraint
from cards.model.proposals import ChangeDose
from cards.model.therapy import DoseRegimen

# Genotype with a xanthine oxidase inhibitor: the label says "further reduction", and gives no number.
_NOT_COMBINED = (Bound.GENOTYPE, Bound.XANTHINE_OXIDASE)
_NO_DOSE_TODAY = frozenset({Bound.STOP, Bound.WAIT})


@dataclass(frozen=True, slots=True)
class DoseOffer:
    """The one dose that every constraint of an order allows."""

    change: ChangeDose
    bounded_by: DoseConstraint  # the tightest binding constraint: its card makes the offer
    limited_by: Bound  # what kept the dose from being higher; may be a constraint that binds nothing
    is_recommended: bool = True  # False: for a child, in leukaemia, with a doubtful weight, or after a slip


def dose_offers(case: Case, constraints: tuple[DoseConstraint, ...]) -> tuple[DoseOffer, ...]:
    """At most one dose for each draft order; none where a rule says stop or no source gives a number."""
    offers = []
    for exposure in case.ordered:
        of_order = tuple(c for c in constraints if c.order_ref == exposure.key)
        offer = _offer(exposure, of_order, case)
        if offer is not None:
            offers.append(offer)
    return tuple(offers)


def _offer(exposure: Exposure, constraints: tuple[DoseConstraint, ...], case: Case) -> DoseOffer | None:
    order, regimen = exposure.orders[0], exposure.regimen
    limits = _Limits(constraints)
    bounds = {c.bound for c in constraints}
    is_without_number = bool(bounds & _NO_DOSE_TODAY) or bounds.issuperset(_NOT_COMBINED)
    if not limits.binding or is_without_number or limits.is_lower_without_number:
        return None
    per_dose = order.product.strength_mg or case.knowledge.dispensing.smallest_step_mg(order.drug)
    if (
        len(exposure.orders) > 1
        or exposure.beside
        or exposure.added
        or regimen is None
        or not _is_plain(regimen)
        or per_dose is None
    ):
        return None
    mg_per_day = limits.dispensable(per_dose * (regimen.doses_per_day or 1.0))
    if (
        mg_per_day is None
        or mg_per_day >= regimen.mg_per_day
        or _is_step_back(exposure, mg_per_day, limits, case)
    ):
        return None
    if not (
        limits.is_for_genes_or_inhibitor
        or has_safe_genes(case)
        or is_established(exposure, mg_per_day, case.chart, case.policy, case.knowledge)
    ):
        return None
    change = ChangeDose(order.record_ref, mg_per_day, regimen.doses_per_day or 1.0, order.product.strength_mg)
    is_recommended = is_recommendable(exposure, case) and not any(c.is_of_slip for c in constraints)
    return DoseOffer(change, limits.tightest, limits.limiting.bound, is_recommended)


def _is_step_back(exposure: Exposure, mg_per_day: float, limits: "_Limits", case: Case) -> bool:
    """Whether a raised dose would end below today's.

    A step that is not yet due would, for want of a fitting tablet; and a range made for a start does where today's
    dose is above it, and tolerated.
    """
    today = exposure.course.regimen if exposure.course else None
    if today is None or mg_per_day >= today.mg_per_day:
        return False
    bound = limits.limiting.bound
    return bound is Bound.STEP or (
        bound is Bound.GENOTYPE
        and exposure.episode is Episode.ESCALATION
        and is_established(exposure, today.mg_per_day, case.chart, case.policy, case.knowledge)
    )


def _is_plain(regimen: DoseRegimen) -> bool:
    """Whether the rhythm is a whole number of doses a day: only then is a new dose a new number."""
    times = regimen.doses_per_day
    return (
        times is not None
        and times >= 1
        and times == int(times)
        and not regimen.is_as_needed
        and not regimen.plan
        and regimen.low_mg_per_day is None
    )


@dataclass(frozen=True, slots=True)
class _Limits:
    """The constraints of one order that are numbers."""

    constraints: tuple[DoseConstraint, ...]

    @property
    def binding(self) -> tuple[DoseConstraint, ...]:
        """Those that ask for another dose."""
        return tuple(c for c in self.constraints if c.is_binding and c.high_mg_per_day is not None)

    @property
    def is_lower_without_number(self) -> bool:
        """Whether failing kidneys ask for a lower dose, and no source says how much."""
        return any(c.bound is Bound.RENAL and c.high_mg_per_day is None for c in self.constraints)

    @property
    def is_for_genes_or_inhibitor(self) -> bool:
        """Whether a range made for low genes or for a xanthine oxidase inhibitor is among them."""
        return any(c.bound in _NOT_COMBINED for c in self.binding)

    @property
    def tightest(self) -> DoseConstraint:
        """The lowest of those that ask for another dose."""
        return min(self.binding, key=_high)

    @property
    def limiting(self) -> DoseConstraint:
        """The lowest of all that count.

        A usual first step is where a reduced range begins. It is not an upper bound: above a ceiling the ceiling
        is offered, not a quarter of the order.
        """
        usual = [c for c in self.constraints if _is_usual_start(c) and self.is_for_genes_or_inhibitor]
        return min((*self._upper_bounds, *usual), key=_high)

    @property
    def _upper_bounds(self) -> tuple[DoseConstraint, ...]:
        return tuple(c for c in self.constraints if c.high_mg_per_day is not None and not _is_usual_start(c))

    def dispensable(self, step: float) -> float | None:
        """The highest dose a day, in steps of what can be dispensed, that no constraint forbids."""
        floor_mg = max((c.low_mg_per_day for c in self.binding if c.low_mg_per_day is not None), default=0.0)
        low_enough = _whole_steps(_high(self.limiting), step)
        if low_enough >= floor_mg and low_enough > 0:
            return low_enough
        # A usual first step below the range would contradict the card: take the range's lowest step.
        lowest = _whole_steps(floor_mg, step)
        lowest = lowest if lowest >= floor_mg and lowest > 0 else lowest + step
        return lowest if lowest <= min(map(_high, self._upper_bounds)) else None


def _is_usual_start(constraint: DoseConstraint) -> bool:
    return constraint.bound is Bound.START and not constraint.is_binding


def _high(constraint: DoseConstraint) -> float:
    return constraint.high_mg_per_day or 0.0


def _whole_steps(mg: float, step: float) -> float:
    return floor(mg / step + 1e-9) * step
