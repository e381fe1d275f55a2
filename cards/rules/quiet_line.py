"""For whom is a reminder a line of a quiet card, and how is the line written?"""

from cards.assessment.case import Case
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.quiet_cards import quiet_decision, quiet_summary
from cards.card import Indicator
from cards.finding import Fact, Finding, Reasons
from cards.knowledge.patient_advice import PatientAdvice


def quiet_exposures(case: Case) -> tuple[Exposure, ...]:
    """True new starts, which have a plan; if nothing is ordered, the thiopurines being taken."""
    starts = tuple(exposure for exposure in case.ordered if exposure.episode is Episode.NEW_START)
    return starts if case.chart.draft_orders or case.chart.vaccine_orders else case.taken


def quiet_line(exposure: Exposure, heading: str, why: tuple[Fact, ...], advice: PatientAdvice) -> Finding:
    """A line of the start's plan, or of the quiet card about what else is on a patient's list."""
    return Finding(
        decision=quiet_decision(exposure),
        indicator=Indicator.INFO,
        summary=quiet_summary(exposure),
        why=why,
        do=(f"{heading}: {' '.join(advice.do)}",),
        also=advice.also,
        citations=advice.citations,
        reasons=Reasons.PLAN,
        leads=False,
    )
