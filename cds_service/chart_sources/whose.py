"""Whose records a request brought: the patient's in its context, one whom a gateway renamed, or another's."""

from cds_service.chart_sources.prefetch import Prefetched
from fhir_mappers.bundle.subjects import Subjects


def is_of_another(sent: Prefetched, patient_id: str) -> bool:
    """Whether the Patient sent is surely another than the one in the context; one without an id may be anybody."""
    patients = [one for one in sent.patients if one.id]
    ours = Subjects(patient_id, patients)
    return bool(patients) and not any(ours.is_ours(one) for one in patients)


def renamed_ids(sent: Prefetched) -> frozenset[str]:
    """The id by which a gateway that renames patients sent this one; none where it sent several."""
    ids = frozenset(one.id for one in sent.patients if one.id)
    return ids if len(ids) == 1 else frozenset()
