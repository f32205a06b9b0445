"""The queries."""

from typing import Annotated, Any, TypeAlias

import strawberry

from db.episodes import EpisodeKey
from engine.batch import batched
from resolvers import genres, nodes, playlists
from resolvers import search as searching
from resolvers.context import Info
from resolvers.filters import search_filter
from resolvers.ids import GlobalId, number_of, parse_id
from resolvers.loaders import (
    ALBUMS_BY_ID,
    ARTISTS_BY_ID,
    EPISODES_BY_KEY,
    GENRES_BY_SLUG,
    SHOWS_BY_ID,
    SONGS_BY_ID,
)
from resolvers.top import SUGGESTIONS, TopKey, top_key
from schema.access import ANYONE, CURATOR, guarded
from schema.album import Album
from schema.artist import Artist
from schema.connections import Connection
from schema.edit import CatalogueEdit, catalogue_edits
from schema.fields import After, First, resolved_by
from schema.genre import Genre
from schema.node import Node
from schema.playlist import Playlist
from schema.podcast import Episode, Show
from schema.search import SearchFilter, SearchResult, Suggestion, Top
from schema.song import Song
from schema.viewer import Viewer

Id: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="A global id.")]


def _node(_root: Any, id: Id) -> GlobalId:
    return parse_id(id)


def _song(_root: Any, id: Id) -> int:
    return number_of(id, "song")


def _artist(_root: Any, id: Id) -> int:
    return number_of(id, "artist")


def _album(_root: Any, id: Id) -> int:
    return number_of(id, "album")


def _show(_root: Any, id: Id) -> int:
    return number_of(id, "show")


def _episode(_root: Any, id: Id) -> EpisodeKey:
    return EpisodeKey(*parse_id(id, "episode").numbers)


def _playlist(
    _root: Any,
    id: Id,
    share_token: Annotated[
        str | None,
        strawberry.argument(description="The `shareToken` of an unlisted playlist."),
    ] = None,
) -> playlists.PlaylistKey:
    return playlists.playlist_key(id, share_token)


def _genre(
    _root: Any, slug: Annotated[str, strawberry.argument(description="As in `Genre.slug`.")]
) -> str:
    return genres.genre_key(slug)


Ids: TypeAlias = Annotated[
    list[strawberry.ID], strawberry.argument(description="At most 100 global ids.")
]


async def _nodes(info: Info, ids: Ids) -> Any:
    return await nodes.nodes(info.context, ids)


async def _genres(info: Info, first: First = 20, after: After = None) -> Any:
    return await genres.genre_page(info.context, first, after)


def _search(
    query: Annotated[
        str,
        strawberry.argument(
            description=(
                "What was typed so far. The last word may be unfinished; accents, case and "
                "punctuation do not matter."
            )
        ),
    ],
    filter: Annotated[
        SearchFilter | None,
        strawberry.argument(
            description="Narrows the search; with an empty `query` it finds all that passes."
        ),
    ] = None,
) -> Any:
    return searching.Search(query, search_filter(filter))


def _suggest(
    _root: Any,
    prefix: Annotated[str, strawberry.argument(description="What was typed so far.")],
    first: Top = 8,
) -> TopKey:
    return top_key(searching.Search(prefix), first)


def _viewer(info: Info) -> Any:
    return info.context.viewer


@strawberry.type(description="What can be asked for.")
class Query:
    search: SearchResult = resolved_by(
        _search, description="Finds songs, artists and albums, keystroke by keystroke."
    )
    suggest: list[Suggestion] = batched(
        SUGGESTIONS,
        _suggest,
        description="Names of songs, artists and albums that what was typed may become.",
    )
    song: Song | None = batched(
        SONGS_BY_ID, _song, description="A song by its id; null when there is none."
    )
    artist: Artist | None = batched(
        ARTISTS_BY_ID, _artist, description="An artist by its id; null when there is none."
    )
    album: Album | None = batched(
        ALBUMS_BY_ID, _album, description="An album by its id; null when there is none."
    )
    show: Show | None = batched(
        SHOWS_BY_ID, _show, description="A podcast by its id; null when there is none."
    )
    episode: Episode | None = batched(
        EPISODES_BY_KEY,
        _episode,
        description="An episode of a podcast by its id; null when there is none.",
    )
    genre: Genre | None = batched(
        GENRES_BY_SLUG, _genre, description="A genre by its slug; null when there is none."
    )
    genres: Connection[Genre] = resolved_by(
        _genres, description="All genres, in the order of their slugs."
    )
    playlist: Playlist | None = batched(
        playlists.PLAYLISTS,
        _playlist,
        description="A playlist by its id; null when there is none or it is not shared.",
    )
    node: Node | None = batched(
        nodes.NODES_BY_ID, _node, description="Any object by its id; null when there is none."
    )
    nodes: list[Node | None] = resolved_by(
        _nodes, description="Many objects by their ids, in that order; null where there is none."
    )
    viewer: Viewer | None = guarded(
        _viewer,
        allowed=ANYONE,
        description="Who is signed in, and all that is theirs; null until someone is.",
    )
    catalogue_edits: Connection[CatalogueEdit] | None = guarded(
        catalogue_edits,
        allowed=CURATOR,
        description="What curators have done, the newest first; null to others.",
    )
