"""The same facts told otherwise: each retelling takes a hook request and gives another that means the same.

A retelling changes a copy and returns it, or returns None where it has nothing to retell.
"""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from cards.model.therapy import Drug
from fhir_mappers.terminology.codes import codes_of, lookup
from fhir_mappers.terminology.synonyms import mentioned

Json = dict[str, Any]
Retelling = Callable[[Json], Json | None]

UCUM = "http://unitsofmeasure.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
OIDS = {
    RXNORM: "urn:oid:2.16.840.1.113883.6.88",
    SNOMED: "urn:oid:2.16.840.1.113883.6.96",
    LOINC: "urn:oid:2.16.840.1.113883.6.1",
    ICD_10_CM: "urn:oid:2.16.840.1.113883.6.90",
}
GRAMS_PER_POUND = 453.59237
SEED = 20261124


def copied(value: Any) -> Any:
    return json.loads(json.dumps(value))


def resources(request: Json) -> list[Json]:
    """Every resource of a request: drafts first."""
    return [*drafts(request), *records(request)]


def drafts(request: Json) -> list[Json]:
    entries = (request["context"].get("draftOrders") or {}).get("entry", [])
    return [entry["resource"] for entry in entries]


def records(request: Json) -> list[Json]:
    found = []
    for value in (request.get("prefetch") or {}).values():
        if value is not None:
            found += [entry["resource"] for entry in value["entry"]] if "entry" in value else [value]
    return [one for one in found if one["resourceType"] != "Bundle"]


def bundles(request: Json) -> Iterator[tuple[str, Json]]:
    """The Bundles with something in them, by the key that holds them; "draftOrders" among them."""
    if (request["context"].get("draftOrders") or {}).get("entry"):
        yield "draftOrders", request["context"]["draftOrders"]
    for key, value in (request.get("prefetch") or {}).items():
        if value and value.get("entry"):
            yield key, value


def medications(request: Json) -> list[Json]:
    """The medications whose drug has a code and words: what is retold in the one or the other."""
    concepts = ((one, one.get("medicationCodeableConcept", {})) for one in resources(request))
    return [one for one, concept in concepts if "text" in concept and "coding" in concept]


def of_each(find: Callable[[Json], list[Json]], change: Callable[[Json], bool]) -> Retelling:
    """A retelling that changes each of the things found; `change` says whether it did."""

    def retold(request: Json) -> Json | None:
        changed = copied(request)
        done = [change(one) for one in find(changed)]
        return changed if any(done) else None

    return retold


# --- doses


def doses(request: Json) -> list[Json]:
    """The medications with one instruction of so many mg, once a day."""
    return [one for one in medications(request) if quantity_of(one).get("unit") == "mg" and rhythm_of(one)]


def quantity_of(medication: Json) -> Json:
    dosage = (medication.get("dosageInstruction") or [{}])[0]
    return (dosage.get("doseAndRate") or [{}])[0].get("doseQuantity") or {}


def rhythm_of(medication: Json) -> Json:
    timing = medication["dosageInstruction"][0].get("timing") or {}
    repeat = timing.get("repeat") or {}
    return repeat if repeat == {"frequency": 1, "period": 1, "periodUnit": "d"} else {}


def strength_mg(medication: Json) -> float | None:
    """The strength that the product's own name states: "azathioprine 50 MG Oral Tablet"."""
    words = medication["medicationCodeableConcept"]["text"].split()
    return float(words[words.index("MG") - 1]) if "MG" in words else None


def as_tablets(unit: str, code: str = "", system: str = "") -> Callable[[Json], bool]:
    def change(medication: Json) -> bool:
        strength = strength_mg(medication)
        if strength is None:
            return False
        count = quantity_of(medication)["value"] / strength
        told = {"value": count, "unit": unit, "code": code, "system": system}
        medication["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"] = {
            key: value for key, value in told.items() if value != ""
        }
        return True

    return change


def in_grams(medication: Json) -> bool:
    quantity = quantity_of(medication)
    quantity |= {"value": quantity["value"] / 1000, "unit": "g", "code": "g"}
    return True


