"""Access tokens: short-lived JWTs (RFC 7519, RFC 9068) that this server signs and verifies.

Verifying costs no look-up anywhere. So a token is good until it ends, whatever happens to the
session or to the person meanwhile: that is what its life must be short for.
"""

from dataclasses import dataclass
from typing import Final

import jwt

from auth.keys import KeyRing

ISSUER: Final = "tonearm"
ALGORITHM: Final = "HS256"
TYPE: Final = "at+jwt"


class InvalidToken(Exception):
    """This access token is not one of this server's: sign in again."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class ExpiredToken(InvalidToken):
    """This access token has ended: get a new one by `refresh`."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says; `expires_at` in seconds since 1970."""

    user_id: int
    session_id: int
    role: str
    expires_at: int


class AccessTokens:
    """Makes and verifies tokens that live for `seconds`."""

    def __init__(self, keys: KeyRing, seconds: int) -> None:
        self.seconds = seconds
        self._keys = keys

    @property
    def version(self) -> int:
        """Grows when the keys change: what was verified before must be verified again."""
        self._keys.look()
        return self._keys.version

    def issue(self, user_id: int, session_id: int, role: str, *, now: float) -> tuple[str, int]:
        """A token, and when it ends in seconds since 1970."""
        key = self._keys.signing()
        expires_at = int(now) + self.seconds
        claims = {
            "iss": ISSUER,
            "sub": f"{user_id:x}",
            "sid": f"{session_id:x}",
            "role": role,
            "iat": int(now),
            "exp": expires_at,
        }
        headers = {"kid": key.id, "typ": TYPE}
        return jwt.encode(claims, key.secret, ALGORITHM, headers=headers), expires_at

    def verify(self, token: str, *, now: float) -> Claims:
        """What the token says; raises `InvalidToken` or `ExpiredToken`."""
        self._keys.look()
        claims = self._read(token)
        if claims.expires_at <= now:
            raise ExpiredToken
        return claims

    def _read(self, token: str) -> Claims:
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.find(str(header.get("kid")))
            if key is None or header.get("typ") != TYPE:
                raise InvalidToken
            # The end is checked by the request's clock, with the claims.
            options: jwt.types.Options = {
                "require": ["exp", "sub", "sid", "role"],
                "verify_exp": False,
                "verify_iat": False,
            }
            said = jwt.decode(token, key.secret, [ALGORITHM], options=options, issuer=ISSUER)
            user_id, session_id = int(said["sub"], 16), int(said["sid"], 16)
            return Claims(user_id, session_id, said["role"], int(said["exp"]))
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise InvalidToken from error
