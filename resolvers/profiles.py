"""What a person shows of themselves, and what they alone see."""

from dataclasses import dataclass
from datetime import datetime

from auth.names import BadName, clean_display_name
from db.accounts import select_account
from db.users import UserRecord, update_user_display_name
from resolvers.context import Context
from resolvers.errors import AccountGone, Invalid
from resolvers.loaders import USERS_BY_ID
from resolvers.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Email:
    address: str
    verified_at: datetime | None


@dataclass(frozen=True, slots=True)
class UpdatedProfile:
    user: UserRecord


async def viewer_user(context: Context, viewer: Viewer) -> UserRecord:
    """The viewer as others see them; raises `AccountGone`."""
    user = await context.loaders[USERS_BY_ID].load(viewer.id)
    if user is None:
        raise AccountGone
    return user


async def viewer_email(context: Context, viewer: Viewer) -> Email | None:
    async with context.connection() as connection:
        account = await select_account(connection, viewer.id)
    if account is None or account.email is None:
        return None
    return Email(account.email, account.email_verified_at)


async def update_profile(context: Context, *, display_name: str) -> UpdatedProfile:
    """Raises `Invalid`."""
    try:
        name = clean_display_name(display_name)
    except BadName as error:
        raise Invalid("displayName", str(error)) from error
    async with context.connection() as connection:
        user = await update_user_display_name(connection, context.signed_in().id, name)
    if user is None:
        raise AccountGone
    return UpdatedProfile(user)
