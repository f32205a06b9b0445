"""Refresh tokens: each is used once, and the use of an old one is noticed (RFC 9700, 4.14).

A token holds the numbers of person and session (so that one shard is asked), a tag that proves
that the session gave it out, and a secret. The next secret follows from this one and the session's
seed, which never leaves the database; the database knows secrets only by their SHA-256. So
- who has read the database cannot make a token, nor can who has seen an old one;
- a refresh whose answer was lost can be repeated, and two tabs that refresh at once get the same;
- a guessed number ends nobody's session, since the tag is not right.
"""

import hmac
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

_PREFIX: Final = "tnr_"
_FORM: Final = struct.Struct(">QQ16s32s")
SEED_BYTES: Final = 32


def new_seed() -> bytes:
    return secrets.token_bytes(SEED_BYTES)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    user_id: int
    session_id: int
    tag: bytes
    secret: bytes

    @classmethod
    def first(cls, user_id: int, session_id: int, seed: bytes) -> Self:
        """The token that a new session begins with."""
        tag = _tag(seed, user_id, session_id)
        return cls(user_id, session_id, tag, secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The token in its written form; None when it is none."""
        encoded = text.removeprefix(_PREFIX)
        if encoded == text or len(encoded) != 86:
            return None
        try:
            parts = _FORM.unpack(urlsafe_b64decode(encoded + "=="))
        except (Base64Error, ValueError, struct.error):
            return None
        token = cls(*parts)
        return token if max(token.user_id, token.session_id) < 2**63 else None

    def __str__(self) -> str:
        packed = _FORM.pack(self.user_id, self.session_id, self.tag, self.secret)
        return _PREFIX + urlsafe_b64encode(packed).decode().rstrip("=")

    def __repr__(self) -> str:
        return f"RefreshToken(session {self.session_id:x})"

    @property
    def sha256(self) -> bytes:
        return sha256(self.secret).digest()

    def is_of(self, seed: bytes) -> bool:
        """Whether the session with this seed gave it out, now or once."""
        return hmac.compare_digest(self.tag, _tag(seed, self.user_id, self.session_id))

    def next(self, seed: bytes) -> "RefreshToken":
        """The token that follows this one."""
        secret = hmac.digest(seed, b"next" + self.secret, "sha256")
        return RefreshToken(self.user_id, self.session_id, self.tag, secret)


def _tag(seed: bytes, user_id: int, session_id: int) -> bytes:
    return hmac.digest(seed, b"tag" + struct.pack(">QQ", user_id, session_id), "sha256")[:16]
