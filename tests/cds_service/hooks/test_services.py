import re

import pytest

from cards.model.facts import FactKind
from cds_service.errors import UnknownServiceError
from cds_service.hooks.prefetch_keys import all_keys, keys_for
from cds_service.hooks.services import SERVICES, service_for_hook, service_with_id

# FHIR R4, "Search Parameters" of each resource type: what may narrow and what may sort
R4_PARAMETERS = {
    "MedicationRequest": {"patient", "authoredon"},
    "MedicationStatement": {"patient", "effective"},
    "MedicationDispense": {"patient", "whenhandedover"},
    "Condition": {"patient", "recorded-date"},
    "AllergyIntolerance": {"patient", "date"},
    "Immunization": {"patient", "date"},
    "Procedure": {"patient", "date"},
    "ServiceRequest": {"patient", "status", "authored"},
    "Observation": {"patient", "code", "date"},
    "DiagnosticReport": {"patient", "code", "date"},
}
SEARCHES = [key for key in all_keys() if key.count is not None]
ids = pytest.mark.parametrize("key", SEARCHES, ids=lambda key: key.name)


def parameters(key):
    _, _, query = key.template.partition("?")
    return [tuple(part.split("=", 1)) for part in query.split("&")]


@ids
def test_a_search_repeats_no_parameter_and_uses_r4_ones(key):
    names = [name for name, _ in parameters(key)]

    assert len(names) == len(set(names))
    assert set(names) - {"_sort", "_count"} <= R4_PARAMETERS[key.resource_type]


@ids
def test_a_search_asks_for_the_newest_first(key):
    asked = dict(parameters(key))

    assert asked["_sort"].removeprefix("-") in R4_PARAMETERS[key.resource_type]
    assert asked["_sort"].startswith("-")
    assert asked["_count"] == str(key.count)


@pytest.mark.parametrize("key", all_keys(), ids=lambda key: key.name)
def test_a_template_is_short_and_asks_for_the_patient_only(key):
    assert len(key.template) < 1_800
    assert re.findall(r"\{\{.*?\}\}", key.template) == ["{{context.patientId}}"]


def test_every_code_has_a_system():
    codes = [
        code
        for key in SEARCHES
        for name, value in parameters(key)
        if name == "code"
        for code in value.split(",")
    ]

    assert codes
    assert [code for code in codes if not re.fullmatch(r"https?://[^|]+\|[^|]+", code)] == []


def test_every_kind_of_facts_has_a_search():
    assert {key.kind for key in all_keys()} == set(FactKind)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_a_service_asks_for_what_its_rules_read_and_no_more(service):
    needed = {kind for rule in service.rules for kind in rule.needs} | {FactKind.PATIENT}

    assert {key.kind for key in service.prefetch_keys} == needed
    assert service.prefetch_keys == keys_for(needed)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_a_service_describes_itself_without_gaps(service):
    described = service.described()

    assert set(described) == {"hook", "id", "title", "description", "usageRequirements", "prefetch"}
    assert all(described.values())
    assert service_with_id(service.id) is service
    assert service_for_hook(service.hook) is service


def test_ids_and_hooks_are_distinct():
    assert len({service.id for service in SERVICES}) == len({service.hook for service in SERVICES}) == 3


def test_an_unknown_hook_has_no_service():
    with pytest.raises(UnknownServiceError):
        service_for_hook("order-dispatch")
