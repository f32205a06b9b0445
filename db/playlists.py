"""Playlists, who may see and change them, and the lists of them.

Every statement names the owner, so it asks one shard, and has in its WHERE clause who may do it.
`viewer_id` is who asks, None for somebody who is not signed in.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

from db.changes import noting_changes
from db.rows import Connection, Row, fetch, fetch_one


class PlaylistRecord(Row):
    """A playlist as `viewer_id` sees it: the tokens are null for others than the owner.

    Attributes:
        changeable: Whether the viewer may change its entries.
    """

    user_id: int
    id: int
    name: str
    description: str
    visibility: str
    share_token: bytes | None
    invite_token: bytes | None
    revision: int
    entry_count: int
    duration_ms: int
    created_at: datetime
    updated_at: datetime
    cover_sha256: bytes | None
    changeable: bool


class OpenedPlaylist(PlaylistRecord):
    """A playlist, and the number of the key that has opened it."""

    key: int


class SavedPlaylist(Row):
    """A playlist's place among those that a person has saved."""

    added_at: datetime
    playlist_id: int
    owner_id: int
    share_token: bytes | None


class Collaborator(Row):
    user_id: int
    playlist_id: int
    collaborator_id: int


class PlaylistFace(Row):
    """What a playlist is found by, where everybody may find it."""

    name: str
    visibility: str


class PlaylistState(Row):
    """What a change has to know of a playlist that it has locked."""

    revision: int
    entry_count: int


_COLUMNS: Final[LiteralString] = """
    p.user_id, p.id, p.name, p.description, p.visibility,
    CASE WHEN p.user_id = $1 THEN p.share_token END AS share_token,
    CASE WHEN p.user_id = $1 THEN p.invite_token END AS invite_token,
    p.revision, p.entry_count, p.duration_ms, p.created_at, p.updated_at,
    p.cover_sha256, coalesce(p.user_id = $1 OR JOINED, false) AS changeable
"""

_JOINED: Final[LiteralString] = """
    (p.invite_token IS NOT NULL AND EXISTS (
        SELECT FROM playlist_collaborators AS c
        WHERE c.user_id = p.user_id AND c.playlist_id = p.id AND c.collaborator_id = $1
    ))
"""
"""Whether $1 is a collaborator of the playlist `p`, which is collaborative."""


def _sql(statement: LiteralString) -> LiteralString:
    """A statement about the playlist `p` and the viewer $1."""
    return statement.replace("COLUMNS", _COLUMNS).replace("JOINED", _JOINED)


async def select_playlists(
    connection: Connection,
    viewer_id: int | None,
    keys: Sequence[tuple[int, int, bytes | None]],
) -> list[OpenedPlaylist]:
    """The playlists of the keys (owner, id, share token) that the viewer may see."""
    return await fetch(
        connection,
        OpenedPlaylist,
        _sql(
            """
        SELECT COLUMNS, wanted.key - 1 AS key
        FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) WITH ORDINALITY
          AS wanted (user_id, id, token, key)
        JOIN playlists AS p ON p.user_id = wanted.user_id AND p.id = wanted.id
        WHERE p.user_id = ANY($2::bigint[]) -- asks no other shards than those of the owners
          AND (p.user_id = $1 OR p.visibility = 'PUBLIC'
               OR (p.visibility = 'UNLISTED' AND p.share_token = wanted.token) OR JOINED)
        """
        ),
        viewer_id,
        [owner for owner, _, _ in keys],
        [playlist for _, playlist, _ in keys],
        [token for _, _, token in keys],
    )


async def select_playlists_of_users(
    connection: Connection,
    viewer_id: int | None,
    owner_ids: Sequence[int],
    limit: int,
    after: int,
) -> list[PlaylistRecord]:
    """The newest `limit` playlists of each owner before the id `after`: all of the viewer's own,
    the public ones of others."""
    return await fetch(
        connection,
        PlaylistRecord,
        _sql(
            """
        SELECT COLUMNS
        FROM users CROSS JOIN LATERAL (
            SELECT * FROM playlists
            WHERE user_id = users.id AND id < $4
              AND (user_id = $1 OR visibility = 'PUBLIC')
            ORDER BY user_id DESC, id DESC LIMIT $3
        ) AS p
        WHERE users.id = ANY($2::bigint[])
        ORDER BY p.user_id, p.id DESC
        """
        ),
        viewer_id,
        owner_ids,
        limit,
        after,
    )


async def insert_playlist(
    connection: Connection,
    *,
    owner_id: int,
    playlist_id: int,
    name: str,
    description: str,
    visibility: str,
    share_token: bytes | None,
    invite_token: bytes | None,
    created_at: datetime,
) -> None:
    await connection.execute(
        noting_changes(
            """
        WITH made AS (
            INSERT INTO playlists (user_id, id, name, description, visibility, share_token,
                                   invite_token, revision, entry_count, duration_ms, created_at,
                                   updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, 0, $8, $8)
            RETURNING id
        ), changed AS (
            SELECT 'PLAYLIST' AS kind, id AS item_id, NULL::bigint AS lies_with,
                   NULL::uuid AS play_id, $8::timestamptz AS changed_at
            FROM made
        )
        """
        ),
        owner_id,
        playlist_id,
        name,
        description,
        visibility,
        share_token,
        invite_token,
        created_at,
    )


