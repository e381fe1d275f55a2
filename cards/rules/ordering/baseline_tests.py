"""Which tests are missing before the first dose?"""

from cards.assessment.body import may_be_of_childbearing_age
from cards.assessment.case import Case
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.pending_tests import order_words, pending_order
from cards.assessment.quiet_cards import quiet_decision, quiet_summary
from cards.assessment.results import analyte_name, newest_dated, newest_within, undated_words
from cards.assessment.undated import asked_again
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.baseline_tests import BaselineTest, Lasts, Need
from cards.knowledge.sources import Citation, Sources
from cards.model.chart import Sex
from cards.model.conditions import Problem
from cards.model.facts import FactKind, Missing
from cards.model.genes import Gene, Phenotype
from cards.model.labs import Analyte
from cards.model.proposals import OrderTests
from cards.model.tests_ordered import OrderableTest, TestOrder
from cards.model.vaccines import Antigen
from cards.rules.rule import ORDER_SIGN, Rule
from cards.wording import drug_name, listed, titled

NEEDS = frozenset(
    {
        FactKind.MEDICATIONS,
        FactKind.GENES,
        FactKind.COUNTS,
        FactKind.LIVER,
        FactKind.KIDNEY,
        FactKind.SEROLOGY,
        FactKind.PREGNANCY,
        FactKind.CONDITIONS,
        FactKind.IMMUNIZATIONS,
        FactKind.ORDERED_TESTS,
        FactKind.PATIENT,
    }
)
_HEPATITIS_B = (OrderableTest.HBSAG, OrderableTest.ANTI_HBC, OrderableTest.ANTI_HBS)
_HAD_VARICELLA = frozenset({Problem.VARICELLA_IMMUNE, Problem.VARICELLA, Problem.ZOSTER})


def baseline_missing(case: Case) -> Outcome:
    """Ask for the tests that a first dose should wait for; tests only to be considered are a line of the plan.

    A test on order has no result yet: it is not ordered again, and a line says to wait for it.

    Silent for a poor metabolizer, who should get another drug.
    """
    starts = [e for e in case.ordered if e.episode in (Episode.NEW_START, Episode.UNKNOWN)]
    if not starts:
        return Silent("no new start of a thiopurine")
    if any(case.genes[gene].phenotype is Phenotype.POOR for gene in Gene):
        return Silent("a poor metabolizer: another drug is advised")
    lacking = [
        test for test in case.knowledge.baseline_tests if _applies(test, case) and not _is_there(test, case)
    ]
    waiting = [test for test in lacking if _pending(test, case)]
    undone = [test for test in lacking if test not in waiting]
    absent = [test for test in undone if not _gaps(test, case)]
    missing = tuple(dict.fromkeys(gap for test in undone for gap in _gaps(test, case)))
    wait = _wait_line(waiting, case)
    findings = tuple(found for exposure in starts for found in _findings(exposure, absent, wait, case))
    if findings:
        return Fired(findings, (*missing, *case.missing(FactKind.ORDERED_TESTS)))
    return Blocked(missing) if missing else Silent("the baseline tests are there")


def _applies(test: BaselineTest, case: Case) -> bool:
    """Whether the test could tell anything new about this patient."""
    problems = frozenset(problem for record in case.chart.conditions for problem in record.problems)
    if test.test in _HEPATITIS_B:
        return Problem.HEPATITIS_B not in problems
    if test.test is OrderableTest.VZV_IGG:
        given = [one for one in case.chart.immunizations if one.antigen is Antigen.VARICELLA]
        return not problems & _HAD_VARICELLA and len(given) < case.knowledge.varicella.immune_doses
    if test.test is OrderableTest.HCG:
        pregnancy = case.pregnancy
        return _may_conceive(case) and not (pregnancy is not None and pregnancy.is_certain)
    return True


def _may_conceive(case: Case) -> bool:
    return case.chart.sex is Sex.FEMALE and may_be_of_childbearing_age(case.chart, case.policy)


def _is_there(test: BaselineTest, case: Case) -> bool:
    there = (_counting(test, analyte, case) for analyte in test.analytes)
    return all(there) if test.needs_all else any(there)


def _pending(test: BaselineTest, case: Case) -> TestOrder | None:
    return pending_order(case.chart, case.policy, test.test)


def _wait_line(waiting: list[BaselineTest], case: Case) -> tuple[str, ...]:
    """Tests required before the first dose that are on order, by the day of the order."""
    by_order: dict[str, list[str]] = {}
    for test in waiting:
        order = _pending(test, case)
        if order is not None and test.need is Need.REQUIRED and not _gaps(test, case):
            by_order.setdefault(order_words(order), []).append(test.item)
    if not by_order:
        return ()
    tests = "; ".join(f"{listed(items)} ({state})" for state, items in by_order.items())
    return (f"No result yet, wait for it before the first dose: {tests}.",)


def _counting(test: BaselineTest, analyte: Analyte, case: Case) -> bool:
    chart, policy = case.chart, case.policy
    if test.lasts is Lasts.EVER:
        return bool(chart.series(analyte))
    days = policy.baseline_days if test.lasts is Lasts.RECENT else policy.pregnancy_test_days
    return any(
        one.taken_on is not None and one.taken_on.surely_within(days, chart.today)
        for one in chart.series(analyte)
    )


