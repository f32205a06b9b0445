"""People who have something of everything that is kept of people."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from db.distribution import DISTRIBUTION
from db.pool import Pool
from resolvers.rollup import roll_up
from resolvers.similar import refresh_similar
from tests.factories import Factory
from tests.ingest.podcasts.feeds import item
from tests.schema.conftest import Asked
from tests.schema.test_accounts import Mailbox, with_address
from tests.schema.test_changes import done, make_playlist

PRIVATE: Final = sorted(table for table, column in DISTRIBUTION.items() if column == "user_id")


async def rows_of(pool: Pool, user_id: int) -> dict[str, int]:
    """How many rows somebody has in each private table."""
    return {
        table: await pool.fetchval(f"SELECT count(*) FROM {table} WHERE user_id = $1", user_id)
        for table in PRIVATE
    }


async def tables_that_name(pool: Pool, user_id: int) -> list[str]:
    """All tables with a column `user_id`, wherever they lie, in which somebody is."""
    tables = await pool.fetch(
        """
        SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relkind = 'r' AND attname = 'user_id' AND relnamespace = 'public'::regnamespace
        """
    )
    return [
        name
        for (name,) in tables
        if await pool.fetchval(f"SELECT count(*) FROM {name} WHERE user_id = $1", user_id)
    ]


async def make_rich_person(ask: Asked, mail: Mailbox, factory: Factory, name: str = "ada") -> Asked:
    """Somebody with an account, who has used everything."""
    person = await with_address(ask, mail, name)
    # What was heard before the sign-up does not count.
    await ask.services.pool.execute("UPDATE users SET created_at = created_at - interval '1 day'")
    songs = [f"song_{song.id:x}" for song in await factory.make_songs(3, genres=("Pop",))]
    show = await factory.make_show(item("1"), title=f"Show of {name}")
    episode: Any = await ask.services.pool.fetchrow(
        "SELECT show_id, id FROM episodes WHERE show_id = $1", show.id
    )
    listed = ", ".join(f'"{song}"' for song in songs)
    await done(person, f"likeSongs(input: {{songIds: [{listed}]}}) {{ __typename }}")
    await done(person, f'saveShows(input: {{showIds: ["show_{show.id:x}"]}}) {{ __typename }}')
    await done(
        person,
        f'setEpisodeProgress(input: {{episodeId: "episode_{episode["show_id"]:x}_'
        f'{episode["id"]:x}", positionMs: 5}}) {{ __typename }}',
    )
    await done(person, f"setQueue(input: {{revision: 0, songIds: [{listed}]}}) {{ __typename }}")
    now = datetime.now(UTC)
    reports = ", ".join(
        f'{{id: "{uuid4()}", songId: "{song}", heardMs: 40000, '
        f'startedAt: "{(now - timedelta(hours=place + 1)).isoformat()}", '
        f'at: "{(now - timedelta(hours=place)).isoformat()}"}}'
        for place, song in enumerate(songs)
    )
    await done(person, f"reportPlays(input: {{plays: [{reports}]}}) {{ __typename }}")
    await roll_up(ask.services.pool)
    await refresh_similar(ask.services.pool)
    await make_playlist(person, ", visibility: PUBLIC")
    playlist = await make_playlist(person, ", collaborative: true")
    await done(
        person,
        f'addToPlaylist(input: {{playlistId: "{playlist["id"]}", songIds: [{listed}]}}) '
        "{ __typename }",
    )
    friend = await with_address(ask, mail, f"friend.of.{name}")
    await join(friend, playlist)
    theirs = await make_playlist(friend, ", collaborative: true")
    await join(person, theirs)
    await done(
        person,
        f'addToPlaylist(input: {{playlistId: "{theirs["id"]}", songIds: [{listed}]}}) '
        "{ __typename }",
    )
    assert person.caller is not None
    await ask.services.pool.execute(
        """
        INSERT INTO uploads (user_id, id, file_name, size_bytes, sha256, expires_at)
        VALUES ($1, 7, 'a.mp3', 1, $2, '2100-01-01')
        """,
        person.caller.id,  # type: ignore[union-attr]
        b"h" * 32,
    )
    await person(
        'mutation { changeEmail(input: {email: "new@example.com", '
        'password: "correct horse battery"}) { __typename } }'
    )
    return person


async def join(person: Asked, playlist: Any) -> None:
    await done(
        person,
        f'joinPlaylist(input: {{playlistId: "{playlist["id"]}", '
        f'inviteToken: "{playlist["inviteToken"]}"}}) {{ __typename }}',
    )
