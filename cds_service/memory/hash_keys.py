"""The keys that patients and users are hashed with: a file of lines "ID HEX", the current key first."""

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cds_service.errors import StoreUnavailableError

_LINE = re.compile(r"(?P<id>[0-9a-f]{8}) (?P<secret>[0-9a-f]{64})")
_READABLE_BY_OWNER = 0o600


class HashKeysError(StoreUnavailableError):
    """The file contains something other than keys. The message quotes none of it."""


@dataclass(frozen=True, slots=True)
class HashKey:
    """One key and its name, which stands beside each hash made with it."""

    id: str
    secret: bytes = field(repr=False)

    def hash_of(self, value: str) -> str:
        """The hash that stands for a value: the same for the same value, irreversible without the key."""
        return hmac.new(self.secret, value.encode(), hashlib.sha256).hexdigest()


class HashKeys:
    """The keys in a file, which is created if missing and read again when it changes."""

    def __init__(self, file: Path | None) -> None:
        self._file = file  # None: one key that lives as long as the process
        self._keys: tuple[HashKey, ...] = () if file else (_new_key(),)
        self._read_at: tuple[int, int] | None = None

    @property
    def current(self) -> HashKey:
        """The key for new hashes. Raises StoreUnavailableError."""
        return self.all[0]

    @property
    def all(self) -> tuple[HashKey, ...]:
        """Every key kept, newest first. Raises StoreUnavailableError."""
        if self._file is None:
            return self._keys
        try:
            return self._read(self._file)
        except OSError as error:
            raise StoreUnavailableError(f"the file of hash keys failed: {error.strerror}") from None

    def rotate(self, *, forget_older: bool = False) -> HashKey:
        """Hash with a new key from now on; the older keys are kept to look up what was hashed with them.

        With `forget_older` they are discarded, and their hashes can no longer be traced to anybody.
        Raises StoreUnavailableError.
        """
        older = () if forget_older else self.all
        new = _new_key()
        if self._file is None:
            self._keys = (new, *older)
            return new
        beside = self._file.with_name(f"{self._file.name}.new")
        try:
            _write(beside, (new, *older))
            beside.replace(self._file)
        except OSError as error:
            raise StoreUnavailableError(f"the file of hash keys failed: {error.strerror}") from None
        return new

    def _read(self, file: Path) -> tuple[HashKey, ...]:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            _write_unless_another_did(file, (_new_key(),))
        status = file.stat()
        changed_at = (status.st_mtime_ns, status.st_ino)
        if changed_at != self._read_at:
            self._keys, self._read_at = (
                _keys_in(file.read_text(encoding="ascii", errors="replace")),
                changed_at,
            )
        return self._keys


def _new_key() -> HashKey:
    return HashKey(secrets.token_hex(4), secrets.token_bytes(32))


def _keys_in(text: str) -> tuple[HashKey, ...]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [_LINE.fullmatch(line) for line in lines]
    bad = next((number for number, match in enumerate(found, start=1) if match is None), None)
    if bad is not None or not found:
        raise HashKeysError(f"the file of hash keys: line {bad or 1}: expected 8 and 64 hexadecimal digits")
    return tuple(HashKey(match["id"], bytes.fromhex(match["secret"])) for match in found if match)


def _write_unless_another_did(file: Path, keys: tuple[HashKey, ...]) -> None:
    """Either the whole file appears, or a faster process's file stays."""
    own = file.with_name(f"{file.name}.{os.getpid()}")
    _write(own, keys)
    try:
        os.link(own, file)
    except FileExistsError:
        return
    finally:
        own.unlink()


def _write(file: Path, keys: tuple[HashKey, ...]) -> None:
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _READABLE_BY_OWNER)
    with os.fdopen(descriptor, "w", encoding="ascii") as output:
        output.writelines(f"{key.id} {key.secret.hex()}\n" for key in keys)
