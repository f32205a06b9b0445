"""`tonearm user`, as an operator sees it."""

import secrets
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from rich.console import Console

from app.services import open_connection, open_database
from app.settings import Settings
from auth.emails import BadEmail, clean_email
from auth.passwords import BadPassword, Passwords, check_password
from db.ids import lease_ids
from db.pool import acquire
from resolvers import people
from resolvers.errors import BadInput
from resolvers.viewer import Role


async def create_person(
    settings: Settings,
    user_name: str,
    *,
    email: str | None,
    role: Role,
    password_stdin: bool,
    console: Console,
) -> int:
    """Prints the password if it was not given."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else secrets.token_urlsafe(15)
    try:
        check_password(password, user_name, email or "")
        address = clean_email(email) if email else None
    except (BadPassword, BadEmail) as error:
        raise BadInput(str(error)) from error
    async with AsyncExitStack() as stack:
        passwords = Passwords()
        stack.callback(passwords.close)
        pool = await stack.enter_async_context(open_database(settings))
        ids = await stack.enter_async_context(lease_ids(pool))
        password_hash = await passwords.hash(password)
        connection = await stack.enter_async_context(acquire(pool))
        await people.create_person(
            connection,
            ids.next(),
            user_name=user_name,
            email=address,
            password_hash=password_hash,
            role=role,
            now=datetime.now(UTC),
        )
    console.print(f"{user_name} can sign in, as {role.value}.", markup=False)
    if not password_stdin:
        console.print(f"Password: {password}", markup=False, highlight=False, soft_wrap=True)
    return 0


async def set_role(settings: Settings, user_name: str, role: Role, console: Console) -> int:
    async with open_connection(settings) as connection:
        await people.set_role(connection, user_name, role)
    console.print(f"{user_name} is {role.value} from the next refresh on, {_soon(settings)}.")
    return 0


async def disable_person(settings: Settings, user_name: str, console: Console) -> int:
    async with open_connection(settings) as connection:
        await people.disable(connection, user_name, datetime.now(UTC))
    console.print(f"{user_name} cannot sign in; all access ends {_soon(settings)}.")
    return 0


async def enable_person(settings: Settings, user_name: str, console: Console) -> int:
    async with open_connection(settings) as connection:
        await people.enable(connection, user_name)
    console.print(f"{user_name} can sign in again.")
    return 0


def _soon(settings: Settings) -> str:
    return f"within {settings.access_token_seconds // 60} minutes"
