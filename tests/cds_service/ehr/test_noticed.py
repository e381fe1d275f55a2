"""What `doctor` says of the notices that a service heard."""

import json

import pytest

from cds_service.ehr.examination import Deployment
from cds_service.ehr.examined_point import ExaminedPoint, PointState
from cds_service.ehr.noticed import noticed
from cds_service.ehr.web import Web
from tests.cds_service.net.web_server import send, web_server

SYSTEM = "urn:oid:1.2.840.114350.1.13.*.7.2.657369"


def points(content, path="/readyz", status=200):
    def answer(handler, _web):
        assert handler.path == path
        send(handler, json.dumps(content).encode(), status=status)

    with web_server(answer) as server:
        return list(noticed(Deployment(server.address, Web(5))))


def notice(code, about, acknowledged):
    return {"client": "north", "system": SYSTEM, "code": code, "about": about, "acknowledged": acknowledged}


def test_each_notice_is_a_point_and_what_is_not_acknowledged_a_warning():
    found = points(
        {
            "status": "ready",
            "notices": [
                notice("4119", "always", "not needed"),
                notice("59204", "type-withheld", "no"),
                notice("59204", "type-withheld", "yes"),
            ],
        }
    )

    assert [(one.verdict, one.seen) for one in found] == [
        (PointState.OK, "north: 4119 (always): changes nothing"),
        (PointState.WARNING, "north: 59204 (type-withheld) is not acknowledged"),
        (PointState.OK, "north: 59204 (type-withheld): acknowledged"),
    ]
    assert ["acknowledged_notices" in one.advice for one in found] == [False, True, False]


def test_a_service_that_is_not_ready_lists_them_too():
    assert points({"status": "not ready", "notices": []}, status=503) == [
        ExaminedPoint("notices of FHIR servers", PointState.OK, "none was heard since the start")
    ]


@pytest.mark.parametrize("content", [{}, [], "no", {"notices": "none"}])
def test_a_proxy_that_lets_nothing_through_is_no_fault(content):
    (found,) = points(content, status=404)

    assert (found.verdict, found.seen) == (PointState.SKIPPED, "/readyz does not list them")


def test_a_service_that_is_gone_is_no_fault():
    (found,) = noticed(Deployment("http://127.0.0.1:9", Web(5)))

    assert found.verdict is PointState.SKIPPED
