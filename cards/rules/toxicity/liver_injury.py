"""Do liver tests show an injury that a thiopurine may cause, or that should be known before it?"""

from dataclasses import dataclass

from cards.assessment.baseline import baseline_of, preliminary_before
from cards.assessment.case import Case
from cards.assessment.cytopenia import is_on_drug
from cards.assessment.dose_words import dose_facts
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.results import (
    is_on_order,
    is_surely_above,
    newest_within,
    result_fact,
    unit_words,
    value_words,
)
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.leukaemia_limits import LeukaemiaLimitKind
from cards.knowledge.liver_limits import LimitForm, LiverLimit, LiverSign
from cards.knowledge.toxicity import ToxicityAdvice, ToxicitySentences, ToxicityTopic
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.labs import LabResult
from cards.model.proposals import OrderTests
from cards.model.protocol import Group
from cards.model.tests_ordered import OrderableTest
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, listed, number, rounded, titled

NEEDS = frozenset({FactKind.LIVER, FactKind.MEDICATIONS, FactKind.CONDITIONS, FactKind.ORDERED_TESTS})


@dataclass(frozen=True, slots=True)
class _RaisedLiverTest:
    """A recent liver test above a limit, and its value before the drug."""

    limit: LiverLimit
    limit_value: float
    result: LabResult
    before: LabResult | None
    preliminary: LabResult | None  # before the drug, where none is final: it is shown

    @property
    def is_new(self) -> bool:
        """Whether it was surely below the limit before the first dose, has risen since, or was unknown then."""
        earlier = self.before.at_least if self.before else None
        now = self.result.at_most
        if earlier is None or not is_surely_above(self.before, self.limit_value):
            return True
        return now is None or now > earlier

    def is_above(self, times: float) -> bool:
        """Whether the test is surely above so many times the laboratory's upper limit."""
        upper = self.result.reference_high
        return upper is not None and is_surely_above(self.result, rounded(times * upper, 1))

    @property
    def words(self) -> str:
        return f"{value_words(self.result)} {unit_words(self.result)}"

    def facts(self) -> tuple[Fact, ...]:
        """The test with its limit, and the one before the first dose."""
        if self.limit.measure is LimitForm.VALUE or self.limit.above == 1:
            limit = f"limit {number(self.limit_value, 1)}"
        else:
            limit = f"limit {number(self.limit_value, 1)}, {number(self.limit.above)} times the upper limit"
        shown = self.before or self.preliminary
        earlier = (result_fact(shown, "before the first dose"),) if shown else ()
        return (result_fact(self.result, limit), *earlier)


def liver_tests_raised(case: Case) -> Outcome:
    """Warn of raised transaminases or bilirubin that were not as high before the first dose.

    In leukaemia under treatment raised transaminases are usual: the value is reported, the protocol decides.

    Alkaline phosphatase alone says nothing; autoimmune hepatitis before a start is the disease.
    """
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    missing = case.missing_within(case.policy.recent_count_days, FactKind.LIVER)
    findings = tuple(
        (_by_protocol if case.group(exposure) is Group.LEUKAEMIA else _finding)(exposure, raised, case)
        for exposure in case.exposures
        if (raised := _raised(exposure, case))
    )
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no recent liver test is newly raised")


def _raised(exposure: Exposure, case: Case) -> tuple[_RaisedLiverTest, ...]:
    if not is_on_drug(exposure) and Indication.AUTOIMMUNE_HEPATITIS in exposure.purpose.indications:
        return ()
    found: dict[str, _RaisedLiverTest] = {}
    for limit in case.knowledge.liver_limits:
        newest = newest_within(case.chart, limit.analyte, case.policy.recent_count_days)
        value = limit.for_result(newest) if newest is not None else None
        if newest is None or value is None or not is_surely_above(newest, value):
            continue
        before = baseline_of(case.chart, limit.analyte, case.policy)
        preliminary = None if before else preliminary_before(case.chart, limit.analyte, case.policy)
        raised = _RaisedLiverTest(limit, value, newest, before, preliminary)
        if raised.is_new or not is_on_drug(exposure):
            found.setdefault(limit.analyte, raised)
    if {one.limit.sign for one in found.values()} == {LiverSign.CHOLESTASIS}:
        return ()
    return tuple(found.values())


def _finding(exposure: Exposure, raised: tuple[_RaisedLiverTest, ...], case: Case) -> Finding:
    toxicity = case.knowledge.toxicity
    advice = _advice(exposure, raised, toxicity)
    is_recheck_due = not is_on_order(case.chart, case.policy, OrderableTest.LIVER_TESTS)
    values = listed(one.words for one in raised)
    return Finding(
        decision=DecisionKey(DecisionKind.LIVER, exposure.key),
        indicator=_indicator(exposure, raised),
        summary=f"{titled(drug_name(exposure.drug))}: {values}; {_action(exposure, raised)}",
        why=(*(fact for one in raised for fact in one.facts()), *dose_facts(exposure, case.weight)),
        do=(
            *advice.do,
            *_hepatitis(exposure, raised, toxicity),
            *_transplant(exposure, toxicity),
        ),
        also=advice.also,
        citations=tuple(dict.fromkeys((*(one.limit.citation for one in raised), *advice.citations))),
        reasons=Reasons.STOP,
        proposals=(OrderTests((OrderableTest.LIVER_TESTS,)),) if is_recheck_due else (),
    )


