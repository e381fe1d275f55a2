"""`python -m tests.security.audit`: known vulnerabilities of the pinned dependencies, as pip-audit finds them.

A database that cannot be reached is said, and fails nothing: whoever works without network can still check.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[2]
_COMMAND = (
    sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv", "--disable-pip", "--no-deps",
    "--requirement", "constraints.txt", "--format", "json", "--progress-spinner", "off", "--timeout", "5",
)  # fmt: skip
_A_DAY_S = 24 * 60 * 60
_UNREACHABLE = re.compile(
    r"\b(ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|ServiceError)\b"
)


def verdict(output: str, complaint: str) -> tuple[str, bool]:
    """What pip-audit's JSON and its standard error say, and whether the check holds."""
    try:
        packages = json.loads(output)["dependencies"]
    except ValueError:
        if _UNREACHABLE.search(complaint):
            return "pip-audit: the database could not be reached: NO dependency was checked", True
        return f"pip-audit failed:\n{complaint}", False
    vulnerable = [line for package in packages for line in _vulnerabilities(package)]
    if vulnerable:
        return "\n".join(["pip-audit: known vulnerabilities", *vulnerable]), False
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    told = f"pip-audit: nothing known against {len(packages) - len(unknown)} of {len(packages)} dependencies"
    return f"{told}; NOT checked: {', '.join(unknown)}" if unknown else told, True


def _vulnerabilities(package: Any) -> list[str]:
    return [
        f"  {package['name']} {package['version']}: {one['id']}, mended in {', '.join(one['fix_versions']) or '-'}"
        for one in package.get("vulns", ())
    ]


def is_fresh(stamp: Path, pinned: Path, now: float) -> bool:
    """Whether all was well with these very versions less than a day ago."""
    if not stamp.exists():
        return False
    audited_at = stamp.stat().st_mtime
    return now - audited_at < _A_DAY_S and pinned.stat().st_mtime <= audited_at


@click.command()
@click.option("--stamp", type=click.Path(path_type=Path), help="A file that is touched when all were clean.")
def audit(stamp: Path | None) -> None:
    """Exit 1 where something is known against a dependency."""
    if stamp and is_fresh(stamp, ROOT / "constraints.txt", time.time()):
        click.echo("pip-audit: nothing was known less than a day ago")
        return
    run = subprocess.run(_COMMAND, cwd=ROOT, capture_output=True, text=True, check=False)
    told, holds = verdict(run.stdout, run.stderr)
    click.echo(told)
    if stamp and holds and "NO" not in told:  # NO, NOT: something was left out
        stamp.touch()
    sys.exit(not holds)


if __name__ == "__main__":
    audit()
