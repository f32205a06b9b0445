"""The kinds of things that can be found: one table of the same shape for each."""

from dataclasses import dataclass
from typing import Final, LiteralString


@dataclass(frozen=True, slots=True)
class SearchKind:
    """`table` holds the search rows, in the partitions `<table>_0` to `<table>_4`."""

    name: LiteralString
    table: LiteralString

    def sql(self, statement: LiteralString) -> LiteralString:
        """A statement written for songs, about this kind."""
        return statement.replace("song_search", self.table).replace("'song'", f"'{self.name}'")


SONGS: Final = SearchKind("song", "song_search")
ARTISTS: Final = SearchKind("artist", "artist_search")
ALBUMS: Final = SearchKind("album", "album_search")
KINDS: Final = (SONGS, ARTISTS, ALBUMS)

DELTA: Final = 0
"""The tier of the rows written since the last rebuild."""

TIERS: Final[tuple[LiteralString, ...]] = ("1", "2", "3", "4")
"""The tiers in order of popularity, as they are written in SQL."""

TIER_ROWS: Final = (32_768, 491_520, 7_864_320)
"""How many rows each tier but the last holds; of absolute size, so that a search for a common
word reads no more in a big catalogue than in a small one."""
