"""Records of one patient under several ids, which a server has merged."""

from collections.abc import Collection, Iterable, Sequence

from fhir_mappers.bundle.references import type_and_id
from fhir_mappers.bundle.resources import RawResource

_PATIENT = "Patient"


def without_merged_patients(
    resources: Sequence[RawResource], merged_ids: Collection[str]
) -> Sequence[RawResource]:
    """The resources without the Patients that were merged with this one: who the patient is, one of them says."""
    return [one for one in resources if one.type != _PATIENT or one.id not in merged_ids]


def refs_of_merged(resources: Iterable[RawResource], merged_ids: Collection[str]) -> frozenset[str]:
    """What the records are called that name one of these ids as their subject."""
    if not merged_ids:
        return frozenset()
    named = {(_PATIENT, one) for one in merged_ids}
    return frozenset(one.record_ref for one in resources if type_and_id(one.subject_reference) in named)
