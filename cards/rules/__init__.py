"""THE CATALOGUE: every clinical question the service asks, and at which hook."""

from cards.rules import (
    dose_for_indication,
    genotype_dose,
    live_vaccine,
    sepsis,
    severe_cytopenia,
    start_plan,
    thiopurine_hypersensitivity,
    two_thiopurines,
    untested_genes,
    xanthine_oxidase_inhibitor,
)
from cards.rules.rule import Rule

ORDER_SIGN_RULES = (
    two_thiopurines.RULE,
    sepsis.RULE,
    severe_cytopenia.RULE,
    thiopurine_hypersensitivity.RULE,
    xanthine_oxidase_inhibitor.RULE,
    live_vaccine.RULE,
    genotype_dose.RULE,
    untested_genes.RULE,
    dose_for_indication.RULE,
    start_plan.RULE,
)
ORDER_SELECT_RULES = (
    two_thiopurines.RULE,
    thiopurine_hypersensitivity.RULE,
    xanthine_oxidase_inhibitor.RULE,
    live_vaccine.RULE,
    genotype_dose.RULE,
    untested_genes.RULE,
)
PATIENT_VIEW_RULES = (
    two_thiopurines.RULE,
    sepsis.RULE,
    severe_cytopenia.RULE,
    thiopurine_hypersensitivity.RULE,
    xanthine_oxidase_inhibitor.RULE,
    genotype_dose.RULE,
)
ALL_RULES: tuple[Rule, ...] = tuple(
    dict.fromkeys((*ORDER_SIGN_RULES, *ORDER_SELECT_RULES, *PATIENT_VIEW_RULES))
)
