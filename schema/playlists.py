"""What owners make of playlists, and who joins and saves them."""

from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers import playlists
from resolvers.context import Info
from schema.access import SIGNED_IN, mutation
from schema.failures import Conflict, Invalid, NotFound, payload
from schema.playlist import Playlist


@strawberry.input(description="The playlist to make.")
class CreatePlaylistInput:
    name: str = strawberry.field(description="1 to 200 characters.")
    description: str = strawberry.field(default="", description="Up to 2,000 characters.")
    visibility: playlists.PlaylistVisibility = strawberry.field(
        default=playlists.PlaylistVisibility.PRIVATE, description="Who sees it."
    )
    collaborative: bool = strawberry.field(
        default=False, description="Whether others may join it, by its `inviteToken`."
    )


@strawberry.type(description="The playlist was made.")
class CreatePlaylistPayload:
    is_type_of = payload

    playlist: Playlist = strawberry.field(description="The playlist, empty.")


CreatePlaylistResult: TypeAlias = Annotated[
    CreatePlaylistPayload | Invalid,
    strawberry.union("CreatePlaylistResult", description="What became of it."),
]


@strawberry.input(description="What to change of a playlist; what is null stays as it is.")
class UpdatePlaylistInput:
    playlist_id: strawberry.ID = strawberry.field(description="A playlist of the viewer's own.")
    revision: int = strawberry.field(description="The revision that the change is made to.")
    name: str | None = strawberry.field(default=None, description="1 to 200 characters.")
    description: str | None = strawberry.field(default=None, description="Up to 2,000 characters.")
    visibility: playlists.PlaylistVisibility | None = strawberry.field(
        default=None,
        description=(
            "Who sees it. A playlist that becomes UNLISTED has a new `shareToken`: old links stay "
            "closed."
        ),
    )
    collaborative: bool | None = strawberry.field(
        default=None,
        description="Whether others may join it. False ends it for those who have joined.",
    )


@strawberry.type(description="The playlist was changed.")
class UpdatePlaylistPayload:
    is_type_of = payload

    playlist: Playlist = strawberry.field(description="The playlist as it is now.")


UpdatePlaylistResult: TypeAlias = Annotated[
    UpdatePlaylistPayload | Invalid | NotFound | Conflict,
    strawberry.union("UpdatePlaylistResult", description="What became of it."),
]


@strawberry.input(description="The playlist to delete.")
class DeletePlaylistInput:
    playlist_id: strawberry.ID = strawberry.field(description="A playlist of the viewer's own.")


@strawberry.type(description="The playlist and its entries are gone; its songs are not.")
class DeletePlaylistPayload:
    is_type_of = payload

    playlist_id: strawberry.ID = strawberry.field(description="The id that it had.")


DeletePlaylistResult: TypeAlias = Annotated[
    DeletePlaylistPayload | NotFound,
    strawberry.union("DeletePlaylistResult", description="What became of it."),
]


@strawberry.input(description="The playlist to join.")
class JoinPlaylistInput:
    playlist_id: strawberry.ID = strawberry.field(description="A collaborative playlist.")
    invite_token: str = strawberry.field(description="Its `inviteToken`, from its owner.")


@strawberry.type(description="The viewer may change the playlist, and finds it in the library.")
class JoinPlaylistPayload:
    is_type_of = payload

    playlist: Playlist = strawberry.field(description="The playlist.")


JoinPlaylistResult: TypeAlias = Annotated[
    JoinPlaylistPayload | NotFound,
    strawberry.union("JoinPlaylistResult", description="What became of it."),
]


@strawberry.input(description="The playlist to leave.")
class LeavePlaylistInput:
    playlist_id: strawberry.ID = strawberry.field(description="One that the viewer has joined.")


@strawberry.type(description="The viewer is no collaborator any more.")
class LeavePlaylistPayload:
    is_type_of = payload

    playlist_id: strawberry.ID = strawberry.field(description="The playlist's id.")


LeavePlaylistResult: TypeAlias = Annotated[
    LeavePlaylistPayload | NotFound,
    strawberry.union("LeavePlaylistResult", description="What became of it."),
]


@strawberry.input(description="Whose collaboration to end.")
class RemoveCollaboratorInput:
    playlist_id: strawberry.ID = strawberry.field(description="A playlist of the viewer's own.")
    user_id: strawberry.ID = strawberry.field(description="One of its collaborators.")


@strawberry.type(description="The collaboration has ended; a new invitation can begin it again.")
class RemoveCollaboratorPayload:
    is_type_of = payload

    playlist: Playlist = strawberry.field(description="The playlist.")


