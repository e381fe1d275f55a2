"""In a transplant recipient with a low blood count, may the threat of rejection decide the dose?"""

from cards.assessment.case import Case
from cards.assessment.cytopenia import LowCount, counts_in_words, is_on_drug
from cards.assessment.dose_words import dose_facts, dose_words
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.monitoring import Tier
from cards.knowledge.toxicity import ToxicityTopic
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule

NEEDS = frozenset({FactKind.COUNTS, FactKind.CONDITIONS, FactKind.MEDICATIONS, FactKind.VITALS})


def toxicity_in_transplant_recipient(case: Case) -> Outcome:
    """Warn of a dose increase during a cytopenia; if severe, add that rejection is not a reason to continue."""
    recipients = [
        exposure
        for exposure in case.exposures
        if Indication.KIDNEY_TRANSPLANT in exposure.purpose.indications and is_on_drug(exposure)
    ]
    if not recipients:
        return Silent("no transplant recipient on a thiopurine")
    missing = case.missing_within(case.policy.recent_count_days, FactKind.COUNTS)
    findings = tuple(found for exposure in recipients for found in _findings(exposure, case))
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no cytopenia asks for a change")


def _findings(exposure: Exposure, case: Case) -> list[Finding]:
    severe = _unexplained(exposure, Tier.STOP, case)
    low = severe or _unexplained(exposure, Tier.WITHHOLD, case)
    found = []
    if low and exposure.episode is Episode.ESCALATION:
        found.append(_no_increase(exposure, low, case))
    if severe:
        found.append(_stop(exposure, severe, case))
    return found


def _unexplained(exposure: Exposure, tier: Tier, case: Case) -> tuple[LowCount, ...]:
    low = case.low_counts(exposure, tier)
    return tuple(count for count in low if not count.was_as_low)


def _no_increase(exposure: Exposure, low: tuple[LowCount, ...], case: Case) -> Finding:
    advice = case.knowledge.toxicity.toxicity_advice(ToxicityTopic.TRANSPLANT_INCREASE)
    return Finding(
        decision=DecisionKey(DecisionKind.COUNTS, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{dose_words(exposure, case.weight)}: increase with {counts_in_words(low)}; do not raise the dose",
        why=(*(fact for count in low for fact in count.facts()), *dose_facts(exposure, case.weight)),
        do=advice.do,
        citations=advice.citations,
        reasons=Reasons.STOP,
    )


def _stop(exposure: Exposure, severe: tuple[LowCount, ...], case: Case) -> Finding:
    """A line of the card about the severe cytopenia."""
    advice = case.knowledge.toxicity.toxicity_advice(ToxicityTopic.TRANSPLANT_STOP)
    return Finding(
        decision=DecisionKey(DecisionKind.COUNTS, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{dose_words(exposure, case.weight)}: {counts_in_words(severe)} in a transplant recipient; stop",
        why=(),
        do=advice.do,
        citations=advice.citations,
        reasons=Reasons.STOP,
        leads=False,
    )


RULE = Rule(
    id="transplant-toxicity",
    question="In a transplant recipient with a low blood count, may the threat of rejection decide the dose?",
    check=toxicity_in_transplant_recipient,
    needs=NEEDS,
    implements=("A04", "K02"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=(
        "fda-imuran-dosage",
        "edren",
        "sps-mercaptopurine",
        "dermacompass",
        "bsr-2017",
    ),
)
