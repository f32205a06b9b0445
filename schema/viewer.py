"""Who is signed in. All that is private hangs on this type, and `Query.viewer` alone gives it."""

from datetime import datetime
from typing import Any

import strawberry

from engine.batch import batched
from resolvers import exports, profiles, sessions
from resolvers import viewer as viewers
from resolvers.context import Info
from schema.export import Export, export_key
from schema.fields import resolved_by
from schema.listener import Listener
from schema.user import User

strawberry.enum(
    viewers.Role,
    description=(
        "What a person may do here. A LISTENER listens, a CURATOR also changes the catalogue, an "
        "ADMIN also changes people. Each may do what those before it may."
    ),
)


@strawberry.type(description="The viewer's e-mail address. Nobody else sees it.")
class Email:
    address: str = strawberry.field(description="Where mail is sent to.")
    verified_at: datetime | None = strawberry.field(
        description="When it was confirmed; null until then: it cannot be signed in with so far."
    )


@strawberry.type(description="A place where the viewer is signed in.")
class Device:
    id: strawberry.ID = strawberry.field(description="For `signOut`.")
    name: str = strawberry.field(description="The name that was given when signing in.")
    created_at: datetime = strawberry.field(description="When it was signed in.")
    refreshed_at: datetime = strawberry.field(
        description="When it last got new credentials: until then at least it was used."
    )
    is_current: bool = strawberry.field(description="Whether it is the one that asks this.")


async def _user(viewer: strawberry.Parent[viewers.Viewer], info: Info) -> Any:
    return await profiles.viewer_user(info.context, viewer)


async def _email(viewer: strawberry.Parent[viewers.Viewer], info: Info) -> Any:
    return await profiles.viewer_email(info.context, viewer)


async def _devices(viewer: strawberry.Parent[viewers.Viewer], info: Info) -> Any:
    return await sessions.devices(info.context, viewer)


@strawberry.type(description="Who is signed in, and what only they may see.")
class Viewer(Listener):
    user: User = resolved_by(_user, description="The viewer as others see them.")
    role: viewers.Role = strawberry.field(description="What the viewer may do.")
    email: Email | None = resolved_by(_email, description="The viewer's address, if there is one.")
    devices: list[Device] = resolved_by(
        _devices, description="Where the viewer is signed in, at most 50, the latest first."
    )
    export: Export | None = batched(
        exports.EXPORTS,
        export_key,
        description="The archive of all that is the viewer's; null until `requestExport`.",
    )
