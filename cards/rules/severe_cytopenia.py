"""Are the blood counts so low that a thiopurine has to stop?"""

from dataclasses import dataclass

from cards.card import Indicator
from cards.case import Case
from cards.case.dose_words import dose_facts
from cards.case.exposures import Exposure
from cards.case.results import printed_unit
from cards.finding import Blocked, Bound, DoseConstraint, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.monitoring import CountLimit, Tier, count_limits
from cards.knowledge.sources import cite
from cards.model.conditions import Indication
from cards.model.facts import FactKind
from cards.model.genes import Gene
from cards.model.labs import Analyte, LabResult
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest
from cards.model.therapy import THIOPURINES, TherapyState
from cards.rules.rule import Rule
from cards.wording import drug_name, listed, number, rounded, titled

NEEDS = frozenset({FactKind.COUNTS, FactKind.MEDICATIONS, FactKind.GENES, FactKind.CONDITIONS})
_NAMES = {Analyte.WBC: "WBC", Analyte.ANC: "ANC", Analyte.PLATELETS: "platelets"}
_TEST_OF = {Gene.TPMT: OrderableTest.TPMT, Gene.NUDT15: OrderableTest.NUDT15}


@dataclass(frozen=True, slots=True)
class _Low:
    """A count below its stop limit, and what it was before the drug."""

    limit: CountLimit
    result: LabResult
    before: LabResult | None  # the last one before the first dose, where therapy and count are dated

    @property
    def was_as_low(self) -> bool:
        """Whether the count was surely under the limit before the first dose, and is surely no lower now."""
        earlier = self.before.at_most if self.before else None
        now = self.result.at_least
        return earlier is not None and now is not None and earlier < self.limit.below and now >= earlier

    @property
    def words(self) -> str:
        value = number(self.result.value or 0.0, 1)
        return f"{_NAMES[self.limit.analyte]} {self.result.comparator or ''}{value}"


def count_below_stop_limit(case: Case) -> Outcome:
    """Warn when the newest recent WBC, ANC or platelets are under the limits at which the drug stops.

    A count that was as low before the first dose is not blamed on the drug; platelets in immune
    thrombocytopenia before a start are the disease.
    """
    if not case.exposures:
        return Silent("no thiopurine is ordered or taken")
    missing = case.missing_within(case.policy.recent_count_days, FactKind.COUNTS)
    findings = tuple(
        _finding(exposure, low, case) for exposure in case.exposures if (low := _low_counts(exposure, case))
    )
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no recent count is below a stop limit")


def _low_counts(exposure: Exposure, case: Case) -> tuple[_Low, ...]:
    low = []
    for limit in count_limits(Tier.STOP):
        recent = case.chart.series(limit.analyte).within(case.policy.recent_count_days, case.chart.today)
        newest = recent.latest
        if newest is None or not _is_surely_below(newest, limit.below):
            continue
        if limit.analyte is Analyte.PLATELETS and _is_disease(exposure):
            continue
        low.append(_Low(limit, newest, _before_first_dose(limit.analyte, case)))
    return tuple(low)


def _is_surely_below(result: LabResult, limit: float) -> bool:
    highest = result.at_most
    if highest is None:
        return False
    return highest <= limit if result.comparator == "<" else rounded(highest, 1) < limit


def _is_disease(exposure: Exposure) -> bool:
    is_itp = Indication.ITP in exposure.purpose.indications
    return is_itp and (exposure.course is None or not exposure.course.is_taken)


def _before_first_dose(analyte: Analyte, case: Case) -> LabResult | None:
    """The last result before any thiopurine was ever taken; None where an earlier dose cannot be ruled out."""
    starts = [
        record.started_on
        for record in case.chart.records_of(*THIOPURINES)
        if record.state is not TherapyState.PLANNED
    ]
    if not starts or None in starts or case.missing(FactKind.MEDICATIONS):
        return None
    return case.chart.series(analyte).until(min(start.first for start in starts if start)).latest


def _finding(exposure: Exposure, low: tuple[_Low, ...], case: Case) -> Finding:
    on_drug = exposure.course is not None and exposure.course.is_taken
    explained = on_drug and all(count.was_as_low for count in low)
    name = drug_name(exposure.drug)
    counts = listed(count.words for count in low)
    unit = printed_unit(low[0].limit.unit)
    if explained:
        action = "as low before the first dose; review with the treating specialist"
    else:
        action = "stop and discuss" if on_drug else "do not start"
    untested = [gene for gene in Gene if not case.genes[gene].is_informative]
    may_order = [
        gene for gene in untested if not (case.is_test_ordered(gene) or case.missing(FactKind.GENES))
    ]
    return Finding(
        decision=f"counts:{exposure.key}",
        indicator=Indicator.WARNING if explained else Indicator.CRITICAL,
        summary=f"{titled(name)}: {counts} {unit}; {action}",
        why=(
            *(fact for count in low for fact in _facts(count)),
            *dose_facts(exposure, case.weight),
        ),
        do=(
            _advice(name, on_drug=on_drug, explained=explained),
            *((f"Consider testing TPMT and NUDT15: {listed(untested)} not known.",) if untested else ()),
        ),
        also=(
            "The FDA label gives no number: a rapid fall or a persistently low count asks for "
            "reducing or withholding the dose (grade D, label summary).",
        ),
        citations=(
            *dict.fromkeys(count.limit.citation for count in low),
            cite("project", "tiers: stop below the lowest published limits"),
        ),
        reasons=Reasons.STOP,
        constraints=((DoseConstraint(exposure.key, Bound.STOP),) if exposure.is_ordered else ()),
        proposals=(OrderTests(tuple(_TEST_OF[gene] for gene in may_order)),) if may_order else (),
    )


def _advice(name: str, *, on_drug: bool, explained: bool) -> str:
    if explained:
        return (
            f"The count was as low before the first dose of a thiopurine: {name} may not be the cause. Review it "
            "with the treating specialist and recheck the count."
        )
    if on_drug:
        return (
            f"Stop {name} and discuss with the treating specialist; recheck the count. With fever: treat as "
            "neutropenic sepsis by the local protocol."
        )
    return f"Do not start {name} until the count has recovered or its cause is known."


def _facts(count: _Low) -> tuple[Fact, ...]:
    result, limit = count.result, count.limit
    preliminary = ", preliminary" if result.is_preliminary else ""
    now = Fact(
        f"{titled(count.words)} {printed_unit(limit.unit)}, stop limit {number(limit.below, 1)}{preliminary}",
        result.taken_on,
        result.record_ref,
    )
    if count.before is None:
        return (now,)
    earlier = count.before
    return (
        now,
        Fact(
            f"{titled(_NAMES[limit.analyte])} before the first dose {number(earlier.value or 0.0, 1)} {printed_unit(limit.unit)}",
            earlier.taken_on,
            earlier.record_ref,
        ),
    )


RULE = Rule(
    id="severe-cytopenia",
    question="Are the blood counts so low that a thiopurine has to stop?",
    check=count_below_stop_limit,
    needs=NEEDS,
    implements=("K03", "K05"),
    can_be_critical=True,
)
