"""Playlists and their entries."""

from datetime import datetime
from typing import Any

import strawberry

from db.playlist_entries import PlaylistEntryRecord
from db.playlists import PlaylistRecord
from engine.batch import batched
from resolvers import covers, ids, playlists
from resolvers.loaders import SONGS_BY_ID, USERS_BY_ID
from resolvers.pages import PageKey, page_request
from resolvers.playlist_entries import ENTRIES
from schema.connections import Connection
from schema.cover import Cover
from schema.fields import After, First, of_records, resolved_by
from schema.node import Node
from schema.scalars import BigInt
from schema.song import Song
from schema.user import User

strawberry.enum(
    playlists.PlaylistVisibility,
    description=(
        "Who sees a playlist besides its owner and its collaborators. PRIVATE: nobody. UNLISTED: "
        "who has its `shareToken`. PUBLIC: everybody."
    ),
)


def _song_id(entry: PlaylistEntryRecord) -> int:
    return entry.song_id


def _added_by(entry: PlaylistEntryRecord) -> int:
    return entry.added_by


def _owner_id(playlist: PlaylistRecord) -> int:
    return playlist.user_id


def _key(playlist: PlaylistRecord) -> tuple[int, int]:
    return playlist.user_id, playlist.id


def _page(playlist: Any, first: First = 20, after: After = None) -> PageKey:
    return PageKey(_key(playlist), page_request(first, after))


@strawberry.type(description="A song's place in a playlist; a song may have several.")
class PlaylistEntry:
    id: strawberry.ID = resolved_by(
        ids.playlist_entry_id, description="Opaque; names the entry wherever it is moved."
    )
    song: Song | None = batched(
        SONGS_BY_ID, _song_id, description="The song; null when it does not exist any more."
    )
    added_at: datetime = strawberry.field(description="When it was added.")
    added_by: User | None = batched(
        USERS_BY_ID, _added_by, description="Who added it; null when they are gone."
    )


@strawberry.type(description="Songs in an order that somebody gave them.")
class Playlist(Node):
    is_type_of = of_records(PlaylistRecord)

    id: strawberry.ID = resolved_by(ids.playlist_id, description="The playlist's global id.")
    name: str = strawberry.field(description="What its owner calls it.")
    description: str = strawberry.field(description="What its owner says of it; may be empty.")
    cover: Cover | None = resolved_by(
        covers.cover, description="The picture that somebody gave it, if anybody did."
    )
    visibility: playlists.PlaylistVisibility = strawberry.field(description="Who sees it.")
    owner: User | None = batched(USERS_BY_ID, _owner_id, description="Whose it is.")
    collaborators: list[User] = batched(
        playlists.COLLABORATORS,
        _key,
        description="Who else may change its entries, at most 100; who joined first comes first.",
    )
    changeable: bool = strawberry.field(
        name="changeableByViewer", description="Whether the viewer may change its entries."
    )
    share_token: str | None = resolved_by(
        playlists.share_token,
        description="What opens it while it is unlisted; null to others than its owner.",
    )
    invite_token: str | None = resolved_by(
        playlists.invite_token,
        description="What `joinPlaylist` takes; null to others than its owner, or when nobody may.",
    )
    revision: int = strawberry.field(
        description="Grows with every change: send it with yours, to change what you have seen."
    )
    entry_count: int = strawberry.field(description="How many entries it has.")
    duration_ms: BigInt = strawberry.field(description="Length of all together in milliseconds.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it was last changed.")
    entries: Connection[PlaylistEntry] = batched(ENTRIES, _page, description="Its songs, in order.")
