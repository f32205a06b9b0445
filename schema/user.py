"""People."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from db.users import UserRecord
from engine.batch import batched
from resolvers import ids
from resolvers.playlists import PLAYLISTS_OF_USER
from schema.connections import Connection
from schema.fields import of_records, page_of, resolved_by
from schema.node import Node

if TYPE_CHECKING:
    from schema.playlist import Playlist


@strawberry.type(description="A person who listens.")
class User(Node):
    is_type_of = of_records(UserRecord)

    id: strawberry.ID = resolved_by(ids.user_id, description="The person's global id.")
    user_name: str = strawberry.field(description="The unique name; one can sign in with it.")
    display_name: str = strawberry.field(description="The name that others see.")
    playlists: Connection[Annotated["Playlist", strawberry.lazy("schema.playlist")]] = batched(
        PLAYLISTS_OF_USER,
        page_of,
        description="Public playlists, newest first; to the person themselves, all of their own.",
    )
    created_at: datetime = strawberry.field(description="When this person signed up.")