def in_micrograms(medication: Json) -> bool:
    quantity = quantity_of(medication)
    quantity |= {"value": quantity["value"] * 1000, "unit": "ug", "code": "ug"}
    return True


def without_unit_system(medication: Json) -> bool:
    quantity = quantity_of(medication)
    quantity.pop("system")
    quantity.pop("code")
    return True


def as_range(medication: Json) -> bool:
    quantity = quantity_of(medication)
    medication["dosageInstruction"][0]["doseAndRate"][0] = {
        "doseRange": {"low": dict(quantity), "high": dict(quantity)}
    }
    return True


def in_halves_twice_daily(medication: Json) -> bool:
    quantity_of(medication)["value"] /= 2
    rhythm_of(medication)["frequency"] = 2
    return True


def double_every_other_day(medication: Json) -> bool:
    quantity_of(medication)["value"] *= 2
    rhythm_of(medication)["period"] = 2
    return True


def timed_by(**repeat: Any) -> Callable[[Json], bool]:
    def change(medication: Json) -> bool:
        medication["dosageInstruction"][0]["timing"] = {"repeat": repeat}
        return True

    return change


def timed_by_code(medication: Json) -> bool:
    code = {"system": "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation", "code": "QD"}
    medication["dosageInstruction"][0]["timing"] = {"code": {"coding": [code]}}
    return True


def with_the_same_in_words(medication: Json) -> bool:
    mg = quantity_of(medication)["value"]
    medication["dosageInstruction"][0]["text"] = f"Take {mg} mg by mouth once daily"
    return True


def in_words_alone(medication: Json) -> bool:
    mg = quantity_of(medication)["value"]
    medication["dosageInstruction"] = [{"text": f"Take {mg} mg by mouth once daily"}]
    return True


def in_milligrams_spelled(unit: str) -> Callable[[Json], bool]:
    def change(medication: Json) -> bool:
        medication["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"] = {
            "value": quantity_of(medication)["value"],
            "unit": unit,
        }
        return True

    return change


def in_halves_by_code(medication: Json) -> bool:
    quantity_of(medication)["value"] /= 2
    code = {"system": "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation", "code": "BID"}
    medication["dosageInstruction"][0]["timing"] = {"code": {"coding": [code], "text": "BID"}}
    return True


def as_stu3_dosage(medication: Json) -> bool:
    dosage = medication["dosageInstruction"][0]
    dosage["doseQuantity"] = dosage.pop("doseAndRate")[0]["doseQuantity"]
    return True


def in_two_instructions(medication: Json) -> bool:
    """Half in the morning, half in the evening, as two instructions that apply together."""
    quantity_of(medication)["value"] /= 2
    morning = medication["dosageInstruction"][0]
    evening = copied(morning)
    morning["timing"]["repeat"]["when"] = ["MORN"]
    evening["timing"]["repeat"]["when"] = ["EVE"]
    medication["dosageInstruction"] = [morning, evening]
    return True


# --- results


def results(request: Json) -> list[Json]:
    return [one for one in records(request) if "valueQuantity" in one]


def weight_in(unit: str, per_kg: float, code: str = "") -> Callable[[Json], bool]:
    def change(result: Json) -> bool:
        quantity = result["valueQuantity"]
        if quantity.get("unit") != "kg":
            return False
        quantity |= {"value": round(quantity["value"] * per_kg, 3), "unit": unit, "code": code or unit}
        return True

    return change


def count_in(unit: str, factor: float, code: str = "") -> Callable[[Json], bool]:
    """A count that came in 10*3/uL; with no code, by the unit's wording alone."""

    def change(result: Json) -> bool:
        quantity = result["valueQuantity"]
        if quantity.get("unit") != "10*3/uL":
            return False
        value = {"value": round(quantity["value"] * factor, 6), "unit": unit}
        result["valueQuantity"] = value | ({"system": UCUM, "code": code} if code else {})
        return True

    return change


