"""Who is signed in. All that is private hangs on this type, and `Query.viewer` alone gives it."""

from typing import Any

import strawberry

from engine.batch import batched
from resolvers import library, profiles
from resolvers.context import Info
from resolvers.playlists import PLAYLISTS_OF_USER, SAVED_PLAYLISTS
from resolvers.viewer import Role
from schema.album import Album
from schema.artist import Artist
from schema.connections import Connection, LibraryConnection
from schema.fields import page_of, resolved_by
from schema.playlist import Playlist
from schema.song import Song
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
    liked_songs: LibraryConnection[Song] = batched(
        library.LIKED_SONGS, page_of, description="Songs that the viewer likes, newest first."
    )
    followed_artists: LibraryConnection[Artist] = batched(
        library.FOLLOWED_ARTISTS,
        page_of,
        description="Artists whom the viewer follows, newest first.",
    )
    playlists: Connection[Playlist] = batched(
        PLAYLISTS_OF_USER, page_of, description="The viewer's own playlists, newest first."
    )
    saved_playlists: LibraryConnection[Playlist] = batched(
        SAVED_PLAYLISTS,
        page_of,
        description=(
            "Playlists of others that the viewer saved or joined, newest first, as long as they "
            "are shared with the viewer."
        ),
    )
    saved_albums: LibraryConnection[Album] = batched(
        library.SAVED_ALBUMS, page_of, description="Albums that the viewer saved, newest first."
    )
