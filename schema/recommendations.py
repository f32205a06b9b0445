"""What goes with a song, an artist or the viewer's taste."""

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import strawberry

from db.artists import ArtistRecord
from db.songs import SongRecord
from resolvers import recommendations
from resolvers.context import Info

if TYPE_CHECKING:
    from schema.artist import Artist
    from schema.song import Song

strawberry.enum(
    recommendations.Reason,
    name="RecommendationReason",
    description=(
        "Why something is recommended. LISTENED_TOGETHER: the same people listen to it. "
        "SAME_GENRE: it is popular in the same genre. POPULAR: it is popular, and nothing more is "
        "known."
    ),
)

SimilarFirst: TypeAlias = Annotated[
    int, strawberry.argument(description="How many to give at most: 1 to 50.")
]
DiscoverFirst: TypeAlias = Annotated[
    int, strawberry.argument(description="How many to give at most: 1 to 100.")
]


@strawberry.type(description="A song that goes with another one.")
class SimilarSong:
    song: Annotated["Song", strawberry.lazy("schema.song")] = strawberry.field(
        description="The song."
    )
    reason: recommendations.Reason = strawberry.field(description="Why.")


@strawberry.type(description="An artist who goes with another one.")
class SimilarArtist:
    artist: Annotated["Artist", strawberry.lazy("schema.artist")] = strawberry.field(
        description="The artist."
    )
    reason: recommendations.Reason = strawberry.field(description="Why.")


@strawberry.type(description="A song that is new to the viewer.")
class Discovery:
    song: Annotated["Song", strawberry.lazy("schema.song")] = strawberry.field(
        description="The song."
    )
    reason: recommendations.Reason = strawberry.field(description="Why.")
    because_of: Annotated["Song", strawberry.lazy("schema.song")] | None = strawberry.field(
        description="A song of the viewer's that it goes with; null when it is only popular."
    )


def similar_to(
    parent: SongRecord | ArtistRecord, first: SimilarFirst = 20
) -> recommendations.SimilarKey:
    """What goes with a song or an artist."""
    return recommendations.similar_key(parent, first)


async def viewer_discover(info: Info, first: DiscoverFirst = 20) -> Any:
    return await recommendations.discover(info.context, first)
