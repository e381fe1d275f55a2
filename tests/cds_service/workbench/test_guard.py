import pytest

from cds_service.endpoints.service import service_in
from cds_service.workbench.settings import BenchSettings

LOCAL = {"HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "127.0.0.1"}
FROM_ELSEWHERE = {
    "another machine": {"REMOTE_ADDR": "192.0.2.7"},
    "a proxy on this machine": {"HTTP_X_FORWARDED_FOR": "192.0.2.7"},
    "a name that was rebound to this machine": {"HTTP_HOST": "bench.example.org"},
    "a page of another origin": {"HTTP_ORIGIN": "https://example.org"},
    "a picture in a page of another site": {"HTTP_SEC_FETCH_SITE": "cross-site"},
}


def status(client, path="/", **environ):
    return client.get(path, environ_overrides=LOCAL | environ).status_code


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "localhost"])
def test_this_machine_may_see_it(client, host):
    assert status(client, HTTP_HOST=host) == 200


@pytest.mark.parametrize("environ", FROM_ELSEWHERE.values(), ids=list(FROM_ELSEWHERE))
@pytest.mark.parametrize("path", ["/", "/stewardship", "/stewardship.csv", "/bench/stories/poor-tpmt"])
def test_nobody_else_may_see_it(client, environ, path):
    assert status(client, path, **environ) == 403


def test_a_link_from_another_site_may_be_followed(client):
    assert status(client, HTTP_SEC_FETCH_SITE="cross-site", HTTP_SEC_FETCH_MODE="navigate") == 200


def test_stewardship_alone_is_shown_to_a_user_whom_the_proxy_names(app, client):
    service_in(app).bench = BenchSettings(stewardship_user_header="X-Remote-User")
    proxied = {"HTTP_HOST": "cds.example.org", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}

    named = [status(client, path, **proxied, HTTP_X_REMOTE_USER="kim") for path in ("/stewardship", "/")]

    assert named == [200, 403]
    assert status(client, "/stewardship", **proxied) == 403


def test_a_machine_that_is_no_proxy_of_ours_cannot_name_a_user(app, client):
    service_in(app).bench = BenchSettings(stewardship_user_header="X-Remote-User")

    assert status(client, "/stewardship", REMOTE_ADDR="192.0.2.7", HTTP_X_REMOTE_USER="kim") == 403


def test_pages_load_nothing_from_elsewhere_and_run_no_inline_script(client):
    page = client.get("/", environ_overrides=LOCAL)

    policy = page.headers["Content-Security-Policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert [one for one in policy if "unsafe" in one or "http" in one or "*" in one] == []
    text = page.get_data(as_text=True)
    assert not any(mark in text for mark in ("<script>", " style=", " onclick=", "https://"))
