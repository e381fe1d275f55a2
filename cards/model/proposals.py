"""What a card may offer to do, in the rules' own terms; the mappers turn it into FHIR."""

from dataclasses import dataclass

from cards.model.tests_ordered import OrderableTest


@dataclass(frozen=True, slots=True)
class ChangeDose:
    """Set a draft order to a dose that can be dispensed."""

    order_ref: str
    mg_per_day: float
    doses_per_day: float  # as ordered: the dose changes, the rhythm stays
    tablet_mg: float | None  # the product's strength when the order names one; else None


@dataclass(frozen=True, slots=True)
class OrderTests:
    """Order laboratory tests for the patient, one ServiceRequest each."""

    tests: tuple[OrderableTest, ...]


@dataclass(frozen=True, slots=True)
class RemoveOrder:
    """Take an order out of the draft."""

    order_ref: str
    what: str  # plain words: "the measles, mumps and rubella vaccine order"


Proposal = ChangeDose | OrderTests | RemoveOrder
