"""Case: one chart under one policy and one knowledge, and what follows from the three, each worked out once."""

from functools import cached_property

from cards.assessment.body import Weight, is_child, weight_of
from cards.assessment.courses import Course, CourseState, course_of
from cards.assessment.cytopenia import LowCount, low_counts
from cards.assessment.exposures import Exposure, exposures_of
from cards.assessment.genes import GeneStatus, gene_status
from cards.assessment.lines import Stretch, line_of
from cards.assessment.pending_tests import forgotten_order, pending_order
from cards.assessment.pregnancy import Evidence, pregnancy_of
from cards.assessment.protocol import in_group_of, protocol_of
from cards.assessment.results import is_on_order
from cards.assessment.unused_records import unused_records
from cards.knowledge.knowledge import Knowledge
from cards.knowledge.monitoring import Tier
from cards.model.chart_of_day import ChartOfDay
from cards.model.conditions import Indication
from cards.model.facts import Availability, FactKind, Missing, Unread
from cards.model.genes import Gene
from cards.model.policy import Policy
from cards.model.protocol import NOTHING_KNOWN, Group, Protocol
from cards.model.tests_ordered import OrderableTest, TestOrder
from cards.model.therapy import Drug, DrugOrder, OrderIntent

NO_RESULT = "no result on record"
_TESTS_OF = {
    Gene.TPMT: (OrderableTest.TPMT, OrderableTest.TPMT_ACTIVITY),
    Gene.NUDT15: (OrderableTest.NUDT15,),
}


