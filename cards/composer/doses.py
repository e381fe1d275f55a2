"""Which one dose, if any, may be offered for an order?"""

from dataclasses import dataclass
from math import floor

from cards.case import Case
from cards.case.exposures import Exposure
from cards.finding import Bound, DoseConstraint
from cards.knowledge.dispensing import smallest_step_mg
from cards.model.proposals import ChangeDose
from cards.model.therapy import DoseRegimen

# Genotype with a xanthine oxidase inhibitor: the label says "further reduction", and gives no number.
_NOT_COMBINED = (Bound.GENOTYPE, Bound.XANTHINE_OXIDASE)


@dataclass(frozen=True, slots=True)
class DoseOffer:
    """The one dose that every constraint of an order allows."""

    change: ChangeDose
    bounded_by: DoseConstraint  # the tightest binding constraint: its card makes the offer
    limited_by: Bound  # what kept the dose from being higher; may be a constraint that binds nothing


def dose_offers(case: Case, constraints: tuple[DoseConstraint, ...]) -> tuple[DoseOffer, ...]:
    """At most one dose for each draft order; none where a rule says stop or no source gives a number."""
    offers = []
    for exposure in case.ordered:
        of_order = tuple(c for c in constraints if c.order_ref == exposure.key)
        offer = _offer(exposure, of_order)
        if offer is not None:
            offers.append(offer)
    return tuple(offers)


def _offer(exposure: Exposure, constraints: tuple[DoseConstraint, ...]) -> DoseOffer | None:
    order, regimen = exposure.orders[0], exposure.regimen
    binding = [c for c in constraints if c.is_binding and c.high_mg_per_day is not None]
    bounds = {c.bound for c in constraints}
    if not binding or Bound.STOP in bounds or bounds.issuperset(_NOT_COMBINED):
        return None
    per_dose = order.product.strength_mg or smallest_step_mg(order.drug)
    if (
        len(exposure.orders) > 1
        or exposure.beside
        or regimen is None
        or not _is_plain(regimen)
        or per_dose is None
    ):
        return None
    tightest = min(binding, key=lambda c: c.high_mg_per_day or 0.0)
    mg_per_day = _dispensable(constraints, binding, per_dose * (regimen.doses_per_day or 1.0))
    if mg_per_day is None or mg_per_day >= regimen.mg_per_day:
        return None
    change = ChangeDose(order.record_ref, mg_per_day, regimen.doses_per_day or 1.0, order.product.strength_mg)
    limiting = min(
        (c for c in constraints if c.high_mg_per_day is not None), key=lambda c: c.high_mg_per_day or 0.0
    )
    return DoseOffer(change, tightest, limiting.bound)


def _is_plain(regimen: DoseRegimen) -> bool:
    """Whether the rhythm is so many whole doses a day: only then is a new dose a new number."""
    times = regimen.doses_per_day
    return (
        times is not None
        and times >= 1
        and times == int(times)
        and not regimen.is_as_needed
        and not regimen.plan
        and regimen.low_mg_per_day is None
    )


def _dispensable(
    constraints: tuple[DoseConstraint, ...], binding: list[DoseConstraint], step: float
) -> float | None:
    """The highest dose a day, in steps of what can be dispensed, that no constraint forbids."""
    ceiling = min(c.high_mg_per_day for c in binding if c.high_mg_per_day is not None)
    wished = min(c.high_mg_per_day for c in constraints if c.high_mg_per_day is not None)
    floor_mg = max((c.low_mg_per_day for c in binding if c.low_mg_per_day is not None), default=0.0)
    low_enough = _whole_steps(wished, step)
    if low_enough >= floor_mg and low_enough > 0:
        return low_enough
    # A usual first step below the range would contradict the card: take the range's lowest step.
    lowest = _whole_steps(floor_mg, step)
    lowest = lowest if lowest >= floor_mg and lowest > 0 else lowest + step
    return lowest if lowest <= ceiling else None


def _whole_steps(mg: float, step: float) -> float:
    return floor(mg / step + 1e-9) * step
