"""Proposals -> FHIR: a draft order with another dose, draft ServiceRequests, what to delete."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from cards.model.proposals import ChangeDose, OrderTests
from cards.model.tests_ordered import OrderableTest
from fhir_mappers.json.fhir_json import Json
from fhir_mappers.medications.dose_edits import CannotExpressError, ChangedDraft, with_dose
from fhir_mappers.terminology.code_systems import LOINC
from fhir_mappers.terminology.codes import codes_of

__all__ = [
    "CannotExpressError",
    "ChangedDraft",
    "Drafts",
    "change_dose",
    "order_tests",
    "remove",
    "with_dose",
]

_ADDRESSABLE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.\-_]{1,128}")
_NAMES: Mapping[OrderableTest, str] = MappingProxyType(
    {
        OrderableTest.TPMT: "TPMT genotype",
        OrderableTest.NUDT15: "NUDT15 genotype",
        OrderableTest.TPMT_ACTIVITY: "TPMT enzyme activity",
        OrderableTest.BLOOD_COUNT: "complete blood count with differential",
        OrderableTest.LIVER_TESTS: "comprehensive metabolic panel with liver tests",
        OrderableTest.CREATININE: "creatinine",
        OrderableTest.HBSAG: "hepatitis B surface antigen",
        OrderableTest.ANTI_HBC: "hepatitis B core antibody, total",
        OrderableTest.ANTI_HBS: "hepatitis B surface antibody",
        OrderableTest.HCV_ANTIBODY: "hepatitis C antibody",
        OrderableTest.VZV_IGG: "varicella-zoster IgG",
        OrderableTest.HCG: "pregnancy test (hCG)",
        OrderableTest.METABOLITES: "thiopurine metabolites",
        OrderableTest.AMYLASE: "amylase",
        OrderableTest.LIPASE: "lipase",
    }
)


@dataclass(frozen=True, slots=True)
class Drafts:
    """The request's draft orders as received, with exact decimals, and whose they are."""

    orders: Mapping[str, Json]  # by record_ref
    patient_id: str
    as_of: datetime  # aware
    encounter_id: str | None = None

    def __contains__(self, record_ref: object) -> bool:
        return record_ref in self.orders

    def __iter__(self) -> Iterator[str]:
        return iter(self.orders)


def change_dose(drafts: Drafts, proposal: ChangeDose) -> Json:
    """The entire draft order with only its dose changed.

    Raises CannotExpressError when there is no such draft, or its shape cannot carry the dose.
    """
    draft = drafts.orders.get(remove(proposal.order_ref))
    if not draft or not draft.get("id"):
        raise CannotExpressError("the order is not in the draft")
    return with_dose(draft, proposal).resource


def order_tests(drafts: Drafts, proposal: OrderTests) -> list[tuple[str, Json]]:
    """One draft ServiceRequest per test, without an id, each with its name in plain words.

    Raises CannotExpressError for a test without a LOINC code, or without a patient to order it for.
    """
    if not drafts.patient_id:
        raise CannotExpressError("there is no patient to order tests for")
    return [(_NAMES[test], _service_request(test, drafts)) for test in proposal.tests]


def _service_request(test: OrderableTest, drafts: Drafts) -> Json:
    code = next(iter(codes_of(test, "test", LOINC)), None)
    if code is None:
        raise CannotExpressError(f"no LOINC code for {_NAMES[test]}")
    coding = {"system": code.system, "code": code.code}
    if code.display:
        coding["display"] = code.display
    request: Json = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "code": {"coding": [coding], "text": _NAMES[test]},
        "subject": {"reference": f"Patient/{drafts.patient_id}"},
    }
    if drafts.encounter_id:
        request["encounter"] = {"reference": f"Encounter/{drafts.encounter_id}"}
    request["authoredOn"] = drafts.as_of.isoformat(timespec="seconds")
    return request


def remove(record_ref: str) -> str:
    """The order that a client should delete: "MedicationRequest/1".

    Raises CannotExpressError for an order that came without an id.
    """
    if not _ADDRESSABLE.fullmatch(record_ref):
        raise CannotExpressError("the order has no id of its own")
    return record_ref
