"""One row that a replay keeps: a resource of one patient, or a recorded request."""

import msgspec

REQUEST = "hook request"


class Selected(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A resource as received. `patient` is "" for a resource without a patient, such as a Medication."""

    patient: str
    type: str  # the resource type, or REQUEST
    id: str
    full_url: str
    raw: bytes