def as_string(result: Json) -> bool:
    quantity = result.pop("valueQuantity")
    result["valueString"] = (
        f"{quantity.get('comparator', '')}{quantity['value']} {quantity.get('unit', '')}".strip()
    )
    return True


def as_component(result: Json) -> bool:
    """A panel that holds the result as its component."""
    own = [name for name in ("valueQuantity", "referenceRange", "interpretation") if name in result]
    result["component"] = [{"code": result["code"]} | {name: result.pop(name) for name in own}]
    result["code"] = {"text": "Panel"}
    return True


def at_an_instant(resource: Json) -> bool:
    names = ("effectiveDateTime", "occurrenceDateTime", "authoredOn", "recordedDate", "onsetDateTime")
    there = [name for name in names if len(resource.get(name, "")) == len("2026-11-24")]
    for name in there:
        resource[name] += "T12:00:00Z"
    return bool(there)


def by_issued(resource: Json) -> bool:
    if "effectiveDateTime" not in resource:
        return False
    resource["issued"] = resource.pop("effectiveDateTime") + "T00:00:00Z"
    return True


def over_a_period(resource: Json) -> bool:
    if "effectiveDateTime" not in resource:
        return False
    day = resource.pop("effectiveDateTime")
    resource["effectivePeriod"] = {"start": day, "end": day}
    return True


def corrected(result: Json) -> bool:
    result["status"] = "corrected"
    return True


# --- genes


def gene_reports(request: Json) -> list[Json]:
    return [one for one in records(request) if one["resourceType"] == "Observation" and "component" in one]


def genotype_as_string(report: Json) -> bool:
    if "text" not in report.get("valueCodeableConcept", {}):
        return False
    report["valueString"] = report.pop("valueCodeableConcept")["text"]
    return True


def genotype_with_gene_name(report: Json) -> bool:
    """ "TPMT *1/*3A" in the value; the component stays."""
    value, gene = report.get("valueCodeableConcept"), gene_of(report)
    if not value or not value.get("text", "").startswith("*") or not gene:
        return False
    value["text"] = f"{gene} {value['text']}"
    return True


def gene_in_the_code(report: Json) -> bool:
    gene = gene_of(report)
    if not gene or len(report["component"]) != 1:
        return False
    report.pop("component")
    report["code"]["text"] = f"{gene} genotype"
    return True


def in_a_diagnostic_report(request: Json) -> Json | None:
    """Genetic results as a laboratory contains them in its report, the report in the same Bundle."""
    changed = copied(request)
    bundle = (changed.get("prefetch") or {}).get("genes")
    if not bundle or not bundle.get("entry"):
        return None
    # The prefetch asks for Observations: a panel that contains the results stands in for the report.
    members = [entry["resource"] for entry in bundle["entry"]]
    for member in members:
        member["id"] = f"in-{member['id']}"
    panel = {
        "resourceType": "Observation",
        "id": "panel",
        "status": "final",
        "code": {"text": "Pharmacogenetic panel"},
        "subject": members[0]["subject"],
        "hasMember": [{"reference": f"#{member['id']}"} for member in members],
        "contained": members,
    }
    bundle |= {"entry": [{"resource": panel}], "total": 1}
    return changed


def gene_of(report: Json) -> str:
    for component in report["component"]:
        for coding in component.get("valueCodeableConcept", {}).get("coding", []):
            if coding.get("display") in ("TPMT", "NUDT15"):
                return coding["display"]
    return ""


# --- where the drug stands, and in whose words


def as_contained(medication: Json) -> bool:
    concept = medication.pop("medicationCodeableConcept")
    medication["contained"] = [{"resourceType": "Medication", "id": "med", "code": concept}]
    medication["medicationReference"] = {"reference": "#med"}
    return True


def as_sibling_entries(request: Json) -> Json | None:
    """Each Medication beside its order, known by a urn only."""
    return _beside(request, "urn:uuid:7d1f2f0e-0000-4000-8000-00000000{:04}", has_id=False)


def as_sibling_resources(request: Json) -> Json | None:
    """Each Medication beside its order, known by its id."""
    return _beside(request, "Medication/med{}", has_id=True)


def _beside(request: Json, name: str, *, has_id: bool) -> Json | None:
    changed = copied(request)
    number = 0
    for _, bundle in bundles(changed):
        for entry in list(bundle["entry"]):
            medication = entry["resource"]
            if "medicationCodeableConcept" not in medication:
                continue
            number += 1
            concept = medication.pop("medicationCodeableConcept")
            medication["medicationReference"] = {"reference": name.format(number)}
            sibling: Json = {"resourceType": "Medication", "code": concept}
            sibling |= {"id": f"med{number}"} if has_id else {}
            bundle["entry"].append(
                {"resource": sibling} | ({} if has_id else {"fullUrl": name.format(number)})
            )
    return changed if number else None


def as_prefetched(request: Json) -> Json | None:
    """The draft's Medications in the prefetched medications, as `_include` gives them."""
    changed = copied(request)
    listed = (changed.get("prefetch") or {}).get("medications")
    ours = [one for one in drafts(changed) if "medicationCodeableConcept" in one]
    if listed is None or not ours:
        return None
    for number, medication in enumerate(ours):
        concept = medication.pop("medicationCodeableConcept")
        medication["medicationReference"] = {"reference": f"Medication/d{number}"}
        sibling = {"resourceType": "Medication", "id": f"d{number}", "code": concept}
        entry = {"resource": sibling, "search": {"mode": "include"}}
        listed.setdefault("entry", []).append(entry)
    return changed


def in_a_reference_display(medication: Json) -> bool:
    concept = medication["medicationCodeableConcept"]
    if not _drugs_of(concept):
        return False
    medication.pop("medicationCodeableConcept")
    medication["medicationReference"] = {"display": concept["text"]}
    return True


def as_dstu2_draft(request: Json) -> Json | None:
    """The drafts as DSTU2's MedicationOrder."""
    changed = copied(request)
    ours = [one for one in drafts(changed) if one["resourceType"] == "MedicationRequest"]
    for order in ours:
        order["resourceType"] = "MedicationOrder"
        order["patient"] = order.pop("subject")
        order.pop("intent")
        if "authoredOn" in order:
            order["dateWritten"] = order.pop("authoredOn")
        if "reasonCode" in order:
            order["reasonCodeableConcept"] = order.pop("reasonCode")[0]
        for dosage in order.get("dosageInstruction", []):
            if "doseAndRate" in dosage:
                dosage["doseQuantity"] = dosage.pop("doseAndRate")[0]["doseQuantity"]
    context = changed["context"]
    if "selections" in context:
        context["selections"] = [one.replace("Request", "Order") for one in context["selections"]]
    return changed if ours else None


def as_active_orders(request: Json) -> Json | None:
    """Orders that are signed again have the status they had."""
    changed = copied(request)
    ours = [one for one in drafts(changed) if one.get("status") == "draft"]
    for order in ours:
        order["status"] = "active"
    return changed if ours else None


def with_other_names_of_systems(names: dict[str, str]) -> Retelling:
    def retold(request: Json) -> Json | None:
        changed = copied(request)
        found = [one for one in objects_in(resources(changed)) if one.get("system") in names]
        for coding in found:
            coding["system"] = names[coding["system"]]
        return changed if found else None

    return retold


def with_icd_codes_without_dots(resource: Json) -> bool:
    found = [one for one in objects_in(resource) if one.get("system") == ICD_10_CM and "." in one["code"]]
    for coding in found:
        coding["code"] = coding["code"].replace(".", "").lower()
    return bool(found)


def with_patient_reference(request: Json) -> Json | None:
    changed = copied(request)
    changed["context"]["patientId"] = f"Patient/{changed['context']['patientId']}"
    return changed


def with_patient_in_a_bundle(request: Json) -> Json | None:
    changed = copied(request)
    sent = changed.get("prefetch") or {}
    if not sent.get("patient"):
        return None
    sent["patient"] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": sent["patient"]}],
    }
    return changed


