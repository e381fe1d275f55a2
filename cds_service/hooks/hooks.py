"""The hooks of CDS Hooks that the service answers, one value each; command line, checks and figures derive from it."""

from dataclasses import dataclass
from types import MappingProxyType

import msgspec


class PatientViewContext(msgspec.Struct, rename="camel", kw_only=True):
    """CDS Hooks library, "patient-view"."""

    user_id: str
    patient_id: str
    encounter_id: str | None = None


class OrderSignContext(PatientViewContext, rename="camel", kw_only=True):
    """CDS Hooks library, "order-sign": the orders being signed."""

    draft_orders: msgspec.Raw


class OrderSelectContext(OrderSignContext, rename="camel", kw_only=True):
    """CDS Hooks library, "order-select": the orders being written, and which were just chosen."""

    selections: list[str]


@dataclass(frozen=True, slots=True)
class Hook:
    """One hook, and the shape of its context."""

    name: str
    context: type[PatientViewContext]

    @property
    def has_orders(self) -> bool:
        """Whether its context holds draft orders."""
        return issubclass(self.context, OrderSignContext)


# CDS Hooks library, https://cds-hooks.hl7.org/hooks/
HOOKS = (
    Hook("order-select", OrderSelectContext),
    Hook("order-sign", OrderSignContext),
    Hook("patient-view", PatientViewContext),
)
HOOK_NAMES = tuple(hook.name for hook in HOOKS)
ORDER_HOOKS = tuple(hook.name for hook in HOOKS if hook.has_orders)
VIEW_HOOKS = tuple(hook.name for hook in HOOKS if not hook.has_orders)


BY_NAME = MappingProxyType({hook.name: hook for hook in HOOKS})
