"""Reasons for a hold that say nothing against the drug: an operation, an admission."""

from functools import cache

from fhir_mappers.terminology.tables import packaged_rows


@cache
def admission_reasons() -> frozenset[tuple[str, str]]:
    """The codes of statusReason, each with its system."""
    return frozenset((row.filled("system"), row.filled("code")) for row in packaged_rows("hold_reasons.csv"))
