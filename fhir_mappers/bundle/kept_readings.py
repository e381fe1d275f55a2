"""KeptReadings: what one patient's records were read as, for a caller that asks about them at many moments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fhir_mappers.bundle.resources import RawResource

Resolve = Callable[[str], RawResource | None]
Referred = tuple[tuple[str, RawResource | None], ...]
"""The references that a reading followed, and the resource that each named; None where there was none."""


@dataclass(frozen=True, slots=True)
class _KeptReading:
    resource: RawResource  # held, so that no other resource has its identity
    facts: Sequence[Any]
    referred: Referred


class KeptReadings:
    """What was read, by resource and by who reads it. It lasts as long as its patient is asked about.

    A reading holds as long as every reference that it followed names the same resource. A resource is known
    again by its identity: its bytes are not compared.
    """

    def __init__(self) -> None:
        self._readings: dict[tuple[int, object], _KeptReading] = {}

    def facts_of(self, resource: RawResource, reader: object, resolve: Resolve) -> Sequence[Any] | None:
        """What was read in the resource before; None where nothing was, or a reference now names another."""
        found = self._readings.get((id(resource), reader))
        if found is None or any(resolve(literal) != named for literal, named in found.referred):
            return None
        return found.facts

    def keep(self, resource: RawResource, reader: object, facts: Sequence[Any], referred: Referred) -> None:
        """Keep what was read, and on which other resources that rests."""
        self._readings[id(resource), reader] = _KeptReading(resource, facts, referred)
