"""Genres."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from db.genres import GenreRecord
from engine.batch import batched
from resolvers import ids
from resolvers.loaders import SONGS_OF_GENRE
from schema.connections import Connection
from schema.fields import of_records, page_of, resolved_by
from schema.node import Node

if TYPE_CHECKING:
    from schema.song import Song


@strawberry.type(description="A kind of music.")
class Genre(Node):
    is_type_of = of_records(GenreRecord)

    id: strawberry.ID = resolved_by(ids.genre_id, description="The genre's global id.")
    slug: str = strawberry.field(description="The name in a URL: lower case, hyphens.")
    name: str = strawberry.field(description="The name as people write it.")
    songs: Connection[Annotated["Song", strawberry.lazy("schema.song")]] = batched(
        SONGS_OF_GENRE, page_of, description="Its songs, most popular first."
    )
