"""Is a thiopurine started in a young man with inflammatory bowel disease, or a TNF inhibitor added?"""

from cards.assessment.body import Age, age_of
from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.patient_advice import Circumstance
from cards.model.chart import Sex
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.therapy import Drug
from cards.rules.interactions.other_drug import OtherDrug, other_drug
from cards.rules.quiet_line import quiet_exposures, quiet_line
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, titled

NEEDS = frozenset({FactKind.PATIENT, FactKind.CONDITIONS, FactKind.MEDICATIONS, FactKind.VITALS})
_BOWEL_DISEASE = {Indication.CROHNS, Indication.ULCERATIVE_COLITIS, Indication.IBD}


def lymphoma_risk_in_young_man(case: Case) -> Outcome:
    """Cite the boxed warning at a start and when a TNF inhibitor is added; later it is a line."""
    exposures = tuple(
        exposure
        for exposure in (*case.ordered, *case.taken)
        if _BOWEL_DISEASE & set(exposure.purpose.indications)
    )
    if not exposures:
        return Silent("no thiopurine is ordered or taken for inflammatory bowel disease")
    age = age_of(case.chart)
    if missing := case.missing(FactKind.PATIENT):
        return Blocked(missing)
    if case.chart.sex is not Sex.MALE or age is None or age.youngest > case.policy.young_adult_to_years:
        return Silent(f"not known to be a man of at most {case.policy.young_adult_to_years} years")
    tnf = other_drug(Drug.TNF_INHIBITOR, case)
    findings = tuple(
        finding for exposure in exposures if (finding := _finding(exposure, age, tnf, case)) is not None
    )
    return Fired(findings) if findings else Silent("a therapy is continued and no TNF inhibitor is added")


def _finding(exposure: Exposure, age: Age, tnf: OtherDrug | None, case: Case) -> Finding | None:
    name = drug_name(exposure.drug)
    starts = exposure.episode is not None and exposure.episode.starts
    said = case.knowledge.patient_advice.advice(
        Circumstance.HEPATOSPLENIC_LYMPHOMA,
        *((Circumstance.HEPATOSPLENIC_LYMPHOMA_TNF,) if tnf else ()),
        drug=name,
    )
    why = (
        Fact(f"Male, aged {age.words}"),
        Fact(titled(str(exposure.purpose))),
        *((tnf.fact(),) if tnf else ()),
    )
    if not starts and (tnf is None or not tnf.is_new):
        return quiet_line(exposure, "Lymphoma", why, said) if exposure in quiet_exposures(case) else None
    with_tnf = " with a TNF inhibitor" if tnf else ""
    return Finding(
        decision=DecisionKey(DecisionKind.LYMPHOMA, exposure.key),
        indicator=Indicator.WARNING,
        summary=(
            f"{titled(name)}{with_tnf}, male aged {age.words} with bowel disease: boxed warning on hepatosplenic "
            f"lymphoma, inform {'him and his parents' if case.is_child else 'him'}"
        ),
        why=(*why, *dose_facts(exposure, case.weight)),
        do=said.do,
        also=said.also,
        citations=said.citations,
        reasons=Reasons.STOP,
    )


RULE = Rule(
    id="hepatosplenic-lymphoma",
    question="Is a thiopurine started in a young man with inflammatory bowel disease, or a TNF inhibitor added?",
    check=lymphoma_risk_in_young_man,
    needs=NEEDS,
    implements=("J03", "X08"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "project",
        "clinical-summary-2025",
        "dailymed-imuran",
        "fda-imuran-malignancy",
    ),
)
