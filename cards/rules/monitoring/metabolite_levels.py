"""Do 6-TGN and 6-MMP ask for another dose, or for another question?"""

from dataclasses import dataclass

from cards.assessment.case import Case
from cards.assessment.courses import Course
from cards.assessment.dose_words import dose_facts
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.metabolites import Levels, levels_at_dose
from cards.assessment.more_drug import against_allopurinol, against_raising, unknown_before_allopurinol
from cards.assessment.quiet_cards import quiet_decision, quiet_summary
from cards.assessment.results import is_on_order, newest_within, result_fact, value_words
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.metabolites import (
    Band,
    LevelMeaning,
    LevelVerdict,
    MetaboliteLimit,
    MetaboliteNote,
    Metabolites,
    NoteTopic,
    RangeGroup,
    group_of,
)
from cards.knowledge.sources import Citation
from cards.model.facts import FactKind
from cards.model.genes import Gene, Phenotype
from cards.model.labs import Analyte
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import GENOTYPE_TESTS, OrderableTest
from cards.model.therapy import Drug
from cards.rules.rule import ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, listed, number, titled

NEEDS = frozenset(
    {
        FactKind.METABOLITES,
        FactKind.MEDICATIONS,
        FactKind.CONDITIONS,
        FactKind.GENES,
        FactKind.VITALS,
        FactKind.ORDERED_TESTS,
        FactKind.COUNTS,
        FactKind.KIDNEY,
        FactKind.PROCEDURES,
    }
)
_TOO_MUCH = (Band.HIGH, Band.VERY_HIGH)
_TOO_LITTLE = (Band.LOW, Band.UNDETECTABLE)
_MAY_ASK_FOR_MORE = (LevelMeaning.UNDER_DOSED, LevelMeaning.LOW)
_ANSWERED_BY_A_CUT = (LevelMeaning.HYPERMETHYLATOR, LevelMeaning.MAYBE_TOO_HIGH)


@dataclass(frozen=True, slots=True)
class _JudgedLevels:
    """The levels of one therapy and what they mean in its group."""

    exposure: Exposure
    levels: Levels
    group: RangeGroup
    tgn: Band
    verdict: LevelVerdict


def metabolites_out_of_range(case: Case) -> Outcome:
    """Read recent levels by indication; levels that cannot be judged are a line of the quiet card, without a verdict.

    Silent in range, and where the order already does what the levels ask for.
    """
    on_drug = [(e, e.course) for e in case.exposures if e.course is not None and e.course.is_taken]
    if not on_drug:
        return Silent("no thiopurine is taken")
    missing = case.missing_within(case.policy.metabolite_days, FactKind.METABOLITES)
    findings = tuple(found for exposure, course in on_drug for found in _findings(exposure, course, case))
    if findings:
        return Fired(findings, missing)
    return Blocked(missing) if missing else Silent("no metabolite of the present dose asks for a change")


def _findings(exposure: Exposure, course: Course, case: Case) -> tuple[Finding, ...]:
    metabolites = case.knowledge.metabolites
    levels = levels_at_dose(course, case.chart, case.policy)
    if levels is None:
        return ()
    group = group_of(exposure.purpose.indications)
    topic = _undecidable(exposure, levels, group, metabolites)
    if topic is not None or group is None:
        return _quiet(exposure, levels, topic or NoteTopic.UNKNOWN_INDICATION, metabolites)
    reading = _reading(exposure, levels, group, case)
    if reading is None or _is_done(reading, case):
        return ()
    if reading.tgn in _TOO_LITTLE and not levels.is_steady(metabolites):
        return ()
    return (_finding(reading, case),)


def _undecidable(
    exposure: Exposure, levels: Levels, group: RangeGroup | None, metabolites: Metabolites
) -> NoteTopic | None:
    """Why the guidelines' ranges do not apply to these levels; None when they do."""
    if exposure.drug is Drug.THIOGUANINE:
        return NoteTopic.THIOGUANINE
    if levels.is_of_other_assay(metabolites):
        return NoteTopic.ASSAY
    return NoteTopic.UNKNOWN_INDICATION if group is None else None


