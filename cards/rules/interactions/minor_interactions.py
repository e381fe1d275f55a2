"""Which lesser interactions with the patient's other drugs should be known?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.protocol import tolerance_limits
from cards.assessment.results import is_surely_below, newest_within, result_fact
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.monitoring import Tier
from cards.knowledge.other_interactions import Level, OtherInteraction, Raised
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.rules.interactions.other_drug import OtherDrug, class_name, other_drug
from cards.rules.quiet_line import quiet_exposures, quiet_line
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.COUNTS, FactKind.CONDITIONS, FactKind.VITALS})


def lesser_interactions(case: Case) -> Outcome:
    """Lines of a quiet card; a full card where the other drug is newly ordered, or the patient is at higher risk.

    An ACE inhibitor with a low count is a warning on the card of the counts, co-trimoxazole newly
    combined after a kidney transplantation has a separate warning.
    """
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    findings = tuple(
        finding
        for exposure in (*case.ordered, *case.taken)
        for pair in case.knowledge.other_interactions.interactions_at(Level.LINE)
        if pair.drug is exposure.drug
        and (other := other_drug(pair.culprit, case)) is not None
        and (finding := _finding(exposure, pair, other, case)) is not None
    )
    missing = case.missing(FactKind.MEDICATIONS)
    if findings:
        return Fired(findings, missing)
    return (
        Blocked(missing)
        if missing
        else Silent("no drug with a lesser interaction is newly ordered or listed")
    )


def _finding(exposure: Exposure, pair: OtherInteraction, other: OtherDrug, case: Case) -> Finding | None:
    low = _low_counts(exposure, case) if pair.raised_in is Raised.CYTOPENIA else ()
    if low:
        return _with_low_counts(exposure, pair, other, low)
    is_transplanted = Indication.KIDNEY_TRANSPLANT in exposure.purpose.indications
    if pair.raised_in is Raised.TRANSPLANTATION and is_transplanted and other.meets_newly(exposure):
        return _card(exposure, pair, other, Indicator.WARNING, case)
    if other.is_new and not exposure.is_ordered and pair.in_short:
        return _card(exposure, pair, other, Indicator.INFO, case)
    if exposure not in quiet_exposures(case):
        return None
    return quiet_line(exposure, titled(class_name(pair.culprit)), (other.fact(),), pair.advice)


def _low_counts(exposure: Exposure, case: Case) -> tuple[Fact, ...]:
    """Recent white cells under the limit to withhold, haemoglobin under the laboratory's own range."""
    chart, days = case.chart, case.policy.recent_count_days
    rows = tolerance_limits(Tier.WITHHOLD, case.protocol(exposure), case.knowledge.monitoring)
    limits = {limit.analyte: limit.below for limit in rows}
    facts = []
    for analyte in (Analyte.WBC, Analyte.ANC, Analyte.HEMOGLOBIN):
        result = newest_within(chart, analyte, days)
        if result is None:
            continue
        limit = limits.get(analyte, result.reference_low)
        if limit is not None and is_surely_below(result, limit):
            facts.append(result_fact(result))
    return tuple(facts)


def _with_low_counts(
    exposure: Exposure, pair: OtherInteraction, other: OtherDrug, low: tuple[Fact, ...]
) -> Finding:
    name, culprit = drug_name(exposure.drug), drug_name(pair.culprit)
    return Finding(
        decision=DecisionKey(DecisionKind.COUNTS, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{titled(name)} with {culprit} and a low blood count: consider both as its cause",
        why=(*low, other.fact()),
        do=(
            *pair.advice.do,
            f"With the low count, consider the {class_name(pair.culprit)} as a part of its cause.",
        ),
        also=pair.advice.also,
        citations=pair.advice.citations,
        reasons=Reasons.INTERACTION,
        leads=False,
    )


def _card(
    exposure: Exposure, pair: OtherInteraction, other: OtherDrug, indicator: Indicator, case: Case
) -> Finding:
    return Finding(
        decision=DecisionKey(DecisionKind.INTERACTION, exposure.key, pair.culprit),
        indicator=indicator,
        summary=f"{titled(drug_name(exposure.drug))} with {drug_name(pair.culprit)}: {pair.in_short}",
        why=(*dose_facts(exposure, case.weight), other.fact()),
        do=pair.advice.do,
        also=pair.advice.also,
        citations=pair.advice.citations,
        reasons=Reasons.INTERACTION,
    )


RULE = Rule(
    id="minor-interactions",
    question="Which lesser interactions with the patient's other drugs should be known?",
    check=lesser_interactions,
    needs=NEEDS,
    implements=("F04", "F05", "X03", "X05", "X06"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "tpmt-mayo",
        "project",
        "clinical-summary-2025",
        "fda-imuran-interactions",
        "drugs-com-trimethoprim",
        "pmc3093721",
    ),
)
