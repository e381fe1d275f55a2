"""One hook request answered without a server: for scripts, stories and bug reports."""

from datetime import datetime
from typing import Any

from cds_service.answering.pipeline import Circumstances, answer
from cds_service.hooks.card_json import NewId
from cds_service.hooks.request import hook_of, hook_request_from
from cds_service.hooks.services import service_for_hook


def evaluated(body: bytes, as_of: datetime, new_id: NewId) -> dict[str, Any]:
    """The response to a body that an EHR would POST; its hook says which service answers.

    Raises CdsServiceError for a request that the service would refuse.
    """
    return response_to(body, as_of, new_id, Circumstances())


def response_to(body: bytes, as_of: datetime, new_id: NewId, around: Circumstances) -> dict[str, Any]:
    """The response to such a body under circumstances of its own.

    Raises CdsServiceError for a request that the service would refuse.
    """
    service = service_for_hook(hook_of(body))
    return answer(hook_request_from(body, service.hook), service, as_of, new_id, around).response