async def select_playlist_to_change(
    connection: Connection, viewer_id: int, owner_id: int, playlist_id: int
) -> PlaylistState | None:
    """Locks the playlist until the transaction ends, so that changes come one after the other.

    None when there is none that the viewer may change.
    """
    return await fetch_one(
        connection,
        PlaylistState,
        _sql(
            """
        SELECT p.revision, p.entry_count FROM playlists AS p
        WHERE p.user_id = $2 AND p.id = $3 AND (p.user_id = $1 OR JOINED)
        FOR NO KEY UPDATE OF p
        """
        ),
        viewer_id,
        owner_id,
        playlist_id,
    )


async def update_playlist_changed(
    connection: Connection,
    owner_id: int,
    playlist_id: int,
    updated_at: datetime,
    *,
    entries: int = 0,
    duration_ms: int = 0,
) -> None:
    """Makes the next revision; `entries` and `duration_ms` are how many more or fewer there are."""
    await connection.execute(
        """
        UPDATE playlists
        SET revision = revision + 1, updated_at = $3, entry_count = entry_count + $4,
            duration_ms = duration_ms + $5
        WHERE user_id = $1 AND id = $2
        """,
        owner_id,
        playlist_id,
        updated_at,
        entries,
        duration_ms,
    )


async def update_playlist(
    connection: Connection,
    viewer_id: int,
    owner_id: int,
    playlist_id: int,
    revision: int,
    *,
    name: str | None,
    description: str | None,
    visibility: str | None,
    share_token: bytes,
    collaborative: bool | None,
    invite_token: bytes,
    updated_at: datetime,
) -> PlaylistFace | None:
    """Changes what is not None. None when the viewer owns no such playlist of that revision.

    A playlist that becomes unlisted or collaborative gets the token; one that stays so keeps its
    own.
    """
    return await fetch_one(
        connection,
        PlaylistFace,
        """
        UPDATE playlists
        SET revision = revision + 1, updated_at = $11, name = coalesce($5, name),
            description = coalesce($6, description), visibility = coalesce($7, visibility),
            share_token = CASE WHEN coalesce($7, visibility) = 'UNLISTED'
                               THEN coalesce(share_token, $8) END,
            invite_token = CASE WHEN coalesce($9, invite_token IS NOT NULL)
                                THEN coalesce(invite_token, $10) END
        WHERE user_id = $2 AND id = $3 AND user_id = $1 AND revision = $4
        RETURNING name, visibility
        """,
        viewer_id,
        owner_id,
        playlist_id,
        revision,
        name,
        description,
        visibility,
        share_token,
        collaborative,
        invite_token,
        updated_at,
    )


async def update_playlist_cover(
    connection: Connection, owner_id: int, playlist_id: int, cover_sha256: bytes | None
) -> bytes | None:
    """Sets the cover of a playlist that is locked, or takes it off with None; the one before."""
    before: bytes | None = await connection.fetchval(
        "SELECT cover_sha256 FROM playlists WHERE user_id = $1 AND id = $2", owner_id, playlist_id
    )
    await connection.execute(
        "UPDATE playlists SET cover_sha256 = $3 WHERE user_id = $1 AND id = $2",
        owner_id,
        playlist_id,
        cover_sha256,
    )
    return before


async def select_owned_revision(
    connection: Connection, viewer_id: int, owner_id: int, playlist_id: int
) -> int | None:
    """The revision of a playlist of the viewer's own; None when there is none."""
    revision: int | None = await connection.fetchval(
        "SELECT revision FROM playlists WHERE user_id = $2 AND id = $3 AND user_id = $1",
        viewer_id,
        owner_id,
        playlist_id,
    )
    return revision


class DeletedPlaylist(Row):
    """What a playlist that is gone leaves."""

    cover_sha256: bytes | None


async def delete_playlist(
    connection: Connection, viewer_id: int, owner_id: int, playlist_id: int
) -> DeletedPlaylist | None:
    """Deletes a playlist of the viewer's own with its entries. None when there is none."""
    return await fetch_one(
        connection,
        DeletedPlaylist,
        """
        DELETE FROM playlists WHERE user_id = $2 AND id = $3 AND user_id = $1
        RETURNING cover_sha256
        """,
        viewer_id,
        owner_id,
        playlist_id,
    )


