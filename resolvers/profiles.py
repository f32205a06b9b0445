"""What a person shows of themselves."""

from dataclasses import dataclass

from auth.names import BadName, clean_display_name
from db.users import UserRecord, update_user_display_name
from resolvers.context import Context
from resolvers.errors import AccountGone, Invalid
from resolvers.loaders import USERS_BY_ID


@dataclass(frozen=True, slots=True)
class UpdatedProfile:
    user: UserRecord


async def viewer_user(context: Context) -> UserRecord:
    """The viewer as others see them; raises `AccountGone`."""
    user = await context.loaders[USERS_BY_ID].load(context.signed_in().id)
    if user is None:
        raise AccountGone
    return user


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