def _quiet(
    exposure: Exposure, levels: Levels, topic: NoteTopic, metabolites: Metabolites
) -> tuple[Finding, ...]:
    if exposure.is_ordered:
        return ()
    said = metabolites.note(topic)
    ranges = metabolites.tgn_ranges.values() if topic is NoteTopic.UNKNOWN_INDICATION else ()
    return (
        Finding(
            decision=quiet_decision(exposure),
            indicator=Indicator.INFO,
            summary=quiet_summary(exposure),
            why=_facts(levels),
            do=(f"6-TGN: {said.text}{_own_range(levels) if topic is NoteTopic.ASSAY else ''}",),
            also=tuple(f"6-TGN {one.words}." for one in ranges),
            citations=(said.citation, *(one.citation for one in ranges)),
            reasons=Reasons.PLAN,
            leads=False,
        ),
    )


def _own_range(levels: Levels) -> str:
    low, high = levels.tgn.reference_low, levels.tgn.reference_high
    if high is None:
        return ""
    return f" It is {f'{number(low)}-{number(high)}' if low is not None else f'up to {number(high)}'} here."


def _facts(levels: Levels) -> tuple[Fact, ...]:
    method = f"method: {levels.tgn.method}" if levels.tgn.method else ""
    ratio = (
        (Fact(f"6-MMP to 6-TGN ratio {number(levels.ratio, 1)}", levels.taken_on),) if levels.ratio else ()
    )
    mmp = (result_fact(levels.mmp),) if levels.mmp else ()
    return (result_fact(levels.tgn, method), *mmp, *ratio)


def _reading(exposure: Exposure, levels: Levels, group: RangeGroup, case: Case) -> _JudgedLevels | None:
    metabolites = case.knowledge.metabolites
    tgn = levels.tgn_band(metabolites.tgn_ranges[group])
    allopurinol = case.course(Drug.ALLOPURINOL)
    on_allopurinol = allopurinol is not None and allopurinol.is_taken
    found = metabolites.verdict(group, tgn, levels.mmp_band(tgn, metabolites), on_allopurinol=on_allopurinol)
    return _JudgedLevels(exposure, levels, group, tgn, found) if found else None


def _is_done(reading: _JudgedLevels, case: Case) -> bool:
    """Whether the order at hand already does what the levels ask for, and nothing speaks against it."""
    episode = reading.exposure.episode
    if episode is Episode.REDUCTION:
        return reading.tgn in _TOO_MUCH or reading.verdict.meaning in _ANSWERED_BY_A_CUT
    is_raised = episode is Episode.ESCALATION and reading.verdict.meaning is LevelMeaning.UNDER_DOSED
    return is_raised and not against_raising(reading.exposure, case)


def _finding(reading: _JudgedLevels, case: Case) -> Finding:
    metabolites = case.knowledge.metabolites
    raised = reading.exposure.episode is Episode.ESCALATION
    said = _said(reading, case)
    return Finding(
        decision=DecisionKey(DecisionKind.METABOLITES, reading.exposure.key),
        indicator=Indicator.WARNING if raised else reading.verdict.indicator,
        summary=_summary(reading, said, raised=raised),
        why=(
            *_facts(reading.levels),
            *_early(reading.levels, metabolites),
            *dose_facts(reading.exposure, case.weight),
        ),
        do=(*said.do, *(one.text for one in _caveats(case))),
        also=tuple(one.text for one in _background(reading, metabolites)),
        citations=tuple(dict.fromkeys((*_citations(reading, case), *said.citations))),
        reasons=Reasons.DOSE,
        proposals=_tests(reading, case),
    )


def _summary(reading: _JudgedLevels, said: "_AskedFor", *, raised: bool) -> str:
    """Levels and verdict; if the text is too long, the values of the levels and the action are dropped last."""
    levels = reading.levels
    name = titled(drug_name(reading.exposure.drug))
    mmp = f", {value_words(levels.mmp)}" if levels.mmp else ""
    end = "; this order raises the dose" if raised else ""
    return fitting(
        *(
            f"{name}: {value_words(levels.tgn)}{mmp}: {verdict_words}{end}"
            for verdict_words in said.summaries
        ),
        *(f"{name}: {value_words(levels.tgn)}: {verdict_words}{end}" for verdict_words in said.summaries),
        f"{name}: 6-TGN and 6-MMP: {said.summaries[-1]}{end}",
    )


@dataclass(frozen=True, slots=True)
class _AskedFor:
    """What the levels ask for in this patient."""

    summaries: tuple[str, ...]  # the fullest first
    do: tuple[str, ...]
    citations: tuple[Citation, ...] = ()


