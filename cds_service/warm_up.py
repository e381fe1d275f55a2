"""Loading before the first request what would otherwise make it wait: tables, codes, model classes."""

from cards.knowledge.default_policy import default_policy
from cards.knowledge.sources import all_sources
from cds_service.catalogue import SERVICES


def warm_up() -> None:
    """Read every table. A table that cannot be trusted stops the service here."""
    all_sources()
    default_policy()
    for service in SERVICES:
        service.described()
