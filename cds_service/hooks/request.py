"""Request body to HookRequest: the envelope is typed, the FHIR in it stays raw bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cards.rules.rule import ORDER_SIGN
from cds_service.errors import BadRequestError
from cds_service.hooks.hooks import BY_NAME, OrderSelectContext, OrderSignContext, PatientViewContext
from cds_service.hooks.sent_prefetch import USUAL_PREFETCH, SentPrefetch, split
from cds_service.wire.json_body import decoded, refuse_broken_text
from fhir_mappers.bundle.bundles import may_include

_NOT_FOR_PRESCRIBERS = ("Patient/", "RelatedPerson/")


@dataclass(frozen=True, slots=True)
class FhirAuthorization:
    """The client's token for its FHIR server; never logged, never stored."""

    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One call of a hook. `prefetch` holds what came for each key; a key that was not sent is absent."""

    hook: str
    hook_instance: str
    user_id: str  # "Practitioner/17"
    patient_id: str
    encounter_id: str | None = None
    draft_orders: msgspec.Raw | None = None  # a Bundle; None for a hook without orders
    selections: tuple[str, ...] | None = None  # None: every draft order is at hand
    prefetch: SentPrefetch = field(default_factory=dict)
    fhir_server: str | None = None
    fhir_authorization: FhirAuthorization | None = None

    @property
    def is_signed(self) -> bool:
        """Whether the draft orders are about to be signed as they stand."""
        return self.hook == ORDER_SIGN

    @property
    def is_for_prescriber(self) -> bool:
        """Whether the reader is a clinician; patients open charts in portals."""
        return not self.user_id.startswith(_NOT_FOR_PRESCRIBERS)


class _Authorization(msgspec.Struct):
    access_token: str


class _Head(msgspec.Struct, rename="camel"):
    hook: str
    hook_instance: str
    context: msgspec.Raw
    fhir_server: str | None = None
    fhir_authorization: _Authorization | None = None


class _Envelope(_Head, rename="camel"):
    prefetch: dict[str, msgspec.Raw] | None = None


class _UsualEnvelope(_Head, rename="camel"):
    prefetch: USUAL_PREFETCH | None = None  # type: ignore[valid-type]  # made of the requested keys


_USUAL = msgspec.json.Decoder(_UsualEnvelope)
_UNUSUAL = msgspec.json.Decoder(_Envelope)
_CONTEXTS: Mapping[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(hook.context) for name, hook in BY_NAME.items()
}


def hook_of(body: bytes) -> str:
    """The hook that a body states. Raises BadRequestError for a body that is not a hook request."""
    return decoded(body, _UNUSUAL).hook


def hook_request_from(body: bytes, hook: str) -> HookRequest:
    """The request in a body, for a service of this hook.

    Raises BadRequestError, which names the field, for anything but a call of that hook.
    """
    refuse_broken_text(body)
    envelope, prefetch = _envelope_of(body)
    if envelope.hook != hook:
        raise BadRequestError(f"hook: this service answers {hook!r} only", "hook")
    if not envelope.hook_instance.strip():
        raise BadRequestError("hookInstance: is empty", "hookInstance")
    context = decoded(envelope.context, _CONTEXTS[hook], "context")
    return HookRequest(
        hook=hook,
        hook_instance=envelope.hook_instance,
        user_id=_filled(context.user_id, "context.userId"),
        patient_id=_bare_id(context.patient_id, "Patient", "context.patientId"),
        encounter_id=_encounter_id(context),
        draft_orders=_draft_orders(context),
        selections=tuple(context.selections) if isinstance(context, OrderSelectContext) else None,
        prefetch=prefetch,
        fhir_server=envelope.fhir_server,
        fhir_authorization=_authorization(envelope),
    )


def _envelope_of(body: bytes) -> tuple[_Head, SentPrefetch]:
    """The envelope, with its prefetch already split into entries unless it is unusual and has to be read again."""
    found = None if may_include(body) else _usual_envelope_of(body)
    if found is not None:
        return found
    envelope = decoded(body, _UNUSUAL)
    return envelope, envelope.prefetch or {}


def _usual_envelope_of(body: bytes) -> tuple[_Head, SentPrefetch] | None:
    """The same for entries without a word on how the search came to them: all of them are matches."""
    try:
        usual = _USUAL.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    sent: SentPrefetch | None = split(usual.prefetch) if usual.prefetch is not None else {}
    return None if sent is None else (usual, sent)


def _filled(value: str, path: str) -> str:
    if not value.strip():
        raise BadRequestError(f"{path}: is empty", path)
    return value


def _bare_id(value: str, resource_type: str, path: str) -> str:
    # The library asks for a bare id; some clients send the reference.
    bare = value.strip().removeprefix(f"{resource_type}/")
    if "/" in bare:
        raise BadRequestError(f"{path}: expected the id of a {resource_type}", path)
    return _filled(bare, path)


def _encounter_id(context: PatientViewContext) -> str | None:
    if not (context.encounter_id or "").strip():
        return None
    return _bare_id(str(context.encounter_id), "Encounter", "context.encounterId")


def _draft_orders(context: PatientViewContext) -> msgspec.Raw | None:
    if not isinstance(context, OrderSignContext):
        return None
    if bytes(memoryview(context.draft_orders)[:1]) != b"{":
        path = "context.draftOrders"
        raise BadRequestError(f"{path}: expected a FHIR Bundle", path)
    return context.draft_orders


def _authorization(envelope: _Head) -> FhirAuthorization | None:
    if envelope.fhir_authorization is None:
        return None
    return FhirAuthorization(envelope.fhir_authorization.access_token)
