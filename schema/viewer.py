"""Who is signed in. All that is private hangs on this type, and `Query.viewer` alone gives it."""

from typing import Any

import strawberry

from resolvers import profiles
from resolvers.context import Info
from resolvers.viewer import Role
from schema.fields import resolved_by
from schema.user import User

strawberry.enum(
    Role,
    description=(
        "What a person may do here. A LISTENER listens, a CURATOR also changes the catalogue, an "
        "ADMIN also changes people. Each may do what those before it may."
    ),
)


async def _user(info: Info) -> Any:
    return await profiles.viewer_user(info.context)


@strawberry.type(description="Who is signed in, and what only they may see.")
class Viewer:
    user: User = resolved_by(_user, description="The viewer as others see them.")
    role: Role = strawberry.field(description="What the viewer may do.")
