"""Has the creatinine risen within a year on a thiopurine?"""

from cards.assessment.case import Case
from cards.assessment.creatinine_rise import SlowRise, slow_rise
from cards.assessment.cytopenia import is_on_drug
from cards.assessment.dose_words import dose_facts
from cards.assessment.exposures import Exposure
from cards.assessment.kidneys import Impairment, kidneys_of
from cards.assessment.results import is_on_order, newest_within
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.formulas import Formula
from cards.knowledge.rule_sentences import RuleSentence
from cards.model.facts import FactKind
from cards.model.labs import Analyte, LabResult
from cards.model.proposals import OrderTests
from cards.model.protocol import Group
from cards.model.tests_ordered import OrderableTest
from cards.rules.rule import PATIENT_VIEW, Rule
from cards.wording import drug_name, number, titled

NEEDS = frozenset({FactKind.KIDNEY, FactKind.MEDICATIONS, FactKind.CONDITIONS, FactKind.ORDERED_TESTS})


def creatinine_has_risen(case: Case) -> Outcome:
    """Ask to repeat a creatinine that rose, and to withhold the drug where the rise is confirmed.

    Acute injury, dialysis and an eGFR that is newly low are another rule's, and graver.
    """
    on_drug = [exposure for exposure in case.taken if is_on_drug(exposure)]
    if not on_drug:
        return Silent("no thiopurine is taken")
    missing = case.missing_within(case.policy.recent_count_days, FactKind.KIDNEY)
    newest = newest_within(case.chart, Analyte.CREATININE, case.policy.recent_count_days)
    rise = slow_rise(newest, case.chart, case.knowledge.formulas) if newest is not None else None
    if rise is not None and not _is_graver(case):
        return Fired(tuple(_finding(exposure, rise, case) for exposure in on_drug), missing)
    return (
        Blocked(missing) if missing else Silent("no recent creatinine shows a rise that is not told already")
    )


def _is_graver(case: Case) -> bool:
    kidneys = kidneys_of(case.chart, case.policy, case.knowledge.formulas)
    if kidneys is None:
        return False
    return kidneys.is_acute or kidneys.is_newly_low or kidneys.impairment is Impairment.DIALYSIS


def _finding(exposure: Exposure, rise: SlowRise, case: Case) -> Finding:
    knowledge, name = case.knowledge, drug_name(exposure.drug)
    is_leukaemia = case.group(exposure) is Group.LEUKAEMIA
    is_recheck_due = rise.confirmed_by is None and not is_on_order(
        case.chart, case.policy, OrderableTest.CREATININE
    )
    if is_leukaemia:
        act, sentence = "tell the oncology team", RuleSentence.CREATININE_LEUKAEMIA
    elif rise.confirmed_by is None:
        act, sentence = "repeat it", RuleSentence.CREATININE_REPEAT
    else:
        act, sentence = "withhold and discuss", RuleSentence.CREATININE_CONFIRMED
    return Finding(
        decision=DecisionKey(DecisionKind.KIDNEYS, exposure.key),
        indicator=Indicator.WARNING,
        summary=f"{titled(name)}: creatinine risen {rise.words} within a year; {act}",
        why=(*_facts(rise), *dose_facts(exposure, case.weight)),
        do=(knowledge.sentences.text(sentence, drug=name),),
        citations=(knowledge.formulas.citation_of(Formula.SLOW_RISE), knowledge.sentences.citation(sentence)),
        reasons=Reasons.STOP,
        proposals=(OrderTests((OrderableTest.CREATININE,)),) if is_recheck_due else (),
    )


def _facts(rise: SlowRise) -> tuple[Fact, ...]:
    upper = rise.creatinine.reference_high
    note = f", laboratory's upper limit {number(upper)}" if upper is not None else ""
    again = (_fact(rise.confirmed_by, ", risen as well"),) if rise.confirmed_by else ()
    return (_fact(rise.creatinine, note), *again, _fact(rise.lowest, ", the lowest of the year before"))


def _fact(result: LabResult, note: str) -> Fact:
    value = f"{result.comparator or ''}{number(result.value or 0.0)}"
    preliminary = ", preliminary" if result.is_preliminary else ""
    return Fact(f"Creatinine {value} mg/dL{preliminary}{note}", result.taken_on, result.record_ref)


RULE = Rule(
    id="creatinine-rising",
    question="Has the creatinine risen within a year on a thiopurine?",
    check=creatinine_has_risen,
    needs=NEEDS,
    implements=("E04",),
    at=(PATIENT_VIEW,),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=("bsr-2017", "sps-mercaptopurine", "project"),
)
