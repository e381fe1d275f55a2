"""Another drug of the patient: ordered in this request, or taken already?"""

from dataclasses import dataclass

from cards.assessment.case import Case
from cards.assessment.courses import Course
from cards.assessment.episodes import Episode
from cards.assessment.exposures import Exposure
from cards.finding import Fact
from cards.model.proposals import RemoveOrder
from cards.model.therapy import Drug, DrugOrder
from cards.wording import drug_name, titled

_MOST_OF_A_NAME = 60


@dataclass(frozen=True, slots=True)
class OtherDrug:
    """A drug that is not a thiopurine; at least one of `orders` and `course` is present."""

    drug: Drug
    orders: tuple[DrugOrder, ...]  # of this request
    course: Course | None  # where it is already taken

    @property
    def is_new(self) -> bool:
        """Whether this request starts it."""
        return self.course is None

    def meets_newly(self, exposure: Exposure) -> bool:
        """Whether this request brings the two together, as far as the records show."""
        return self.is_new or (exposure.episode is not None and exposure.episode.starts)

    def fact(self) -> Fact:
        """The drug in words, with its record: "Warfarin current since 2024-03-01"."""
        if self.course is None:
            order = self.orders[0]
            return Fact(
                f"{titled(class_name(self.drug))} ordered{_named(order.text)}", record_ref=order.record_ref
            )
        since = f" since {self.course.started_on}" if self.course.started_on else ""
        latest = self.course.latest
        words = f"{titled(class_name(self.drug))} {self.course.state.value}{since}{_named(latest.text)}"
        return Fact(words, record_ref=latest.record_ref)

    def removals(self, exposure: Exposure) -> tuple[RemoveOrder, ...]:
        """The proposals that remove its orders from the draft, where the thiopurine itself is not being ordered."""
        if exposure.is_ordered:
            return ()
        return tuple(
            RemoveOrder(order.record_ref, f"the {drug_name(order.drug)} order") for order in self.orders
        )


def other_drug(drug: Drug, case: Case) -> OtherDrug | None:
    """The drug, if it is ordered or taken; None when it is neither, or when this request ends it."""
    orders, course = case.orders_of(drug), case.course(drug)
    taken = course if course is not None and course.is_taken else None
    if not orders and (taken is None or case.is_ending(drug)):
        return None
    return OtherDrug(drug, orders, taken)


def is_continued(exposure: Exposure) -> bool:
    """Whether the thiopurine is only continued, or ordered again, as far as the records show."""
    return exposure.episode in (None, Episode.RENEWAL, Episode.CONTINUATION)


def class_name(drug: Drug) -> str:
    """The drug or class without an article, for the head of a line.

    >>> class_name(Drug.ACE_INHIBITOR)
    'ACE inhibitor'
    """
    return drug_name(drug).removeprefix("an ").removeprefix("a ")


def _named(text: str) -> str:
    """The name as recorded, which identifies the drug within a class."""
    return f": {text[:_MOST_OF_A_NAME]}" if text else ""