class Case:
    """What rules ask for. Everything here follows from its three arguments alone; nothing is changed."""

    def __init__(self, chart: ChartOfDay, policy: Policy, knowledge: Knowledge) -> None:
        self.chart = chart
        self.policy = policy
        self.knowledge = knowledge
        self._courses: dict[Drug, Course | None] = {}
        self._protocols: dict[Drug, Protocol] = {}

    @cached_property
    def weight(self) -> Weight | None:
        """The weight that doses are judged by, or None."""
        return weight_of(self.chart, self.policy, self.knowledge.formulas)

    @property
    def firm_weight(self) -> Weight | None:
        """The weight that ranges in mg are worked out with; None while it is in doubt."""
        return self.weight if self.weight is not None and self.weight.doubt is None else None

    @property
    def dated_weight(self) -> Weight | None:
        """The weight that may show that a dose is low enough: one without a date can warn, and permits nothing."""
        return self.weight if self.weight is not None and self.weight.taken_on is not None else None

    @cached_property
    def is_child(self) -> bool:
        """Whether the patient is known to be under age."""
        return is_child(self.chart, self.policy)

    @cached_property
    def exposures(self) -> tuple[Exposure, ...]:
        """Thiopurines ordered in this request, then those already being taken."""
        return exposures_of(self.chart, self.policy)

    @cached_property
    def ordered(self) -> tuple[Exposure, ...]:
        """Thiopurines that this request orders and is about."""
        return tuple(exposure for exposure in self.exposures if exposure.is_selected)

    @cached_property
    def taken(self) -> tuple[Exposure, ...]:
        """Thiopurines that are being taken and that this request does not order."""
        return tuple(exposure for exposure in self.exposures if not exposure.is_ordered)

    def protocol(self, exposure: Exposure) -> Protocol:
        """Whose limits apply to one of the thiopurines: every limit and dose is asked with it."""
        if exposure.drug not in self._protocols:
            self._protocols[exposure.drug] = protocol_of(exposure, self.chart, self.policy, self.knowledge)
        return self._protocols[exposure.drug]

    def protocol_in(self, indication: Indication | None) -> Protocol:
        """Whose limits apply in an indication, for a drug that this request ends."""
        return in_group_of(indication, NOTHING_KNOWN)

    def group(self, exposure: Exposure) -> Group | None:
        """The group of patients that one of the thiopurines is given in."""
        return self.protocol(exposure).group

    def exposures_in(self, group: Group) -> tuple[Exposure, ...]:
        """The thiopurines ordered or taken in one group, the ordered ones first."""
        return tuple(exposure for exposure in self.exposures if self.group(exposure) is group)

    def exposures_not_in(self, group: Group) -> tuple[Exposure, ...]:
        """The thiopurines ordered or taken in any other group, the ordered ones first."""
        return tuple(exposure for exposure in self.exposures if self.group(exposure) is not group)

    def low_counts(self, exposure: Exposure, tier: Tier) -> tuple[LowCount, ...]:
        """The recent counts below a tier's limits for the group of one of the thiopurines."""
        limits = self.knowledge.monitoring.count_limits(tier, self.protocol(exposure))
        return low_counts(exposure, limits, self.chart, self.policy)

    @cached_property
    def pregnancy(self) -> Evidence | None:
        """A pregnancy recorded or tested lately, unless something later denies it."""
        return pregnancy_of(self.chart, self.policy)

    @cached_property
    def has_doubtful_dates(self) -> bool:
        """Whether a result has no date, or a future date."""
        today = self.chart.today
        return any(not one.is_dated(today) for series in self.chart.labs.values() for one in series.results)

    @cached_property
    def genes(self) -> dict[Gene, GeneStatus]:
        """What is known of each gene."""
        return {gene: gene_status(self.chart, gene, self.policy, self.knowledge) for gene in Gene}

    def course(self, drug: Drug) -> Course | None:
        """The course of any drug, or None when it has no record."""
        if drug not in self._courses:
            self._courses[drug] = course_of(self.chart, drug, self.policy)
        return self._courses[drug]

    def line(self, drug: Drug) -> tuple[Stretch, ...]:
        """The line in time of any drug: what was taken, is taken and is to come."""
        course = self.course(drug)
        return course.line if course else line_of(self.chart.records_of(drug), self.chart.today, self.policy)

    def held(self, drug: Drug) -> Course | None:
        """The course of a drug on hold that this request neither resumes nor ends."""
        course = self.course(drug)
        if course is None or course.state is not CourseState.HELD:
            return None
        return None if self.orders_of(drug) or self.is_ending(drug) else course

    def orders_of(self, *drugs: Drug) -> tuple[DrugOrder, ...]:
        """Orders of this request that mean taking one of the drugs."""
        return tuple(
            order
            for order in self.chart.draft_orders
            if order.drug in drugs and order.intent is OrderIntent.TAKE
        )

    def is_ending(self, drug: Drug) -> bool:
        """Whether this request ends the drug: not where another order of it stands beside the one that is ended."""
        ends = (one.drug is drug and one.intent is OrderIntent.END for one in self.chart.draft_orders)
        if not any(ends):
            return False
        course = self.course(drug)
        return course is None or not course.outlasts_an_end

    def is_test_ordered(self, gene: Gene) -> bool:
        """Whether a test of the gene is on order already, in the draft or lately placed."""
        return is_on_order(self.chart, self.policy, *_TESTS_OF[gene])

    def pending_test(self, gene: Gene) -> TestOrder | None:
        """The order of a test of the gene that may still bring a result, newer than any result on record."""
        after = self.genes[gene].newest_on
        return pending_order(self.chart, self.policy, *_TESTS_OF[gene], after=after)

    def forgotten_test(self, gene: Gene) -> TestOrder | None:
        """The order of a test of the gene that has waited too long for a result."""
        after = self.genes[gene].newest_on
        return forgotten_order(self.chart, self.policy, *_TESTS_OF[gene], after=after)

    def missing(self, *kinds: FactKind) -> tuple[Missing, ...]:
        """The kinds that are not fully known, each with the reason."""
        gaps = self._gaps
        return tuple([gaps[kind] for kind in kinds if kind in gaps])

    @cached_property
    def _gaps(self) -> dict[FactKind, Missing]:
        """Every kind that is not fully known."""
        gaps = {}
        for kind in FactKind:
            known = self.chart.knowledge_of(kind)
            if known.is_unknown:
                gaps[kind] = Missing(kind, known.why)
            elif known.availability is Availability.TRUNCATED:
                since = f" (complete since {known.complete_since})" if known.complete_since else ""
                gaps[kind] = Missing(kind, f"{known.why or 'only the newest page was sent'}{since}")
        return gaps

    def missing_within(self, days: int, *kinds: FactKind) -> tuple[Missing, ...]:
        """The kinds of which something from the last `days` may be missing."""
        return tuple(gap for gap in self.missing(*kinds) if not self._reaches_back(days, gap.kind))

    def _reaches_back(self, days: int, kind: FactKind) -> bool:
        known = self.chart.knowledge_of(kind)
        since = known.complete_since
        return not known.is_unknown and since is not None and since.days_before(self.chart.today) > days

    def has_unused(self, *kinds: FactKind) -> bool:
        """Whether records of these kinds came that were not used, however old: then none may be called absent."""
        return any(
            one.deciding and not one.is_counted and (one.kind is None or one.kind in kinds)
            for one in self.chart.unread
        )

    @cached_property
    def unused(self) -> tuple[Unread, ...]:
        """The records that came, may matter today, and could not be used, or only with a doubt."""
        return unused_records(self.chart, self.policy)

    def nothing_on_record(self, kind: FactKind, gene: Gene | None = None) -> str:
        """How to say that there is no result: a report that was not used differs from no report.

        For a gene, a report without a value counts as a report too; a record that does not say what it is may be one.
        """
        if gaps := self.missing(kind):
            return f"not known here: {gaps[0].why}"
        unread = [
            one
            for one in self.chart.unread
            if one.kind in (kind, None) and (not one.genes or gene in one.genes)
        ]
        if any(one.deciding for one in unread):
            return "no readable result on record"
        if any(one.genes for one in unread):
            return "no usable result on record: a report of it has no value"
        return NO_RESULT
