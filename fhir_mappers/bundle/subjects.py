"""Whose record a resource is: another patient's data must never be used."""

from collections.abc import Collection, Iterable

from fhir_mappers.bundle.references import plain, type_and_id
from fhir_mappers.bundle.resources import RawResource

_PATIENT = "Patient"
_URN = "urn:uuid:"


class Subjects:
    """Tells this patient's resources from another patient's.

    A resource that names no subject counts as this patient's, because it came in this patient's
    request; so does a resource whose subject is given only in words or by an identifier. An empty
    `patient_id` accepts every subject: for tools that are given one patient's file. `other_ids` name the same
    patient.
    """

    def __init__(
        self, patient_id: str, resources: Iterable[RawResource], other_ids: Collection[str] = ()
    ) -> None:
        self._ids = frozenset((patient_id, *other_ids)) if patient_id else frozenset()
        patients = [resource for resource in resources if resource.peek.resource_type == _PATIENT]
        self._known_urls = {one.full_url for one in patients}
        self._urls = {one.full_url for one in patients if (one.id or _uuid_of(one)) in self._ids}
        if len(patients) == 1 and not patients[0].id:
            self._urls.add(patients[0].full_url)  # a Bundle that knows its only patient by URL alone
        self._urls.discard("")
        self._told: dict[str, bool] = {}  # a request repeats one reference a thousand times

    def is_ours(self, resource: RawResource) -> bool:
        """Whether the resource is about this patient, or about no patient (a Medication)."""
        if not self._ids:
            return True
        peek = resource.peek
        if peek.resource_type == _PATIENT:
            return resource.id in self._ids or resource.full_url in self._urls
        if peek.focus and self._is_about_another(resource):
            return False
        subject = peek.subject or peek.patient
        return subject is None or self._names_us(subject.reference or "")

    def is_our_draft(self, resource: RawResource) -> bool:
        """Whether a draft order is for this patient, even where the request cannot resolve its subject.

        A draft belongs to the patient in whose context it is written, unless it names another patient.
        """
        return self.is_ours(resource) or self._names_nobody(resource)

    def _names_nobody(self, resource: RawResource) -> bool:
        if resource.type == _PATIENT:
            return False
        literals = [resource.subject_reference, *(one.reference or "" for one in resource.peek.focus or ())]
        named = [plain(literal) for literal in literals if literal and not self._names_us(literal)]
        return not any(type_and_id(one) or one in self._known_urls for one in named)

    def _names_us(self, reference: str) -> bool:
        told = self._told.get(reference)
        if told is None:
            told = self._told[reference] = self._is_us(reference)
        return told

    def _is_us(self, reference: str) -> bool:
        subject = plain(reference)
        if not subject or subject.startswith("#") or subject in self._urls:
            return True
        named = type_and_id(subject)
        if named is None:
            return subject.removeprefix(_URN) in self._ids
        return named[0] == _PATIENT and named[1] in self._ids

    def _is_about_another(self, resource: RawResource) -> bool:
        """Whether `focus` points away from the subject: a fetus, a donor, a partner."""
        return any(
            focus.reference is not None and not self._names_us(focus.reference)
            for focus in resource.peek.focus or ()
        )


def _uuid_of(patient: RawResource) -> str:
    """The names of a patient who has no id yet, as in a transaction."""
    return patient.full_url.removeprefix(_URN)
