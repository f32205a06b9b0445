"""Search."""

from typing import Annotated, TypeAlias

import strawberry

from engine.batch import batched
from resolvers import search as searching
from resolvers.pages import PageKey, page_request
from resolvers.streams import Codec
from resolvers.top import TOP, SuggestionKind, TopKey, top_key
from schema.album import Album
from schema.artist import Artist
from schema.connections import SearchConnection
from schema.fields import After, First
from schema.node import Node
from schema.playlist import Playlist
from schema.podcast import Episode, Show
from schema.song import Song


@strawberry.input(description="Whole numbers between two, both included; null is no bound.")
class IntRange:
    from_: int | None = strawberry.field(
        name="from", default=None, description="The least that passes."
    )
    to: int | None = strawberry.field(default=None, description="The most that passes.")


@strawberry.input(
    description=(
        "What hits must be. All conditions hold at once; of the values of one, any. Songs have "
        "them all; albums are limited by artists and years, episodes by years, lengths and "
        "explicitness, artists, shows and playlists by none."
    )
)
class SearchFilter:
    genres: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Ids of genres, at most 20."
    )
    artists: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Ids of artists, main or featured, at most 20."
    )
    albums: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Ids of albums, at most 20."
    )
    codecs: list[Codec] | None = strawberry.field(
        default=None, description="Codecs, of which the song has a file in one."
    )
    explicit: bool | None = strawberry.field(
        default=None,
        description="True: only songs whose words may offend; false: none of them.",
    )
    years: IntRange | None = strawberry.field(default=None, description="Years of release.")
    duration_ms: IntRange | None = strawberry.field(
        default=None, description="Lengths in milliseconds."
    )


SearchTop: TypeAlias = Annotated[
    Song | Artist | Album | Show | Playlist,
    strawberry.union("SearchTop", description="What search finds the best of."),
]
Top: TypeAlias = Annotated[
    int, strawberry.argument(description="How many to give at most: 1 to 20.")
]


def page_of_hits(search: searching.Search, first: First = 20, after: After = None) -> PageKey:
    return PageKey(search, page_request(first, after))


def _top(search: searching.Search, first: Top = 5) -> TopKey:
    return top_key(search, first)


def _itself(search: searching.Search) -> searching.Search:
    return search


@strawberry.type(description="What was found. Only the parts that are asked for are looked up.")
class SearchResult:
    did_you_mean: str | None = batched(
        searching.DID_YOU_MEAN,
        _itself,
        description=(
            "What was probably meant, where what was typed finds hardly anything: the hits are "
            "then already those of this text, after those of what was typed. Else null."
        ),
    )
    top: list[SearchTop] = batched(
        TOP,
        _top,
        description=(
            "The best of songs, artists, albums, podcasts and public playlists together, best "
            "first."
        ),
    )
    songs: SearchConnection[Song] = batched(
        searching.FOUND_SONGS, page_of_hits, description="Songs, best first."
    )
    artists: SearchConnection[Artist] = batched(
        searching.FOUND_ARTISTS, page_of_hits, description="Artists, best first."
    )
    albums: SearchConnection[Album] = batched(
        searching.FOUND_ALBUMS, page_of_hits, description="Albums, best first."
    )
    shows: SearchConnection[Show] = batched(
        searching.FOUND_SHOWS, page_of_hits, description="Podcasts, best first."
    )
    episodes: SearchConnection[Episode] = batched(
        searching.FOUND_EPISODES,
        page_of_hits,
        description=(
            "Episodes of podcasts, found by their own titles and those of their shows; best first."
        ),
    )
    playlists: SearchConnection[Playlist] = batched(
        searching.FOUND_PLAYLISTS,
        page_of_hits,
        description="Public playlists, found by their names; best first.",
    )


strawberry.enum(SuggestionKind, description="What a suggestion is the name of.")


@strawberry.type(description="A name that what was typed may become.")
class Suggestion:
    text: str = strawberry.field(description="The name as it is written.")
    kind: SuggestionKind = strawberry.field(description="What it is the name of.")
    node: Node = strawberry.field(description="What it is the name of.")
