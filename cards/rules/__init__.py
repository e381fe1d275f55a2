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

TWO_THIOPURINES = Rule(
    "two-thiopurines",
    "Would the patient take two thiopurines at once?",
    two_thiopurines.two_thiopurines_at_once,
    two_thiopurines.NEEDS,
    ("X14",),
    can_be_critical=True,
)
XANTHINE_OXIDASE_INHIBITOR = Rule(
    "xanthine-oxidase-inhibitor",
    "Is azathioprine or mercaptopurine combined with allopurinol or febuxostat?",
    xanthine_oxidase_inhibitor.combined_with_xanthine_oxidase_inhibitor,
    xanthine_oxidase_inhibitor.NEEDS,
    ("F01", "F02", "X01", "X07"),
    can_be_critical=True,
)
GENOTYPE_DOSE = Rule(
    "genotype-dose",
    "Does this genotype call for another drug, or for a lower dose than the one ordered?",
    genotype_dose.genotype_calls_for_change,
    genotype_dose.NEEDS,
    ("B02", "B03", "B04", "B07", "B08", "B09", "X16", "X18"),
    can_be_critical=True,
)
UNTESTED_GENES = Rule(
    "untested-genes",
    "Is a thiopurine started before TPMT and NUDT15 are known?",
    untested_genes.genes_unknown_at_start,
    untested_genes.NEEDS,
    ("B01", "B05", "B06"),
)
DOSE_FOR_INDICATION = Rule(
    "dose-for-indication",
    "Is the ordered dose readable, and does it fit the patient's weight and the indication?",
    dose_for_indication.dose_does_not_fit,
    dose_for_indication.NEEDS,
    ("A02", "A03", "A05", "A06", "A07", "A10", "A16", "A20", "A24", "A26", "C04"),
    can_be_critical=True,
)
LIVE_VACCINE = Rule(
    "live-vaccine",
    "Does a live vaccine meet a thiopurine, in either direction?",
    live_vaccine.live_vaccine_with_thiopurine,
    live_vaccine.NEEDS,
    ("G01",),
    can_be_critical=True,
)
SEPSIS = Rule(
    "sepsis",
    "Is a thiopurine ordered or taken during sepsis or bacteraemia?",
    sepsis.thiopurine_in_sepsis,
    sepsis.NEEDS,
    ("H03", "H04", "H05"),
    can_be_critical=True,
)
SEVERE_CYTOPENIA = Rule(
    "severe-cytopenia",
    "Are the blood counts so low that a thiopurine has to stop?",
    severe_cytopenia.count_below_stop_limit,
    severe_cytopenia.NEEDS,
    ("K03", "K05"),
    can_be_critical=True,
)
THIOPURINE_HYPERSENSITIVITY = Rule(
    "thiopurine-hypersensitivity",
    "Has the patient reacted to a thiopurine in a way that forbids another dose?",
    thiopurine_hypersensitivity.reacted_to_thiopurine,
    thiopurine_hypersensitivity.NEEDS,
    ("I10",),
    can_be_critical=True,
)
START_PLAN = Rule(
    "start-plan",
    "What belongs to a new start that is not an alert?",
    start_plan.starting_plan,
    start_plan.NEEDS,
    ("A01", "A08", "C01", "C02", "J01", "J02", "J03", "J04", "K01"),
)

ORDER_SIGN_RULES = (
    TWO_THIOPURINES,
    SEPSIS,
    SEVERE_CYTOPENIA,
    THIOPURINE_HYPERSENSITIVITY,
    XANTHINE_OXIDASE_INHIBITOR,
    LIVE_VACCINE,
    GENOTYPE_DOSE,
    UNTESTED_GENES,
    DOSE_FOR_INDICATION,
    START_PLAN,
)
ORDER_SELECT_RULES = (
    TWO_THIOPURINES,
    THIOPURINE_HYPERSENSITIVITY,
    XANTHINE_OXIDASE_INHIBITOR,
    LIVE_VACCINE,
    GENOTYPE_DOSE,
    UNTESTED_GENES,
)
PATIENT_VIEW_RULES = (
    TWO_THIOPURINES,
    SEPSIS,
    SEVERE_CYTOPENIA,
    THIOPURINE_HYPERSENSITIVITY,
    XANTHINE_OXIDASE_INHIBITOR,
    GENOTYPE_DOSE,
)
ALL_RULES = tuple(dict.fromkeys((*ORDER_SIGN_RULES, *ORDER_SELECT_RULES, *PATIENT_VIEW_RULES)))
