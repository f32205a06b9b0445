"""Signing in, staying signed in, signing out."""

import logging
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from db.accounts import (
    AccountRecord,
    select_account,
    select_user_id_by_email,
    select_user_id_by_name,
    update_account_password,
)
from db.cursor import INT8
from db.rows import Connection
from db.sessions import (
    SessionRecord,
    delete_old_sessions,
    delete_session,
    delete_sessions,
    insert_session,
    select_devices,
    select_session_locked,
    update_session_refreshed,
)
from resolvers.attempts import attempt_sign_in
from resolvers.auth.emails import email_key
from resolvers.auth.names import storable, user_name_key
from resolvers.auth.passwords import Busy
from resolvers.auth.refresh import RefreshToken, new_seed
from resolvers.auth.tokens import AccessTokens
from resolvers.context import Context
from resolvers.errors import Invalid, NotAllowed, NotFound, Unavailable, WrongCredentials
from resolvers.viewer import DISABLED, Role, Viewer

logger: Final = logging.getLogger("tonearm.sessions")

MAX_SESSIONS: Final = 50
"""Places where a person is signed in at once; the oldest one ends."""

MAX_DEVICE_CHARACTERS: Final = 100

REPEAT_SECONDS: Final = 30.0
"""So long the same refresh may be repeated: its answer was lost, or two tabs did it at once."""

_DEVICE_ID: Final = re.compile(r"(?a:device_([0-9a-f]{1,16}))")

NOBODY: Final = 0
"""A number that no person has; looking it up takes as long as looking up a person."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client keeps. `expires_at` is the access token's end."""

    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    credentials: Credentials
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Device:
    """A session as its person sees it."""

    id: str
    name: str
    created_at: datetime
    refreshed_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class SignedOut:
    ended_sessions: int


def access_tokens(context: Context) -> AccessTokens:
    """What signs tokens here; raises `NotAllowed` where nobody can sign in with a password."""
    if context.services.tokens is None:
        raise NotAllowed("Nobody can sign in here with a password: set TONEARM_TOKEN_KEYS.")
    return context.services.tokens


def utc(context: Context) -> datetime:
    """The instant of the request."""
    return datetime.fromtimestamp(context.now, UTC)


async def verified(context: Context, account: AccountRecord | None, password: str) -> bool:
    """Whether this is the account's password; takes as long where there is none."""
    try:
        password_hash = None if account is None else account.password_hash
        return await context.services.passwords.verify(password_hash, password)
    except Busy as error:
        raise Unavailable("Too many people sign in at once. Try again in a moment.") from error


async def hashed(context: Context, password: str) -> str:
    try:
        return await context.services.passwords.hash(password)
    except Busy as error:
        raise Unavailable("Too many people sign in at once. Try again in a moment.") from error


async def sign_in(context: Context, *, login: str, password: str, device: str) -> SignedIn:
    """`login` is a user name or an address that was confirmed.

    Raises `WrongCredentials`, the same for a name that is not there and for a password that is
    not right, `NotAllowed` when the account is disabled, and `TooManyAttempts`.
    """
    tokens = access_tokens(context)
    device = clean_device(device)
    login = storable(login).strip()[:254]
    key = email_key(login) if "@" in login else user_name_key(login)
    await attempt_sign_in(context, key)
    async with context.connection() as connection:
        if "@" in login:
            user_id = await select_user_id_by_email(connection, key)
        else:
            user_id = await select_user_id_by_name(connection, key)
        account = await select_account(connection, NOBODY if user_id is None else user_id)
    if not await verified(context, account, password) or account is None:
        raise WrongCredentials
    if account.disabled_at is not None:
        raise NotAllowed(DISABLED)
    outdated = context.services.passwords.is_outdated(account.password_hash or "")
    new_hash = await hashed(context, password) if outdated else None

    async def work(connection: Connection) -> SignedIn:
        if new_hash is not None:
            await update_account_password(connection, account.user_id, new_hash)
        return await begin_session(
            context, connection, tokens, account.user_id, Role(account.role), device
        )

    return await context.transact(work)


def clean_device(device: str) -> str:
    device = " ".join(storable(device).split())
    if len(device) > MAX_DEVICE_CHARACTERS:
        raise Invalid("device", f"`device` has at most {MAX_DEVICE_CHARACTERS} characters.")
    return device


