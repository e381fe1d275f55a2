"""Every command in the documents works: it is run against the demo, or read by the command line it belongs to."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cds_service.cli.main import main
from tests.fhir_server.running import NoNodeError, must_run, node_command

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
DOCS = (
    "tutorial.md",
    "connecting.md",
    "operating.md",
    "api.md",
    "architecture.md",
    "deployment.md",
    "observability.md",
    "hazard-log.md",
    "site-policy.md",
    "performance.md",
    "fast-path.md",
)
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
BIN = Path(sys.executable).parent
FILES = {
    "clients.toml": "",
    "site.toml": "max_cards = 4\n",
    "ehr.pem": "only its name is read here\n",
}
ELSEWHERE = re.compile(r"\bserve\b|example\.org")


def commands():
    for name in DOCS:
        for block in BLOCK.findall((ROOT / "docs" / name).read_text(encoding="utf-8")):
            for number, line in enumerate(block.splitlines()):
                yield pytest.param(line.strip(), id=f"{name}-{number}-{line.strip()[:60]}")


ALL = list(commands())
RUN = [one for one in ALL if not ELSEWHERE.search(one.values[0]) and not one.values[0].startswith("make ")]
READ = [one for one in ALL if ELSEWHERE.search(one.values[0])]
MADE = [one for one in ALL if one.values[0].startswith("make ")]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The ports of a running demo, and the folder to work in; tests share both, as a reader does."""
    try:
        node_command()
    except NoNodeError as error:
        if must_run():
            raise
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("reader")
    for part in ("fixtures/requests", "docs/releases"):
        shutil.copytree(ROOT / part, folder / part)
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    port, fhir_port = free_port(), free_port()
    command = [
        sys.executable,
        "-m",
        "tests.fhir_server.demo",
        "--port",
        str(port),
        "--fhir-port",
        str(fhir_port),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Ctrl-C"):
                break
        else:
            pytest.fail(f"the demo did not start: {''.join(said)}")
        yield port, fhir_port, folder, "".join(said)
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(30) == 0
        finally:
            process.kill()  # one that does not end would be waited for without an end
    for one in (port, fhir_port):  # it ended what it had started
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", one)) != 0


def test_the_demo_says_where_it_is(demo):
    port, fhir_port, _, said = demo

    assert f"Bench:       http://127.0.0.1:{port}/\n" in said
    assert f"FHIR server: http://127.0.0.1:{fhir_port}/fhir/R4\n" in said
    assert said.count("thiopurine-cds call ") == 10


SAVED = re.compile(r"\b(\S+)/request\.json\b")


@pytest.mark.parametrize("line", RUN)
def test_a_command_of_the_documents_runs(line, demo):
    for name in SAVED.findall(line):  # an earlier command saves it, perhaps in another process of this run
        saving = next((one.values[0] for one in RUN if f"--save {name}" in one.values[0]), None)
        if saving is not None and not (demo[2] / name).exists():
            run(saving, demo)
    run(line, demo)


def run(line, demo):
    """One command as the documents have it, at the ports of the demo."""
    port, fhir_port, folder, _ = demo
    words = [
        word.replace(":8000", f":{port}").replace(":8090", f":{fhir_port}") for word in shlex.split(line)
    ]
    if words[:2] in (["thiopurine-cds", "call"], ["thiopurine-cds", "doctor"]) and "--service" not in words:
        words += ["--service", f"http://127.0.0.1:{port}"]  # its default is the demo's usual port
    database = f"sqlite:///{folder / 'reader.sqlite3'}"
    environment = os.environ | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "THIOPURINE_CDS_DATABASE_URL": database,
    }

    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, "Error" in done.stderr) == (0, False), done.stdout + done.stderr


@pytest.mark.parametrize("line", READ)
def test_a_command_that_needs_another_machine_is_understood(line, demo, monkeypatch):
    monkeypatch.chdir(demo[2])
    name, command, *arguments = shlex.split(line)

    context = main.get_command(click.Context(main), command).make_context(command, arguments)

    assert (name, context.params != {}) == ("thiopurine-cds", True)


@pytest.mark.parametrize("line", MADE)
def test_what_is_to_be_made_can_be_made(line):
    target = line.split()[1]

    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", DOCS)
def test_links_between_documents_lead_somewhere(name):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / "docs" / name).read_text(encoding="utf-8"))

    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
