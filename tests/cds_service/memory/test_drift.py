import pytest

from cds_service.memory.drift import DriftVerdict, Span, Tally, Thresholds, compared, fisher_p
from cds_service.memory.report import RuleReport

BY = Thresholds(false_alarms=0.01, least_ratio=2.0, reference_spans=4)


def span(fired, asked, requests=None, **more):
    rules = (RuleReport("sepsis", asked=asked, fired=fired, **more),) if asked else ()
    return Span(asked if requests is None else requests, rules)


def verdicts(reference, recent):
    return {one.measure: one.verdict for one in compared(reference, recent, BY)}


@pytest.mark.parametrize(
    ("reference", "recent", "p"),
    [
        # R 4: fisher.test(rbind(c(1, 9), c(11, 3)))$p.value, a table of Wikipedia, "Fisher's exact test"
        (Tally(1, 10), Tally(11, 14), 0.002759456),
        # fisher.test(rbind(c(10, 2), c(3, 15))): convictions of like-sex twins, Fisher 1935
        (Tally(10, 12), Tally(3, 18), 0.0005367241),
        (Tally(0, 10), Tally(0, 10), 1.0),
        # zero of 4 when all of 4 fired before: 1 way of 70, and its mirror image
        (Tally(4, 4), Tally(0, 4), 2 / 70),
    ],
)
def test_fishers_exact_test_agrees_with_published_values(reference, recent, p):
    assert fisher_p(reference, recent) == pytest.approx(p, rel=1e-6)


def test_fishers_exact_test_does_not_underflow_for_large_counts():
    assert fisher_p(Tally(2_000, 40_000), Tally(500, 10_000)) == pytest.approx(1.0)
    assert 0 <= fisher_p(Tally(20_000, 40_000), Tally(0, 10_000)) < 1e-300


@pytest.mark.parametrize(
    ("reference", "recent", "verdict"),
    [
        (span(100, 1_000), span(0, 250), DriftVerdict.STOPPED),
        (span(100, 1_000), span(100, 250), DriftVerdict.JUMPED),
        (span(0, 1_000), span(20, 250), DriftVerdict.JUMPED),  # it had never fired
        (span(500, 1_000), span(50, 250), DriftVerdict.DROPPED),
        (span(100, 1_000), span(25, 250), DriftVerdict.STEADY),
        # 50 % to 65 % is sure (p below 0.0001) and less than twice
        (span(500, 1_000), span(162, 250), DriftVerdict.STEADY),
        (span(100, 1_000), span(0, 10), DriftVerdict.TOO_FEW),
        (span(1, 1_000), span(0, 250), DriftVerdict.TOO_FEW),
        (span(0, 1_000), span(0, 250), DriftVerdict.TOO_FEW),  # what never fired cannot fall
        (span(0, 0), span(5, 250), DriftVerdict.TOO_FEW),  # a new rule
    ],
)
def test_what_is_said_of_the_rate_at_which_a_rule_fires(reference, recent, verdict):
    assert verdicts(reference, recent)["fired"] is verdict


def test_a_rule_that_is_not_asked_any_more_is_an_anomaly():
    assert verdicts(span(0, 400, requests=1_000), span(0, 0, requests=250))["asked"] is DriftVerdict.STOPPED


def test_a_rule_that_is_asked_more_often_is_none():
    assert verdicts(span(0, 100, requests=1_000), span(0, 250, requests=250))["asked"] is DriftVerdict.STEADY


@pytest.mark.parametrize("measure", ["blocked", "failed"])
def test_a_rule_that_cannot_be_asked_any_more_is_an_anomaly(measure):
    reference, recent = span(100, 1_000), span(20, 250, **{measure: 200})

    assert verdicts(reference, recent)[measure] is DriftVerdict.JUMPED


def test_more_rates_need_surer_changes():
    # 3 of 30 against 6 of 12 has p = 0.009: below 0.01, not below 0.01 / 3 (asked, fired, blocked)
    alone = fisher_p(Tally(3, 30), Tally(6, 12))

    assert 0.01 / 3 < alone < 0.01
    assert verdicts(span(3, 30, blocked=1), span(6, 12))["fired"] is DriftVerdict.TOO_FEW


def test_anomalies_come_first():
    steady = RuleReport("a", asked=1_000, fired=100)
    fell = RuleReport("z", asked=1_000, fired=0)
    reference = Span(1_000, (steady, RuleReport("z", asked=1_000, fired=100)))

    found = compared(reference, Span(1_000, (steady, fell)), BY)

    assert [(one.rule, one.measure) for one in found][:2] == [("z", "fired"), ("a", "asked")]
