"""How popular songs, albums, artists, shows and episodes are: counts that a roll-up writes."""

from collections.abc import Mapping
from typing import LiteralString

from db.rows import Connection
from db.search.kinds import SONGS, SearchKind
from db.search.popularity import move_by_popularity
from db.songs import select_songs

# Call these with some thousand rows at most, each call in a transaction of its own.


async def update_song_popularities(connection: Connection, popularities: Mapping[int, int]) -> None:
    """Sets the popularity of songs by id: in the catalogue, its lists, and the search."""
    songs = [
        song
        for song in await select_songs(connection, list(popularities))
        if song.popularity != popularities[song.id]
    ]
    changed = {song.id: popularities[song.id] for song in songs}
    if not changed:
        return
    ids = sorted(changed)
    values = [changed[song_id] for song_id in ids]
    await connection.execute(
        """
        UPDATE songs SET popularity = now.popularity
        FROM unnest($1::bigint[], $2::integer[]) AS now (id, popularity)
        WHERE songs.id = now.id
        """,
        ids,
        values,
    )
    await connection.execute(
        """
        UPDATE genre_songs SET popularity = now.popularity
        FROM unnest($1::bigint[], $2::integer[]) AS now (id, popularity)
        WHERE genre_songs.song_id = now.id
        """,
        ids,
        values,
    )
    listed = sorted(
        {
            (artist_id, song.id)
            for song in songs
            for artist_id in song.main_artist_ids + song.featured_artist_ids
        }
    )
    await connection.execute(
        """
        UPDATE artist_songs SET popularity = now.popularity
        FROM unnest($1::bigint[], $2::bigint[], $3::integer[])
          AS now (artist_id, song_id, popularity)
        WHERE artist_songs.artist_id = now.artist_id AND artist_songs.song_id = now.song_id
        """,
        [artist_id for artist_id, _ in listed],
        [song_id for _, song_id in listed],
        [changed[song_id] for _, song_id in listed],
    )
    await move_by_popularity(connection, SONGS, changed)


async def update_popularities(
    connection: Connection, popularities: Mapping[int, int], *, kind: SearchKind
) -> None:
    """Sets the popularity of albums, artists, shows or episodes by id, in the catalogue and the
    search. Songs are in more lists: `update_song_popularities`."""
    statement: LiteralString = """
        UPDATE catalogue SET popularity = now.popularity
        FROM unnest($1::bigint[], $2::integer[]) AS now (id, popularity)
        WHERE catalogue.id = now.id AND catalogue.popularity <> now.popularity
    """
    await connection.execute(
        statement.replace("catalogue", kind.truth),
        list(popularities),
        list(popularities.values()),
    )
    await move_by_popularity(connection, kind, popularities)
