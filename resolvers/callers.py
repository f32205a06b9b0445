"""From the header of a request to who is asking."""

from collections import OrderedDict
from datetime import UTC, datetime
from typing import Final, NamedTuple

from auth.emails import BadEmail, clean_email, email_key
from auth.names import (
    BadName,
    clean_display_name,
    clean_user_name,
    generated_user_name,
    user_name_key,
)
from auth.oidc import Provider, ProviderUnavailable, Subject
from auth.tokens import AccessTokens, ExpiredToken, InvalidToken
from db.accounts import (
    insert_account,
    insert_user_email,
    insert_user_subject,
    select_account,
    select_user_id_by_subject,
)
from db.errors import DatabaseError
from db.ids import IdGenerator
from db.pool import Pool, acquire
from db.rows import Connection
from db.transactions import transact
from db.users import insert_user, insert_user_name
from resolvers.errors import DomainError, NotAllowed, NotSignedIn, Unavailable
from resolvers.viewer import DISABLED, Caller, Role, Viewer

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
            viewer = await self._person(subject, now)
        except ProviderUnavailable as error:
            raise Unavailable("Who you are cannot be checked now. Try again soon.") from error
        except DatabaseError as error:
            raise Unavailable from error
        return _Known(viewer, min(subject.expires_at, now + self._remember_seconds))

    async def _person(self, subject: Subject, now: float) -> Viewer:
        """The person whom the provider names; made when they are seen for the first time."""
        async with acquire(self._pool) as connection:
            user_id = await select_user_id_by_subject(connection, subject.key)
            account = None if user_id is None else await select_account(connection, user_id)
        if account is None:
            return await transact(
                self._pool, lambda connection: self._add(connection, subject, now), timeout=5
            )
        if account.disabled_at is not None:
            raise NotAllowed(DISABLED)
        return Viewer(account.user_id, Role(account.role))

    async def _add(self, connection: Connection, subject: Subject, now: float) -> Viewer:
        user_id = self._ids.next()
        if not await insert_user_subject(connection, subject.key, user_id):
            raise Unavailable  # another request makes this person right now
        at = datetime.fromtimestamp(now, UTC)
        user_name = await _claim_name(connection, subject.user_name, user_id)
        email = await _claim_email(connection, subject.email, user_id)
        display_name = _display_name(subject.display_name) or user_name
        await insert_user(connection, user_id, user_name, display_name, at)
        await insert_account(
            connection,
            user_id,
            email=email,
            email_verified_at=None if email is None else at,
            password_hash=None,
            role=Role.LISTENER.value,
            subject_key=subject.key,
        )
        return Viewer(user_id, Role.LISTENER)


async def _claim_name(connection: Connection, wanted: str | None, user_id: int) -> str:
    """The name that the provider knows, if it is allowed and free, else one of our making."""
    try:
        name = clean_user_name(wanted or "")
        if await insert_user_name(connection, user_name_key(name), user_id):
            return name
    except BadName:
        pass
    while True:
        name = generated_user_name()
        if await insert_user_name(connection, user_name_key(name), user_id):
            return name


async def _claim_email(connection: Connection, wanted: str | None, user_id: int) -> str | None:
    """The address, unless another account has it."""
    try:
        email = clean_email(wanted or "")
    except BadEmail:
        return None
    return email if await insert_user_email(connection, email_key(email), user_id) else None


def _display_name(wanted: str | None) -> str | None:
    try:
        return clean_display_name(wanted or "")
    except BadName:
        return None


def _refused(error: InvalidToken, reason: str) -> NotSignedIn:
    return NotSignedIn(str(error), reason=reason)
