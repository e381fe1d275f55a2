"""What a rule answers: findings, silence with its reason, or the facts it could not see."""

from dataclasses import dataclass, field
from enum import StrEnum

from cards.card import Indicator
from cards.knowledge.sources import Citation
from cards.model.dates import ClinicalDate
from cards.model.facts import Missing
from cards.model.proposals import Proposal


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that a finding rests on, in words, with its date and record where known."""

    text: str
    on: ClinicalDate | None = None
    record_ref: str | None = None


class Bound(StrEnum):
    """Where a dose constraint comes from; decides which constraints may be combined."""

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
    """The mg a day that a rule allows for one draft order, as a range; None is unbounded.

    With `is_binding` False it narrows a dose that another rule changes, but never causes a change.
    """

    order_ref: str
    bound: Bound
    low_mg_per_day: float | None = None
    high_mg_per_day: float | None = None
    is_binding: bool = True
    is_of_slip: bool = False  # the order is too far above for the intended dose to be clear


@dataclass(frozen=True, slots=True)
class DoseLine:
    """A line of `do` that names a dose to give; shown only where nothing in the answer asks for less.

    `order_ref` names the order or therapy it is about; `mg_per_day` is the highest dose it names, None where
    the amount depends on an unknown weight.
    """

    text: str
    order_ref: str
    mg_per_day: float | None
    otherwise: str = ""  # the text shown instead
    is_start: bool = False  # the starting dose: a limit on a start does not restrict later doses
    is_increase: bool = False  # a step on top of a dose, not a dose


class Reasons(StrEnum):
    """Which set of override reasons fits a finding; the sets are rows of a table."""

    DOSE = "dose"
    TEST = "test"
    INTERACTION = "interaction"
    VACCINE = "vaccine"
    STOP = "stop"
    DATA = "data"
    PLAN = "plan"


class DecisionKind(StrEnum):
    """What is to be decided. The values stand in the decision record."""

    ALSO = "also"
    ALKYLATING_AGENTS = "alkylating agents"
    BASELINE = "baseline"
    CHOLESTASIS_OF_PREGNANCY = "cholestasis of pregnancy"
    COUNTS = "counts"
    DOSE = "dose"
    HEPATITIS_B = "hepatitis-b"
    HISTORY = "history"
    HYPERSENSITIVITY = "hypersensitivity"
    INTERACTION = "interaction"
    KIDNEYS = "kidneys"
    LIVER = "liver"
    LYMPHOMA = "lymphoma"
    MALIGNANCY = "malignancy"
    METABOLITES = "metabolites"
    MONITORING = "monitoring"
    PANCREATITIS = "pancreatitis"
    PHOTOTHERAPY = "phototherapy"
    PLAN = "plan"
    PML = "pml"
    PREGNANCY = "pregnancy"
    RECENT_VACCINE = "recent vaccine"
    SEPSIS = "sepsis"
    SEQUENCE = "sequence"
    STOPPING = "stopping"
    TWO_THIOPURINES = "two thiopurines"
    UNCHECKED = "unchecked"
    UNDATED = "undated"
    VACCINE = "vaccine"
    VARICELLA = "varicella"
    VENO_OCCLUSIVE_DISEASE = "veno-occlusive disease"


@dataclass(frozen=True, slots=True)
class DecisionKey:
    """What a finding decides, about which order or therapy; findings with the same key become one card.

    >>> str(DecisionKey(DecisionKind.INTERACTION, "MedicationRequest/1", "warfarin"))
    'interaction:warfarin:MedicationRequest/1'
    """

    kind: DecisionKind
    about: str = ""  # the key of an exposure, or the record_ref of an order; "" for the patient as a whole
    culprit: str = ""  # of an interaction: the other drug

    def __str__(self) -> str:
        """As the decision record holds it."""
        return ":".join(part for part in (self.kind, self.culprit, self.about) if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a clinician should know. Findings with the same `decision` become one card.

    All texts are plain; the composer escapes them and writes the Markdown.
    """

    decision: DecisionKey
    indicator: Indicator
    summary: str
    why: tuple[Fact, ...]
    do: tuple[str, ...]
    citations: tuple[Citation, ...]
    reasons: Reasons
    also: tuple[str, ...] = ()  # what other sources say, each with its grade
    constraints: tuple[DoseConstraint, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    dose_lines: tuple[DoseLine, ...] = ()  # the lines of `do` that name a dose, and how much
    where_stopped: "Finding | None" = None  # shown instead beside advice to stop: this asks to keep the drug
    leads: bool = True  # False: a line of another rule's card, if there is one

    @property
    def subject(self) -> str:
        """The order or therapy that the finding is about."""
        return self.decision.about

    @property
    def asks_to_stop(self) -> bool:
        """Whether the finding clearly asks not to take the drug it is about."""
        return self.indicator is Indicator.CRITICAL and self.reasons is Reasons.STOP


@dataclass(frozen=True, slots=True)
class Fired:
    """The rule speaks; `missing` are the facts it would also have wanted to see."""

    findings: tuple[Finding, ...]
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Silent:
    """The rule saw everything it needs and has nothing to say."""

    reason: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """The rule could not see the facts it needs: neither a warning nor an all-clear."""

    missing: tuple[Missing, ...]


Outcome = Fired | Silent | Blocked


@dataclass(frozen=True, slots=True)
class Decision:
    """What one rule answered in one request: the record behind "why" and "why not"."""

    rule_id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class FailedRule:
    """A rule that raised: a bug in this software. The other rules stand."""

    rule_id: str
    error: Exception = field(repr=False)  # its message may hold patient data: never log it whole
