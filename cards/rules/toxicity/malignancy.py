"""Did a lymphoma, a leukaemia, a myelodysplastic syndrome or a skin cancer come after a thiopurine began?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.earlier_courses import taken_records
from cards.assessment.exposures import Exposure
from cards.assessment.protocol import LEUKAEMIAS
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.rule_sentences import RuleSentence
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionRecord, ConditionState, Indication, Problem
from cards.model.facts import FactKind
from cards.model.protocol import Group
from cards.model.therapy import Drug
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, listed, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.MEDICATIONS, FactKind.VITALS})
# In the order in which they are named; a lymphoblastic lymphoma is both.
_OF_THE_BLOOD = {
    Problem.LEUKEMIA: "acute lymphoblastic leukaemia",
    Problem.LYMPHOMA: "lymphoma",
    Problem.LYMPHOBLASTIC_LYMPHOMA: "lymphoma",
    Problem.ACUTE_MYELOID_LEUKEMIA: "acute myeloid leukaemia",
    Problem.ACUTE_PROMYELOCYTIC_LEUKEMIA: "acute promyelocytic leukaemia",
    Problem.MYELODYSPLASTIC_SYNDROME: "myelodysplastic syndrome",
}
_NAMES = {**_OF_THE_BLOOD, Problem.SKIN_CANCER: "skin cancer"}
_MYELOID = {
    Problem.ACUTE_MYELOID_LEUKEMIA: Indication.ACUTE_MYELOID_LEUKEMIA,
    Problem.ACUTE_PROMYELOCYTIC_LEUKEMIA: Indication.ACUTE_PROMYELOCYTIC_LEUKEMIA,
}


def malignancy_after_start(case: Case) -> Outcome:
    """Ask to review the drug; what came before it, and a leukaemia that it treats, are silent.

    A record without a date may have come after: it asks too.
    """
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    records = tuple(record for record in case.chart.conditions if _came_after(record, case.chart))
    findings = tuple(
        _finding(exposure, own, case)
        for exposure in case.exposures
        if (own := tuple(record for record in records if record.problems & _not_treated(exposure, case)))
    )
    if findings:
        return Fired(findings)
    missing = case.missing(FactKind.CONDITIONS)
    return Blocked(missing) if missing else Silent("no malignancy is recorded since a thiopurine began")


def _not_treated(exposure: Exposure, case: Case) -> set[Problem]:
    """The malignancies that the drug is surely not given for.

    Acute lymphoblastic leukaemia only on azathioprine, or where no leukaemia may be the reason. Beside a leukaemia
    that a protocol treats, myelodysplasia, and a myeloid leukaemia that was neither there before nor the reason.
    """
    if case.group(exposure) is Group.LEUKAEMIA:
        earlier = {
            problem
            for record in case.chart.conditions
            if not _came_after(record, case.chart)
            for problem in record.problems
        }
        if earlier & set(_MYELOID) or set(_MYELOID.values()) & set(exposure.purpose.indications):
            return {Problem.MYELODYSPLASTIC_SYNDROME} - earlier
        return {Problem.MYELODYSPLASTIC_SYNDROME, *_MYELOID} - earlier
    is_treated = exposure.drug is not Drug.AZATHIOPRINE and LEUKAEMIAS & set(exposure.purpose.indications)
    return set(_NAMES) - ({Problem.LEUKEMIA} if is_treated else set())


def _came_after(record: ConditionRecord, chart: ChartOfDay) -> bool:
    if record.state is not ConditionState.ACTIVE or not record.problems & set(_NAMES):
        return False
    starts = [one.started_on for one in taken_records(chart)]
    when = record.onset_on or record.recorded_on
    return bool(starts) and (
        when is None or any(start is None or when.last >= start.first for start in starts)
    )


def _finding(exposure: Exposure, records: tuple[ConditionRecord, ...], case: Case) -> Finding:
    found = set().union(*(record.problems for record in records))
    names = listed(dict.fromkeys(name for problem, name in _NAMES.items() if problem in found))
    is_of_blood = bool(found & set(_OF_THE_BLOOD))
    sentences, team = case.knowledge.sentences, case.protocol(exposure).team
    said = RuleSentence.MALIGNANCY_BLOOD if is_of_blood else RuleSentence.MALIGNANCY_SKIN
    name = drug_name(exposure.drug)
    return Finding(
        decision=DecisionKey(DecisionKind.MALIGNANCY, exposure.key),
        indicator=Indicator.WARNING if is_of_blood else Indicator.INFO,
        summary=fitting(
            f"{titled(name)}: {names} since a thiopurine began; review the drug with the {team}",
            f"{titled(name)}: malignancies since a thiopurine began; review the drug with the {team}",
        ),
        why=(*(_fact(record) for record in records), *dose_facts(exposure, case.weight)),
        do=(sentences.text(said, drug=name, team=team),),
        citations=(sentences.citation(said),),
        reasons=Reasons.STOP,
    )


def _fact(record: ConditionRecord) -> Fact:
    name = next(name for problem, name in _NAMES.items() if problem in record.problems)
    notes = [] if record.is_confirmed else ["not confirmed"]
    notes += [] if record.onset_on or record.recorded_on else ["no date recorded"]
    suffix = f" ({', '.join(notes)})" if notes else ""
    return Fact(f"{titled(name)}{suffix}", record.onset_on or record.recorded_on, record.record_ref)


RULE = Rule(
    id="malignancy",
    question="Did a lymphoma, a leukaemia, a myelodysplastic syndrome or a skin cancer come after a thiopurine began?",
    check=malignancy_after_start,
    needs=NEEDS,
    implements=("J01", "J02"),
    at=(ORDER_SIGN, PATIENT_VIEW),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=("fda-imuran-malignancy",),
)
