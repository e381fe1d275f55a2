"""Is a thiopurine started or continued in pregnancy?"""

from dataclasses import replace

from cards.assessment.case import Case
from cards.assessment.current_problems import current_problems
from cards.assessment.dose_words import dose_facts
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.pregnancy import Evidence, may_be_pregnant, raised_bile_acids
from cards.card import Indicator
from cards.finding import (
    Blocked,
    Bound,
    DecisionKey,
    DecisionKind,
    DoseConstraint,
    Fact,
    Finding,
    Fired,
    Outcome,
    Reasons,
    Silent,
)
from cards.knowledge.patient_advice import Circumstance, PatientSentences
from cards.model.conditions import Indication, Problem
from cards.model.facts import FactKind, Missing
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.PREGNANCY, FactKind.MEDICATIONS, FactKind.VITALS})


def thiopurine_in_pregnancy(case: Case) -> Outcome:
    """Warn with both views: advise against a start, and against stopping a therapy abruptly."""
    exposures = (*case.ordered, *case.taken)
    if not exposures:
        return Silent("no thiopurine is ordered or taken")
    days = case.policy.pregnancy_days
    if current_problems(case.chart, days, Problem.CHOLESTASIS_OF_PREGNANCY):
        return Silent("intrahepatic cholestasis of pregnancy has a card of its own")
    pregnancy = case.pregnancy
    if pregnancy is not None and raised_bile_acids(case.chart, case.policy):
        exposures = tuple(one for one in exposures if one.episode and one.episode.starts)
        if not exposures:
            return Silent("raised bile acids have a card of their own: whether to go on hangs on them")
    if pregnancy is not None:
        return Fired(tuple(_finding(exposure, pregnancy, case) for exposure in exposures))
    missing = _missing(case)
    return Blocked(missing) if missing else Silent("no current pregnancy is recorded")


def _missing(case: Case) -> tuple[Missing, ...]:
    """Conditions, tests and status: each may show a pregnancy, at a start and later."""
    if not may_be_pregnant(case.chart, case.policy):
        return ()
    return case.missing_within(case.policy.pregnancy_days, FactKind.CONDITIONS, FactKind.PREGNANCY)


def _finding(exposure: Exposure, pregnancy: Evidence, case: Case) -> Finding:
    patient_advice = case.knowledge.patient_advice
    starts = exposure.episode is not None and exposure.episode.starts
    for_arthritis = Indication.RHEUMATOID_ARTHRITIS in exposure.purpose.indications
    topics = _topics(exposure)
    said = patient_advice.advice(*topics, drug=drug_name(exposure.drug))
    stops = starts and for_arthritis and pregnancy.is_certain
    found = Finding(
        decision=DecisionKey(DecisionKind.PREGNANCY, exposure.key),
        indicator=Indicator.WARNING,
        summary=_summary(exposure, pregnancy, starts=starts, for_arthritis=for_arthritis),
        why=(
            *pregnancy.facts,
            Fact(titled(str(exposure.purpose))),
            *dose_facts(exposure, case.weight),
        ),
        do=said.do,
        also=said.also,
        citations=said.citations,
        reasons=Reasons.STOP,
        constraints=(DoseConstraint(exposure.key, Bound.STOP),) if stops else (),
    )
    if Circumstance.PREGNANCY_CONTINUE not in topics:
        return found
    return replace(found, where_stopped=_where_stopped(found, exposure, pregnancy, patient_advice))


def _where_stopped(
    found: Finding, exposure: Exposure, pregnancy: Evidence, patient_advice: PatientSentences
) -> Finding:
    """The card without its advice on continuing, since another card asks to stop the drug."""
    topics = [topic for topic in _topics(exposure) if topic is not Circumstance.PREGNANCY_CONTINUE]
    said = patient_advice.advice(*topics, drug=drug_name(exposure.drug))
    what = "pregnancy" if pregnancy.is_certain else "possible pregnancy"
    name = titled(drug_name(exposure.drug))
    return replace(
        found,
        summary=f"{name}: {what} on record; involve obstetrics, other advice here asks to stop the drug",
        do=(f"{name} is to be stopped for another reason: tell the obstetric team.", *said.do),
        also=said.also,
        citations=said.citations,
    )


def _summary(exposure: Exposure, pregnancy: Evidence, *, starts: bool, for_arthritis: bool) -> str:
    name = titled(drug_name(exposure.drug))
    what = "pregnancy" if pregnancy.is_certain else "possible pregnancy"
    check = "" if pregnancy.is_certain else "check it first; "
    if for_arthritis:
        action = "not to be used" if starts else "not advised by the label, review without stopping abruptly"
        lead = f"{name} for rheumatoid arthritis, {what} on record: {check}"
        return fitting(f"{lead}{action}", f"{lead}not advised by the label, do not stop abruptly")
    if starts:
        return f"{name}: {what} on record; {check}avoid starting unless the benefit outweighs the risk"
    return f"{name}: {what} on record; {check}do not stop abruptly, review with obstetrics"


def _topics(exposure: Exposure) -> tuple[Circumstance, ...]:
    purposes, episode = exposure.purpose.indications, exposure.episode
    return (
        *((Circumstance.PREGNANCY_ARTHRITIS,) if Indication.RHEUMATOID_ARTHRITIS in purposes else ()),
        *((Circumstance.PREGNANCY_START,) if episode is not None and episode.starts else ()),
        *((Circumstance.PREGNANCY_CONTINUE,) if episode is None or _may_continue(episode) else ()),
        Circumstance.PREGNANCY_ANY,
        *((Circumstance.PREGNANCY_THROMBOCYTOPENIA,) if Indication.ITP in purposes else ()),
    )


def _may_continue(episode: Episode) -> bool:
    return not episode.starts or episode is Episode.UNKNOWN


RULE = Rule(
    id="pregnancy",
    question="Is a thiopurine started or continued in pregnancy?",
    check=thiopurine_in_pregnancy,
    needs=NEEDS,
    implements=("A23", "E09", "X11"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=(
        "fda-azathioprine-label",
        "project",
        "clinical-summary-2025",
        "fda-imuran-contraindications",
        "fda-cholestasis-2024",
        "mhra-cholestasis-2025",
        "primarycarenotebook-pregnancy",
    ),
)
