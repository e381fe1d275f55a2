"""Were blood counts or liver tests past a stop limit on an earlier course of a thiopurine?"""

from collections.abc import Iterator
from dataclasses import dataclass

from cards.assessment.baseline import before_any_dose
from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts
from cards.assessment.earlier_courses import DayPlace, asks_for_history, before_words, place_of, taken_records
from cards.assessment.exposures import Exposure
from cards.assessment.protocol import LEUKAEMIAS, tolerance_limits
from cards.assessment.results import (
    analyte_name,
    is_surely_above,
    is_surely_below,
    newest_within,
    result_fact,
    unit_words,
    value_words,
)
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.liver_limits import LiverSign
from cards.knowledge.monitoring import Tier
from cards.knowledge.sources import Citation
from cards.knowledge.toxicity import ToxicityTopic
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.labs import Analyte, LabResult
from cards.model.protocol import Protocol
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, listed, number, titled

NEEDS = frozenset({FactKind.COUNTS, FactKind.LIVER, FactKind.MEDICATIONS, FactKind.CONDITIONS})
_TRANSAMINASES = (Analyte.ALT, Analyte.AST)
# Where a result beyond the limit reflects the disease, or the aim of its treatment.
_WANTED_OR_DISEASE = {
    Analyte.WBC: LEUKAEMIAS,
    Analyte.ANC: LEUKAEMIAS,
    Analyte.PLATELETS: LEUKAEMIAS | {Indication.ITP},
    Analyte.ALT: frozenset({Indication.AUTOIMMUNE_HEPATITIS}),
    Analyte.AST: frozenset({Indication.AUTOIMMUNE_HEPATITIS}),
}
_PLACES = {
    DayPlace.ON_DRUG: "on a thiopurine",
    DayPlace.SOON_AFTER: "soon after a thiopurine",
    DayPlace.UNCLEAR: "no record tells whether on a thiopurine",
}


@dataclass(frozen=True, slots=True)
class _StoppingLimit:
    """The limit a result must pass for the drug to be stopped."""

    value: float
    citation: Citation


@dataclass(frozen=True, slots=True)
class _Past:
    """A result beyond its stop limit, and where it lies on the timeline of the thiopurines."""

    result: LabResult
    limit: _StoppingLimit
    place: DayPlace

    @property
    def severity(self) -> float:
        """Greater for the worse of two results of one analyte."""
        value = self.result.value or 0.0
        return value if self.result.analyte in _TRANSAMINASES else -value

    @property
    def words(self) -> str:
        return f"{value_words(self.result)} {unit_words(self.result)} on {self.result.taken_on}"

    def fact(self) -> Fact:
        """The result with the limit and its place."""
        return result_fact(self.result, f"stop limit {number(self.limit.value, 1)}, {_PLACES[self.place]}")


def results_on_earlier_course(case: Case) -> Outcome:
    """Warn at a start or restart of any thiopurine, and soon after, of earlier results that forbade more of it.

    The newest result is left to the rules that judge it; a result as abnormal before any thiopurine is not
    attributed to one.
    """
    exposures = tuple(e for e in (*case.ordered, *case.taken) if asks_for_history(e, case.chart, case.policy))
    starts = [record.started_on for record in taken_records(case.chart)]
    if not exposures or not starts:
        return Silent("no thiopurine is started again, or was lately")
    dated = [(case.chart.today - start.first).days for start in starts if start is not None]
    missing = case.missing_within(
        max(dated, default=case.policy.new_start_days), FactKind.COUNTS, FactKind.LIVER
    )
    findings = tuple(
        _finding(exposure, past, case) for exposure in exposures if (past := tuple(_past_of(exposure, case)))
    )
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no result of an earlier course is past a stop limit")


