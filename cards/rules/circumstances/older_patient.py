"""Is the patient of an age that asks for closer monitoring?"""

from cards.assessment.body import Age, age_of
from cards.assessment.case import Case
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import Blocked, Fact, Finding, Fired, Outcome, Silent
from cards.knowledge.patient_advice import Circumstance
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.interactions.other_drug import other_drug
from cards.rules.quiet_line import quiet_exposures, quiet_line
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule

NEEDS = frozenset({FactKind.PATIENT, FactKind.MEDICATIONS})


def older_patient(case: Case) -> Outcome:
    """Lines of a quiet card from the policy's age on; one more with a systemic corticosteroid."""
    exposures = quiet_exposures(case)
    if not exposures:
        return Silent("no thiopurine is newly started, or viewed while taken")
    age = age_of(case.chart)
    if age is None:
        missing = case.missing(FactKind.PATIENT)
        return Blocked(missing) if missing else Silent("no date of birth is recorded")
    if age.oldest < case.policy.older_age_years:
        return Silent(f"the patient is younger than {case.policy.older_age_years}")
    return Fired(tuple(_line(exposure, age, case) for exposure in exposures))


def _line(exposure: Exposure, age: Age, case: Case) -> Finding:
    steroid = other_drug(Drug.SYSTEMIC_CORTICOSTEROID, case)
    topics = (Circumstance.OLDER_PATIENT, *((Circumstance.OLDER_PATIENT_STEROID,) if steroid else ()))
    why = (Fact(f"Aged {age.words}"), *((steroid.fact(),) if steroid else ()))
    return quiet_line(exposure, "Age", why, case.knowledge.patient_advice.advice(*topics, age=age.words))


RULE = Rule(
    id="older-patient",
    question="Is the patient of an age that asks for closer monitoring?",
    check=older_patient,
    needs=NEEDS,
    implements=("E12", "E13"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.INFO,
    lowest=Indicator.INFO,
    sources=(
        "clinical-summary-2025",
        "aspen-imuran",
    ),
)
