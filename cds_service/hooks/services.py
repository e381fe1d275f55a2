"""The CDS services: the hook each answers, the rules it asks, and the records it wants sent along."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cards.model.facts import FactKind
from cards.rules import ORDER_SELECT_RULES, ORDER_SIGN_RULES, PATIENT_VIEW_RULES
from cards.rules.rule import Rule
from cds_service.errors import UnknownServiceError
from cds_service.hooks.prefetch_keys import PrefetchKey, keys_for

_ORDERS_NEED = (
    "Needs the draft orders (context.draftOrders). Without prefetch it still answers, and says what it could "
    "not check."
)
_CHART_NEEDS = (
    "Needs the patient's medications, by prefetch; without them it answers 412. Meant for prescribers: a "
    "patient or a relative gets no cards."
)


@dataclass(frozen=True, slots=True)
class CdsService:
    """One service as discovery describes it. Ids differ, so that no client mixes two hooks up."""

    id: str
    hook: str
    title: str
    description: str
    usage: str
    rules: tuple[Rule, ...]

    @property
    def prefetch_keys(self) -> tuple[PrefetchKey, ...]:
        """The searches that its rules read, and no other."""
        return keys_for({kind for rule in self.rules for kind in rule.needs} | {FactKind.PATIENT})

    def described(self) -> dict[str, Any]:
        """The service as CDS Hooks 2.0.1 "Discovery" describes it."""
        return {
            "hook": self.hook,
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "usageRequirements": self.usage,
            "prefetch": {key.name: key.template for key in self.prefetch_keys},
        }


SERVICES = (
    CdsService(
        id="thiopurine-order-select",
        hook="order-select",
        title="Thiopurine advice while ordering",
        description="Genes, interactions and live vaccines, as soon as azathioprine, mercaptopurine or "
        "thioguanine, or a drug or vaccine that clashes with one, is chosen.",
        usage=_ORDERS_NEED,
        rules=ORDER_SELECT_RULES,
    ),
    CdsService(
        id="thiopurine-order-sign",
        hook="order-sign",
        title="Thiopurine safety check",
        description="Dose by genotype, indication and weight, interactions, live vaccines, duplicates, and "
        "what must not wait, before an order of azathioprine, mercaptopurine or thioguanine is signed.",
        usage=_ORDERS_NEED,
        rules=ORDER_SIGN_RULES,
    ),
    CdsService(
        id="thiopurine-patient-view",
        hook="patient-view",
        title="Thiopurine monitoring",
        description="What must not wait in a patient who takes azathioprine, mercaptopurine or thioguanine.",
        usage=_CHART_NEEDS,
        rules=PATIENT_VIEW_RULES,
    ),
)

_BY_ID: Mapping[str, CdsService] = {service.id: service for service in SERVICES}
_BY_HOOK: Mapping[str, CdsService] = {service.hook: service for service in SERVICES}


def service_with_id(service_id: str) -> CdsService:
    """The service with this id. Raises UnknownServiceError."""
    try:
        return _BY_ID[service_id]
    except KeyError:
        raise UnknownServiceError(f"there is no such service; there are {', '.join(_BY_ID)}") from None


def service_for_hook(hook: str) -> CdsService:
    """The service that answers a hook. Raises UnknownServiceError."""
    try:
        return _BY_HOOK[hook]
    except KeyError:
        raise UnknownServiceError(f"no service answers this hook; there are {', '.join(_BY_HOOK)}") from None
