"""Passwords: argon2id (RFC 9106), worked out in threads of their own, off the event loop."""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARACTERS: Final = 10
MAX_CHARACTERS: Final = 256

_HASHER: Final = PasswordHasher(
    time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
"""OWASP's recommendation (2025): 19 MiB, two passes, one lane."""


class BadPassword(ValueError):
    """The password may not be used; the message says what a good one is."""


class Busy(Exception):
    """Too many passwords are waiting to be worked out."""


def check_password(password: str, *others: str) -> None:
    """Raises `BadPassword` unless it is long enough and tells more than the names in `others`.

    Length is what counts; rules on kinds of characters make passwords worse (NIST SP 800-63B).
    """
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise BadPassword(
            f"A password has {MIN_CHARACTERS} to {MAX_CHARACTERS} characters; several words are "
            "easy to remember."
        )
    if password.casefold() in {other.casefold() for other in others}:
        raise BadPassword("The password must not be the name or the address.")
    if len(set(password)) < 4:
        raise BadPassword("The password repeats itself: use more than three different characters.")


class Passwords:
    """Hashes and verifies, a few at a time and not more than `waiting` in the queue."""

    def __init__(self, *, threads: int = 2, waiting: int = 100) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._free = waiting
        # What a password is compared with where there is none: it takes as long.
        self._decoy = _HASHER.hash("nobody's password")

    async def hash(self, password: str) -> str:
        """Raises `Busy`."""
        hashed: str = await self._work(_HASHER.hash, _prepared(password))
        return hashed

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether this is the password; False without a hash, after the same time.

        Raises `Busy`.
        """
        right: bool = await self._work(_verify, hashed or self._decoy, _prepared(password))
        return right and hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """Whether it should be hashed anew, since the parameters have changed."""
        return _HASHER.check_needs_rehash(hashed)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _work(self, function: Any, *arguments: str) -> Any:
        if self._free == 0:
            raise Busy
        self._free -= 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, function, *arguments)
        finally:
            self._free += 1


def _prepared(password: str) -> str:
    """The same however a keyboard composes accents, and no longer than is worth the time."""
    text = unicodedata.normalize("NFKC", password[: MAX_CHARACTERS + 1])
    return text.encode("utf-8", "replace").decode()


def _verify(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
