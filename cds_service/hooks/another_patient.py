"""The card where the Patient sent is not the one whose chart is open: nothing of either may be judged."""

from cards.card import Card, CardSource, Indicator

RULE_ID = "another-patient"
"""Not a rule, but counted like one."""

ANOTHER_PATIENT = Card(
    topic="AnotherPatient",
    indicator=Indicator.WARNING,
    summary="The Patient sent is another than the one in the request's context: nothing was checked",
    detail="The EHR sent the record of another patient than the one whose chart is open, so no order, dose, "
    "interaction or result was checked.\n\n"
    "- Make sure that this is the right patient's chart, and check the order without this service.\n"
    "- Report it to those who look after the EHR: if a gateway renames patients, this service must be told.",
    source=CardSource("Thiopurine CDS: project choice, unknown is not empty", ""),
    rule_ids=(RULE_ID,),
)
