"""Search over narrow rows made from the catalogue (docs/search.md).

`documents` is what is written, `write` keeps the rows, `query` turns what a person typed into
terms, `filters` narrows it, `read` finds, `corrections` finds what may have been meant, `matches`
explains, `rebuild` puts the rows back into order of popularity.
"""

from db.search.documents import (
    AlbumDocument,
    ArtistDocument,
    EpisodeDocument,
    PlaylistDocument,
    ShowDocument,
    SongDocument,
)
from db.search.filters import Range, SearchFilter
from db.search.kinds import (
    ALBUMS,
    ARTISTS,
    EPISODES,
    PLAYLISTS,
    SHOWS,
    SONGS,
    SearchKind,
)
from db.search.query import SearchQuery, parse_query
from db.search.read import (
    SearchHit,
    SearchPage,
    search,
    search_albums,
    search_artists,
    search_songs,
)
from db.search.write import (
    delete_albums,
    delete_artists,
    delete_episodes,
    delete_playlists,
    delete_shows,
    delete_songs,
    upsert_albums,
    upsert_artists,
    upsert_episodes,
    upsert_playlists,
    upsert_shows,
    upsert_songs,
)

__all__ = [
    "ALBUMS",
    "ARTISTS",
    "EPISODES",
    "PLAYLISTS",
    "SHOWS",
    "SONGS",
    "AlbumDocument",
    "ArtistDocument",
    "EpisodeDocument",
    "PlaylistDocument",
    "Range",
    "SearchFilter",
    "SearchHit",
    "SearchKind",
    "SearchPage",
    "SearchQuery",
    "ShowDocument",
    "SongDocument",
    "delete_albums",
    "delete_artists",
    "delete_episodes",
    "delete_playlists",
    "delete_shows",
    "delete_songs",
    "parse_query",
    "search",
    "search_albums",
    "search_artists",
    "search_songs",
    "upsert_albums",
    "upsert_artists",
    "upsert_episodes",
    "upsert_playlists",
    "upsert_shows",
    "upsert_songs",
]
