"""Does a live vaccine meet a thiopurine, in either direction?"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from cards.assessment.case import Case
from cards.assessment.dose_words import dose_facts, dose_words, mg_per_kg
from cards.assessment.exposures import Exposure
from cards.assessment.plans import plan_of, plan_words
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
from cards.model.facts import FactKind
from cards.model.proposals import RemoveOrder
from cards.model.therapy import THIOPURINES, Drug
from cards.model.vaccines import Antigen, ImmunizationRecord, VaccineKind, VaccineOrder
from cards.rules.rule import ORDER_SELECT, ORDER_SIGN, Rule
from cards.wording import drug_name, fitting, titled

NEEDS = frozenset({FactKind.MEDICATIONS, FactKind.IMMUNIZATIONS, FactKind.VITALS})
_IMMUNOSUPPRESSANTS = (
    Drug.METHOTREXATE, Drug.MYCOPHENOLATE, Drug.CYCLOPHOSPHAMIDE, Drug.CHLORAMBUCIL, Drug.MELPHALAN,
    Drug.TNF_INHIBITOR, Drug.JAK_INHIBITOR, Drug.TACROLIMUS, Drug.CICLOSPORIN, Drug.SIROLIMUS,
    Drug.EVEROLIMUS, Drug.SYSTEMIC_CORTICOSTEROID,
)  # fmt: skip
_MOST_OF_A_NAME = 48  # characters: more leave no room for the dates in a summary


def live_vaccine_with_thiopurine(case: Case) -> Outcome:
    """Warn about a live vaccine ordered for a patient on a thiopurine, or shortly before one starts.

    Vaccines that cannot replicate never fire; a vaccine whose code leaves it open asks for a check.
    """
    orders = [order for order in case.chart.vaccine_orders if order.kind is not VaccineKind.NON_LIVE]
    starting = [exposure for exposure in case.ordered if exposure.episode and exposure.episode.starts]
    if not orders and not starting:
        return Silent("no live vaccine is ordered and no thiopurine is started")
    findings = (
        [_asked_first(_ordered(order, case), order, case) for order in orders]
        if case.exposures
        else list(_before_a_plan(orders, case))
    )
    findings += [_given(exposure, case) for exposure in starting if _recent(case)]
    missing = (
        *(case.missing(FactKind.MEDICATIONS) if orders else ()),
        *(
            case.missing_within(
                case.knowledge.live_vaccines.days_before_starting()[0], FactKind.IMMUNIZATIONS
            )
            if starting
            else ()
        ),
    )
    if findings:
        return Fired(tuple(findings), missing)
    return Blocked(missing) if missing else Silent("no live vaccine meets a thiopurine")


def _ordered(order: VaccineOrder, case: Case) -> Finding:
    live_vaccines = case.knowledge.live_vaccines
    exposure = case.exposures[0]
    drug = drug_name(exposure.drug)
    name = named_vaccine(order.name)
    status = "ordered together" if exposure.is_ordered else f"ordered for a patient on {drug}"
    if order.kind is VaccineKind.UNCERTAIN:
        indicator, lead, action = (
            Indicator.WARNING,
            f"{titled(name)} {status}",
            "may be live, check the product",
        )
    else:
        indicator, lead, action = (
            Indicator.CRITICAL,
            f"{titled(named_vaccine(order.name, is_live=True))} {status}",
            "do not give",
        )
    with_drug = f" with {drug}" if exposure.is_ordered else ""
    days, _ = live_vaccines.days_before_starting()
    return Finding(
        decision=DecisionKey(DecisionKind.VACCINE, order.record_ref),
        indicator=indicator,
        summary=f"{lead}{with_drug}: {action}",
        why=(
            Fact(f"{titled(name)} ordered, {order.kind.value}", record_ref=order.record_ref),
            *dose_facts(exposure, case.weight),
        ),
        do=(
            "Live vaccines are contraindicated during treatment with a thiopurine: the vaccine strain can "
            "cause disease. Remove the vaccine order, or ask a vaccination specialist.",
            *(
                (
                    f"If the vaccine is needed and treatment can wait: vaccinate first, start {drug} at "
                    f"least {days // 7} weeks later.",
                )
                if exposure.is_ordered and exposure.episode and exposure.episode.starts
                else ()
            ),
        ),
        also=_low_level_note(order, exposure, case),
        citations=(
            live_vaccines.contraindicated(),
            case.knowledge.cite("clinical-summary-2025", "live vaccines are contraindicated"),
        ),
        reasons=Reasons.VACCINE,
        proposals=(
            (RemoveOrder(order.record_ref, f"the {name} order"),) if order.kind is VaccineKind.LIVE else ()
        ),
    )


def _asked_first(found: Finding, order: VaccineOrder, case: Case) -> Finding:
    """The same, as a question, where only an undated or old report says that the thiopurine is taken."""
    exposure = case.exposures[0]
    if not exposure.is_in_doubt or exposure.course is None:
        return found
    drug, is_live = drug_name(exposure.drug), order.kind is VaccineKind.LIVE
    lead = f"{titled(named_vaccine(order.name, is_live=is_live))} ordered"
    ask = f"still taken? {'Then do not give' if is_live else 'Check the product'}"
    return replace(
        found,
        indicator=Indicator.WARNING,
        summary=fitting(
            f"{lead}, {drug} {exposure.course.reported_words}: {ask}", f"{lead}: is {drug} {ask}"
        ),
        do=(f"Ask whether {drug} is still taken, and correct the list.", *found.do),
        proposals=(),
    )


def named_vaccine(name: str, *, is_live: bool = False) -> str:
    """The vaccine by its name, with the word that matters once: "live zoster vaccine", "mumps (live) vaccine"."""
    if not name:
        return "live vaccine" if is_live else "vaccine"
    short = name if len(name) <= _MOST_OF_A_NAME else f"{name[:_MOST_OF_A_NAME].rstrip(' ,')}…"
    return f"{short} (live) vaccine" if is_live and "live" not in name.split() else f"{short} vaccine"


def _low_level_note(order: VaccineOrder, exposure: Exposure, case: Case) -> tuple[str, ...]:
    """ACIP's exception for live zoster vaccine, only where all its conditions are known to hold."""
    limit = case.knowledge.live_vaccines.low_level_mg_per_kg(exposure.drug)
    dose = mg_per_kg(exposure, case.dated_weight)
    if order.antigen is not Antigen.ZOSTER or limit is None or limit.value is None or dose is None:
        return ()
    others = [drug for drug in _IMMUNOSUPPRESSANTS if case.orders_of(drug) or _is_taken(drug, case)]
    if dose > limit.value or others or case.missing(FactKind.MEDICATIONS) or len(case.exposures) > 1:
        return ()
    return (
        f"ACIP counts {drug_name(exposure.drug)} up to {limit.value:g} mg/kg/day without another "
        f"immunosuppressant as low-level immunosuppression, at which live zoster vaccine was allowed "
        f"(grade {limit.citation.grade}). {dose_words(exposure, case.weight)}; no other immunosuppressant "
        "is on record. The recombinant zoster vaccine is not live.",
    )