RemoveCollaboratorResult: TypeAlias = Annotated[
    RemoveCollaboratorPayload | NotFound,
    strawberry.union("RemoveCollaboratorResult", description="What became of it."),
]


@strawberry.input(description="The playlist to keep in the library.")
class SavePlaylistInput:
    playlist_id: strawberry.ID = strawberry.field(description="A playlist of somebody else's.")
    share_token: str | None = strawberry.field(
        default=None, description="The `shareToken` of an unlisted one."
    )


@strawberry.type(description="The playlist is in `viewer.savedPlaylists`.")
class SavePlaylistPayload:
    is_type_of = payload

    playlist: Playlist = strawberry.field(description="The playlist.")


SavePlaylistResult: TypeAlias = Annotated[
    SavePlaylistPayload | Invalid | NotFound,
    strawberry.union("SavePlaylistResult", description="What became of it."),
]


@strawberry.input(description="The playlist to take out of the library.")
class UnsavePlaylistInput:
    playlist_id: strawberry.ID = strawberry.field(description="A playlist that was saved.")


@strawberry.type(description="The playlist is not in the library.")
class UnsavePlaylistPayload:
    is_type_of = payload

    playlist_id: strawberry.ID = strawberry.field(description="The playlist's id.")


UnsavePlaylistResult: TypeAlias = Annotated[
    UnsavePlaylistPayload | NotFound,
    strawberry.union("UnsavePlaylistResult", description="What became of it."),
]


async def _create_playlist(info: Info, input: CreatePlaylistInput) -> Any:
    return await playlists.create(
        info.context,
        name=input.name,
        description=input.description,
        visibility=input.visibility,
        collaborative=input.collaborative,
    )


async def _update_playlist(info: Info, input: UpdatePlaylistInput) -> Any:
    return await playlists.update(
        info.context,
        playlist_id=input.playlist_id,
        revision=input.revision,
        name=input.name,
        description=input.description,
        visibility=input.visibility,
        collaborative=input.collaborative,
    )


async def _delete_playlist(info: Info, input: DeletePlaylistInput) -> Any:
    return await playlists.delete(info.context, playlist_id=input.playlist_id)


async def _join_playlist(info: Info, input: JoinPlaylistInput) -> Any:
    return await playlists.join(
        info.context, playlist_id=input.playlist_id, token=input.invite_token
    )


async def _leave_playlist(info: Info, input: LeavePlaylistInput) -> Any:
    return await playlists.leave(info.context, playlist_id=input.playlist_id)


async def _remove_collaborator(info: Info, input: RemoveCollaboratorInput) -> Any:
    return await playlists.remove_collaborator(
        info.context, playlist_id=input.playlist_id, user_id=input.user_id
    )


async def _save_playlist(info: Info, input: SavePlaylistInput) -> Any:
    return await playlists.save(
        info.context, playlist_id=input.playlist_id, token=input.share_token
    )


async def _unsave_playlist(info: Info, input: UnsavePlaylistInput) -> Any:
    return await playlists.unsave(info.context, playlist_id=input.playlist_id)


@strawberry.type
class PlaylistMutations:
    create_playlist: CreatePlaylistResult = mutation(
        _create_playlist, allowed=SIGNED_IN, description="Makes a playlist of the viewer's own."
    )
    update_playlist: UpdatePlaylistResult = mutation(
        _update_playlist,
        allowed=SIGNED_IN,
        description="Renames or describes a playlist, or shares it with more or fewer people.",
    )
    delete_playlist: DeletePlaylistResult = mutation(
        _delete_playlist, allowed=SIGNED_IN, description="Deletes a playlist of the viewer's own."
    )
    join_playlist: JoinPlaylistResult = mutation(
        _join_playlist,
        allowed=SIGNED_IN,
        description="Makes the viewer a collaborator of somebody else's playlist.",
    )
    leave_playlist: LeavePlaylistResult = mutation(
        _leave_playlist, allowed=SIGNED_IN, description="Ends what `joinPlaylist` began."
    )
    remove_collaborator: RemoveCollaboratorResult = mutation(
        _remove_collaborator,
        allowed=SIGNED_IN,
        description=(
            "Ends somebody's collaboration on a playlist of the viewer's own, and gives it a new "
            "`inviteToken`: the old one is good no more."
        ),
    )
    save_playlist: SavePlaylistResult = mutation(
        _save_playlist,
        allowed=SIGNED_IN,
        description="Keeps somebody else's playlist in the viewer's library.",
    )
    unsave_playlist: UnsavePlaylistResult = mutation(
        _unsave_playlist,
        allowed=SIGNED_IN,
        description="Takes somebody else's playlist out of the viewer's library.",
    )
