"""From the header of a request to who is asking."""

import math
from collections import OrderedDict
from typing import Final, NamedTuple

from db.errors import DatabaseError
from db.ids import IdGenerator
from db.pool import Pool
from resolvers.auth.oidc import Provider, ProviderUnavailable
from resolvers.auth.tokens import AccessTokens, ExpiredToken, InvalidToken
from resolvers.errors import DomainError, NotSignedIn, Unavailable
from resolvers.external_people import find_or_add_person
from resolvers.viewer import Caller, Role, Viewer

REMEMBERED: Final = 10_000
"""Callers that are remembered by their header, some 10 MB: reading a token takes a hundred times as
long as remembering it."""


class _Known(NamedTuple):
    """Who sends a header; `until` in seconds since 1970."""

    viewer: Viewer
    until: float


class Callers:
    """Tells who sends a request. Own tokens cost no statement, ever.

    A token of the external provider costs two when it is first seen; then who it is stays known
    for as long as an own token would be good, so that a person who was disabled is out by then.
    """

    def __init__(
        self,
        *,
        tokens: AccessTokens | None,
        provider: Provider | None,
        pool: Pool,
        ids: IdGenerator,
        remember_seconds: int,
    ) -> None:
        self._tokens = tokens
        self._version = 0 if tokens is None else tokens.version
        self._provider = provider
        self._pool = pool
        self._ids = ids
        self._remember_seconds = remember_seconds
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def identify(self, authorization: str | None, *, now: float) -> Caller:
        """Who sends this header `Authorization`.

        A token that is not good is no error yet: it becomes one when a field asks who the viewer
        is, so that a client can refresh a token while it still sends the old one.
        """
        if not authorization:
            return None
        if self._tokens is not None and self._tokens.version != self._version:
            self._version = self._tokens.version
            self._known.clear()
        known = self._known.get(authorization)
        if known is not None and now < known.until:
            return known.viewer
        try:
            known = await self._look_up(authorization, now)
        except ExpiredToken as error:
            return _refused(error, "TOKEN_EXPIRED")
        except InvalidToken as error:
            return _refused(error, "TOKEN_INVALID")
        except DomainError as error:
            return error
        self._known[authorization] = known
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return known.viewer

    def known_until(self, authorization: str | None) -> float:
        """When a header that was just identified stops being good, in seconds since 1970."""
        known = self._known.get(authorization or "")
        return math.inf if known is None else known.until

    async def _look_up(self, authorization: str, now: float) -> _Known:
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise InvalidToken
        if self._tokens is not None:
            try:
                claims = self._tokens.verify(token, now=now)
                viewer = Viewer(claims.user_id, Role(claims.role), claims.session_id)
                return _Known(viewer, claims.expires_at)
            except ExpiredToken:
                raise
            except (InvalidToken, ValueError):  # perhaps the provider's
                pass
        if self._provider is None:
            raise InvalidToken
        return await self._look_up_external(self._provider, token, now)

    async def _look_up_external(self, provider: Provider, token: str, now: float) -> _Known:
        try:
            subject = await provider.verify(token, now=now)
            viewer = await find_or_add_person(self._pool, self._ids, subject, now)
        except ProviderUnavailable as error:
            raise Unavailable("Who you are cannot be checked now. Try again soon.") from error
        except DatabaseError as error:
            raise Unavailable from error
        return _Known(viewer, min(subject.expires_at, now + self._remember_seconds))


def _refused(error: InvalidToken, reason: str) -> NotSignedIn:
    return NotSignedIn(str(error), reason=reason)