async def insert_collaborator(
    connection: Connection,
    viewer_id: int,
    owner_id: int,
    playlist_id: int,
    invite_token: bytes,
    joined_at: datetime,
    limit: int,
) -> bool:
    """Makes the viewer a collaborator. False unless the token is the playlist's, which has fewer
    than `limit`; whoever is one already stays one."""
    joined = await connection.fetchval(
        """
        INSERT INTO playlist_collaborators (user_id, playlist_id, collaborator_id, joined_at)
        SELECT p.user_id, p.id, $1, $5 FROM playlists AS p
        WHERE p.user_id = $2 AND p.id = $3 AND p.invite_token = $4 AND p.user_id <> $1
          AND $6 > (SELECT count(*) FROM playlist_collaborators AS c
                    WHERE c.user_id = $2 AND c.playlist_id = $3 AND c.collaborator_id <> $1)
        ON CONFLICT (user_id, playlist_id, collaborator_id)
        DO UPDATE SET joined_at = playlist_collaborators.joined_at
        RETURNING collaborator_id
        """,
        viewer_id,
        owner_id,
        playlist_id,
        invite_token,
        joined_at,
        limit,
    )
    return joined is not None


async def delete_collaborator(
    connection: Connection, viewer_id: int, owner_id: int, playlist_id: int, collaborator_id: int
) -> bool:
    """Ends a collaboration, which the owner and the collaborator may. False when there is none."""
    ended = await connection.fetchval(
        """
        DELETE FROM playlist_collaborators
        WHERE user_id = $2 AND playlist_id = $3 AND collaborator_id = $4
          AND $1 IN (user_id, collaborator_id)
        RETURNING collaborator_id
        """,
        viewer_id,
        owner_id,
        playlist_id,
        collaborator_id,
    )
    return ended is not None


async def update_invite_token(
    connection: Connection, viewer_id: int, owner_id: int, playlist_id: int, invite_token: bytes
) -> None:
    """Makes the invitations to a playlist of the viewer's own be good no more, if there are any."""
    await connection.execute(
        """
        UPDATE playlists SET invite_token = $4
        WHERE user_id = $2 AND id = $3 AND user_id = $1 AND invite_token IS NOT NULL
        """,
        viewer_id,
        owner_id,
        playlist_id,
        invite_token,
    )


async def delete_collaborators(
    connection: Connection, viewer_id: int, owner_id: int, playlist_id: int
) -> None:
    """Ends every collaboration on a playlist of the viewer's own."""
    await connection.execute(
        """
        DELETE FROM playlist_collaborators
        WHERE user_id = $2 AND playlist_id = $3 AND user_id = $1
        """,
        viewer_id,
        owner_id,
        playlist_id,
    )


async def select_collaborators(
    connection: Connection, keys: Sequence[tuple[int, int]]
) -> list[Collaborator]:
    """The collaborators of the playlists of the keys (owner, id), who joined first before."""
    return await fetch(
        connection,
        Collaborator,
        """
        SELECT user_id, playlist_id, collaborator_id FROM playlist_collaborators
        WHERE user_id = ANY($1::bigint[]) AND playlist_id = ANY($2::bigint[])
        ORDER BY user_id, playlist_id, joined_at, collaborator_id
        """,
        [owner for owner, _ in keys],
        [playlist for _, playlist in keys],
    )


async def insert_saved_playlist(
    connection: Connection,
    user_id: int,
    owner_id: int,
    playlist_id: int,
    share_token: bytes | None,
    added_at: datetime,
) -> bool:
    """False when it was saved already."""
    new: bool = await connection.fetchval(
        """
        INSERT INTO saved_playlists (user_id, playlist_id, owner_id, share_token, added_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id, playlist_id)
        DO UPDATE SET share_token = coalesce($4, saved_playlists.share_token)
        RETURNING xmax = 0
        """,
        user_id,
        playlist_id,
        owner_id,
        share_token,
        added_at,
    )
    return new


async def delete_saved_playlist(connection: Connection, user_id: int, playlist_id: int) -> bool:
    """False when it was not saved."""
    status = await connection.execute(
        "DELETE FROM saved_playlists WHERE user_id = $1 AND playlist_id = $2",
        user_id,
        playlist_id,
    )
    return status == "DELETE 1"


async def select_saved_playlists(
    connection: Connection, user_id: int, limit: int, after: tuple[datetime, int]
) -> list[SavedPlaylist]:
    """The first `limit` that come after `after`, a (time, playlist id)."""
    return await fetch(
        connection,
        SavedPlaylist,
        """
        SELECT added_at, playlist_id, owner_id, share_token FROM saved_playlists
        WHERE user_id = $1 AND (added_at, playlist_id) < ($3::timestamptz, $4::bigint)
        ORDER BY added_at DESC, playlist_id DESC LIMIT $2
        """,
        user_id,
        limit,
        *after,
    )


async def select_saved_among(
    connection: Connection, user_id: int, playlist_ids: Sequence[int]
) -> list[SavedPlaylist]:
    """Those of the playlists that the person has saved."""
    return await fetch(
        connection,
        SavedPlaylist,
        """
        SELECT added_at, playlist_id, owner_id, share_token FROM saved_playlists
        WHERE user_id = $1 AND playlist_id = ANY($2::bigint[])
        """,
        user_id,
        playlist_ids,
    )