def _past_of(exposure: Exposure, case: Case) -> Iterator[_Past]:
    """The worst result of each analyte on an earlier course."""
    for analyte in (Analyte.WBC, Analyte.ANC, Analyte.PLATELETS, *_TRANSAMINASES):
        newest = newest_within(case.chart, analyte, case.policy.recent_count_days)
        judged_elsewhere = (newest, before_any_dose(case.chart, analyte))
        if _is_excused(analyte, exposure, case) or any(
            _limit_passed(one, case.protocol(exposure), case.knowledge) for one in judged_elsewhere
        ):
            continue
        results = (_past(result, exposure, case) for result in case.chart.series(analyte))
        past = [one for one in results if one is not None]
        if past:
            yield max(past, key=lambda one: one.severity)


def _is_excused(analyte: Analyte, exposure: Exposure, case: Case) -> bool:
    indications = frozenset(exposure.purpose.indications).union(
        *(record.indications for record in taken_records(case.chart))
    )
    return bool(indications & _WANTED_OR_DISEASE[analyte])


def _past(result: LabResult, exposure: Exposure, case: Case) -> _Past | None:
    limit, day = _limit_passed(result, case.protocol(exposure), case.knowledge), result.taken_on
    if limit is None or day is None:
        return None
    started = exposure.course.started_on if exposure.course else None
    if not exposure.is_ordered and (started is None or day.last >= started.first):
        return None  # of the present course: the rules for today speak
    place = place_of(day, case.chart, case.policy)
    return None if place is DayPlace.ELSEWHERE else _Past(result, limit, place)


def _limit_passed(
    result: LabResult | None, protocol: Protocol, knowledge: Knowledge
) -> _StoppingLimit | None:
    """The limit that a result is surely beyond; where transaminases have several, it must pass the highest."""
    if result is None:
        return None
    if result.analyte not in _TRANSAMINASES:
        limits = tolerance_limits(Tier.STOP, protocol, knowledge.monitoring)
        (count,) = (limit for limit in limits if limit.analyte is result.analyte)
        return _StoppingLimit(count.below, count.citation) if is_surely_below(result, count.below) else None
    known = [
        _StoppingLimit(value, one.citation)
        for one in knowledge.liver_limits
        if one.sign is LiverSign.TRANSAMINASES
        and one.analyte is result.analyte
        and (value := one.for_result(result)) is not None
    ]
    highest = max(known, key=lambda one: one.value)
    return highest if is_surely_above(result, highest.value) else None


def _finding(exposure: Exposure, past: tuple[_Past, ...], case: Case) -> Finding:
    is_placed = any(one.place.is_placed for one in past)
    name, before = titled(drug_name(exposure.drug)), before_words(exposure)
    where = "on an earlier thiopurine" if is_placed else "perhaps on a thiopurine"
    act = f"{where}; find the cause before {before}"
    topics = dict.fromkeys(
        ToxicityTopic.EARLIER_LIVER if one.result.analyte in _TRANSAMINASES else ToxicityTopic.EARLIER_COUNTS
        for one in past
    )
    advice = [case.knowledge.toxicity.toxicity_advice(topic) for topic in topics]
    return Finding(
        decision=DecisionKey(DecisionKind.HISTORY, exposure.key),
        indicator=Indicator.WARNING,
        summary=fitting(
            f"{name}: {listed(one.words for one in past)}, {act}",
            f"{name}: {listed(analyte_name(one.result.analyte) for one in past)} past the stop limits {act}",
        ),
        why=(*(one.fact() for one in past), *dose_facts(exposure, case.weight)),
        do=tuple(line for one in advice for line in one.do),
        citations=(
            *dict.fromkeys(one.limit.citation for one in past),
            *(citation for one in advice for citation in one.citations),
            case.knowledge.cite(
                "project", "what happened on an earlier course is asked about before the next"
            ),
        ),
        reasons=Reasons.STOP,
    )


RULE = Rule(
    id="earlier-results",
    question="Were blood counts or liver tests past a stop limit on an earlier course of a thiopurine?",
    check=results_on_earlier_course,
    needs=NEEDS,
    implements=("I03", "I07", "K02", "K03"),
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=(
        "bsr-2017",
        "edren",
        "sps-mercaptopurine",
        "dermacompass",
        "primary-care-notebook",
        "project",
    ),
)
