import json

from cds_service.hooks.services import SERVICES, service_for_hook
from tests.cds_service.cli.conftest import run


def test_every_key_and_query_is_there_to_paste():
    result = run("prefetch-config", "--hook", "order-sign")

    service = service_for_hook("order-sign")
    assert result.output.splitlines() == [
        "# order-sign  http://127.0.0.1:8000/cds-services/thiopurine-order-sign",
        *(f"{key.name}\t{key.template}" for key in service.prefetch_keys),
    ]


def test_epics_form_names_the_address_to_the_letter():
    result = run(
        "prefetch-config",
        "--client",
        "epic",
        "--hook",
        "patient-view",
        "--public-url",
        "https://cds.example.org",
    )

    assert result.output.splitlines()[:4] == [
        "Hook:  patient-view",
        "URL:   https://cds.example.org/cds-services/thiopurine-patient-view",
        "Key:   patient",
        "Query: Patient/{{context.patientId}}",
    ]


def test_as_json_it_says_what_discovery_says():
    read = json.loads(run("prefetch-config", "--json").output)

    assert [one["prefetch"] for one in read] == [service.described()["prefetch"] for service in SERVICES]


def test_a_hook_that_is_not_ours_is_wrong_usage():
    assert run("prefetch-config", "--hook", "order-dispatch").exit_code == 2
