"""THE CATALOGUE: every clinical question the service asks, and at which hook."""

from cards.rules import (
    dose_for_indication,
    gastrointestinal_symptoms,
    genotype_dose,
    hepatitis_b,
    hepatitis_b_vaccine,
    live_vaccine,
    pml,
    restart_after_infection,
    sepsis,
    sequence,
    severe_cytopenia,
    start_plan,
    stopping,
    thiopurine_hypersensitivity,
    trial_over,
    two_thiopurines,
    untested_genes,
    varicella_exposure,
    xanthine_oxidase_inhibitor,
)
from cards.rules.rule import Rule

ORDER_SIGN_RULES = (
    two_thiopurines.RULE,
    sepsis.RULE,
    varicella_exposure.RULE,
    pml.RULE,
    hepatitis_b.RULE,
    severe_cytopenia.RULE,
    thiopurine_hypersensitivity.RULE,
    xanthine_oxidase_inhibitor.RULE,
    live_vaccine.RULE,
    genotype_dose.RULE,
    untested_genes.RULE,
    dose_for_indication.RULE,
    start_plan.RULE,
    sequence.RULE,
    restart_after_infection.RULE,
    hepatitis_b_vaccine.RULE,
    gastrointestinal_symptoms.RULE,
    stopping.RULE,
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
    varicella_exposure.RULE,
    pml.RULE,
    severe_cytopenia.RULE,
    thiopurine_hypersensitivity.RULE,
    xanthine_oxidase_inhibitor.RULE,
    genotype_dose.RULE,
    hepatitis_b.RULE,
    trial_over.RULE,
    gastrointestinal_symptoms.RULE,
)
ALL_RULES: tuple[Rule, ...] = tuple(
    dict.fromkeys((*ORDER_SIGN_RULES, *ORDER_SELECT_RULES, *PATIENT_VIEW_RULES))
)
