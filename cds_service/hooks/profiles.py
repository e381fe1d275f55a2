"""What each kind of client can show and do with a card, and how one client should be answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cards.model.tests_ordered import OrderableTest
from cds_service.access.clients import Client, ProfileName


@dataclass(frozen=True, slots=True)
class Profile:
    """What a kind of client takes."""

    actions: frozenset[str] = frozenset({"create", "update", "delete"})
    selection_behavior: str | None = None  # the only value it knows; None: as on the card
    has_single_actions: bool = False  # a suggestion holds one action
    has_preference_list: bool = False  # an order is named by the site's own code, which brings its own dose
    has_system_actions: bool = False  # wants to see that there are none


STANDARD = Profile()
"""CDS Hooks 2.0.1."""

PROFILES: Mapping[ProfileName, Profile] = MappingProxyType(
    {
        ProfileName.STANDARD: STANDARD,
        # Epic, "CDS Hooks Tutorial": selectionBehavior, one action, create and delete, preference list items
        ProfileName.EPIC: Profile(
            actions=frozenset({"create", "delete"}),
            selection_behavior="any",
            has_single_actions=True,
            has_preference_list=True,
        ),
        # Da Vinci CRD 2.0.1 wants systemActions in each response to order-sign
        ProfileName.CRD: Profile(has_system_actions=True),
    }
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How one client is answered, and what it must not see."""

    profile: Profile = STANDARD
    preference_list: Mapping[OrderableTest, str] = field(default_factory=lambda: MappingProxyType({}))
    is_silent: bool = False  # everything is evaluated and recorded, no card is sent


def manner_for(client: Client) -> Manner:
    """How a client is answered."""
    return Manner(PROFILES[client.profile], client.preference_list, client.is_silent)
