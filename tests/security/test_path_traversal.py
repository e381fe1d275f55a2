"""Names that try to be paths: what lies outside a folder is neither read nor written."""

import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from cards.knowledge.releases import ReleaseError, release
from cds_service.cli.table_archive import archived
from cds_service.ehr.hook_call import HookCall
from cds_service.ehr.story_folder import BadStoryError, save_story
from cds_service.workbench.stories import story_today
from tests.reliability.server import WAIT_S, running_server

UP = (
    "..",
    "../outside",
    "a/../../outside",
    "/etc",
    ".",
    "",
    "a\0b",
    "a\n",
    "..\\outside",
    "%2e%2e",
    "A",
    "ä",
)
TODAY = datetime(2026, 11, 24, tzinfo=UTC)
CLIMBING = [
    f"/bench/{folder}{up}{target}"
    for folder in ("static/", "stories/")
    for up in (
        "../",
        "..%2f",
        "%2e%2e/",
        "%2e%2e%2f",
        "..%5c",
        "..%252f",
        "....//",
        "%c0%ae%c0%ae/",
        "../../../",
    )
    for target in ("routes.py", "app.py", "etc/passwd")
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [*CLIMBING, "/bench/static//etc/passwd", "/bench/static/%00", "//etc/passwd"]
)
def test_no_path_of_a_request_leaves_the_files_of_the_bench(server, path):
    """Over a raw socket: a client would tidy the path."""
    place = urlsplit(server.url)
    sent = f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n\r\n"

    with socket.create_connection((place.hostname, place.port), timeout=WAIT_S) as connection:
        connection.sendall(sent.encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"root:" not in answer
    assert b"import" not in answer


@pytest.mark.slow
def test_what_the_bench_serves_is_served(server):
    """Else the test above would say nothing."""
    place = urlsplit(server.url)
    request = f"GET /bench/static/bench.js HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n\r\n"

    with socket.create_connection((place.hostname, place.port), timeout=WAIT_S) as connection:
        connection.sendall(request.encode())
        answer = connection.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("name", UP)
def test_no_name_of_a_story_leaves_its_folder(tmp_path, name):
    outside, stories = tmp_path / "outside", tmp_path / "stories"
    for folder in (outside, stories / "a", stories):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "request.json").write_text("{}")
        (folder / "settings.json").write_text('{"as_of": "2026-11-24"}')
        (folder / "README.md").write_text("a story")

    assert story_today(stories, name, TODAY.date()) is None
    assert story_today(stories, "a", TODAY.date()) is not None


@pytest.mark.parametrize("name", ["..", "a\n", "..\\outside", "%2e%2e", "A", "\xe4"])
def test_a_saved_call_is_written_under_a_plain_name_only(tmp_path, name):
    with pytest.raises(BadStoryError):
        save_story(call({"prefetch": {}}), tmp_path / "stories" / name, TODAY, "UTC")

    assert list(tmp_path.rglob("*.json")) == []


def test_nothing_of_an_answer_names_a_file_of_a_saved_call(tmp_path):
    hostile = {
        "cards": [{"uuid": "../../outside", "suggestions": [{"uuid": "/etc/passwd", "label": "../x"}]}]
    }

    save_story(
        call({"prefetch": {"../outside": None}, "hook": "../../x"}, hostile), tmp_path / "a", TODAY, "UTC"
    )

    written = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    assert written == {f"a/{name}" for name in ("request.json", "cards.md", "settings.json", "README.md")}


def call(request, response=None):
    return HookCall("x", request, (), response or {"cards": []}, 1.0)


@pytest.mark.parametrize("version", [*UP, "2026-11-24/..", "../2026-11-24", "2026-11-24\n"])
def test_no_version_of_the_tables_leaves_their_folder(version, tmp_path):
    with pytest.raises(ReleaseError):
        release(version, tmp_path)
    with pytest.raises(ReleaseError):
        archived(version, TODAY.date(), tmp_path)

    assert list(tmp_path.iterdir()) == []
