"""Albums."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from db.albums import AlbumRecord
from engine.batch import batched
from resolvers import covers, ids, library
from resolvers.loaders import ARTISTS_BY_ID, SONGS_OF_ALBUM
from schema.artist import Artist
from schema.connections import Connection
from schema.cover import Cover
from schema.fields import of_records, page_of, resolved_by
from schema.node import Node

if TYPE_CHECKING:
    from schema.song import Song


@strawberry.enum(description="What sort of release an album is.")
class AlbumKind(Enum):
    ALBUM = "ALBUM"
    SINGLE = "SINGLE"
    EP = "EP"
    COMPILATION = "COMPILATION"


def _artist_ids(album: AlbumRecord) -> list[int]:
    return album.artist_ids


def _id(album: AlbumRecord) -> int:
    return album.id


@strawberry.type(description="Songs that were released together.")
class Album(Node):
    is_type_of = of_records(AlbumRecord)

    id: strawberry.ID = resolved_by(ids.album_id, description="The album's global id.")
    title: str = strawberry.field(description="The title as it was released.")
    kind: AlbumKind = strawberry.field(description="What sort of release this is.")
    year: int | None = strawberry.field(description="Year of the release.")
    revision: int = strawberry.field(
        description="Grows with every edit by a curator, who sends it with theirs."
    )
    popularity: int = strawberry.field(
        description="Larger is more popular; comparable between albums only."
    )
    cover: Cover | None = resolved_by(covers.cover, description="The picture on the album.")
    saved_by_viewer: bool = batched(
        library.ALBUM_IS_SAVED,
        _id,
        description="Whether the viewer has saved it; false while nobody is signed in.",
    )
    artists: list[Artist] = batched(
        ARTISTS_BY_ID, _artist_ids, many=True, description="Whose album it is."
    )
    songs: Connection[Annotated["Song", strawberry.lazy("schema.song")]] = batched(
        SONGS_OF_ALBUM, page_of, description="Its songs in the order of discs and tracks."
    )
