"""Each thiopurine that is ordered or taken, with what the order does to the therapy."""

from dataclasses import dataclass

from cards.assessment.courses import Course, CourseState, course_of
from cards.assessment.current_doses import added_up, belong_together, is_order, is_same_dose, is_same_product
from cards.assessment.episodes import Episode, episode_of
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import INDICATION_OF, ConditionState, Indication, ProcedureKind
from cards.model.facts import Availability, FactKind
from cards.model.policy import Policy
from cards.model.therapy import THIOPURINES, DoseRegimen, Drug, DrugOrder, DrugRecord, OrderIntent
from cards.wording import rounded

# The first is part of the second; the more exact one is the indication.
_NARROWER = (
    (Indication.LUPUS_NEPHRITIS, Indication.LUPUS),
    (Indication.CROHNS, Indication.IBD),
    (Indication.ULCERATIVE_COLITIS, Indication.IBD),
)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What the drug is given for, and whether the order or the therapy itself states it."""

    indications: tuple[Indication, ...] = ()  # empty: not stated anywhere
    is_stated: bool = False  # False: taken from the problem list

    @property
    def only(self) -> Indication | None:
        """The indication, where there is exactly one."""
        return self.indications[0] if len(self.indications) == 1 else None

    def __str__(self) -> str:
        if not self.indications:
            return "indication not stated"
        names = " or ".join(indication.value for indication in self.indications)
        return names if self.is_stated else f"{names} (from the problem list, not stated on the order)"


@dataclass(frozen=True, slots=True)
class Exposure:
    """One thiopurine, ordered in this request or taken already."""

    drug: Drug
    orders: tuple[DrugOrder, ...]  # in this request; empty for a therapy that is only being taken
    course: Course | None  # the therapy before this request
    episode: Episode | None  # None for a therapy that is only being taken
    regimen: DoseRegimen | None  # of the orders together, else of the course; limits are checked against it
    dose_problem: str
    purpose: Purpose
    beside: tuple[DrugRecord, ...] = ()  # current orders for another strength that the orders may add to
    added: tuple[
        DrugRecord, ...
    ] = ()  # current orders that the orders do add to, as for other times of the day

    @property
    def parts(self) -> tuple[DoseRegimen, ...]:
        """Doses that may or may not be taken together; () where the dose is clear."""
        if not self.is_ordered:
            return self.course.doses.parts if self.course else ()
        own = _together(self.orders)
        if own is None or not self.beside:
            return ()
        return (*(record.regimen for record in self.beside if record.regimen), own)

    @property
    def at_least(self) -> DoseRegimen | None:
        """The dose of the orders that can be read, where another one cannot: the least that they come to."""
        readable = [order.regimen for order in self.orders if order.regimen]
        return added_up(readable) if readable and self.regimen is None else None

    def is_at_most(self, mg_per_day: float) -> bool:
        """Whether the dose, or every dose it may be, is at or below a limit, as printed."""
        if not self.is_ordered and self.course is not None:
            return self.course.doses.is_at_most(mg_per_day)
        doses = [added_up(self.parts)] if self.parts else [self.regimen]
        return all(one is not None and rounded(one.mg_per_day, 0) <= rounded(mg_per_day, 0) for one in doses)

    @property
    def key(self) -> str:
        """The record that cards about this exposure are about."""
        return self.orders[0].record_ref if self.orders else self.record_ref

    @property
    def record_ref(self) -> str:
        """The record that the drug itself rests on."""
        if self.orders:
            return self.orders[0].record_ref
        return self.course.latest.record_ref if self.course else ""

    @property
    def is_ordered(self) -> bool:
        """Whether this request orders the drug."""
        return bool(self.orders)

    @property
    def is_in_doubt(self) -> bool:
        """Whether only an undated or old report says that the drug is taken."""
        return not self.orders and self.course is not None and self.course.is_in_doubt

    @property
    def is_selected(self) -> bool:
        """Whether this request is about the drug, rather than mentioning it in passing."""
        return any(order.is_selected for order in self.orders)


def exposures_of(chart: ChartOfDay, policy: Policy) -> tuple[Exposure, ...]:
    """Ordered thiopurines first, then those taken that no order of this request replaces or ends, the surest first."""
    ordered, taken = [], []
    for drug in THIOPURINES:
        orders = tuple(
            order for order in chart.draft_orders if order.drug is drug and order.intent is OrderIntent.TAKE
        )
        course = course_of(chart, drug, policy)
        if orders:
            # A course that may be another drug's is not a reason to treat a start as a renewal.
            sure = None if course is None or course.is_contradictory else course
            ordered.append(_ordered(drug, orders, sure, chart, policy))
        elif course is not None and course.is_taken and not _is_being_ended(course, chart):
            taken.append(_taken(drug, course, chart))
    return (*ordered, *sorted(taken, key=lambda one: one.is_in_doubt))


def _is_being_ended(course: Course, chart: ChartOfDay) -> bool:
    ends = (one.drug is course.drug and one.intent is OrderIntent.END for one in chart.draft_orders)
    return not course.outlasts_an_end and any(ends)


def _ordered(
    drug: Drug, orders: tuple[DrugOrder, ...], course: Course | None, chart: ChartOfDay, policy: Policy
) -> Exposure:
    added = _added_to(orders, course, chart)
    regimen = _together(orders, added)
    episode = episode_of(course, regimen, chart, policy) or _start_or_unknown(chart, policy)
    beside = () if added else _beside(orders, regimen, course, chart)
    if beside and episode is Episode.REDUCTION:
        episode = Episode.CONTINUATION
    stated = frozenset().union(*(order.indications for order in orders))
    return Exposure(
        drug=drug,
        orders=orders,
        course=course,
        episode=episode,
        regimen=_larger(regimen, beside),
        dose_problem=next((order.dose_problem for order in orders if order.dose_problem), ""),
        purpose=purpose_of(stated, course, chart),
        beside=beside,
        added=added,
    )


def _added_to(
    orders: tuple[DrugOrder, ...], course: Course | None, chart: ChartOfDay
) -> tuple[DrugRecord, ...]:
    """Current orders that stay in force beside the orders: for other times or days, or of the same act."""
    if course is None or course.state is not CourseState.CURRENT:
        return ()
    touched = _touched(chart)
    return tuple(
        record
        for record in course.doses.standing
        if is_order(record)
        and record.record_ref not in touched
        and all(belong_together(order, record) for order in orders)
    )


def _touched(chart: ChartOfDay) -> set[str | None]:
    """The records that this request signs again, replaces or ends."""
    return {ref for order in chart.draft_orders for ref in (order.record_ref, order.replaces_ref)}


def _beside(
    orders: tuple[DrugOrder, ...], regimen: DoseRegimen | None, course: Course | None, chart: ChartOfDay
) -> tuple[DrugRecord, ...]:
    """Current orders for another strength that nothing in this request replaces or ends.

    The same daily dose in another strength is the same therapy, renewed.
    """
    if course is None or course.state is not CourseState.CURRENT:
        return ()
    touched = _touched(chart)
    return tuple(
        record
        for record in course.doses.standing
        if is_order(record)
        and record.record_ref not in touched
        and not any(is_same_product(order, record) for order in orders)
        and not is_same_dose(record.regimen, regimen)
        and not (record.supplied_until and record.supplied_until.last < chart.today)
    )


def _larger(regimen: DoseRegimen | None, beside: tuple[DrugRecord, ...]) -> DoseRegimen | None:
    """The dose checked against limits: the larger of the order and any that may stay beside it, never the sum."""
    if regimen is None:
        return None
    doses = (regimen, *(record.regimen for record in beside if record.regimen))
    return max(doses, key=lambda dose: dose.mg_per_day)


def _taken(drug: Drug, course: Course, chart: ChartOfDay) -> Exposure:
    return Exposure(
        drug=drug,
        orders=(),
        course=course,
        episode=None,
        regimen=course.regimen,
        dose_problem=course.latest.dose_problem,
        purpose=purpose_of(frozenset(), course, chart),
    )


def _together(orders: tuple[DrugOrder, ...], added: tuple[DrugRecord, ...] = ()) -> DoseRegimen | None:
    """The dose of all orders of one drug together: 50 mg and 25 mg tablets make 75 mg."""
    regimens = [*(order.regimen for order in orders), *(record.regimen for record in added)]
    if any(regimen is None for regimen in regimens):
        return None
    return added_up(regimens)


def _start_or_unknown(chart: ChartOfDay, policy: Policy) -> Episode:
    known = chart.knowledge_of(FactKind.MEDICATIONS)
    if known.is_unknown:
        return Episode.UNKNOWN
    if known.availability is Availability.TRUNCATED:
        since = known.complete_since
        covered = since is not None and since.days_before(chart.today) > policy.new_start_days
        return Episode.NEW_START if covered else Episode.UNKNOWN
    return Episode.NEW_START


def purpose_of(stated: frozenset[Indication], course: Course | None, chart: ChartOfDay) -> Purpose:
    """What a drug is for: as the order states it, else the records of the course, else problem list and procedures."""
    if stated:
        return Purpose(_narrowed(stated), is_stated=True)
    if course is not None and course.indications:
        return Purpose(_narrowed(course.indications), is_stated=True)
    listed = frozenset(
        INDICATION_OF[problem]
        for condition in chart.conditions
        if condition.state is ConditionState.ACTIVE and condition.is_confirmed
        for problem in condition.problems
        if problem in INDICATION_OF
    )
    is_transplanted = any(
        record.kind is ProcedureKind.KIDNEY_TRANSPLANT and record.done_on and not record.is_planned
        for record in chart.procedures
    )
    return Purpose(_narrowed(listed | {Indication.KIDNEY_TRANSPLANT} if is_transplanted else listed))


def _narrowed(indications: frozenset[Indication]) -> tuple[Indication, ...]:
    covered = {wide for narrow, wide in _NARROWER if narrow in indications}
    return tuple(indication for indication in Indication if indication in indications - covered)