def as_r5_medication(medication: Json) -> bool:
    medication["medication"] = {"concept": medication.pop("medicationCodeableConcept")}
    if "reasonCode" in medication:
        medication["reason"] = [{"concept": one} for one in medication.pop("reasonCode")]
    return True


def in_text_alone(medication: Json) -> bool:
    concept = medication["medicationCodeableConcept"]
    if not _drugs_of(concept):
        return False  # a vaccine or a drug of nobody here: its text is not the point
    medication["medicationCodeableConcept"] = {"text": concept["text"]}
    return True


def in_display_alone(medication: Json) -> bool:
    concept = medication["medicationCodeableConcept"]
    named = {synonym.concept for synonym in mentioned(concept.get("text", ""), "drug")}
    if not _drugs_of(concept) or not named <= set(_drugs_of(concept)):
        return False  # a record whose words name another drug says that by both together
    medication["medicationCodeableConcept"] = {"coding": [{"display": concept["text"]}]}
    return True


def in_snomed(medication: Json) -> bool:
    concept = medication["medicationCodeableConcept"]
    drugs = _drugs_of(concept)
    codes = [code for drug in drugs for code in codes_of(drug, "drug") if code.system == SNOMED]
    if not codes:
        return False
    medication["medicationCodeableConcept"] = {
        "coding": [{"system": SNOMED, "code": codes[0].code}],
        "text": concept["text"],
    }
    return True


def _drugs_of(concept: Json) -> list[Drug]:
    coding = concept.get("coding", [{}])[0]
    if "code" not in coding:
        return []
    return [Drug(one.concept) for one in lookup(coding["system"], coding["code"]) if one.kind == "drug"]


def with_a_vendors_synonym(resource: Json) -> bool:
    """A local code of the vendor before every coding, and the codings in the opposite order."""
    local = {"system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.696580", "code": "80417", "display": "Local name"}
    concepts = list(_concepts(resource))
    for concept in concepts:
        concept["coding"] = [local, *reversed(concept["coding"])]
    return bool(concepts)


def with_a_vendors_synonym_last(resource: Json) -> bool:
    local = {"system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.696580", "code": "80417"}
    concepts = list(_concepts(resource))
    for concept in concepts:
        concept["coding"] = [*concept["coding"], local]
    return bool(concepts)


def _concepts(value: Any) -> Iterator[Json]:
    for item in objects_in(value):
        # A gene's identity, and whether a record stands, are closed sets that no vendor adds to.
        if isinstance(item.get("coding"), list) and "Status" not in json.dumps(item["coding"]).title():
            yield item


def reason_as_contained_condition(medication: Json) -> bool:
    if "reasonCode" not in medication:
        return False
    reasons = medication.pop("reasonCode")
    medication["contained"] = medication.get("contained", []) + [
        {"resourceType": "Condition", "id": f"reason{i}", "code": reason, "subject": medication["subject"]}
        for i, reason in enumerate(reasons)
    ]
    medication["reasonReference"] = [{"reference": f"#reason{i}"} for i in range(len(reasons))]
    return True


# --- what stands around it


def with_absolute_references(request: Json) -> Json | None:
    """Every entry with its full URL on the server, every reference absolute."""
    base = "https://ehr.example.org/fhir/R4"
    changed = copied(request)
    for _, bundle in bundles(changed):
        for entry in bundle["entry"]:
            if "id" in entry["resource"]:  # an OperationOutcome has none
                entry["fullUrl"] = f"{base}/{entry['resource']['resourceType']}/{entry['resource']['id']}"
    for item in objects_in(resources(changed)):
        if isinstance(item.get("reference"), str) and not item["reference"].startswith("#"):
            item["reference"] = f"{base}/{item['reference']}"
    return changed


def with_versioned_references(request: Json) -> Json | None:
    changed = copied(request)
    for item in objects_in(resources(changed)):
        if isinstance(item.get("reference"), str):
            item["reference"] += "/_history/3"
    return changed


