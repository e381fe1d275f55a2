"""The card where the Patient sent is not the one whose chart is open: nothing of either may be judged."""

from cards.card import Card, CardSource, Indicator
from cards.composer.detail import detail_of
from cards.finding import DecisionKey, DecisionKind, Fact, Finding, Reasons
from cards.knowledge.knowledge import Knowledge

_COUNTED_AS = "another-patient"  # it belongs to no rule


def another_patient_card(knowledge: Knowledge) -> Card:
    """One warning, which says nothing of either patient."""
    finding = Finding(
        decision=DecisionKey(DecisionKind.UNCHECKED),
        indicator=Indicator.WARNING,
        summary="Thiopurine: nothing was checked; the Patient sent is not the patient in the request's context",
        why=(Fact("The EHR sent the record of a patient whose chart is not open here"),),
        do=(
            "Make sure that this is the right patient's chart.",
            "Check the order without this service: no dose, interaction or result was looked at.",
            "Report it to those who look after the EHR; a gateway that renames patients is a setting of this service.",
        ),
        citations=(knowledge.cite("project", "unknown is not empty"),),
        reasons=Reasons.DATA,
    )
    source = finding.citations[0].source
    return Card(
        topic="AnotherPatient",
        indicator=finding.indicator,
        summary=finding.summary,
        detail=detail_of((finding,), knowledge.release),
        source=CardSource(source.label, source.url),
        rule_ids=(_COUNTED_AS,),
        override_reasons=knowledge.override_reasons.override_reasons(finding.reasons),
    )
