"""The directory of public playlists: what search may find, by id alone.

Playlists lie with their owners. Whoever makes one public, renames it or takes it back writes it
here in the same transaction; what a hit may show is decided by the playlist itself.
"""

from collections.abc import Sequence

from db.rows import Connection, Row, fetch


class PublicPlaylist(Row):
    """Where a public playlist lies; `popularity` is how many people have saved it."""

    id: int
    user_id: int
    name: str
    popularity: int


async def select_public_playlists(
    connection: Connection, ids: Sequence[int]
) -> list[PublicPlaylist]:
    return await fetch(
        connection,
        PublicPlaylist,
        "SELECT id, user_id, name, popularity FROM public_playlists WHERE id = ANY($1::bigint[])",
        ids,
    )


async def upsert_public_playlist(
    connection: Connection, playlist_id: int, owner_id: int, name: str
) -> int:
    """Gives its popularity."""
    popularity: int = await connection.fetchval(
        """
        INSERT INTO public_playlists (id, user_id, name) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name
        RETURNING popularity
        """,
        playlist_id,
        owner_id,
        name,
    )
    return popularity


async def delete_public_playlist(connection: Connection, playlist_id: int) -> bool:
    """False when it was not public."""
    status = await connection.execute("DELETE FROM public_playlists WHERE id = $1", playlist_id)
    return status == "DELETE 1"


async def delete_public_playlists_of_user(connection: Connection, user_id: int) -> list[int]:
    """Gives the ids of those that there were."""
    rows = await connection.fetch(
        "DELETE FROM public_playlists WHERE user_id = $1 RETURNING id", user_id
    )
    return [row["id"] for row in rows]


async def update_times_saved(connection: Connection, playlist_id: int, more: int) -> None:
    """Counts people who saved a playlist, or who do not keep it any more; one that is not public
    is not counted."""
    await connection.execute(
        "UPDATE public_playlists SET popularity = greatest(popularity + $2, 0) WHERE id = $1",
        playlist_id,
        more,
    )
