"""CT-S3, CT-T1 and CT-U1: browsers, time, and addresses as people type them."""

import time

import pytest

from tests.conformance.hook_requests import HOOKS, request_for

ORIGIN = "https://sandbox.cds-hooks.org"
ASKED = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}
CALLS = 40


@pytest.mark.parametrize("path", ["", "/thiopurine-order-sign", "/thiopurine-order-sign/feedback"])
@pytest.mark.parametrize("door", ["service", "guarded"])
def test_s3_a_browser_may_ask_without_proving_who_it_is(deployment, door, path):
    service = getattr(deployment, door)

    response = service.session.options(service.address(path), headers=ASKED, timeout=30)

    allowed = {one.strip().lower() for one in response.headers["Access-Control-Allow-Headers"].split(",")}
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert {"authorization", "content-type"} <= allowed
    assert ("POST" if path else "GET") in response.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "", 200), ("POST", "/nowhere", 404)])
def test_s3_a_browser_may_read_answers_and_errors(service, method, path, status):
    response = service.ask(method, path, headers={"Origin": ORIGIN})

    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (status, "*")


@pytest.mark.parametrize("hook", HOOKS)
def test_t1_19_of_20_calls_with_full_prefetch_take_less_than_500_ms(service, hook):
    body = request_for(hook)
    seconds = []
    for _ in range(CALLS):
        started = time.perf_counter()
        service.cards(body)
        seconds.append(time.perf_counter() - started)

    assert sorted(seconds)[int(CALLS * 0.95) - 1] < 0.5


@pytest.mark.parametrize("path", ["/cds-services/", "//cds-services", "//cds-services//"])
def test_u1_discovery_is_answered_without_a_redirect(service, path):
    headers = {}
    if service.signer:
        headers["Authorization"] = f"Bearer {service.signer.token(service.address())}"

    response = service.session.get(f"{service.url}{path}", headers=headers, timeout=30, allow_redirects=False)

    assert (response.status_code, response.json()["services"]) == (200, service.discovered)


@pytest.mark.parametrize("slashes", ["/{}/", "//{}", "//{}//"])
def test_u1_a_service_is_answered_without_a_redirect(service, slashes):
    token = service.signer.token(service.address(service.path_of("order-sign"))) if service.signer else None
    path = slashes.format(service.path_of("order-sign").strip("/"))

    response = service.ask("POST", path, json=request_for("order-sign"), token=token)

    assert response.status_code == 200


@pytest.mark.parametrize("slashes", ["/{}/feedback/", "//{}//feedback"])
def test_u1_feedback_is_taken_without_a_redirect(service, slashes):
    token = service.signer.token(service.address(service.path_of("order-sign"))) if service.signer else None
    path = slashes.format(service.path_of("order-sign").strip("/"))

    assert service.ask("POST", path, json={"feedback": []}, token=token).status_code == 200