def _said(reading: _JudgedLevels, case: Case) -> _AskedFor:
    """The verdict's own words, unless something about this patient speaks against them."""
    found = reading.verdict
    if found.meaning in _MAY_ASK_FOR_MORE:
        return _more_drug(reading, case)
    if found.meaning is LevelMeaning.HYPERMETHYLATOR and found.on_allopurinol is False:
        return _with_allopurinol(reading, case)
    return _AskedFor((found.summary,), (found.advice,))


def _more_drug(reading: _JudgedLevels, case: Case) -> _AskedFor:
    found = reading.verdict
    against = against_raising(reading.exposure, case)
    if not against:
        days = case.policy.recent_count_days
        is_counted = newest_within(case.chart, Analyte.WBC, days) is not None
        first = (
            () if is_counted else (f"Check the blood count first: there is none of the last {days} days.",)
        )
        return _AskedFor((found.summary,), (*first, found.advice))
    line = f"Do not raise the dose: {listed(against)}."
    if found.meaning is LevelMeaning.LOW:
        return _AskedFor((found.summary,), (found.advice, line))
    said = case.knowledge.metabolites.note(NoteTopic.NOT_RAISED)
    lead = "low, do not raise the dose"
    return _AskedFor(
        (f"{lead}: {listed(against)}", f"{lead}: {against[0]}", lead), (line, said.text), (said.citation,)
    )


def _with_allopurinol(reading: _JudgedLevels, case: Case) -> _AskedFor:
    found = reading.verdict
    against = against_allopurinol(reading.exposure, case)
    if against:
        said = case.knowledge.metabolites.note(NoteTopic.NO_ALLOPURINOL)
        return _AskedFor(
            (found.summary,), (f"{said.text} Against it here: {listed(against)}.",), (said.citation,)
        )
    unknown = unknown_before_allopurinol(case)
    first = (f"Before allopurinol, check {listed(unknown)}.",) if unknown else ()
    return _AskedFor((found.summary,), (*first, found.advice))


def _early(levels: Levels, metabolites: Metabolites) -> tuple[Fact, ...]:
    if levels.is_steady(metabolites):
        return ()
    days = metabolites.metabolite_limit(MetaboliteLimit.STEADY_STATE_DAYS)
    return (
        Fact(f"Taken {levels.days_at_dose} days after the dose began: steady state after {number(days)}"),
    )


def _caveats(case: Case) -> tuple[MetaboliteNote, ...]:
    is_normal = case.genes[Gene.NUDT15].phenotype is Phenotype.NORMAL
    return () if is_normal else (case.knowledge.metabolites.note(NoteTopic.NUDT15),)


def _background(reading: _JudgedLevels, metabolites: Metabolites) -> tuple[MetaboliteNote, ...]:
    topics = {RangeGroup.IBD: NoteTopic.IBD, RangeGroup.TRANSPLANT: NoteTopic.TRANSPLANT}
    topic = topics.get(reading.group)
    return (metabolites.note(topic),) if topic else ()


def _citations(reading: _JudgedLevels, case: Case) -> tuple[Citation, ...]:
    metabolites = case.knowledge.metabolites
    return (
        reading.verdict.citation,
        metabolites.tgn_ranges[reading.group].citation,
        *(one.citation for one in (*_background(reading, metabolites), *_caveats(case))),
    )


def _tests(reading: _JudgedLevels, case: Case) -> tuple[OrderTests, ...]:
    """The metabolites again where one is missing, the genes where their pattern shows."""
    wanted: list[OrderableTest] = []
    if reading.levels.mmp is None and reading.group is RangeGroup.IBD:
        wanted = [OrderableTest.METABOLITES]
    elif reading.verdict.meaning is LevelMeaning.LOW_TPMT and not case.missing(FactKind.GENES):
        wanted = [GENOTYPE_TESTS[gene] for gene in Gene if not case.genes[gene].is_informative]
    asked = [test for test in wanted if not is_on_order(case.chart, case.policy, test)]
    return (OrderTests(tuple(asked)),) if asked else ()


RULE = Rule(
    id="metabolite-levels",
    question="Do 6-TGN and 6-MMP ask for another dose, or for another question?",
    check=metabolites_out_of_range,
    needs=NEEDS,
    implements=("D06", "D07", "D08", "D09", "X15"),
    at=(
        ORDER_SIGN,
        PATIENT_VIEW,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "cpic-thiopurines-2025",
        "project",
        "clinical-summary-2025",
        "bsg-2019",
        "aga-tdm-2017",
        "bergan-1997",
        "bergan-1998",
        "pmc8322650",
        "cpic-thiopurines-2011",
        "shipkova-hydrolysis",
    ),
)
