"""The names of FHIR's resource types: another name says nothing about what a record is."""

from functools import cache

from fhir_mappers.terminology.tables import packaged_rows


def is_resource_type(name: str) -> bool:
    """Whether FHIR has a resource type of this name, in STU3, R4B or R5.

    >>> is_resource_type("Observation"), is_resource_type("observation"), is_resource_type("")
    (True, False, False)
    """
    return name in _names()


@cache
def _names() -> frozenset[str]:
    return frozenset(row.filled("name") for row in packaged_rows("resource_types.csv"))
