"""`python -m tests.security.secret_scan [--stamp FILE]`: detect-secrets over what git knows, without network.

With a stamp only what changed since the last clean scan is looked at.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import click
from detect_secrets import SecretsCollection
from detect_secrets.settings import default_settings

ROOT = Path(__file__).parents[2]
_TRACKED_OR_NEW = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
_NOT_SCANNED = ("fixtures/stories/*/response.json",)  # written by our own service from the request beside it
_LINES_AT_ONCE = 4_000


@dataclass(frozen=True)
class Allowed:
    """What looks like a secret and is none, and why."""

    files: str
    kind: str
    count: int  # at most so many in a file
    reason: str


ALLOWED = (
    Allowed("cards/knowledge/release.toml", "Hex High Entropy String", 10, "checksums of tables"),
    Allowed("docs/releases/*/release.toml", "Hex High Entropy String", 10, "checksums of tables"),
    Allowed("cds_service/logs.py", "Hex High Entropy String", 1, "a digest, in a doctest"),
    Allowed("docs/deployment.md", "Basic Auth Credentials", 1, "USER:PASSWORD, to be filled in"),
    Allowed("docs/deployment/kubernetes.yaml", "Secret Keyword", 2, "the names of secrets, not what they hold"),
    Allowed("tests/cds_service/access/test_client_tokens.py", "Base64 High Entropy String", 6,
            "the public key and the expired token that the specification prints"),
    Allowed("tests/cds_service/chart_sources/test_fhir_access.py", "Basic Auth Credentials", 1, "must be refused"),
    Allowed("tests/cds_service/net/test_web_addresses.py", "Basic Auth Credentials", 1, "must be refused"),
    Allowed("tests/cds_service/memory/test_database.py", "Basic Auth Credentials", 1, "a server that is none"),
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Found:
    """What looks like a secret."""

    file: str
    line: int
    kind: str


def secrets_in(file: str, root: Path = ROOT) -> list[Found]:
    """Everything in one file that looks like a secret, allowed or not."""
    return sorted(Found(file, secret.line_number, secret.type) for _, secret in _scanned(file, root))


def _scanned(file: str, root: Path) -> SecretsCollection:
    found = SecretsCollection(root=str(root))
    with default_settings():
        found.scan_file(file)
    return found


def not_allowed(found: Iterable[Found]) -> Iterator[Found]:
    """What of it has no reason in ALLOWED."""
    left = {one: one.count for one in ALLOWED}
    for secret in found:
        reason = next((one for one in ALLOWED if _is_for(one, secret) and left[one]), None)
        if reason is None:
            yield secret
        else:
            left[reason] -= 1


def _is_for(allowed: Allowed, secret: Found) -> bool:
    return fnmatch(secret.file, allowed.files) and secret.kind == allowed.kind


def _files(stamp: Path | None) -> list[str]:
    listed = subprocess.run(_TRACKED_OR_NEW, cwd=ROOT, capture_output=True, text=True, check=True)
    since = stamp.stat().st_mtime if stamp and stamp.exists() else 0.0
    return [
        name
        for name in listed.stdout.split("\0")
        if name and not any(fnmatch(name, pattern) for pattern in _NOT_SCANNED)
        if (ROOT / name).is_file() and (ROOT / name).stat().st_mtime >= since
    ]


def worth_a_scan(files: Iterable[str], root: Path = ROOT) -> Iterator[str]:
    """Without the JSON files of which no line looks like a secret, wherever it stands.

    Nine of ten lines of our JSON stand in it many times over: each is looked at once.
    """
    lines_of: dict[str, frozenset[str]] = {}
    for file in files:
        lines = _lines_in(root / file) if file.endswith(".json") else None
        if lines is None:
            yield file
        else:
            lines_of[file] = lines
    suspect = _suspect(sorted(frozenset().union(*lines_of.values())))
    yield from (file for file, lines in lines_of.items() if lines & suspect)


def _lines_in(file: Path) -> frozenset[str] | None:
    """Its lines; None for one that may not be judged line by line."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
    # The scan reads what a section of an INI file begins as one, and a pragma speaks of the line below it.
    if not text.startswith(("{", "[\n")) or "pragma" in text:
        return None
    return frozenset(line.rstrip() for line in text.split("\n"))


def _suspect(lines: list[str]) -> frozenset[str]:
    """Those of the lines that look like a secret."""
    parts = [lines[start : start + _LINES_AT_ONCE] for start in range(0, len(lines), _LINES_AT_ONCE)]
    with ProcessPoolExecutor() as pool:
        return frozenset().union(*pool.map(_suspect_of, parts))


def _suspect_of(lines: list[str]) -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "lines.json").write_text("\n".join(["{", *lines]), encoding="utf-8")
        # A secret that stands in several lines of a file is told of one.
        told = [secret.secret_value for _, secret in _scanned("lines.json", Path(folder))]
    return {line for line in lines if any(secret in line for secret in told)}


def _bad_in(file: str) -> list[Found]:
    return list(not_allowed(secrets_in(file)))


@click.command()
@click.option(
    "--stamp", type=click.Path(path_type=Path), help="A file that is touched when the scan was clean."
)
def scan(stamp: Path | None) -> None:
    """Exit 1 where something looks like a secret."""
    try:
        files = _files(stamp)
    except (OSError, subprocess.CalledProcessError):
        click.echo("secrets: no git here, so NO file was looked at")
        return
    scanned = list(worth_a_scan(files))
    with ProcessPoolExecutor() as pool:
        bad = [found for one in pool.map(_bad_in, scanned, chunksize=50) for found in one]
    for found in bad:
        click.echo(f"{found.file}:{found.line} looks like a secret: {found.kind}")
    if bad:
        click.echo("If it is none, say why in tests/security/secret_scan.py")
        sys.exit(1)
    click.echo(f"secrets: none in {len(files)} files")
    if stamp:
        stamp.touch()


if __name__ == "__main__":
    scan()
