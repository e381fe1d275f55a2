"""The sentences that rules say, each with the words that its rule fills in."""

from enum import StrEnum
from typing import Self


class RuleSentence(StrEnum):
    """A sentence of sentences.csv by its id; `words` are the placeholders that the rule fills."""

    words: tuple[str, ...]

    def __new__(cls, value: str, *words: str) -> Self:
        """A member by its id, and its placeholders."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = words
        return member

    INHIBITOR_REDUCE = "inhibitor: reduce", "low", "high", "mg", "usual", "basis"
    INHIBITOR_REDUCE_UNKNOWN = "inhibitor: reduce dose unknown", "low", "high"
    INHIBITOR_REDUCE_IN_SHORT = "inhibitor: reduce in short", "low", "high"
    INHIBITOR_COUNTS = "inhibitor: counts and no titration"
    INHIBITOR_LOW_DOSE = "inhibitor: low-dose co-therapy", "drug"
    INHIBITOR_LOW_GENE = "inhibitor: not enough with a low gene", "low", "high", "amount"
    INHIBITOR_LOW_GENE_COUNTS = "inhibitor: counts with a low gene"
    INHIBITOR_REDUCED = "inhibitor: already reduced", "high", "mg", "usual", "basis"
    INHIBITOR_LOW_WITHOUT = "inhibitor: low without it in short", "dose", "culprit", "mg"
    INHIBITOR_OWN_DOSE = "inhibitor: own dose without it", "culprit", "basis", "low", "high", "mg"
    INHIBITOR_BELOW_USUAL = "inhibitor: below the usual dose", "high", "mg", "usual", "basis"
    INHIBITOR_COUNTS_AT_FIRST = "inhibitor: counts at first", "untested"
    INHIBITOR_DOUBT = "inhibitor in doubt: reduce in short", "low", "high"
    INHIBITOR_DOUBT_BOTH = "inhibitor in doubt: if both are taken", "advice", "drug"
    INHIBITOR_TRANSPLANT = "inhibitor: kidney transplantation"
    INHIBITOR_ENDED = "inhibitor ended: until it is gone", "culprit", "drug", "until", "low", "high"
    INHIBITOR_ON_HOLD = "inhibitor on hold: before it is resumed", "resumed", "drug", "low", "high"
    INHIBITOR_ON_HOLD_COUNTS = "inhibitor on hold: counts"
    SEPSIS_AFTER = "sepsis: after restarting", "what", "interval_days", "until_day"
    HEPATITIS_B_RISK = "hepatitis B: risk", "agent", "serology", "risk", "advice", "grade"
    HEPATITIS_B_RISK_STEROID = (
        "hepatitis B: risk of a steroid",
        "agent",
        "serology",
        "risk",
        "advice",
        "grade",
    )
    JAUNDICE = "jaundice: stop", "drug", "team"
    JAUNDICE_BEFORE = "jaundice: before the first dose", "drug", "team"
    JAUNDICE_LEUKAEMIA = "jaundice: in leukaemia", "team"
    MALIGNANCY_BLOOD = "malignancy: of the blood", "drug", "team"
    MALIGNANCY_SKIN = "malignancy: of the skin", "drug", "team"
    LEUKAEMIA_LOW = "leukaemia: dose too low", "lead", "share", "standard"
    THIOGUANINE_HIGHEST = "thioguanine: above its label", "most", "unit", "team"
    POOR_MALIGNANT = "poor metabolizer: in malignancy", "factor", "days"
    POOR_EITHER = "poor metabolizer: another drug or in malignancy", "factor", "days"
    UNTESTED_CANNOT_WAIT = "untested genes: treatment cannot wait"
    CEILING_UNSTATED = "ceiling: indication not stated", "disease", "drug"
    CEILING_IN_PLAN = "ceiling: strictest in the plan", "amount", "disease"
    CEILING_TRANSPLANT_TEAM = "ceiling: transplant team"
    CEILING_TRANSPLANT_DATE = "ceiling: date of the transplantation", "most", "days"
    CREATININE_REPEAT = "creatinine rise: repeat", "drug"
    CREATININE_CONFIRMED = "creatinine rise: confirmed", "drug"
    CREATININE_LEUKAEMIA = "creatinine rise: in leukaemia"
    WEIGH_AGAIN = "weight in doubt: weigh again", "weights"
