import gc

import pytest

from tests.cds_service.cli.conftest import run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "99999"], "not in the range"),
        (["--clients", "nowhere.toml", "--public-url", "https://a.example"], "No such file"),
        (["--allow-fhir-server", "http://a.example"], "plain http is for this machine only"),
        (["--host", "0.0.0.0"], "pass --insecure"),  # noqa: S104 -- it is refused
        (["--host", "ehr.example.org"], "pass --insecure"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_to_do(arguments, said):
    result = run("serve", *arguments)

    assert (result.exit_code, said in result.output) == (2, True)


def test_a_service_that_cannot_start_leaves_the_collector_on(tmp_path):
    clients = tmp_path / "clients.toml"
    clients.write_text("[clients.ehr]\n")

    result = run("serve", "--port", "0", "--clients", clients, "--public-url", "https://cds.example.org")

    assert (result.exit_code, gc.isenabled()) == (2, True)
