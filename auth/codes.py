"""Codes that are sent by mail: they prove that somebody reads it.

A code holds the person's number, so that one shard is asked, and 160 random bits.
"""

import secrets
from base64 import b32decode, b32encode
from binascii import Error as Base32Error
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

_RANDOM_BYTES: Final = 20


@dataclass(frozen=True, slots=True)
class Code:
    user_id: int
    secret: bytes

    @classmethod
    def new(cls, user_id: int) -> Self:
        return cls(user_id, secrets.token_bytes(_RANDOM_BYTES))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The code as somebody has copied it; None when it is none."""
        try:
            decoded = b32decode("".join(text.split())[:60] + "===", casefold=True)
        except (Base32Error, ValueError):
            return None
        user_id = int.from_bytes(decoded[:8], "big")
        return cls(user_id, decoded[8:]) if len(decoded) == 28 and user_id < 2**63 else None

    def __str__(self) -> str:
        """45 letters and digits."""
        return b32encode(self.user_id.to_bytes(8, "big") + self.secret).decode().rstrip("=").lower()

    def __repr__(self) -> str:
        return f"Code(user {self.user_id:x})"

    @property
    def sha256(self) -> bytes:
        return sha256(self.secret).digest()
