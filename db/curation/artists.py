"""Artists that are edited, merged into others, and deleted."""

from collections.abc import Sequence
from uuid import UUID

from db.rows import Connection


async def lock_artists(connection: Connection, ids: Sequence[int]) -> None:
    """Makes other changes of artists, and songs that are to be listed there, wait until the
    transaction ends."""
    await connection.execute(
        "SELECT FROM artists WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE", ids
    )


async def update_artist(
    connection: Connection,
    artist_id: int,
    *,
    name: str,
    sort_name: str,
    musicbrainz_id: UUID | None,
) -> None:
    """Writes what can be edited, and makes the next revision."""
    await connection.execute(
        """
        UPDATE artists
        SET revision = revision + 1, name = $2, sort_name = $3, musicbrainz_id = $4
        WHERE id = $1
        """,
        artist_id,
        name,
        sort_name,
        musicbrainz_id,
    )


async def insert_artist_songs_of(connection: Connection, artist_id: int, kept_id: int) -> None:
    """Lists the songs of an artist under another."""
    await connection.execute(
        """
        INSERT INTO artist_songs (artist_id, song_id, popularity)
        SELECT $2, song_id, popularity FROM artist_songs WHERE artist_id = $1
        ON CONFLICT (artist_id, song_id) DO NOTHING
        """,
        artist_id,
        kept_id,
    )


async def insert_artist_albums_of(connection: Connection, artist_id: int, kept_id: int) -> None:
    """Lists the albums of an artist under another."""
    await connection.execute(
        """
        INSERT INTO artist_albums (artist_id, album_id, year)
        SELECT $2, album_id, year FROM artist_albums WHERE artist_id = $1
        ON CONFLICT (artist_id, album_id) DO NOTHING
        """,
        artist_id,
        kept_id,
    )


async def update_credits_of_songs(
    connection: Connection, song_ids: Sequence[int], artist_id: int, kept_id: int
) -> None:
    """Credits another artist in an artist's place on songs, each once, and a main one not as a
    guest as well."""
    await connection.execute(
        """
        UPDATE songs SET revision = revision + 1,
          main_artist_ids = ARRAY(
            SELECT CASE credited WHEN $2::bigint THEN $3::bigint ELSE credited END
            FROM unnest(main_artist_ids) WITH ORDINALITY AS main (credited, place)
            GROUP BY 1 ORDER BY min(place)),
          featured_artist_ids = ARRAY(
            SELECT CASE credited WHEN $2::bigint THEN $3::bigint ELSE credited END
            FROM unnest(featured_artist_ids) WITH ORDINALITY AS featured (credited, place)
            WHERE credited NOT IN ($2::bigint, $3::bigint)
               OR NOT main_artist_ids && ARRAY[$2::bigint, $3::bigint]
            GROUP BY 1 ORDER BY min(place))
        WHERE id = ANY($1::bigint[])
        """,
        song_ids,
        artist_id,
        kept_id,
    )


async def update_credits_of_albums(
    connection: Connection, album_ids: Sequence[int], artist_id: int, kept_id: int
) -> None:
    """Makes another artist an album's in an artist's place, each once."""
    await connection.execute(
        """
        UPDATE albums SET revision = revision + 1, artist_ids = ARRAY(
            SELECT CASE credited WHEN $2::bigint THEN $3::bigint ELSE credited END
            FROM unnest(artist_ids) WITH ORDINALITY AS artist (credited, place)
            GROUP BY 1 ORDER BY min(place))
        WHERE id = ANY($1::bigint[])
        """,
        album_ids,
        artist_id,
        kept_id,
    )


async def delete_credits(
    connection: Connection, song_ids: Sequence[int], album_ids: Sequence[int], artist_id: int
) -> None:
    """Takes an artist off songs and albums that others are credited on as well."""
    await connection.execute(
        """
        UPDATE songs SET revision = revision + 1,
            main_artist_ids = array_remove(main_artist_ids, $2::bigint),
            featured_artist_ids = array_remove(featured_artist_ids, $2::bigint)
        WHERE id = ANY($1::bigint[])
        """,
        song_ids,
        artist_id,
    )
    await connection.execute(
        """
        UPDATE albums SET revision = revision + 1,
            artist_ids = array_remove(artist_ids, $2::bigint)
        WHERE id = ANY($1::bigint[])
        """,
        album_ids,
        artist_id,
    )
    await connection.execute(
        "DELETE FROM artist_songs WHERE artist_id = $1 AND song_id = ANY($2::bigint[])",
        artist_id,
        song_ids,
    )
    await connection.execute(
        "DELETE FROM artist_albums WHERE artist_id = $1 AND album_id = ANY($2::bigint[])",
        artist_id,
        album_ids,
    )


async def update_artist_keys(connection: Connection, artist_id: int, kept_id: int) -> None:
    """Gives the keys of an artist to another: files of its name are that one's from now on."""
    await connection.execute(
        "UPDATE artist_keys SET artist_id = $2 WHERE artist_id = $1", artist_id, kept_id
    )


async def delete_artist(connection: Connection, artist_id: int) -> None:
    """Deletes an artist with its keys, aliases and lists."""
    await connection.execute("DELETE FROM artist_keys WHERE artist_id = $1", artist_id)
    await connection.execute("DELETE FROM artists WHERE id = $1", artist_id)
