"""`make demo`: a FHIR server with ten patients, the service beside it, until Ctrl-C."""

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click
import requests

from tests.fhir_server.demo_patients import PATIENTS, DemoPatient, chart_of
from tests.fhir_server.running import NoNodeError, running_fhir_server

COMMAND = Path(sys.executable).with_name("thiopurine-cds")
_START_S = 30
_STOP_S = 10


def main() -> int:
    """Run the demo; 0 once it is stopped, 1 when a part of it does not start."""
    ports = _ports()
    # Both end our processes as well: also `kill`, and Ctrl-C where a shell started us with it ignored.
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.default_int_handler)
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            running_fhir_server(_bundle(Path(folder)), port=ports.fhir_port) as fhir,
            _service(ports.port, Path(folder)) as address,
        ):
            _announce(address, fhir.base)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    except (NoNodeError, TimeoutError) as error:
        click.echo(error, err=True)
        return 1


def call_line(patient: DemoPatient, address: str, base: str) -> str:
    """The command that acts as the EHR for a patient."""
    where = ["--service", address, "--fhir-server", base]
    return shlex.join(["thiopurine-cds", "call", *where, *patient.call])


def _ports() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="of the service")
    parser.add_argument("--fhir-port", type=int, default=8090, help="of the FHIR server")
    return parser.parse_args()


def _bundle(folder: Path) -> Path:
    resources = [one for patient in PATIENTS for one in chart_of(patient, date.today())]  # noqa: DTZ011 -- a demo
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in resources],
    }
    file = folder / "patients.json"
    file.write_text(json.dumps(bundle), encoding="utf-8")
    return file


@contextmanager
def _service(port: int, folder: Path) -> Iterator[str]:
    settings = {
        "THIOPURINE_CDS_DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}",
        "THIOPURINE_CDS_LOG_LEVEL": "error",
    }
    command = [str(COMMAND), "serve", "--port", str(port)]
    with subprocess.Popen(command, env=os.environ | settings, start_new_session=True) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/cds-services", process)
            yield address
        finally:
            process.terminate()
            process.wait(_STOP_S)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            requests.get(url, timeout=1).raise_for_status()
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the service did not start: is its port taken? `make demo PORT=8001` takes another")


def _announce(address: str, base: str) -> None:
    click.echo(f"\nBench:       {address}/\nFHIR server: {base}\n\nTen patients, each for one decision:\n")
    for patient in PATIENTS:
        click.echo(f"  # {patient.point}\n  {call_line(patient, address, base)}")
    click.echo("\nCtrl-C ends the demo.")


if __name__ == "__main__":
    sys.exit(main())
