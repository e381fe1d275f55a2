"""Types of an OperationOutcome's issue that say: what came is not, or may not be, all there is."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from fhir_mappers.terminology.tables import packaged_rows


@cache
def incomplete_types() -> Mapping[str, str]:
    """What happened, by the type that says so, whatever its severity."""
    rows = packaged_rows("issue_types.csv")
    return MappingProxyType({row.filled("code"): row.filled("what_came") for row in rows})
