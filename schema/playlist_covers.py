"""Pictures for playlists."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers import playlist_covers
from resolvers.context import Info
from schema.access import SIGNED_IN, mutation
from schema.failures import Invalid, NotFound, payload
from schema.playlist import Playlist
from schema.scalars import BigInt
from schema.upload import Header


@strawberry.input(description="A picture that is to be a playlist's cover.")
class RequestPlaylistCoverInput:
    playlist_id: strawberry.ID = strawberry.field(
        description="A playlist that the viewer may change."
    )
    mime_type: str = strawberry.field(
        description="`image/jpeg`, `image/png`, `image/webp` or `image/gif`."
    )
    size_bytes: BigInt = strawberry.field(description="Its size, at most 10 MiB.")
    sha256: str = strawberry.field(description="SHA-256 of its bytes, in hexadecimal.")


@strawberry.type(
    description=(
        "The picture may be put: PUT its bytes to `url` with `headers`, then `setPlaylistCover`."
    )
)
class RequestPlaylistCoverPayload:
    is_type_of = payload

    upload_id: strawberry.ID = strawberry.field(description="For `setPlaylistCover`.")
    url: str = strawberry.field(description="Takes this picture by PUT, and no other.")
    headers: list[Header] = strawberry.field(description="Send these with the PUT.")
    expires_at: datetime = strawberry.field(description="Until then it must be set.")


RequestPlaylistCoverResult: TypeAlias = Annotated[
    RequestPlaylistCoverPayload | Invalid | NotFound,
    strawberry.union("RequestPlaylistCoverResult", description="What became of it."),
]


@strawberry.input(description="A picture that was put, and whose cover it is to be.")
class SetPlaylistCoverInput:
    playlist_id: strawberry.ID = strawberry.field(
        description="A playlist that the viewer may change."
    )
    upload_id: strawberry.ID = strawberry.field(description="As `requestPlaylistCover` gave it.")


@strawberry.type(description="The playlist has this cover.")
class SetPlaylistCoverPayload:
    is_type_of = payload

    playlist: Playlist = strawberry.field(description="The playlist.")


SetPlaylistCoverResult: TypeAlias = Annotated[
    SetPlaylistCoverPayload | Invalid | NotFound,
    strawberry.union("SetPlaylistCoverResult", description="What became of it."),
]


@strawberry.input(description="Whose cover to take off.")
class RemovePlaylistCoverInput:
    playlist_id: strawberry.ID = strawberry.field(
        description="A playlist that the viewer may change."
    )


@strawberry.type(description="The playlist has no cover of its own.")
class RemovePlaylistCoverPayload:
    is_type_of = payload

    playlist: Playlist = strawberry.field(description="The playlist.")


RemovePlaylistCoverResult: TypeAlias = Annotated[
    RemovePlaylistCoverPayload | NotFound,
    strawberry.union("RemovePlaylistCoverResult", description="What became of it."),
]


async def _request(info: Info, input: RequestPlaylistCoverInput) -> Any:
    return await playlist_covers.request(
        info.context,
        playlist_id=input.playlist_id,
        mime_type=input.mime_type,
        size_bytes=input.size_bytes,
        sha256=input.sha256,
    )


async def _set(info: Info, input: SetPlaylistCoverInput) -> Any:
    return await playlist_covers.set_cover(
        info.context, playlist_id=input.playlist_id, upload_id=input.upload_id
    )


async def _remove(info: Info, input: RemovePlaylistCoverInput) -> Any:
    return await playlist_covers.remove(info.context, playlist_id=input.playlist_id)


@strawberry.type
class PlaylistCoverMutations:
    request_playlist_cover: RequestPlaylistCoverResult = mutation(
        _request,
        allowed=SIGNED_IN,
        description="Announces a picture for a playlist, and gives the URL to put it at.",
    )
    set_playlist_cover: SetPlaylistCoverResult = mutation(
        _set,
        allowed=SIGNED_IN,
        description="Checks the picture that was put, and makes it the playlist's cover.",
    )
    remove_playlist_cover: RemovePlaylistCoverResult = mutation(
        _remove, allowed=SIGNED_IN, description="Takes the cover off a playlist."
    )
