"""Artists."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from db.artists import ArtistRecord
from engine.batch import batched
from resolvers import ids, library
from resolvers.loaders import ALBUMS_OF_ARTIST, ALIAS_NAMES, SONGS_OF_ARTIST
from schema.connections import Connection
from schema.fields import of_records, page_of, resolved_by
from schema.node import Node

if TYPE_CHECKING:
    from schema.album import Album
    from schema.song import Song


def _id(artist: ArtistRecord) -> int:
    return artist.id


@strawberry.type(description="A person or a group that makes music.")
class Artist(Node):
    is_type_of = of_records(ArtistRecord)

    id: strawberry.ID = resolved_by(ids.artist_id, description="The artist's global id.")
    name: str = strawberry.field(description="The name as it is credited.")
    sort_name: str = strawberry.field(description="The name to sort by: `Beatles, The`.")
    revision: int = strawberry.field(
        description="Grows with every edit by a curator, who sends it with theirs."
    )
    aliases: list[str] = batched(
        ALIAS_NAMES, _id, description="Other names, by which the artist is found as well."
    )
    popularity: int = strawberry.field(
        description="Larger is more popular; comparable between artists only."
    )
    followed_by_viewer: bool = batched(
        library.ARTIST_IS_FOLLOWED,
        _id,
        description="Whether the viewer follows this artist; false while nobody is signed in.",
    )
    songs: Connection[Annotated["Song", strawberry.lazy("schema.song")]] = batched(
        SONGS_OF_ARTIST,
        page_of,
        description="Songs by this artist or featuring them, most popular first.",
    )
    albums: Connection[Annotated["Album", strawberry.lazy("schema.album")]] = batched(
        ALBUMS_OF_ARTIST, page_of, description="Albums of this artist, newest first."
    )
