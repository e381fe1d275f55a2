"""The groups of patients whose limits differ."""

from enum import StrEnum


class Group(StrEnum):
    """Whose limits apply. Unless it is surely leukaemia under treatment, the stricter, immune limits stay."""

    LEUKAEMIA = "leukaemia"  # or lymphoblastic lymphoma, under treatment
    IMMUNE = "immune-mediated disease"  # or not known what it is given for
