"""The other records of the same patient that a Patient names, as its FHIR server has it."""

from dataclasses import dataclass

from fhir_mappers.bundle.references import plain, type_and_id
from fhir_mappers.bundle.resources import RawResource
from fhir_mappers.json.fhir_json import Json, object_of, objects_of, text_of

# FHIR R4 LinkType: the records of one patient that were merged. "refer" and "seealso" may lead to other contents.
_MERGED = ("replaces", "replaced-by")
_LINK = b'"link"'


@dataclass(frozen=True, slots=True)
class PatientLinks:
    """Ids of the records merged with the patient's, and how many other records the Patient points at."""

    merged_ids: frozenset[str] = frozenset()
    not_followed: int = 0


NO_LINKS = PatientLinks()


def may_have_links(patient: RawResource) -> bool:
    """Whether a Patient seems to point at other records: its FHIR server is then asked which."""
    return _LINK in bytes(patient.raw)


def links_of(patient: RawResource, base: str) -> PatientLinks:
    """The links of a Patient as read at `base`; what lies on another server is not followed."""
    if not may_have_links(patient):
        return NO_LINKS
    links = objects_of(patient.decoded().get("link"))
    ids = [_merged_id(link, base) for link in links]
    merged = frozenset(one for one in ids if one and one != patient.id)
    return PatientLinks(merged, sum(one is None for one in ids))


def _merged_id(link: Json, base: str) -> str | None:
    if text_of(link.get("type")) not in _MERGED:
        return None
    reference = plain(text_of(object_of(link.get("other")).get("reference"))).removeprefix(f"{base}/")
    named = type_and_id(reference)
    is_here = named is not None and reference == "/".join(named) and named[0] == "Patient"
    return named[1] if named is not None and is_here else None
