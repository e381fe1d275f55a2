"""`python -m tests.security.sbom FILE`: what runs beside our code in production, as a CycloneDX JSON.

cyclonedx-py describes the environment; of it stays what the service needs itself. The same environment gives
the same bytes: no time, no number drawn, no path.
"""

import json
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import click
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
# A test holds what is made of it to the schema; the validator takes seventeen seconds.
_COMMAND = (
    sys.executable, "-m", "cyclonedx_py", "environment", "--no-validate", "--pyproject", "pyproject.toml",
    "--output-reproducible", "--output-file", "-", sys.executable,
)  # fmt: skip
_OURS = "thiopurine-cds"


def sbom() -> dict[str, Any]:
    """The service and every distribution that it runs with; none of the tools and none of the extras."""
    run = subprocess.run(_COMMAND, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(run.stdout)
    needed = needed_by(_OURS)
    found["components"] = [one for one in found["components"] if canonicalize_name(one["name"]) in needed]
    kept = {one["bom-ref"] for one in (*found["components"], found["metadata"]["component"])}
    found["dependencies"] = [
        one | ({"dependsOn": [ref for ref in one["dependsOn"] if ref in kept]} if "dependsOn" in one else {})
        for one in found["dependencies"]
        if one["ref"] in kept
    ]
    return found


def needed_by(name: str, extras: frozenset[str] = frozenset()) -> set[str]:
    """The names of what a distribution requires on this platform, at any distance; its own not."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(canonicalize_name(name), extras)]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += [(canonicalize_name(of.name), frozenset(of.extras)) for of in _requirements(*one)]
    return {found for found, _ in seen} - {canonicalize_name(name)}


def _requirements(name: str, extras: frozenset[str]) -> list[Requirement]:
    stated = [Requirement(line) for line in distribution(name).requires or ()]
    return [
        one
        for one in stated
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    ]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def write(file: Path) -> None:
    """Write it to FILE."""
    found = sbom()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    click.echo(f"{file}: {len(found['components'])} components")


if __name__ == "__main__":
    write()
