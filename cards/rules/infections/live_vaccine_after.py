"""Does a live vaccine meet a thiopurine that is on hold or has just ended?"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from cards.assessment.case import Case
from cards.assessment.courses import Course, CourseState
from cards.card import Indicator
from cards.finding import Blocked, DecisionKey, DecisionKind, Fact, Finding, Fired, Outcome, Reasons, Silent
from cards.knowledge.live_vaccines import LiveVaccines
from cards.model.facts import FactKind
from cards.model.therapy import THIOPURINES
from cards.model.vaccines import VaccineKind, VaccineOrder
from cards.rules.infections.live_vaccine import named_vaccine
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, Rule
from cards.wording import drug_name, fitting, titled

NEEDS = frozenset({FactKind.MEDICATIONS})
_IN_A_YEAR = 12  # months


@dataclass(frozen=True, slots=True)
class _DoseBefore:
    """A thiopurine not being taken now, and the latest day on which its last dose may have been taken."""

    course: Course
    latest: date
    is_recorded: bool  # False: only the latest day that is possible
    is_on_hold: bool
    first_day_for_vaccine: date


def live_vaccine_soon_after(case: Case) -> Outcome:
    """Warn about a live vaccine while a thiopurine is on hold, or within the label's months after its end.

    Silent where one is taken or ordered: that is another rule's question.
    """
    orders = [order for order in case.chart.vaccine_orders if order.kind is not VaccineKind.NON_LIVE]
    if not orders or case.exposures:
        return Silent("no live vaccine is ordered, or a thiopurine is taken or ordered")
    ends = [end for drug in THIOPURINES if (end := _last_dose(case.course(drug), case))]
    near = [end for end in ends if end.is_on_hold or end.first_day_for_vaccine > case.chart.today]
    missing = case.missing(FactKind.MEDICATIONS)
    if not near:
        return Blocked(missing) if missing else Silent("no thiopurine is on hold or ended lately")
    end = max(near, key=lambda one: (one.is_on_hold, one.latest))
    return Fired(tuple(_finding(order, end, case) for order in orders), missing)


def _last_dose(course: Course | None, case: Case) -> _DoseBefore | None:
    live_vaccines = case.knowledge.live_vaccines
    if course is None:
        return None
    today = case.chart.today
    months, _ = live_vaccines.months_after_the_end(course.drug)
    if course.is_taken:  # and yet not an exposure: this request ends it
        return _DoseBefore(
            course,
            today,
            is_recorded=True,
            is_on_hold=False,
            first_day_for_vaccine=_months_later(today, months),
        )
    latest = course.last_dose.latest
    is_on_hold = course.state is CourseState.HELD
    return _DoseBefore(
        course, latest, course.last_dose.is_recorded, is_on_hold, _months_later(latest, months)
    )


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, _IN_A_YEAR)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _finding(order: VaccineOrder, end: _DoseBefore, case: Case) -> Finding:
    live_vaccines = case.knowledge.live_vaccines
    drug = end.course.drug
    months, citation = live_vaccines.months_after_the_end(drug)
    is_live = order.kind is VaccineKind.LIVE
    name = titled(named_vaccine(order.name, is_live=is_live))
    check = "" if is_live else "may be live; "
    return Finding(
        decision=DecisionKey(DecisionKind.VACCINE, order.record_ref),
        indicator=_indicator(end, case.chart.today, live_vaccines),
        summary=fitting(
            f"{name} ordered, {_status(end)}: {check}{_act(end, months)}",
            f"{name} ordered, {_status(end)}: {check}wait {months} months after the last dose",
            f"{name}, {drug_name(drug)} lately: {check}wait {months} months after the last dose",
        ),
        why=(
            Fact(
                f"{titled(named_vaccine(order.name))} ordered, {order.kind.value}",
                record_ref=order.record_ref,
            ),
            Fact(titled(_in_full(end)), record_ref=end.course.latest.record_ref),
        ),
        do=(_what_to_do(end, months),),
        citations=(citation,),
        reasons=Reasons.VACCINE,
    )


def _indicator(end: _DoseBefore, today: date, live_vaccines: LiveVaccines) -> Indicator:
    is_old = (today - end.latest).days > live_vaccines.hold_in_the_background_days()
    return Indicator.INFO if end.is_on_hold and end.is_recorded and is_old else Indicator.WARNING


def _status(end: _DoseBefore) -> str:
    drug = drug_name(end.course.drug)
    if end.is_on_hold:
        return f"{drug} on hold"
    return f"{drug} ended by {end.latest}" if end.is_recorded else f"{drug} stopped, day not recorded"


def _in_full(end: _DoseBefore) -> str:
    last = f"last dose {'by' if end.is_recorded else 'not recorded, at the latest'} {end.latest}"
    return f"{drug_name(end.course.drug)} {'on hold' if end.is_on_hold else 'ended'}: {last}"


def _act(end: _DoseBefore, months: int) -> str:
    if end.is_on_hold:
        return f"not within {months} months of its last dose, nor before it is resumed"
    if end.is_recorded:
        return f"not before {end.first_day_for_vaccine}"
    return f"not within {months} months of the last dose; ask when it was"


def _what_to_do(end: _DoseBefore, months: int) -> str:
    drug = drug_name(end.course.drug)
    wait = f"No live vaccine until at least {months} months after the last dose of {drug}"
    if end.is_on_hold:
        return f"{wait}, and none if {drug} is to be resumed soon: decide on the therapy first."
    if end.is_recorded:
        return f"{wait}: not before {end.first_day_for_vaccine}, or ask a vaccination specialist."
    return f"{wait}: ask when that was, or ask a vaccination specialist."


RULE = Rule(
    id="live-vaccine-after",
    question="Does a live vaccine meet a thiopurine that is on hold or has just ended?",
    check=live_vaccine_soon_after,
    needs=NEEDS,
    implements=("G01",),
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
    ),
    highest=Indicator.WARNING,
    lowest=Indicator.INFO,
    sources=(
        "smpc-imuran-precautions",
        "project",
        "smpc-lanvis-precautions",
    ),
)
