"""People of an external provider: who they are here, and how they become somebody."""

from datetime import UTC, datetime

from db.accounts import (
    insert_account,
    insert_user_email,
    insert_user_subject,
    select_account,
    select_user_id_by_subject,
)
from db.ids import IdGenerator
from db.pool import Pool, acquire
from db.rows import Connection
from db.transactions import transact
from db.users import insert_user, insert_user_name
from resolvers.auth.emails import BadEmail, clean_email, email_key
from resolvers.auth.names import (
    BadName,
    clean_display_name,
    clean_user_name,
    generated_user_name,
    user_name_key,
)
from resolvers.auth.oidc import Subject
from resolvers.errors import NotAllowed, Unavailable
from resolvers.viewer import DISABLED, Role, Viewer


async def find_or_add_person(pool: Pool, ids: IdGenerator, subject: Subject, now: float) -> Viewer:
    """The person whom the provider names; made when they are seen for the first time.

    Raises `NotAllowed` for somebody who is disabled, `Unavailable` while another request makes
    the same person, and `DatabaseError`.
    """
    async with acquire(pool) as connection:
        user_id = await select_user_id_by_subject(connection, subject.key)
        account = None if user_id is None else await select_account(connection, user_id)
    if account is None:
        user_id = ids.next()
        return await transact(
            pool, lambda connection: _add(connection, user_id, subject, now), timeout=5
        )
    if account.disabled_at is not None:
        raise NotAllowed(DISABLED)
    return Viewer(account.user_id, Role(account.role))


async def _add(connection: Connection, user_id: int, subject: Subject, now: float) -> Viewer:
    if not await insert_user_subject(connection, subject.key, user_id):
        raise Unavailable
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
