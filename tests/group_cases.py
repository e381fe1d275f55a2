"""Cases of groups of patients: a line of a table becomes a request, and what it expects is looked for in the cards."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cards.knowledge.site_policy import site_policy
from cds_service.answering.pipeline import Circumstances
from cds_service.evaluation import response_to
from cds_service.hooks.card_json import numbered_ids
from cds_service.policy_file import knowledge_of

FOLDER = Path(__file__).parent.parent / "fixtures" / "groups"
AS_OF = datetime(2026, 11, 24, 9, tzinfo=UTC)
_URGENCY = {"critical": 0, "warning": 1, "info": 2}
_UCUM, _LOINC = "http://unitsofmeasure.org", "http://loinc.org"
_ICD, _RXNORM = "http://hl7.org/fhir/sid/icd-10-cm", "http://www.nlm.nih.gov/research/umls/rxnorm"
_PROBLEMS = {
    "ALL": ("C91.00", "Acute lymphoblastic leukemia not having achieved remission"),
    "ALL in remission": ("C91.01", "Acute lymphoblastic leukemia, in remission"),
    "lymphoblastic lymphoma": ("C83.50", "Lymphoblastic (diffuse) lymphoma"),
    "AML": ("C92.00", "Acute myeloblastic leukemia"),
    "APL": ("C92.40", "Acute promyelocytic leukemia"),
    "MDS": ("D46.9", "Myelodysplastic syndrome, unspecified"),
    "lymphoma": ("C83.30", "Diffuse large B-cell lymphoma"),
    "Crohn's disease": ("K50.90", "Crohn's disease, unspecified"),
    "ulcerative colitis": ("K51.90", "Ulcerative colitis, unspecified"),
    "autoimmune hepatitis": ("K75.4", "Autoimmune hepatitis"),
    "immune thrombocytopenia": ("D69.3", "Immune thrombocytopenic purpura"),
    "kidney transplantation": ("Z94.0", "Kidney transplant status"),
    "graft rejection": ("T86.11", "Kidney transplant rejection"),
    "juvenile arthritis": ("M08.00", "Unspecified juvenile rheumatoid arthritis"),
    "fever": ("R50.9", "Fever, unspecified"),
    "jaundice": ("R17", "Unspecified jaundice"),
    "varicella exposure": ("Z20.820", "Contact with and exposure to varicella"),
}
_DRUGS = {
    "azathioprine": (_RXNORM, "197388", "azathioprine 50 MG Oral Tablet"),
    "mercaptopurine": (_RXNORM, "197931", "mercaptopurine 50 MG Oral Tablet"),
    "thioguanine": (_RXNORM, "198269", "thioguanine 40 MG Oral Tablet"),
    "methotrexate": (_RXNORM, "105585", "methotrexate 2.5 MG Oral Tablet"),
    "allopurinol": (_RXNORM, "197320", "allopurinol 300 MG Oral Tablet"),
    "febuxostat": (_RXNORM, "834235", "febuxostat 40 MG Oral Tablet"),
    "varicella vaccine": ("http://hl7.org/fhir/sid/cvx", "21", "Varicella"),
    "infliximab": (_RXNORM, "191831", "infliximab"),
}
_TESTS = {
    "wbc": ("counts", "6690-2", "Leukocytes", "10*3/uL", None),
    "anc": ("counts", "751-8", "Neutrophils", "10*3/uL", None),
    "plt": ("counts", "777-3", "Platelets", "10*3/uL", None),
    "alt": ("liver", "1742-6", "ALT", "U/L", 40),
    "bilirubin": ("liver", "1975-2", "Bilirubin total", "mg/dL", 1.2),
    "creatinine": ("kidney", "2160-0", "Creatinine", "mg/dL", None),
    "kg": ("vitals", "29463-7", "Body weight", "kg", None),
    "cm": ("vitals", "8302-2", "Body height", "cm", None),
}
_GENES = (("TPMT", "HGNC:12014"), ("NUDT15", "HGNC:23063"))
_KEYS = (
    *("medications", "statements", "dispenses", "conditions", "allergies", "immunizations", "procedures"),
    *(
        "orderedTests",
        "genes",
        "geneReports",
        "counts",
        "vitals",
        "liver",
        "kidney",
        "metabolites",
        "serology",
    ),
    "pregnancy",
)


@dataclass(frozen=True)
class GroupCase:
    """One line of a table."""

    table: str
    line: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.table}-{self.line['id']}"

    def problems(self) -> list[str]:
        """What the answer says otherwise than expected; [] where the case holds."""
        return list(_problems(self.line, self.cards()))

    def cards(self) -> list[dict[str, Any]]:
        """The cards that the patient's request is answered with."""
        body = json.dumps(_request(self.line)).encode()
        policy = site_policy(self.line.get("policy", ""), lambda _: knowledge_of())
        return response_to(body, AS_OF, numbered_ids(), Circumstances(policy=policy))["cards"]


