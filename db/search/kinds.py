"""The kinds of things that can be found: one table of the same shape for each."""

from dataclasses import dataclass
from typing import Final, LiteralString


@dataclass(frozen=True, slots=True)
class SearchKind:
    """`table` holds the search rows, in the partitions `<table>_0` to `<table>_8`; `truth` is the
    table of the catalogue that they are made from."""

    name: LiteralString
    table: LiteralString
    truth: LiteralString

    def sql(self, statement: LiteralString) -> LiteralString:
        """A statement written for songs, about this kind."""
        return (
            statement.replace("song_search", self.table)
            .replace("'song'", f"'{self.name}'")
            .replace("FROM songs", f"FROM {self.truth}")
        )


SONGS: Final = SearchKind("song", "song_search", "songs")
ARTISTS: Final = SearchKind("artist", "artist_search", "artists")
ALBUMS: Final = SearchKind("album", "album_search", "albums")
SHOWS: Final = SearchKind("show", "show_search", "shows")
EPISODES: Final = SearchKind("episode", "episode_search", "episode_places")
PLAYLISTS: Final = SearchKind("playlist", "playlist_search", "public_playlists")
KINDS: Final = (SONGS, ARTISTS, ALBUMS, SHOWS, EPISODES, PLAYLISTS)

DELTA: Final = 0
"""The tier of the rows written since the last refresh or rebuild."""

TIERS: Final[tuple[LiteralString, ...]] = ("1", "2", "3", "4", "5", "6", "7", "8")
"""The tiers in order of popularity, as they are written in SQL. In most catalogues the last ones
are empty, which costs a search some microseconds : 0.1 ms for
four of them, with a generic plan; with a custom one each is planned anew, which costs 1.1 ms."""

HOT_TIERS: Final[tuple[LiteralString, ...]] = TIERS[:2]
"""Small enough that a refresh rewrites them."""

TIER_ROWS: Final = (32_768, 491_520, 7_864_320, *[25_000_000] * 4)
"""How many rows each tier but the last holds; of absolute size, so that a search for a common
word reads no more in a big catalogue than in a small one."""
