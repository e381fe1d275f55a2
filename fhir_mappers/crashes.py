"""A crash in reading becomes one record that was not read, reported and logged; never a lost answer."""

import contextlib
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import structlog

from cards.model.facts import FactKind, Unread, UnreadReason
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.mappers import DRAFT_MAPPERS, RECORD_MAPPERS
from fhir_mappers.terminology.analytes import analytes_of

_Answer = TypeVar("_Answer")

_LOG = structlog.get_logger(__name__)
_OBSERVATION = "Observation"
_REPORT = "DiagnosticReport"


def crashed(resource: RawResource, kind: FactKind, step: object, error: Exception) -> Unread:
    """The record whose reading raised, in the group of facts it is about, as far as is known.

    Never raises: a handler that crashes would lose every other record.
    """
    found = _kind_of(resource, kind)
    if isinstance(error, RecursionError):  # what was sent is to blame
        return Unread(_ref_of(resource), found, "it is nested too deeply", reason=UnreadReason.INVALID)
    logged_crash("resource_not_mapped", error, resource_type=_type_of(resource), mapper=_name_of(step))
    return unreadable(_ref_of(resource), found, error)


def lost(resource: RawResource, step: object, error: Exception) -> tuple[Unread, ...]:
    """The same for a record that no mapper has seen yet; empty for a type that no mapper reads."""
    resource_type = _type_of(resource)
    if resource_type == _REPORT:
        return (crashed(resource, FactKind.GENES, step, error),)
    mappers = RECORD_MAPPERS.get(resource_type) or DRAFT_MAPPERS.get(resource_type)
    return (crashed(resource, mappers[0][0], step, error),) if mappers else ()


def unreadable(record_ref: str, kind: FactKind | None, error: Exception) -> Unread:
    """A record whose reading raised, in the card's words."""
    why = f"reading it failed ({type(error).__name__})"
    return Unread(record_ref, kind, why, reason=UnreadReason.FAILED)


def logged_crash(event: str, error: Exception, **about: str) -> None:
    """Log a crash by its kind and place; never its message, which may quote a record. A log that fails is lost."""
    with contextlib.suppress(Exception):
        _LOG.error(event, **about, error=type(error).__name__, at=_place(error))


def attempted(step: Callable[[], _Answer], otherwise: _Answer, event: str) -> _Answer:
    """A step's result or, where it crashes, a harmless substitute; the crash is logged."""
    try:
        return step()
    except Exception as error:  # noqa: BLE001 -- the step may read anything; other facts must stand
        logged_crash(event, error)
        return otherwise


def _kind_of(resource: RawResource, kind: FactKind) -> FactKind:
    """The group that the analyte of a crashed Observation belongs to; what is known without it, otherwise."""
    try:
        return _kind_of_analyte(resource, kind)
    except Exception:  # noqa: BLE001 -- its code may be what crashed
        return kind


def _kind_of_analyte(resource: RawResource, kind: FactKind) -> FactKind:
    if resource.type != _OBSERVATION:
        return kind
    codes = [{"code": one.code, "system": one.system} for one in resource.codings]
    return next((one.kind for one in sorted(analytes_of(codes))), kind)


def _type_of(resource: RawResource) -> str:
    return resource.peek.resource_type


def _ref_of(resource: RawResource) -> str:
    try:
        return resource.record_ref
    except Exception:  # noqa: BLE001 -- a name of its own is all that is lost
        return f"{_type_of(resource)}/?"


def _name_of(step: object) -> str:
    return getattr(step, "__name__", "")


def _place(error: Exception) -> str:
    """Where it was raised; "" for an error that was made and never raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