def _by_protocol(exposure: Exposure, raised: tuple[_RaisedLiverTest, ...], case: Case) -> Finding:
    """In leukaemia only the values, and a call for a high bilirubin: the protocol sets the dose."""
    row = case.knowledge.leukaemia_limits.leukaemia_limit(LeukaemiaLimitKind.BILIRUBIN)
    jaundice = [one for one in raised if one.limit.sign is LiverSign.BILIRUBIN and one.is_above(row.value)]
    values = listed(one.words for one in raised)
    act = "call the oncology team" if jaundice else "go by the protocol, with bilirubin"
    usual = case.knowledge.toxicity.toxicity_advice(ToxicityTopic.LIVER_LEUKAEMIA)
    return Finding(
        decision=DecisionKey(DecisionKind.LIVER, exposure.key),
        indicator=Indicator.WARNING if jaundice else Indicator.INFO,
        summary=f"{titled(drug_name(exposure.drug))}: {values}; {act}",
        why=(*(fact for one in raised for fact in one.facts()), *dose_facts(exposure, case.weight)),
        do=(f"Bilirubin is above {number(row.value)} times the upper limit: {act} today.",)
        if jaundice
        else usual.do,
        citations=(row.citation,) if jaundice else usual.citations,
        reasons=Reasons.STOP,
    )


def _indicator(exposure: Exposure, raised: tuple[_RaisedLiverTest, ...]) -> Indicator:
    """Info for what the order remedies, and for a bilirubin alone that may always have been so."""
    if exposure.episode is Episode.REDUCTION and not _is_severe(raised):
        return Indicator.INFO
    is_bilirubin_alone = {one.limit.sign for one in raised} == {LiverSign.BILIRUBIN}
    is_old_unknown = any(one.before is None for one in raised)
    return Indicator.INFO if is_bilirubin_alone and is_old_unknown else Indicator.WARNING


def _is_severe(raised: tuple[_RaisedLiverTest, ...]) -> bool:
    """Whether bilirubin is raised beside another test: hepatitis with jaundice, or cholestasis."""
    signs = {one.limit.sign for one in raised}
    return LiverSign.BILIRUBIN in signs and len(signs) > 1


def _action(exposure: Exposure, raised: tuple[_RaisedLiverTest, ...]) -> str:
    if not is_on_drug(exposure):
        return "find the cause before the first dose"
    if _is_severe(raised):
        return "stop and discuss"
    if exposure.episode is Episode.ESCALATION:
        return "no increase, reduce or withhold"
    if exposure.episode is Episode.REDUCTION:
        return "dose lowered by this order, repeat the test"
    return "reduce or withhold, and repeat"


def _advice(
    exposure: Exposure, raised: tuple[_RaisedLiverTest, ...], toxicity: ToxicitySentences
) -> ToxicityAdvice:
    if not is_on_drug(exposure):
        return toxicity.toxicity_advice(ToxicityTopic.LIVER_BEFORE_START)
    return toxicity.toxicity_advice(ToxicityTopic.LIVER_SEVERE if _is_severe(raised) else ToxicityTopic.LIVER)


def _hepatitis(
    exposure: Exposure, raised: tuple[_RaisedLiverTest, ...], toxicity: ToxicitySentences
) -> tuple[str, ...]:
    """A word of caution where the disease itself raises the tests and nothing earlier is known."""
    is_disease = Indication.AUTOIMMUNE_HEPATITIS in exposure.purpose.indications
    if not is_disease or all(one.before for one in raised):
        return ()
    return toxicity.toxicity_advice(ToxicityTopic.LIVER_HEPATITIS).do


def _transplant(exposure: Exposure, toxicity: ToxicitySentences) -> tuple[str, ...]:
    if Indication.KIDNEY_TRANSPLANT not in exposure.purpose.indications or not is_on_drug(exposure):
        return ()
    return toxicity.toxicity_advice(ToxicityTopic.TRANSPLANT_STOP).do


RULE = Rule(
    id="liver-injury",
    question="Do liver tests show an injury that a thiopurine may cause, or that should be known before it?",
    check=liver_tests_raised,
    needs=NEEDS,
    implements=("E06", "E08", "I07", "K02"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "project",
        "clinical-summary-2025",
        "dermacompass",
        "bsr-2017",
        "primary-care-notebook",
        "bfm-95-form",
        "ebbesen-nopho-all-92",
    ),
)
