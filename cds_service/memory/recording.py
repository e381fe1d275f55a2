"""The record kept of one answered request."""

from datetime import datetime

from cds_service.answering.reply import Answer
from cds_service.hooks.request import HookRequest
from cds_service.hooks.services import CdsService
from cds_service.memory.recorder import Recorder
from cds_service.memory.records import RequestRecord


def record(
    recorder: Recorder, service: CdsService, request: HookRequest, client: str, at: datetime, found: Answer
) -> None:
    """Hand the answer to the recorder, unless no rule was asked."""
    if found.considered is None:
        return
    recorder.record(
        RequestRecord(
            service=service.id,
            hook=service.hook,
            hook_instance=request.hook_instance,
            client=client,
            patient_id=request.patient_id,
            user_id=request.user_id,
            received_at=at,
            advice=found.considered.advice,
            policy=found.considered.policy,
            knowledge=found.considered.knowledge,
            cards=found.cards,
            muted_rules=found.muted_rules,
        )
    )
