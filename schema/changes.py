"""What has changed of the viewer's, for clients that keep a copy."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import strawberry

from db.episodes import EpisodeKey
from engine.batch import batched
from engine.objects import instances_of
from resolvers import changes
from resolvers.context import Info
from resolvers.ids import GlobalId
from resolvers.loaders import EPISODES_BY_KEY
from resolvers.nodes import NODES_BY_ID
from resolvers.playlists import PLAYLISTS, PlaylistKey
from schema.fields import resolved_by
from schema.node import Node
from schema.play import Play
from schema.playlist import Playlist, PlaylistEntry
from schema.podcast import Episode


def _item(change: changes.LibraryChange) -> GlobalId:
    return GlobalId(change.kind.lower(), (change.item_id,))


def _playlist(change: changes.PlaylistChange | changes.PlaylistOrderChange) -> PlaylistKey:
    return PlaylistKey(change.owner_id, change.item_id)


def _entrys_playlist(change: changes.PlaylistEntryChange) -> PlaylistKey:
    return PlaylistKey(change.owner_id, change.playlist_id)


def _episode(change: changes.EpisodeProgressChange) -> EpisodeKey:
    return EpisodeKey(change.show_id, change.item_id)


@strawberry.type(
    description=(
        "A song that was liked, an artist that was followed, an album or a show that was saved; or "
        "not any more."
    )
)
class LibraryChange:
    is_type_of = instances_of(changes.LibraryChange)

    id: strawberry.ID = resolved_by(
        changes.library_id, description="Of the song, artist, album or show."
    )
    added_at: datetime | None = strawberry.field(
        description="Since when it is in the library; null when it was removed."
    )
    item: Node | None = batched(
        NODES_BY_ID, _item, description="What it is; null when it does not exist any more."
    )


@strawberry.type(description="A playlist of somebody else's that was saved, or not any more.")
class SavedPlaylistChange:
    is_type_of = instances_of(changes.SavedPlaylistChange)

    id: strawberry.ID = resolved_by(changes.playlist_id, description="Of the playlist.")
    added_at: datetime | None = resolved_by(
        changes.saved_at, description="Since when it is saved; null when it was removed."
    )
    playlist: Playlist | None = batched(
        PLAYLISTS,
        changes.saved_key,
        description="The playlist; null when it was removed or is not shared any more.",
    )


@strawberry.type(
    description="A playlist of the viewer's that was made, deleted, or has another name, say."
)
class PlaylistChange:
    is_type_of = instances_of(changes.PlaylistChange)

    id: strawberry.ID = resolved_by(changes.playlist_id, description="Of the playlist.")
    playlist: Playlist | None = batched(
        PLAYLISTS, _playlist, description="The playlist; null when it was deleted."
    )


@strawberry.type(
    description="An entry of a playlist of the viewer's that was added, moved or removed."
)
class PlaylistEntryChange:
    is_type_of = instances_of(changes.PlaylistEntryChange)

    id: strawberry.ID = resolved_by(changes.entry_id, description="Of the entry.")
    playlist_id: strawberry.ID = resolved_by(
        changes.entrys_playlist_id, description="Of the playlist."
    )
    entry: PlaylistEntry | None = strawberry.field(
        description="The entry, which says where it is now; null when it was removed."
    )
    playlist: Playlist | None = batched(
        PLAYLISTS,
        _entrys_playlist,
        description="The playlist, with its new revision; null when it was deleted.",
    )


@strawberry.type(
    description="All entries of a playlist have another `position`: read them all anew."
)
class PlaylistOrderChange:
    is_type_of = instances_of(changes.PlaylistOrderChange)

    id: strawberry.ID = resolved_by(changes.playlist_id, description="Of the playlist.")
    playlist: Playlist | None = batched(
        PLAYLISTS, _playlist, description="The playlist; null when it was deleted."
    )


@strawberry.type(description="Something was heard, or more of it is known.")
class PlayChange:
    is_type_of = instances_of(changes.PlayChange)

    play_id: UUID = strawberry.field(description="As the client made it.")
    play: Play | None = strawberry.field(description="The play.")


@strawberry.type(description="An episode was heard, or is to be heard again.")
class EpisodeProgressChange:
    is_type_of = instances_of(changes.EpisodeProgressChange)

    episode: Episode | None = batched(
        EPISODES_BY_KEY,
        _episode,
        description="The episode, with its `progress`; null when it does not exist any more.",
    )


Change: TypeAlias = Annotated[
    LibraryChange
    | SavedPlaylistChange
    | PlaylistChange
    | PlaylistEntryChange
    | PlaylistOrderChange
    | PlayChange
    | EpisodeProgressChange,
    strawberry.union(
        "Change",
        description=(
            "Something of the viewer's that has changed, as it is now. Taking one twice does no "
            "harm."
        ),
    ),
]


@strawberry.type(description="What has changed, oldest first, each thing at most once.")
class ChangePage:
    is_type_of = instances_of(changes.ChangePage)

    changes: list[Change] = strawberry.field(description="The changes.")
    cursor: str = strawberry.field(
        description="Send it as `since` the next time; keep it with the copy."
    )
    has_more: bool = strawberry.field(description="Whether there are more: ask at once.")


@strawberry.type(
    description=(
        "There is no way from the client's copy to what is true now: it has none yet, or was away "
        "for more than 90 days. Keep `cursor`, read all lists whole, then ask for what has changed "
        "since."
    )
)
class StartOver:
    is_type_of = instances_of(changes.StartOver)

    cursor: str = strawberry.field(description="Send it as `since`, after all has been read.")
    message: str = strawberry.field(description="Why, for people.")


Changes: TypeAlias = Annotated[
    ChangePage | StartOver,
    strawberry.union("Changes", description="What has changed, or that all must be read anew."),
]

Since: TypeAlias = Annotated[
    str | None,
    strawberry.argument(description="The `cursor` of the answer before; none to begin."),
]
MostChanges: TypeAlias = Annotated[
    int, strawberry.argument(description="How many changes to look at: 1 to 100.")
]


async def viewer_changes(info: Info, since: Since = None, first: MostChanges = 100) -> Any:
    return await changes.changes(info.context, since, first)
