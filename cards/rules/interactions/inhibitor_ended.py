"""Did a xanthine oxidase inhibitor end so lately that it still acts on a thiopurine which starts or is raised?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from cards.assessment.case import Case
from cards.assessment.courses import Course, CourseState
from cards.assessment.dose_words import dose_facts, dose_words
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.assessment.kidneys import kidneys_of
from cards.assessment.results import newest_within
from cards.assessment.usual_dose import usual_dose, usual_dose_facts, usual_dose_source
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
from cards.knowledge.interactions import Interaction
from cards.knowledge.rule_sentences import RuleSentence
from cards.model.facts import FactKind
from cards.model.labs import Analyte
from cards.model.therapy import XANTHINE_OXIDASE_INHIBITORS, Drug
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, Rule
from cards.wording import drug_name, fitting, titled

NEEDS = frozenset(
    {
        FactKind.MEDICATIONS,
        FactKind.VITALS,
        FactKind.KIDNEY,
        FactKind.CONDITIONS,
        FactKind.PROCEDURES,
        FactKind.PREGNANCY,
        FactKind.PATIENT,
    }
)
_WASHOUT = "for how long an inhibitor may act after its last dose, by the kidneys"
_OF_ALLOPURINOL = (Drug.ALLOPURINOL, Drug.LESINURAD_ALLOPURINOL)


@dataclass(frozen=True, slots=True)
class _EndedInhibitor:
    """A thiopurine that begins or rises while an inhibitor that has ended still acts."""

    exposure: Exposure
    interaction: Interaction
    course: Course  # of the inhibitor
    last_dose: date  # at the latest
    acts_until: date
    kidneys: str  # why it acts for so long: "kidney function not known"

    @property
    def when(self) -> str:
        """When it ended, in words."""
        if self.course.is_taken:
            return "being stopped"
        return f"ended {self.last_dose}" if self.course.last_dose.is_recorded else "stopped, day not recorded"


def inhibitor_still_acts(case: Case) -> Outcome:
    """Warn where a thiopurine starts, is resumed or raised within the days after an inhibitor's last possible dose.

    A dose that is low enough beside the inhibitor is silent, as is one that goes on: what the end of the inhibitor
    means for a dose cut for it, allopurinol_stopped says.
    """
    missing = case.missing(FactKind.MEDICATIONS)
    found = tuple(_finding(pair, case) for exposure in case.exposures for pair in _pairs(exposure, case))
    if found:
        return Fired(found, missing)
    if missing and case.exposures:
        return Blocked(missing)
    return Silent("no thiopurine begins or rises soon after a xanthine oxidase inhibitor")


def _pairs(exposure: Exposure, case: Case) -> Iterator[_EndedInhibitor]:
    for culprit in XANTHINE_OXIDASE_INHIBITORS:
        pair = case.knowledge.interactions.interaction(culprit, exposure.drug)
        course = case.course(culprit)
        if pair is None or course is None or case.orders_of(culprit):
            continue
        if course.state is CourseState.HELD or (course.is_taken and not case.is_ending(culprit)):
            continue
        days, kidneys = _acts_for(culprit, case)
        last = course.last_dose.latest
        until = last + timedelta(days=days)
        if case.chart.today < until and _begins(exposure, days, case) and not _is_cut(exposure, pair, case):
            yield _EndedInhibitor(exposure, pair, course, last, until, kidneys)


def _acts_for(culprit: Drug, case: Case) -> tuple[int, str]:
    """For how many days after its last dose it counts as acting, and why, where the kidneys make it longer."""
    chart, policy = case.chart, case.policy
    if culprit not in _OF_ALLOPURINOL:
        return policy.febuxostat_washout_days, ""
    kidneys = kidneys_of(chart, policy, case.knowledge.formulas)
    tested = (newest_within(chart, one, policy.kidney_result_days) for one in _TESTS)
    if kidneys is not None and kidneys.is_severe:
        return policy.allopurinol_washout_kidney_days, kidneys.words
    if not any(tested):
        return policy.allopurinol_washout_kidney_days, "kidney function not known"
    return policy.allopurinol_washout_days, ""


_TESTS = (Analyte.EGFR, Analyte.CREATININE)


def _begins(exposure: Exposure, days: int, case: Case) -> bool:
    """Whether it starts, is resumed or raised by this request, or did so within the days."""
    if exposure.is_ordered:
        episode = exposure.episode
        return episode is not None and (episode.starts or episode in (Episode.RESUMPTION, Episode.ESCALATION))
    since = exposure.course.dose_since if exposure.course else None
    return since is not None and since.surely_within(days, case.chart.today)


def _is_cut(exposure: Exposure, pair: Interaction, case: Case) -> bool:
    """Whether the dose would do beside the inhibitor."""
    usual = usual_dose(exposure, case)
    if usual is None or pair.fraction_high is None:
        return False
    return exposure.is_at_most(usual[0] * pair.fraction_high)


def _finding(ended: _EndedInhibitor, case: Case) -> Finding:
    culprit, drug = drug_name(ended.interaction.culprit), drug_name(ended.exposure.drug)
    sentences, shares = case.knowledge.sentences, ended.interaction.shares
    until = str(ended.acts_until)
    act = (
        sentences.text(RuleSentence.INHIBITOR_ENDED, culprit=culprit, drug=drug, until=until, **shares)
        if shares
        else f"Start or raise {drug} on {until} at the earliest: until then they would meet."
    )
    day = "" if ended.course.last_dose.is_recorded else f", at the latest {ended.last_dose}"
    kidneys = f", {ended.kidneys}" if ended.kidneys else ""
    lead = f"{dose_words(ended.exposure, case.weight)}: {culprit} {ended.when}, may act until {until}"
    short = f"{titled(drug)}: {culprit} may act until {until}"
    return Finding(
        decision=DecisionKey(DecisionKind.INTERACTION, ended.exposure.key, ended.interaction.culprit),
        indicator=Indicator.WARNING,
        summary=fitting(f"{lead}; wait, or dose as if still taken" if shares else f"{lead}; wait", short),
        why=(
            Fact(
                f"{titled(culprit)} {ended.when}{day}: may act until {until}{kidneys}",
                record_ref=ended.course.latest.record_ref,
            ),
            *dose_facts(ended.exposure, case.weight),
            *(usual_dose_facts(ended.exposure, case) if shares else ()),
        ),
        do=(
            act,
            *(() if ended.course.last_dose.is_recorded else (f"Ask when the last {culprit} was taken.",)),
            sentences.text(RuleSentence.INHIBITOR_COUNTS),
        ),
        citations=(
            case.knowledge.cite("project", _WASHOUT),
            ended.interaction.citation,
            *(usual_dose_source(ended.exposure, case) if shares else ()),
        ),
        reasons=Reasons.INTERACTION,
        constraints=_constraints(ended, case) if ended.exposure.is_ordered else (),
    )


def _constraints(ended: _EndedInhibitor, case: Case) -> tuple[DoseConstraint, ...]:
    """No dose is offered above what would do beside the inhibitor; none at all where no share is known."""
    usual, high = usual_dose(ended.exposure, case), ended.interaction.fraction_high
    if high is None:
        return (DoseConstraint(ended.exposure.key, Bound.STOP),)
    most = usual[0] * high if usual else None
    return (
        DoseConstraint(ended.exposure.key, Bound.XANTHINE_OXIDASE, high_mg_per_day=most, is_binding=False),
    )


RULE = Rule(
    id="inhibitor-ended",
    question=(
        "Did a xanthine oxidase inhibitor end so lately that it still acts on a thiopurine which starts or is raised?"
    ),
    check=inhibitor_still_acts,
    needs=NEEDS,
    implements=("F01", "F02"),
    at=(ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW),
    highest=Indicator.WARNING,
    lowest=Indicator.WARNING,
    sources=("project", "fda-imuran-interactions", "uloric-label"),
)