def _gaps(test: BaselineTest, case: Case) -> tuple[Missing, ...]:
    """Why the test cannot be called missing."""
    if test.lasts is Lasts.RECENT:
        return case.missing_within(case.policy.baseline_days, *test.kinds)
    return case.missing(*test.kinds)


def _findings(
    exposure: Exposure, absent: list[BaselineTest], wait: tuple[str, ...], case: Case
) -> tuple[Finding, ...]:
    if any(test.need is Need.REQUIRED for test in absent):
        return (_card(exposure, absent, wait, case),)
    if (absent or wait) and exposure.episode is Episode.NEW_START:
        return (_plan_lines(exposure, absent, wait, case.knowledge.sources),)
    return ()


def _card(exposure: Exposure, absent: list[BaselineTest], wait: tuple[str, ...], case: Case) -> Finding:
    required = [test for test in absent if test.need is Need.REQUIRED]
    unsure = exposure.episode is Episode.UNKNOWN
    asked = {value.test for value in asked_again(exposure, case.chart, case.policy, case.knowledge)}
    is_asked = {test.test for test in required} <= asked
    return Finding(
        decision=DecisionKey(DecisionKind.UNDATED if is_asked else DecisionKind.BASELINE, exposure.key),
        indicator=Indicator.WARNING,
        summary=(
            f"{titled(drug_name(exposure.drug))}: missing before the first dose: "
            f"{listed(test.item for test in required)}"
        ),
        why=(
            *(_fact(test, case) for test in required),
            *((Fact(f"This order is a {exposure.episode}"),) if unsure else ()),
        ),
        do=(
            "Have these results before the first dose: later results are compared with them.",
            *wait,
            *(test.advice for test in absent if test.advice),
        ),
        citations=_citations(absent, case.knowledge.sources),
        reasons=Reasons.TEST,
        proposals=(OrderTests(tuple(test.test for test in absent)),),
        leads=not is_asked,
    )


def _plan_lines(
    exposure: Exposure, absent: list[BaselineTest], wait: tuple[str, ...], sources: Sources
) -> Finding:
    return Finding(
        decision=quiet_decision(exposure),
        indicator=Indicator.INFO,
        summary=quiet_summary(exposure),
        why=(),
        do=(*wait, *(test.advice for test in absent)),
        citations=_citations(absent, sources),
        reasons=Reasons.TEST,
        proposals=((OrderTests(tuple(test.test for test in absent)),) if absent else ()),
        leads=False,
    )


def _fact(test: BaselineTest, case: Case) -> Fact:
    """What is on record instead: nothing, a part of it, or something too old."""
    item = titled(test.item)
    lacking = [analyte for analyte in test.analytes if not _counting(test, analyte, case)]
    if test.lasts is Lasts.EVER:
        return Fact(f"{item}: no {'readable ' if case.has_unused(*test.kinds) else ''}result on record")
    if test.needs_all and len(lacking) < len(test.analytes):
        return Fact(f"{item}: {_lacking_words(lacking, case)}")
    undated = undated_words(case.chart, case.policy.baseline_days, *test.analytes)
    newest = newest_dated(case.chart, *test.analytes)
    if newest is None:
        readable = ", readable" if case.has_unused(*test.kinds) else ""
        return Fact(f"{item}: no dated{readable} result on record{undated}")
    verb = "may be" if newest.day.possibly_within(case.policy.baseline_days, case.chart.today) else "is"
    age = f"the last {verb} older than {case.policy.baseline_days} days"
    return Fact(f"{item}: {age}{undated}", newest.day, newest.result.record_ref)


def _lacking_words(lacking: list[Analyte], case: Case) -> str:
    """Which parts are missing, and which are on record without a date to count them by."""
    days = case.policy.baseline_days
    absent = [one for one in lacking if not undated_words(case.chart, days, one)]
    undated = undated_words(case.chart, days, *lacking)
    if not absent:
        return undated.removeprefix("; ")
    may_be_there = any(newest_within(case.chart, one, days) for one in absent)
    when = f"known to be of the last {days} days" if may_be_there else f"in the last {days} days"
    return f"no {listed(analyte_name(one) for one in absent)} {when}{undated}"


def _citations(tests: list[BaselineTest], sources: Sources) -> tuple[Citation, ...]:
    return (
        *dict.fromkeys(test.citation for test in tests),
        sources.cite("clinical-summary-2025", "B10-B14: baseline tests"),
    )


RULE = Rule(
    id="baseline-tests",
    question="Which tests are missing before the first dose?",
    check=baseline_missing,
    needs=NEEDS,
    implements=("B10", "B11", "B12", "B13", "B14"),
    at=(ORDER_SIGN,),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "fda-azathioprine-label",
        "clinical-summary-2025",
        "sps-azathioprine",
        "cdc-varizig-2013",
        "cdc-varicella-immunity",
        "aga-hbv-2025",
    ),
)
