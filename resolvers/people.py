"""What those who run a server do to people, from its command line."""

from datetime import datetime

from auth.emails import email_key
from auth.names import BadName, clean_user_name, user_name_key
from db.accounts import (
    insert_account,
    insert_user_email,
    select_user_id_by_name,
    update_account_disabled,
    update_account_role,
)
from db.rows import Connection
from db.sessions import delete_sessions
from db.users import insert_user, insert_user_name
from resolvers.errors import BadInput
from resolvers.viewer import Role


async def create_person(
    connection: Connection,
    user_id: int,
    *,
    user_name: str,
    email: str | None,
    password_hash: str,
    role: Role,
    now: datetime,
) -> None:
    """Makes an account whose address needs no proof. Raises `BadInput`."""
    try:
        user_name = clean_user_name(user_name)
    except BadName as error:
        raise BadInput(str(error)) from error
    async with connection.transaction():
        if not await insert_user_name(connection, user_name_key(user_name), user_id):
            raise BadInput("Somebody has this name, or one that looks like it.")
        if email and not await insert_user_email(connection, email_key(email), user_id):
            raise BadInput("Somebody has this address.")
        await insert_user(connection, user_id, user_name, user_name, now)
        await insert_account(
            connection,
            user_id,
            email=email,
            email_verified_at=now if email else None,
            password_hash=password_hash,
            role=role.value,
        )


async def set_role(connection: Connection, user_name: str, role: Role) -> None:
    """Holds from the next refresh on. Raises `BadInput`."""
    user_id = await _find(connection, user_name)
    if not await update_account_role(connection, user_id, role.value):
        raise BadInput(f"{user_name!r:.50} has no account")


async def disable(connection: Connection, user_name: str, at: datetime) -> None:
    """Ends all sessions, and lets none begin. Raises `BadInput`."""
    user_id = await _find(connection, user_name)
    async with connection.transaction():
        if not await update_account_disabled(connection, user_id, at):
            raise BadInput(f"{user_name!r:.50} has no account")
        await delete_sessions(connection, user_id)


async def enable(connection: Connection, user_name: str) -> None:
    """Undoes `disable`. Raises `BadInput`."""
    if not await update_account_disabled(connection, await _find(connection, user_name), None):
        raise BadInput(f"{user_name!r:.50} has no account")


async def _find(connection: Connection, user_name: str) -> int:
    user_id = await select_user_id_by_name(connection, user_name_key(user_name.replace("\0", "")))
    if user_id is None:
        raise BadInput(f"There is nobody called {user_name!r:.50}")
    return user_id
