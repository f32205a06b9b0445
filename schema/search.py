"""Search."""

import strawberry

from engine.batch import batched
from resolvers import search as searching
from resolvers.pages import PageKey, page_request
from schema.album import Album
from schema.artist import Artist
from schema.connections import SearchConnection
from schema.fields import After, First
from schema.song import Song


def page_of_hits(search: searching.Search, first: First = 20, after: After = None) -> PageKey:
    return PageKey(search, page_request(first, after))


@strawberry.type(description="What was found. Only the parts that are asked for are looked up.")
class SearchResult:
    songs: SearchConnection[Song] = batched(
        searching.SONGS, page_of_hits, description="Songs, best first."
    )
    artists: SearchConnection[Artist] = batched(
        searching.ARTISTS, page_of_hits, description="Artists, best first."
    )
    albums: SearchConnection[Album] = batched(
        searching.ALBUMS, page_of_hits, description="Albums, best first."
    )
