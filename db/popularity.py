"""How popular songs, albums, artists, shows and episodes are: counts that a roll-up writes."""

from collections.abc import Mapping

from db.rows import Connection
from db.search.kinds import ALBUMS, ARTISTS, EPISODES, SHOWS, SONGS
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


async def update_album_popularities(
    connection: Connection, popularities: Mapping[int, int]
) -> None:
    """Sets the popularity of albums by id, in the catalogue and the search."""
    await connection.execute(
        """
        UPDATE albums SET popularity = now.popularity
        FROM unnest($1::bigint[], $2::integer[]) AS now (id, popularity)
        WHERE albums.id = now.id AND albums.popularity <> now.popularity
        """,
        list(popularities),
        list(popularities.values()),
    )
    await move_by_popularity(connection, ALBUMS, popularities)


async def update_artist_popularities(
    connection: Connection, popularities: Mapping[int, int]
) -> None:
    """Sets the popularity of artists by id, in the catalogue and the search."""
    await connection.execute(
        """
        UPDATE artists SET popularity = now.popularity
        FROM unnest($1::bigint[], $2::integer[]) AS now (id, popularity)
        WHERE artists.id = now.id AND artists.popularity <> now.popularity
        """,
        list(popularities),
        list(popularities.values()),
    )
    await move_by_popularity(connection, ARTISTS, popularities)


async def update_show_popularities(connection: Connection, popularities: Mapping[int, int]) -> None:
    """Sets the popularity of shows by id, for their lists and the search."""
    await connection.execute(
        """
        UPDATE shows SET popularity = now.popularity
        FROM unnest($1::bigint[], $2::integer[]) AS now (id, popularity)
        WHERE shows.id = now.id AND shows.popularity <> now.popularity
        """,
        list(popularities),
        list(popularities.values()),
    )
    await move_by_popularity(connection, SHOWS, popularities)


async def update_episode_popularities(
    connection: Connection, popularities: Mapping[int, int]
) -> None:
    """Sets the popularity of episodes by id, for the search."""
    await connection.execute(
        """
        UPDATE episode_places AS places SET popularity = now.popularity
        FROM unnest($1::bigint[], $2::integer[]) AS now (id, popularity)
        WHERE places.id = now.id AND places.popularity <> now.popularity
        """,
        list(popularities),
        list(popularities.values()),
    )
    await move_by_popularity(connection, EPISODES, popularities)
