"""A running bench and a real browser. Without Chromium these tests are skipped, but never when CI=true."""

import os
import shutil
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright
from werkzeug.serving import make_server

from tests.fhir_server.fixtures import ehr, fhir_server_process

__all__ = ["ehr", "fhir_server_process"]

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
# Without these the browser looks for hosts beyond this machine at every start; root has no sandbox.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PATIENCE_MS = 10_000


def _chromium():
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("no Chromium: `make browser` installs it, as root")
    if found is None:
        pytest.skip("no Chromium here: `make browser` installs it, as root")
    return found


@pytest.fixture(scope="session")
def browser():
    executable = _chromium()
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=_FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def address(app):
    """The bench on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser, address):
    """The workspace in a browser; a script that fails, or that the page's policy stops, fails the test."""
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(_PATIENCE_MS)
    opened = context.new_page()
    faults = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda line: faults.append(line.text) if _is_fault(line) else None)
    opened.goto("/")
    yield opened
    context.close()
    assert faults == []


def _is_fault(line):
    """Whether the console tells of a fault of the page; a refused request is shown in the page itself."""
    return line.type == "error" and not line.text.startswith("Failed to load resource")


@pytest.fixture
def pictures():
    """Where screenshots are kept: build output."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES
