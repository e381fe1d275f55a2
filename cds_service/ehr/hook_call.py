"""One hook call as an EHR makes it: discovery of the service, its prefetch filled, the cards returned."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from cds_service.ehr.prefetch import Fetched, FhirServer, fetched, sendable
from cds_service.ehr.service import CdsServer
from cds_service.ehr.web import CallError

_TOKEN_LIFE_S = 300


@dataclass(frozen=True, slots=True)
class HookTrigger:
    """What happens at the EHR: the hook, who acts, on whom, and what is being ordered."""

    hook: str
    patient_id: str
    user_id: str
    draft_orders: Mapping[str, Any] | None = None  # a Bundle; None at patient-view
    encounter_id: str | None = None

    @property
    def context(self) -> dict[str, Any]:
        """The context of the hook (CDS Hooks library)."""
        context: dict[str, Any] = {"userId": self.user_id, "patientId": self.patient_id}
        if self.encounter_id:
            context["encounterId"] = self.encounter_id
        if self.draft_orders is not None:
            if self.hook == "order-select":
                context["selections"] = _references(self.draft_orders)
            context["draftOrders"] = self.draft_orders
        return context


@dataclass(frozen=True, slots=True)
class HookCall:
    """What was asked and answered. `request` holds the FHIR server's token, if there is one."""

    service_id: str
    request: Mapping[str, Any]
    prefetch: tuple[Fetched, ...]
    response: Mapping[str, Any]
    ms: float

    @property
    def cards(self) -> list[dict[str, Any]]:
        """The cards, in the order in which they came."""
        return [card for card in self.response.get("cards") or () if isinstance(card, dict)]

    @property
    def shown_request(self) -> dict[str, Any]:
        """The request without the token."""
        return {name: value for name, value in self.request.items() if name != "fhirAuthorization"}


def called(
    server: CdsServer,
    occasion: HookTrigger,
    fhir: FhirServer | None,
    *,
    service_id: str | None = None,
    with_prefetch: bool = True,
) -> HookCall:
    """The call of the service for this hook. Raises CallError."""
    service = server.service_for(occasion.hook, service_id)
    context = occasion.context
    found = fetched(service.prefetch, context, fhir) if fhir and with_prefetch else []
    request: dict[str, Any] = {"hook": occasion.hook, "hookInstance": str(uuid4()), "context": context}
    if fhir is not None:
        request |= _access(fhir, occasion.user_id)
    if found:
        request["prefetch"] = sendable(found)
    reply = server.call(service.id, request)
    response = reply.json()
    if not isinstance(response, dict) or not isinstance(response.get("cards"), list):
        raise CallError("the service answered with something that is not a CDS Hooks response")
    return HookCall(service.id, request, tuple(found), response, reply.ms)


def _access(fhir: FhirServer, user_id: str) -> dict[str, Any]:
    """Where the service may fetch what is missing (CDS Hooks 2.0.1, "Passing the Access Token")."""
    if fhir.token is None:
        return {"fhirServer": fhir.base}
    authorization = {
        "access_token": fhir.token,
        "token_type": "Bearer",  # nosec B105  # the kind of token, as OAuth names it
        "expires_in": _TOKEN_LIFE_S,
        "scope": "patient/*.read",
        "subject": user_id,
    }
    return {"fhirServer": fhir.base, "fhirAuthorization": authorization}


def _references(bundle: Mapping[str, Any]) -> list[str]:
    resources = [one.get("resource") or {} for one in bundle.get("entry") or ()]
    return [f"{one.get('resourceType')}/{one.get('id')}" for one in resources]
