"""The two quiet cards that gather lines: the plan of a start, and what else is on a patient's list."""

from cards.assessment.exposures import Exposure
from cards.finding import DecisionKey, DecisionKind
from cards.wording import drug_name, titled


def quiet_decision(exposure: Exposure) -> DecisionKey:
    """The plan for an order, the quiet card of the chart for a therapy being taken."""
    return DecisionKey(DecisionKind.PLAN if exposure.is_ordered else DecisionKind.ALSO, exposure.key)


def quiet_summary(exposure: Exposure) -> str:
    """The heading of that card, the same whichever line comes first."""
    name = drug_name(exposure.drug)
    return f"Starting {name}: plan" if exposure.is_ordered else f"{titled(name)}: also on this patient's list"
