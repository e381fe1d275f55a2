"""What a site may choose; everything else is knowledge."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Numbers and switches that are choices, not citations. Defaults: cards/knowledge/policy.toml."""

    new_start_days: int  # no thiopurine active or supplied for so long: a new start
    restart_gap_days: int  # a shorter gap is no restart
    established_days: int  # on the drug for at least this long
    recent_count_days: int  # a blood count not older than this counts as recent
    weight_flagged_after_days_adult: int
    weight_flagged_after_days_child: int
    weight_unused_after_days: int
    infection_days: int  # an infection begun or recorded within these days is current
    transfusion_days: int  # an enzyme activity measured so soon after a transfusion is the donor's
    adult_age_years: int
    max_cards: int
    plausible_kg_min_adult: float
    plausible_kg_min_child: float
    plausible_kg_max: float