def cases_in(table: str) -> list[GroupCase]:
    """The cases of a table, each with what the table says of all."""
    read = tomllib.loads((FOLDER / f"{table}.toml").read_text(encoding="utf-8"))
    return [GroupCase(table, read["patient"] | line) for line in read["case"]]


def _problems(line: dict[str, Any], cards: list[dict[str, Any]]) -> Iterator[str]:
    said = {
        indicator: [words_of(card) for card in cards if card["indicator"] == indicator]
        for indicator in _URGENCY
    }
    for indicator, pattern in line.get("expect", []):
        if not any(re.search(pattern, words, re.IGNORECASE) for words in said[indicator]):
            yield f"no {indicator} card says {pattern!r}"
    for pattern in line.get("never", []):
        if any(re.search(pattern, words, re.IGNORECASE) for every in said.values() for words in every):
            yield f"a card says {pattern!r}"
    highest = line.get("at_most", "critical")
    for indicator, urgency in _URGENCY.items():
        if urgency < _URGENCY[highest] and said[indicator]:
            yield f"a card is {indicator}: {said[indicator][0].splitlines()[0]}"
    offers = [action for card in cards for action in changes_of(card)]
    if line.get("offers") is False and offers:
        yield "a dose is offered"
    if line.get("recommended") is False and any(
        suggestion.get("isRecommended") and changes_of({"suggestions": [suggestion]})
        for card in cards
        for suggestion in card.get("suggestions", [])
    ):
        yield "a dose is recommended"


def words_of(card: dict[str, Any]) -> str:
    """What a card says, without its sources."""
    detail, _, _ = card.get("detail", "").partition("**Source**")
    return f"{card['summary']}\n{detail}"


def changes_of(card: dict[str, Any]) -> list[dict[str, Any]]:
    """The changes of an order that a card offers."""
    return [
        action
        for suggestion in card.get("suggestions", [])
        for action in suggestion.get("actions", [])
        if action["type"] == "update"
    ]


def _request(line: dict[str, Any]) -> dict[str, Any]:
    ordered = line.get("ordered", [])
    context: dict[str, Any] = {"userId": "Practitioner/dr1", "patientId": "pat1"}
    if ordered:
        drafts = [_order(f"draft-{number}", one, "draft") for number, one in enumerate(ordered)]
        context["draftOrders"] = {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": one} for one in drafts],
        }
    found: dict[str, list[dict[str, Any]]] = {key: [] for key in _KEYS}
    for number, one in enumerate(line.get("taken", [])):
        found["medications"].append(_order(f"taken-{number}", one, one.get("status", "active")))
    for number, (name, day) in enumerate(line.get("problems", [])):
        found["conditions"].append(_condition(f"condition-{number}", name, day, line))
    for number, (_name, day) in enumerate(line.get("procedures", [])):
        found["procedures"].append(_transplantation(f"procedure-{number}", day))
    sizes = {name: line[name] for name in ("kg", "cm") if line.get(name)}
    for day, labs in {
        line.get("measured", "2026-11-01"): sizes,
        line.get("labs_on", "2026-11-22"): line.get("labs", {}),
        **line.get("older", {}),
    }.items():
        for name, value in labs.items():
            found[_TESTS[name][0]].append(_result(name, value, day))
    for (gene, hgnc), diplotype in zip(_GENES, line.get("genes", []), strict=False):
        found["genes"].append(_genotype(gene, hgnc, diplotype))
    patient = {
        "resourceType": "Patient",
        "id": "pat1",
        "birthDate": line["born"],
        "gender": line.get("sex", "female"),
    }
    return {
        "hook": "order-sign" if ordered else "patient-view",
        "hookInstance": "11111111-2222-4333-8444-555555555555",
        "context": context,
        "prefetch": {"patient": patient, **{key: _bundle(one) for key, one in found.items()}},
    }