async def begin_session(
    context: Context,
    connection: Connection,
    tokens: AccessTokens,
    user_id: int,
    role: Role,
    device: str,
) -> SignedIn:
    """A new session, in the transaction of `connection`."""
    now = utc(context)
    session_id = context.services.ids.next()
    seed = new_seed()
    first = RefreshToken.first(user_id, session_id, seed)
    await insert_session(
        connection,
        user_id,
        session_id,
        device=device,
        seed=seed,
        current_sha256=first.sha256,
        created_at=now,
        expires_at=now + _life(context),
    )
    await delete_old_sessions(connection, user_id, now, MAX_SESSIONS)
    return _signed_in(context, tokens, first, role)


def _life(context: Context) -> timedelta:
    return timedelta(days=context.services.session_days)


def _signed_in(
    context: Context, tokens: AccessTokens, refresh_token: RefreshToken, role: Role
) -> SignedIn:
    user_id, session_id = refresh_token.user_id, refresh_token.session_id
    access_token, expires_at = tokens.issue(user_id, session_id, role.value, now=context.now)
    credentials = Credentials(
        access_token, datetime.fromtimestamp(expires_at, UTC), str(refresh_token)
    )
    return SignedIn(credentials, Viewer(user_id, role, session_id))


ENDED: Final = "This refresh token is not good any more: sign in again."


class _Refreshed(NamedTuple):
    token: RefreshToken
    session: SessionRecord


async def refresh(context: Context, *, refresh_token: str) -> SignedIn:
    """New credentials for a refresh token, which is used up.

    A token that was used up before ends the session: either it or its successor was stolen.
    Raises `WrongCredentials`, and `NotAllowed` when the account is disabled.
    """
    tokens = access_tokens(context)
    token = RefreshToken.parse(refresh_token.strip())
    if token is None:
        raise WrongCredentials(ENDED)

    async def work(connection: Connection) -> _Refreshed | None:
        session = await select_session_locked(connection, token.user_id, token.session_id)
        if session is None or not token.is_of(session.seed) or session.expires_at <= utc(context):
            return None
        if session.disabled_at is not None:
            return _Refreshed(token, session)
        following = token.next(session.seed)
        if token.sha256 == session.current_sha256:
            await update_session_refreshed(
                connection,
                session.user_id,
                session.id,
                current_sha256=following.sha256,
                previous_sha256=token.sha256,
                refreshed_at=utc(context),
                expires_at=utc(context) + _life(context),
            )
        elif not _is_repeat(context, session, token):
            await delete_session(connection, session.user_id, session.id)
            logger.warning(
                "A refresh token of user %x was used again: session %x has ended",
                session.user_id,
                session.id,
            )
            return None
        return _Refreshed(following, session)

    refreshed = await context.transact(work)
    if refreshed is None:
        raise WrongCredentials(ENDED)
    if refreshed.session.disabled_at is not None:
        raise NotAllowed(DISABLED)
    return _signed_in(context, tokens, refreshed.token, Role(refreshed.session.role))


def _is_repeat(context: Context, session: SessionRecord, token: RefreshToken) -> bool:
    age = (utc(context) - session.refreshed_at).total_seconds()
    return token.sha256 == session.previous_sha256 and age <= REPEAT_SECONDS


async def sign_out(context: Context, *, everywhere: bool, device_id: str | None) -> SignedOut:
    """Ends all of the viewer's sessions, that of a device, or this one. Raises `NotFound`."""
    viewer = context.signed_in()
    session_id = viewer.session_id if device_id is None else _session_id(device_id)
    async with context.connection() as connection:
        if everywhere:
            return SignedOut(await delete_sessions(connection, viewer.id))
        ended = session_id is not None and await delete_session(connection, viewer.id, session_id)
    if not ended and device_id is not None:
        raise NotFound("You are not signed in on this device.")
    return SignedOut(int(ended))


def _session_id(device_id: str) -> int:
    found = _DEVICE_ID.fullmatch(device_id)
    if found is None or int(found[1], 16) not in INT8:
        raise NotFound("You are not signed in on this device.")
    return int(found[1], 16)


async def devices(context: Context, viewer: Viewer) -> list[Device]:
    """Where the viewer is signed in, the latest first."""
    async with context.connection() as connection:
        sessions = await select_devices(connection, viewer.id, MAX_SESSIONS)
    return [
        Device(
            id=f"device_{session.id:x}",
            name=session.device,
            created_at=session.created_at,
            refreshed_at=session.refreshed_at,
            is_current=session.id == viewer.session_id,
        )
        for session in sessions
    ]
