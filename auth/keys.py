"""The secrets that access tokens are signed with: the first signs, all of them verify.

A key is written `id:secret`. To change it without signing anybody out, put the new key first, and
take the old one away when the last token that it signed has ended. Keys that lie in a file are
read again when the file changes, so that this needs no restart.
"""

import logging
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

logger: Final = logging.getLogger("tonearm.auth")

LOOK_SECONDS: Final = 5.0
"""A change of the file is noticed within this time."""

MIN_SECRET_CHARACTERS: Final = 32
_KEY: Final = re.compile(r"(?P<id>[A-Za-z0-9_.-]{1,64}):(?P<secret>[\x21-\x2b\x2d-\x7e]+)")


class BadKeys(ValueError):
    """The keys for tokens cannot be used."""


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    secret: str

    def __repr__(self) -> str:
        return f"Key({self.id})"


def new_key() -> str:
    """A key as it is written in the settings, of 384 random bits."""
    return f"{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4)}:{secrets.token_urlsafe(48)}"


def parse_keys(text: str) -> dict[str, Key]:
    """Keys by their ids, in order; they are separated by commas or lines.

    Raises `BadKeys`, whose message shows no secret.
    """
    keys: dict[str, Key] = {}
    for number, part in enumerate(filter(None, re.split(r"[\s,]+", text)), start=1):
        found = _KEY.fullmatch(part)
        if found is None:
            raise BadKeys(f"key {number} is not of the form id:secret")
        if len(found["secret"]) < MIN_SECRET_CHARACTERS:
            raise BadKeys(f"the secret of key {number} has less than {MIN_SECRET_CHARACTERS} bytes")
        if found["id"] in keys:
            raise BadKeys(f"key {number} has the id of another one")
        keys[found["id"]] = Key(found["id"], found["secret"])
    if not keys:
        raise BadKeys("there is no key: `tonearm key` makes one")
    return keys


class KeyRing:
    """The keys now.

    Attributes:
        version: Grows when the keys change: what was verified before must be verified again.
    """

    def __init__(self, keys: str | None = None, file: Path | None = None) -> None:
        """`keys` are used unless there is a `file`. Raises `BadKeys`."""
        self.version = 0
        self._file = file
        self._looked = time.monotonic()
        if file is None:
            self._keys = parse_keys(keys or "")
            return
        try:
            self._modified = file.stat().st_mtime_ns
            self._keys = parse_keys(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise BadKeys(f"{file} cannot be read: {error.strerror}") from error

    def signing(self) -> Key:
        """The key that signs."""
        self.look()
        return next(iter(self._keys.values()))

    def find(self, key_id: str) -> Key | None:
        return self._keys.get(key_id)

    def look(self) -> None:
        """Reads the file again if it may have changed; a file that is wrong changes nothing."""
        now = time.monotonic()
        if self._file is None or now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        try:
            modified = self._file.stat().st_mtime_ns
            if modified == self._modified:
                return
            keys = parse_keys(self._file.read_text(encoding="utf-8"))
        except (OSError, BadKeys) as error:
            logger.error("The keys in %s stay as they were: %s", self._file, error)
            return
        self._modified, self._keys = modified, keys
        self.version += 1