def _bundle(resources: list[dict[str, Any]]) -> dict[str, Any]:
    entry = [{"resource": one, "search": {"mode": "match"}} for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entry)} | (
        {"entry": entry} if entry else {}
    )


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _order(ref: str, one: dict[str, Any], status: str) -> dict[str, Any]:
    order = {
        "resourceType": "MedicationRequest",
        "id": ref,
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": _concept(*_DRUGS[one["drug"]]),
        "subject": {"reference": "Patient/pat1"},
        "authoredOn": one.get("since", "2026-11-24"),
    }
    if "mg" in one:
        repeat = {"frequency": 1, "period": one.get("period", 1), "periodUnit": one.get("every", "d")}
        quantity = {"value": one["mg"], "unit": "mg", "system": _UCUM, "code": "mg"}
        order["dosageInstruction"] = [
            {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity}]}
        ]
    if "for" in one:
        order["reasonCode"] = [_concept(_ICD, *_PROBLEMS[name]) for name in one["for"]]
    if status == "active":
        order["dispenseRequest"] = {
            "validityPeriod": {"start": one.get("since", "2026-11-24"), "end": "2027-06-01"},
            "expectedSupplyDuration": {"value": 90, "unit": "days", "system": _UCUM, "code": "d"},
            "numberOfRepeatsAllowed": 11,
        }
    return order


def _condition(ref: str, name: str, day: str, line: dict[str, Any]) -> dict[str, Any]:
    clinical = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    verification = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
    status = "provisional" if name in line.get("provisional", []) else "confirmed"
    state = "resolved" if name in line.get("resolved", []) else "active"
    return {
        "resourceType": "Condition",
        "id": ref,
        "clinicalStatus": {"coding": [{"system": clinical, "code": state}]},
        "verificationStatus": {"coding": [{"system": verification, "code": status}]},
        "code": _concept(_ICD, *_PROBLEMS[name]),
        "subject": {"reference": "Patient/pat1"},
    } | ({"recordedDate": day, "onsetDateTime": day} if day else {})


def _transplantation(ref: str, day: str) -> dict[str, Any]:
    return {
        "resourceType": "Procedure",
        "id": ref,
        "status": "completed",
        "code": _concept("http://snomed.info/sct", "70536003", "Transplant of kidney"),
        "subject": {"reference": "Patient/pat1"},
        "performedDateTime": day,
    }


def _result(name: str, value: float, day: str) -> dict[str, Any]:
    _, code, display, unit, high = _TESTS[name]
    return {
        "resourceType": "Observation",
        "id": f"{name}-{day}",
        "status": "final",
        "code": _concept(_LOINC, code, display),
        "subject": {"reference": "Patient/pat1"},
        "effectiveDateTime": day,
        "valueQuantity": {"value": value, "unit": unit, "system": _UCUM, "code": unit},
    } | ({"referenceRange": [{"high": {"value": high, "unit": unit}}]} if high else {})


def _genotype(gene: str, hgnc: str, diplotype: str) -> dict[str, Any]:
    studied = {"coding": [{"system": "http://www.genenames.org/geneId", "code": hgnc, "display": gene}]}
    return {
        "resourceType": "Observation",
        "id": gene.casefold(),
        "status": "final",
        "code": _concept(_LOINC, "84413-4", "Genotype display name"),
        "subject": {"reference": "Patient/pat1"},
        "valueCodeableConcept": {"text": diplotype},
        "component": [{"code": _concept(_LOINC, "48018-6", "Gene studied"), "valueCodeableConcept": studied}],
        "effectiveDateTime": "2026-10-01",
    }
