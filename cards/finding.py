"""What a rule answers: findings, silence with its reason, or what it could not see."""

from dataclasses import dataclass, field
from enum import StrEnum

from cards.card import Indicator
from cards.knowledge.sources import Citation
from cards.model.dates import ClinicalDate
from cards.model.facts import Missing
from cards.model.proposals import Proposal


@dataclass(frozen=True, slots=True)
class Fact:
    """One value that a finding rests on, in words, with its date and record where it has them."""

    text: str
    on: ClinicalDate | None = None
    record_ref: str | None = None


class Bound(StrEnum):
    """Where a dose constraint comes from; decides which may be combined."""

    STOP = "stop"  # the drug should not be taken, or its dose cannot be given as a number
    GENOTYPE = "genotype"
    XANTHINE_OXIDASE = "xanthine oxidase inhibitor"
    START = "start for the indication"
    CEILING = "ceiling for the indication"
    STEP = "titration step"
    WAIT = "not yet"  # the drug should not be started today; no dose is offered, and a plan may be shown
    RENAL = "renal function"


@dataclass(frozen=True, slots=True)
class DoseConstraint:
    """A range of mg a day that a rule allows for one draft order; None is unbounded.

    `is_binding` False narrows a dose that another rule changes, and never causes a change.
    """

    order_ref: str
    bound: Bound
    low_mg_per_day: float | None = None
    high_mg_per_day: float | None = None
    is_binding: bool = True
    is_of_slip: bool = False  # the order is so far above that nobody knows what was meant


@dataclass(frozen=True, slots=True)
class DoseLine:
    """A line of `do` that names a dose to give; it is shown only where nothing in the answer asks for less.

    `order_ref` says of which order or therapy it speaks, `mg_per_day` the most that it names, None where the
    amount depends on a weight that is not known.
    """

    text: str
    order_ref: str
    mg_per_day: float | None
    otherwise: str = ""  # what is said in its place
    is_start: bool = False  # the dose to begin with: a limit of a start says nothing of later doses
    is_increase: bool = False  # a step on top of a dose, and not a dose


class Reasons(StrEnum):
    """Which set of override reasons fits a finding; the sets are rows of a table."""

    DOSE = "dose"
    TEST = "test"
    INTERACTION = "interaction"
    VACCINE = "vaccine"
    STOP = "stop"
    DATA = "data"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a clinician should know. Findings with the same `decision` become one card.

    All texts are plain; the composer escapes them and writes the Markdown.
    """

    decision: str  # what it is about: "dose:MedicationRequest/1"
    indicator: Indicator
    summary: str
    why: tuple[Fact, ...]
    do: tuple[str, ...]
    citations: tuple[Citation, ...]
    reasons: Reasons
    also: tuple[str, ...] = ()  # what else sources say, each with its grade
    constraints: tuple[DoseConstraint, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    dose_lines: tuple[DoseLine, ...] = ()  # which lines of `do` name a dose, and how much
    where_stopped: "Finding | None" = None  # said instead beside advice to stop: this asks to keep the drug
    leads: bool = True  # False: a line of another rule's card, if there is one

    @property
    def subject(self) -> str:
        """The order or therapy that it is about."""
        return self.decision.rpartition(":")[2]

    @property
    def asks_to_stop(self) -> bool:
        """Whether it asks, beyond doubt, not to take the drug that it is about."""
        return self.indicator is Indicator.CRITICAL and self.reasons is Reasons.STOP


@dataclass(frozen=True, slots=True)
class Fired:
    """The rule speaks; `missing` is what it would have wanted to see as well."""

    findings: tuple[Finding, ...]
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Silent:
    """The rule looked at everything it needs and has nothing to say."""

    reason: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """The rule could not see what it needs: neither a warning nor an all-clear."""

    missing: tuple[Missing, ...]


Outcome = Fired | Silent | Blocked


@dataclass(frozen=True, slots=True)
class Decision:
    """What one rule answered in one request: the record behind "why" and "why not"."""

    rule_id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class FailedRule:
    """A rule that raised: our bug. The other rules stand."""

    rule_id: str
    error: Exception = field(repr=False)  # its message may hold patient data: never log it whole
