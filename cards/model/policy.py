"""What a site may choose; everything else is knowledge."""

from dataclasses import dataclass, field
from enum import StrEnum


class Loudness(StrEnum):
    """How urgent a site lets a rule be; the values are those of a card's indicator."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class RuleSwitch:
    """What a site has decided about one rule."""

    rule_id: str
    is_silent: bool = False  # its answer is recorded, and no card shows it
    at_most: Loudness | None = None  # never more urgent than this
    at_least: Loudness | None = None  # where it speaks as a leading finding, at least this urgent
    acknowledged_risk: str = ""  # why a rule that can be critical is silenced


@dataclass(frozen=True, slots=True)
class Policy:
    """Numbers and switches that are choices, not citations. Defaults: cards/knowledge/policy.toml."""

    new_start_days: int  # after this long without a thiopurine active or supplied: a new start
    restart_gap_days: int  # a shorter gap is not a restart
    established_days: int  # on the drug for at least this long
    recent_count_days: int  # a blood count not older than this counts as recent
    weight_flagged_after_days_adult: int
    weight_flagged_after_days_child: int
    weight_unused_after_days: int
    infection_days: int  # an infection begun or recorded within these days is current
    transfusion_days: int  # an enzyme activity measured this soon after a transfusion is the donor's
    adult_age_years: int
    max_cards: int
    plausible_kg_min_adult: float
    plausible_kg_min_child: float
    plausible_kg_max: float
    repeat: str  # "once": order-sign does not show again what order-select showed; "always"
    schedule_profile: str  # which rows of schedules.csv are followed: combined, summary, fda, bsr, bsg
    baseline_days: int  # before a first dose, a count or chemistry not older than this is a baseline
    test_order_days: int  # an older request for a test is assumed forgotten
    pregnancy_test_days: int  # a pregnancy test not older than this counts
    childbearing_from_years: int
    childbearing_to_years: int
    symptom_days: int  # fever, pain or vomiting begun or recorded within these days is current
    older_age_years: int
    reduced_egfr: float  # below: mL/min/1.73 m2
    recovery_days: int  # this long after a dose cut, counts should have recovered
    metabolite_days: int  # a 6-TGN not older than this is judged
    severe_egfr: float  # below: mL/min/1.73 m2
    kidney_result_days: int  # an eGFR or creatinine not older than this is judged
    acute_kidney_days: int  # acute kidney injury begun or recorded within these days is current
    dialysis_days: int  # a dialysis session within these days means that the patient is on dialysis
    pregnancy_days: int  # a pregnancy begun, recorded or tested longer ago is over
    lactation_days: int  # breastfeeding recorded longer ago is not assumed current
    young_adult_to_years: int  # up to this age a man counts as young
    phototherapy_days: int  # ultraviolet treatment given or ordered within these days is current
    trial_line_days: int  # how long the review is mentioned after the trial of an indication
    genotype_days: int  # how long after a start the genotype counts, and until a dose may be established
    poor_metabolizer_percent: int  # of the standard start; a poor metabolizer's dose above it is critical
    transplant_first_days: (
        int  # this long after a kidney transplantation the ceiling of the first weeks holds
    )
    country: str  # whose rows hold: two letters, or "any"
    leukaemia_protocol: str  # whose target counts are those of leukaemia under treatment, or "any"
    stale_order_days: (
        int  # an active order is possibly taken after it, and a thiopurine's supply after its end
    )
    home_list_days: int  # what the patient reported is taken for as long as this without newer evidence
    late_refill_days: int  # a supply that ended this recently may still be taken
    short_hold_days: int  # a shorter hold for an operation or an admission is no restart
    undated_stop_days: int  # a stop without a day came at the latest so long after the order was written
    administration_days: int  # a dose given this recently is a therapy of today
    allopurinol_washout_days: int  # for so long it may act after its last dose
    allopurinol_washout_kidney_days: int  # the same with severely impaired or unknown kidneys
    febuxostat_washout_days: int  # for so long it may act after its last dose
    after_course_days: int  # a problem that begins this soon after a thiopurine was stopped may be its effect
    # The release of the knowledge tables; "" is the software's own.
    tables: str = field(default="", kw_only=True)
    # The rules for which a site has decided otherwise.
    switches: tuple[RuleSwitch, ...] = field(default=(), kw_only=True)

    def switch_of(self, rule_id: str) -> RuleSwitch | None:
        """What the site has decided about a rule; None when it has decided nothing."""
        return next((switch for switch in self.switches if switch.rule_id == rule_id), None)
