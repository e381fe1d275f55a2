"""Did a lymphoma, a leukaemia, a myelodysplastic syndrome or a skin cancer come after a thiopurine began?"""

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.earlier_courses import taken_records
from cards.assessment.exposures import Exposure
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.rule_sentences import RuleSentence
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import ConditionRecord, ConditionState, Problem
from cards.model.facts import FactKind
from cards.model.protocol import Group
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, listed, titled

NEEDS = frozenset({FactKind.CONDITIONS, FactKind.MEDICATIONS, FactKind.VITALS})
# In the order in which they are named; a lymphoblastic lymphoma is both.
_OF_THE_BLOOD = {
    Problem.LYMPHOMA: "lymphoma",
    Problem.LYMPHOBLASTIC_LYMPHOMA: "lymphoma",
    Problem.ACUTE_MYELOID_LEUKEMIA: "acute myeloid leukaemia",
    Problem.ACUTE_PROMYELOCYTIC_LEUKEMIA: "acute promyelocytic leukaemia",
    Problem.MYELODYSPLASTIC_SYNDROME: "myelodysplastic syndrome",
}
_NAMES = {**_OF_THE_BLOOD, Problem.SKIN_CANCER: "skin cancer"}


def malignancy_after_start(case: Case) -> Outcome:
    """Ask to review the drug; what came before it, and a leukaemia that it treats, are silent.

    A record without a date may have come after: it asks too.
    """
    exposures = case.exposures_not_in(Group.LEUKAEMIA)
    if not exposures:
        return Silent("no thiopurine is ordered or taken, or only by a protocol for leukaemia")
    records = tuple(record for record in case.chart.conditions if _came_after(record, case.chart))
    if records:
        return Fired(tuple(_finding(exposure, records, case) for exposure in exposures))
    missing = case.missing(FactKind.CONDITIONS)
    return Blocked(missing) if missing else Silent("no malignancy is recorded since a thiopurine began")


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
