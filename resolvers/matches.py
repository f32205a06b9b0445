"""Why something was found."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from db.albums import AlbumRecord
from db.artists import ArtistRecord
from db.episodes import EpisodeRecord
from db.playlists import PlaylistRecord
from db.search.matches import Match, MatchField, Name, explain
from db.shows import ShowRecord
from db.songs import SongRecord
from engine.batch import Loader
from resolvers.context import Context
from resolvers.loaders import ALBUMS_BY_ID, ALIASES_BY_ARTIST_ID, ARTISTS_BY_ID, SHOWS_BY_ID
from resolvers.search import Hit


async def _load_matches(context: Context, hits: Sequence[Hit[Any]]) -> list[list[Match]]:
    artist_ids = [n for hit in hits for n in _artist_ids(hit.node)]
    album_ids = [hit.node.album_id for hit in hits if isinstance(hit.node, SongRecord)]
    artists = await _found(context, ARTISTS_BY_ID, artist_ids)
    albums = await _found(context, ALBUMS_BY_ID, [n for n in album_ids if n is not None])
    aliases = await _found(context, ALIASES_BY_ARTIST_ID, artist_ids)
    show_ids = [hit.node.show_id for hit in hits if isinstance(hit.node, EpisodeRecord)]
    shows = await _found(context, SHOWS_BY_ID, show_ids)
    return [
        explain(
            hit.page.choices,
            hit.page.text,
            list(_names(hit.node, artists, albums, aliases, shows)),
        )
        for hit in hits
    ]


async def _found(context: Context, loader: Loader[int, Any], ids: Sequence[int]) -> dict[int, Any]:
    distinct = list(dict.fromkeys(ids))
    return dict(zip(distinct, await context.loaders[loader].load_many(distinct), strict=True))


Found: TypeAlias = (
    SongRecord | ArtistRecord | AlbumRecord | ShowRecord | EpisodeRecord | PlaylistRecord
)


def _artist_ids(node: Found) -> list[int]:
    if isinstance(node, ShowRecord | EpisodeRecord | PlaylistRecord):
        return []
    if isinstance(node, SongRecord):
        return node.main_artist_ids + node.featured_artist_ids
    return [node.id] if isinstance(node, ArtistRecord) else node.artist_ids


def _names(
    node: Found,
    artists: Mapping[int, Any],
    albums: Mapping[int, Any],
    aliases: Mapping[int, Any],
    shows: Mapping[int, Any],
) -> Iterator[Name]:
    """Everything that a hit is found by, in the order in which it is shown."""
    artist_field = MatchField.NAME if isinstance(node, ArtistRecord) else MatchField.ARTIST
    if isinstance(node, PlaylistRecord):
        yield Name(MatchField.NAME, node.name)
    elif not isinstance(node, ArtistRecord):
        yield Name(MatchField.TITLE, node.title)
    for artist_id in _artist_ids(node):
        if artists[artist_id] is not None:
            yield Name(artist_field, artists[artist_id].name)
        for row in aliases[artist_id]:
            yield Name(artist_field, row.alias, alias=True)
    if isinstance(node, SongRecord) and albums.get(node.album_id or 0) is not None:
        yield Name(MatchField.ALBUM, albums[node.album_id or 0].title)
    if isinstance(node, ShowRecord):
        yield Name(MatchField.AUTHOR, node.author)
    if isinstance(node, EpisodeRecord) and shows[node.show_id] is not None:
        yield Name(MatchField.SHOW, shows[node.show_id].title)


MATCHES: Loader[Hit[Any], list[Match]] = Loader("matches", _load_matches)
"""What of a hit's names was found, name by name."""