def _is_taken(drug: Drug, case: Case) -> bool:
    course = case.course(drug)
    return course is not None and course.is_taken


def _wait(days: int, earliest: date) -> str:
    weeks = days // 7
    return f"After a live vaccine, wait at least {weeks} weeks before immunosuppression starts: not before {earliest}"


def _before_a_plan(orders: list[VaccineOrder], case: Case) -> Iterator[Finding]:
    """The vaccine ordered while a thiopurine is planned for a day before the wait after it is over."""
    days, citation = case.knowledge.live_vaccines.days_before_starting()
    earliest = case.chart.today + timedelta(days=days)
    plans = [
        (drug, plan)
        for drug in (THIOPURINES if orders else ())
        if (plan := plan_of(drug, case)) and (plan.planned_for is None or plan.planned_for.first < earliest)
    ]
    for order in orders if plans else ():
        drug, plan = plans[0]
        name, is_live = drug_name(drug), order.kind is VaccineKind.LIVE
        check = "" if is_live else "may be live; "
        lead = f"{titled(named_vaccine(order.name, is_live=is_live))} ordered, {name}"
        yield Finding(
            decision=DecisionKey(DecisionKind.VACCINE, order.record_ref),
            indicator=Indicator.WARNING,
            summary=fitting(
                f"{lead} {plan_words(plan)}: {check}start {name} not before {earliest}",
                f"{lead} planned: {check}start it not before {earliest}",
            ),
            why=(
                Fact(
                    f"{titled(named_vaccine(order.name))} ordered, {order.kind.value}",
                    record_ref=order.record_ref,
                ),
                Fact(f"{titled(name)} {plan_words(plan)}", record_ref=plan.record_ref),
            ),
            do=(
                f"{_wait(days, earliest)} if it is given today, unless the disease cannot wait; then leave it out.",
            ),
            citations=(citation,),
            reasons=Reasons.VACCINE,
        )


def _recent(case: Case) -> list[tuple[date, ImmunizationRecord]]:
    """Live vaccines after which the wait may not be over, each with the first day after it."""
    days, _ = case.knowledge.live_vaccines.days_before_starting()
    given = [
        (record.given_on.last + timedelta(days=days), record)
        for record in case.chart.immunizations
        if record.kind is VaccineKind.LIVE and record.given_on and record.given_on.first <= case.chart.today
    ]
    return [(earliest, record) for earliest, record in given if earliest > case.chart.today]


def _given(exposure: Exposure, case: Case) -> Finding:
    days, citation = case.knowledge.live_vaccines.days_before_starting()
    recent = _recent(case)
    earliest, newest = max(recent, key=lambda one: one[0])
    return Finding(
        decision=DecisionKey(DecisionKind.RECENT_VACCINE, exposure.key),
        indicator=Indicator.WARNING,
        summary=(
            f"{titled(drug_name(exposure.drug))} start: {named_vaccine(newest.name, is_live=True)} given "
            f"{newest.given_on}, start not before {earliest}"
        ),
        why=(
            *(
                Fact(f"{titled(named_vaccine(record.name))} given, live", record.given_on, record.record_ref)
                for _, record in recent
            ),
            *dose_facts(exposure, case.weight),
        ),
        do=(f"{_wait(days, earliest)}, unless the disease cannot wait.",),
        citations=(citation,),
        reasons=Reasons.VACCINE,
        constraints=(DoseConstraint(exposure.key, Bound.WAIT),),
    )


RULE = Rule(
    id="live-vaccine",
    question="Does a live vaccine meet a thiopurine, in either direction?",
    check=live_vaccine_with_thiopurine,
    needs=NEEDS,
    implements=("G01",),
    at=(
        ORDER_SELECT,
        ORDER_SIGN,
    ),
    highest=Indicator.CRITICAL,
    lowest=Indicator.WARNING,
    sources=(
        "clinical-summary-2025",
        "acip-immunosuppression",
        "rxreasoner",
    ),
)
