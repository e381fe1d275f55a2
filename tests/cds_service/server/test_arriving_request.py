"""When a request can be answered without waiting for its client."""

import pytest

from cds_service.server.arriving_request import LONGEST_HEAD, ArrivingRequest

POST = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
GET = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"


def post(length=b"Content-Length: 4", body=b""):
    return b"POST /x HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n\r\n" + body


@pytest.mark.parametrize("at_once", [1, 2, 3, 5, 1000])
def test_is_whole_with_its_last_byte_however_it_comes(at_once):
    request, sent = ArrivingRequest(100), POST + b"body"
    found = []

    for start in range(0, len(sent), at_once):
        request.add(sent[start : start + at_once])
        found.append(request.is_whole)

    assert found == [False] * (len(found) - 1) + [True]
    assert (request.head, request.take_body()) == (POST, b"body")


def test_what_came_after_it_is_the_beginning_of_the_next():
    first = ArrivingRequest(100, POST + b"body" + GET + b"GE")

    second = first.next()
    third = second.next()

    assert (first.take_body(), second.head, second.is_whole, second.take_body()) == (b"body", GET, True, b"")
    assert (len(third), third.is_ready) == (2, False)


def test_a_body_that_was_taken_is_not_kept_and_the_next_request_is_not_lost():
    request = ArrivingRequest(100, POST + b"body" + GET)

    body = request.take_body()

    assert (body, len(request), request.next().head) == (b"body", len(GET), GET)


def test_a_request_without_a_body_is_whole_with_its_head():
    assert ArrivingRequest(100, GET).is_whole
    assert not ArrivingRequest(100, GET[:-1]).is_ready


def test_empty_lines_before_a_request_are_none_of_it():
    request = ArrivingRequest(100, b"\r\n")
    request.add(b"\r\n" + GET)

    assert (request.is_whole, request.head) == (True, GET)


@pytest.mark.parametrize(
    ("length", "is_whole"),
    [
        (b"Content-Length: 4", True),
        (b"content-LENGTH:4", True),
        (b"Content-Length: 4 ", True),
        (b"Content-Length: 101", False),  # longer than is read
        (b"Content-Length: " + b"9" * 5000, False),
        (b"Content-Length: +4", False),
        (b"Content-Length: 4, 4", False),
        (b"Content-Length:\r\n 4", False),
        (b"Content-Length: 4\r\nContent-Length: 4", False),
        (b"Content-Length: 4\r\nTransfer-Encoding: chunked", False),
        (b"Transfer-Encoding: chunked", False),
    ],
)
def test_what_another_reader_could_measure_otherwise_is_left_to_the_parser(length, is_whole):
    request = ArrivingRequest(100, post(length, b"body"))

    assert (request.is_ready, request.is_whole) == (True, is_whole)
    assert request.head == post(length, b"" if is_whole else b"body")


def test_a_head_may_not_grow_for_ever():
    request = ArrivingRequest(100, b"GET / HTTP/1.1\r\nX: ")
    request.add(b"x" * LONGEST_HEAD)

    assert (request.is_head_too_long, request.is_ready) == (True, False)


def test_a_body_is_no_long_head():
    request = ArrivingRequest(10 * LONGEST_HEAD, post(b"Content-Length: 200000", b" " * 100_000))

    assert (request.is_head_too_long, request.is_ready) == (False, False)


@pytest.mark.parametrize(
    ("sent", "waits"),
    [
        (post(b"Expect: 100-continue\r\nContent-Length: 4"), True),
        (post(b"Expect: 100-continue\r\nContent-Length: 4", b"b"), False),
        (POST, False),
        (post(b"Expect: 100-continue\r\nContent-Length: 4")[:-2], False),
    ],
)
def test_a_client_that_waits_to_be_told_to_go_on_is_known(sent, waits):
    assert ArrivingRequest(100, sent).waits_for_leave is waits
