"""Changing the entries of playlists, alone or together."""

from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers import playlist_entries
from resolvers.context import Info
from schema.access import SIGNED_IN, mutation
from schema.failures import Conflict, Invalid, NotFound, payload
from schema.playlist import Playlist, PlaylistEntry


@strawberry.input(description="A place in a playlist.", one_of=True)
class PlaylistPlace:
    before: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Right before this entry."
    )
    after: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Right behind this entry."
    )


@strawberry.input(description="What to add to a playlist, and where.")
class AddToPlaylistInput:
    playlist_id: strawberry.ID = strawberry.field(description="One that the viewer may change.")
    song_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 500 songs, in order; a song may come more than once."
    )
    place: PlaylistPlace | None = strawberry.field(
        default=None, description="Where to; null is the end."
    )
    revision: int | None = strawberry.field(
        default=None, description="Where given, nothing is done if the playlist has another one."
    )


@strawberry.type(description="The songs are in the playlist.")
class AddToPlaylistPayload:
    is_type_of = payload

    playlist: Playlist = strawberry.field(description="The playlist as it is now.")
    entries: list[PlaylistEntry] = strawberry.field(description="What was added, in order.")


AddToPlaylistResult: TypeAlias = Annotated[
    AddToPlaylistPayload | Invalid | NotFound | Conflict,
    strawberry.union("AddToPlaylistResult", description="What became of it."),
]


@strawberry.input(description="What to move in a playlist, and where to.")
class MovePlaylistEntriesInput:
    playlist_id: strawberry.ID = strawberry.field(description="One that the viewer may change.")
    entry_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 500 entries, in the order that they are to have."
    )
    place: PlaylistPlace | None = strawberry.field(
        default=None, description="Where to; null is the end."
    )
    revision: int = strawberry.field(description="The revision that the change is made to.")


@strawberry.type(description="The entries were moved.")
class MovePlaylistEntriesPayload:
    is_type_of = payload

    playlist: Playlist = strawberry.field(description="The playlist as it is now.")


MovePlaylistEntriesResult: TypeAlias = Annotated[
    MovePlaylistEntriesPayload | Invalid | NotFound | Conflict,
    strawberry.union("MovePlaylistEntriesResult", description="What became of it."),
]


@strawberry.input(description="What to take out of a playlist.")
class RemoveFromPlaylistInput:
    playlist_id: strawberry.ID = strawberry.field(description="One that the viewer may change.")
    entry_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 500 entries; those that are gone already are no error."
    )
    revision: int | None = strawberry.field(
        default=None, description="Where given, nothing is done if the playlist has another one."
    )


@strawberry.type(description="The entries are not in the playlist.")
class RemoveFromPlaylistPayload:
    is_type_of = payload

    playlist: Playlist = strawberry.field(description="The playlist as it is now.")


RemoveFromPlaylistResult: TypeAlias = Annotated[
    RemoveFromPlaylistPayload | Invalid | NotFound | Conflict,
    strawberry.union("RemoveFromPlaylistResult", description="What became of it."),
]


def _place(place: PlaylistPlace | None) -> playlist_entries.Place:
    if place is None:
        return playlist_entries.Place()
    return playlist_entries.Place(place.before or None, place.after or None)


async def _add_to_playlist(info: Info, input: AddToPlaylistInput) -> Any:
    return await playlist_entries.add(
        info.context,
        playlist_id=input.playlist_id,
        song_ids=input.song_ids,
        place=_place(input.place),
        revision=input.revision,
    )


async def _move_playlist_entries(info: Info, input: MovePlaylistEntriesInput) -> Any:
    return await playlist_entries.move(
        info.context,
        playlist_id=input.playlist_id,
        entry_ids=input.entry_ids,
        place=_place(input.place),
        revision=input.revision,
    )


async def _remove_from_playlist(info: Info, input: RemoveFromPlaylistInput) -> Any:
    return await playlist_entries.remove(
        info.context,
        playlist_id=input.playlist_id,
        entry_ids=input.entry_ids,
        revision=input.revision,
    )


@strawberry.type
class PlaylistEntryMutations:
    add_to_playlist: AddToPlaylistResult = mutation(
        _add_to_playlist, allowed=SIGNED_IN, description="Puts songs into a playlist."
    )
    move_playlist_entries: MovePlaylistEntriesResult = mutation(
        _move_playlist_entries,
        allowed=SIGNED_IN,
        description="Moves entries of a playlist to another place.",
    )
    remove_from_playlist: RemoveFromPlaylistResult = mutation(
        _remove_from_playlist, allowed=SIGNED_IN, description="Takes entries out of a playlist."
    )