def permuted(request: Json) -> Json | None:
    changed = copied(request)
    shuffled = random.Random(SEED)  # noqa: S311 -- no secret; the same order each time
    found = [bundle for _, bundle in bundles(changed) if len(bundle["entry"]) > 1]
    for bundle in found:
        shuffled.shuffle(bundle["entry"])
    return changed if found else None


def reversed_entries(request: Json) -> Json | None:
    changed = copied(request)
    for _, bundle in bundles(changed):
        bundle["entry"].reverse()
    if changed.get("prefetch"):
        changed["prefetch"] = dict(reversed(changed["prefetch"].items()))
    return changed


def with_keys_reversed(request: Json) -> Json | None:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(part) for key, part in reversed(value.items())}
        return [turned(item) for item in value] if isinstance(value, list) else value

    return turned(request)


def with_every_record_twice(request: Json) -> Json | None:
    changed = copied(request)
    for key, bundle in bundles(changed):
        if key != "draftOrders":
            bundle["entry"] += copied(bundle["entry"])
    return changed


def with_drafts_twice(request: Json) -> Json | None:
    changed = copied(request)
    orders = changed["context"].get("draftOrders") or {}
    if not orders.get("entry"):
        return None
    orders["entry"] += copied(orders["entry"])
    return changed


def in_bundles_of_pages(request: Json) -> Json | None:
    """Each answer as a Bundle of overlapping pages."""
    changed = copied(request)
    found = [(key, bundle) for key, bundle in bundles(changed) if key != "draftOrders"]
    for _, bundle in found:
        entries = bundle["entry"]
        pages = [entries[: len(entries) // 2 + 1], entries[len(entries) // 2 :]]
        bundle["entry"] = [
            {"resource": {"resourceType": "Bundle", "type": "searchset", "entry": copied(page)}}
            for page in pages
            if page
        ]
    return changed if found else None


def with_foreign_fields(request: Json) -> Json | None:
    """An unknown element and an unknown extension in every object of every resource."""
    changed = copied(request)
    extension = {"url": "http://vendor.example.org/fhir/note", "valueString": "internal"}
    for item in list(objects_in(resources(changed))):
        item["x_vendor"] = {"flag": [1, "two", None, {"three": 3.0}]}
        item["_language"] = {"extension": [extension]}
        item["extension"] = [*item.get("extension", []), extension]
    return changed


def with_nulls_and_blanks(request: Json) -> Json | None:
    changed = copied(request)
    for item in list(objects_in(resources(changed))):
        item |= {"language": None, "note": [], "implicitRules": ""}
    return changed


def with_narrative(resource: Json) -> bool:
    resource["text"] = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}
    resource["meta"] = {
        "versionId": "1",
        "lastUpdated": "2026-11-20T10:00:00Z",
        "profile": ["http://x.org/p"],
    }
    resource["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}]
    return True


def with_500_other_results(request: Json) -> Json | None:
    """Results that no rule reads, in every group of Observations; each stays under its page size."""
    changed = copied(request)
    sent = changed.get("prefetch") or {}
    rooms = {"counts": 150, "vitals": 40, "genes": 70, "liver": 70, "kidney": 40, "observations": 500}
    for key, room in rooms.items():
        if key == "observations":
            sent[key] = {"resourceType": "Bundle", "type": "searchset", "entry": _others(key, room)}
        elif sent.get(key):
            sent[key].setdefault("entry", []).extend(_others(key, room))
    return changed if len(sent) > 1 else None


def _others(key: str, count: int) -> list[Json]:
    codes = (("8480-6", "Systolic blood pressure", "mm[Hg]"), ("8867-4", "Heart rate", "/min"))
    found = []
    for i in range(count):
        code, display, unit = codes[i % len(codes)]
        found.append(
            {
                "resource": {
                    "resourceType": "Observation",
                    "id": f"other-{key}-{i}",
                    "status": "final",
                    "code": {"coding": [{"system": LOINC, "code": code, "display": display}]},
                    "subject": {"reference": "Patient/pat1"},
                    "effectiveDateTime": f"20{10 + i % 16}-0{1 + i % 9}-11",
                    "valueQuantity": {"value": 60 + i % 80, "unit": unit, "system": UCUM, "code": unit},
                }
            }
        )
    return found


def with_another_patient(request: Json) -> Json | None:
    """Somebody else's resources among the patient's: every one would raise a card of its own."""
    changed = copied(request)
    sent = changed.get("prefetch") or {}
    for key, resource in _of_somebody_else():
        if sent.get(key) and sent[key]["resourceType"] == "Bundle":
            sent[key].setdefault("entry", []).insert(0, {"resource": resource})
    orders = changed["context"].get("draftOrders")
    if orders and orders.get("entry"):
        orders["entry"].append({"resource": _order("draft", "draft")})
    return changed if sent else None


def _of_somebody_else() -> Iterator[tuple[str, Json]]:
    sepsis = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "A41.9"}
    active = {"coding": [{"code": "active"}]}
    yield "medications", _order("theirs", "active")
    yield "conditions", _theirs("Condition", code={"coding": [sepsis]}, clinicalStatus=active)
    yield "genes", _theirs("Observation", code={"text": "TPMT genotype"}, valueString="*3A/*3A")
    low = {"value": 0.4, "unit": "10*3/uL", "system": UCUM, "code": "10*3/uL"}
    counts = {"coding": [{"system": LOINC, "code": "6690-2"}]}
    yield "counts", _theirs("Observation", code=counts, valueQuantity=low)
    kg = {"value": 31, "unit": "kg", "system": UCUM, "code": "kg"}
    weight = {"coding": [{"system": LOINC, "code": "29463-7"}]}
    yield "vitals", _theirs("Observation", code=weight, valueQuantity=kg)
    azathioprine = {"text": "azathioprine"}
    yield "allergies", _theirs("AllergyIntolerance", code=azathioprine, clinicalStatus=active)


def _order(name: str, status: str) -> Json:
    coding = {"system": RXNORM, "code": "197388", "display": "azathioprine 50 MG Oral Tablet"}
    return _theirs(
        "MedicationRequest",
        id=f"somebody-elses-{name}",
        status=status,
        intent="order",
        medicationCodeableConcept={"coding": [coding]},
        authoredOn="2026-11-20",
    )


def _theirs(kind: str, **fields: Any) -> Json:
    subject = "patient" if kind == "AllergyIntolerance" else "subject"
    return {
        "resourceType": kind,
        "id": f"somebody-elses-{kind}",
        "status": "final",
        subject: {"reference": "Patient/somebody-else"},
        "effectiveDateTime": "2026-11-23",
    } | fields


def objects_in(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects_in(part)


RETELLINGS: dict[str, Retelling] = {
    "dose as tablets, UCUM": of_each(doses, as_tablets("tablet", "{tbl}", UCUM)),
    "dose as tablets, bare word": of_each(doses, as_tablets("tablet(s)")),
    "dose as a count without unit": of_each(doses, as_tablets("")),
    "dose as tablets, HL7 code": of_each(
        doses, as_tablets("TAB", "TAB", "http://terminology.hl7.org/CodeSystem/v3-orderableDrugForm")
    ),
    "dose in grams": of_each(doses, in_grams),
    "dose in micrograms": of_each(doses, in_micrograms),
    "dose without a unit system": of_each(doses, without_unit_system),
    "dose as a range of nothing": of_each(doses, as_range),
    "dose in halves twice daily": of_each(doses, in_halves_twice_daily),
    "dose in two instructions": of_each(doses, in_two_instructions),
    "every 24 hours": of_each(doses, timed_by(frequency=1, period=24, periodUnit="h")),
    "seven times a week": of_each(doses, timed_by(frequency=7, period=1, periodUnit="wk")),
    "once a day, in UCUM": of_each(doses, timed_by(frequency=1, period=1.0, periodUnit="d")),
    "at breakfast": of_each(doses, timed_by(frequency=1, period=1, periodUnit="d", when=["ACM"])),
    "on all days of the week": of_each(
        doses, timed_by(dayOfWeek=["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    ),
    "timing by code": of_each(doses, timed_by_code),
    "sig beside the structure": of_each(doses, with_the_same_in_words),
    "sig alone": of_each(doses, in_words_alone),
    "dosage as in STU3": of_each(doses, as_stu3_dosage),
    "dose in MG": of_each(doses, in_milligrams_spelled("MG")),
    "dose in milligrams": of_each(doses, in_milligrams_spelled("milligrams")),
    "dose in halves by code": of_each(doses, in_halves_by_code),
    "weight in pounds": of_each(results, weight_in("[lb_av]", 1000 / GRAMS_PER_POUND)),
    "weight in lb": of_each(results, weight_in("lb", 1000 / GRAMS_PER_POUND, "[lb_av]")),
    "weight in grams": of_each(results, weight_in("g", 1000)),
    "counts per microlitre": of_each(results, count_in("/uL", 1000, "/uL")),
    "counts in 10*9/L": of_each(results, count_in("10*9/L", 1, "10*9/L")),
    "counts in K/uL": of_each(results, count_in("K/uL", 1)),
    "counts in x10E3/uL": of_each(results, count_in("x10E3/uL", 1)),
    "counts in cells per cubic millimetre": of_each(results, count_in("cells/mm3", 1000)),
    "results as strings": of_each(results, as_string),
    "results as components": of_each(results, as_component),
    "results corrected": of_each(results, corrected),
    "dates with times": of_each(resources, at_an_instant),
    "results dated by issue": of_each(results, by_issued),
    "results over a period": of_each(results, over_a_period),
    "genotype as a string": of_each(gene_reports, genotype_as_string),
    "genotype with the gene's name": of_each(gene_reports, genotype_with_gene_name),
    "gene named in the code": of_each(gene_reports, gene_in_the_code),
    "gene results in a panel": in_a_diagnostic_report,
    "drug contained": of_each(medications, as_contained),
    "drug in a sibling entry": as_sibling_entries,
    "drug in a sibling resource": as_sibling_resources,
    "drug prefetched": as_prefetched,
    "drug as in R5": of_each(medications, as_r5_medication),
    "drug in text": of_each(medications, in_text_alone),
    "drug in a display": of_each(medications, in_display_alone),
    "drug in SNOMED CT": of_each(medications, in_snomed),
    "drug in the display of a reference": of_each(medications, in_a_reference_display),
    "drafts as in DSTU2": as_dstu2_draft,
    "drafts that are active": as_active_orders,
    "systems by OID": with_other_names_of_systems(OIDS),
    "systems with a slash too many": with_other_names_of_systems({one: f"{one}/" for one in OIDS}),
    "ICD codes without dots": of_each(resources, with_icd_codes_without_dots),
    "the patient as a reference": with_patient_reference,
    "the patient in a Bundle": with_patient_in_a_bundle,
    "a vendor's synonym first": of_each(resources, with_a_vendors_synonym),
    "a vendor's synonym last": of_each(resources, with_a_vendors_synonym_last),
    "reason as a contained Condition": of_each(medications, reason_as_contained_condition),
    "absolute references": with_absolute_references,
    "versioned references": with_versioned_references,
    "entries permuted": permuted,
    "entries and keys reversed": reversed_entries,
    "elements reversed": with_keys_reversed,
    "every record twice": with_every_record_twice,
    "every draft twice": with_drafts_twice,
    "pages that overlap": in_bundles_of_pages,
    "foreign fields and extensions": with_foreign_fields,
    "nulls and blanks": with_nulls_and_blanks,
    "narrative and meta": of_each(resources, with_narrative),
    "500 other results": with_500_other_results,
}

# Told in another rhythm, or in a form in which an order cannot be changed: not every dose can be offered.
RHYTHMS = frozenset(
    {
        "dose as a range of nothing",
        "dose in halves by code",
        "dose in halves twice daily",
        "drafts as in DSTU2",
        "dose in two instructions",
        "sig alone",
    }
)


def with_doubled_doses_every_other_day(request: Json) -> Json | None:
    """Not the same story: a single day holds twice as much, and is judged by itself."""
    return of_each(doses, double_every_other_day)(request)
