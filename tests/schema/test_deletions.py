"""Deletion of accounts, down to the last row and object."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from resolvers.deletions import erase, erase_due
from resolvers.viewer import Viewer
from storage.keys import EXPORTS, UPLOADS, export_key, upload_key
from storage.objects import Objects
from tests.conftest import S3
from tests.factories import Factory
from tests.schema.conftest import Asked, People
from tests.schema.personal_data import make_rich_person, rows_of, tables_that_name
from tests.schema.test_accounts import ERROR, OTHER_PASSWORD, Mailbox, sign_in, with_address
from tests.schema.test_sessions import PASSWORD

DELETE = f"""
mutation ($password: String) {{
  deleteAccount(input: {{password: $password}}) {{
    {ERROR} ... on DeleteAccountPayload {{ deletedUserId }}
  }}
}}
"""
CLAIMS = ("users", "user_names", "user_emails")


@pytest.fixture
def objects(own_bucket: Objects) -> Objects:
    return own_bucket


@pytest.fixture
def mail(ask: Asked, tmp_path: Path) -> Mailbox:
    return Mailbox(ask, tmp_path / "mail")


def id_of(person: Asked) -> int:
    assert isinstance(person.caller, Viewer)
    return person.caller.id


async def delete(person: Asked) -> None:
    answer = await person(DELETE, password=PASSWORD)
    assert answer["deleteAccount"]["__typename"] == "DeleteAccountPayload", answer


async def test_deletes_the_account_and_all_of_it(
    ask: Asked, mail: Mailbox, factory: Factory, objects: Objects
) -> None:
    ada = await make_rich_person(ask, mail, factory)
    bob = await make_rich_person(ask, mail, factory, "bob")
    had = await rows_of(ask.services.pool, id_of(ada))
    bobs = await rows_of(ask.services.pool, id_of(bob))
    assert {table for table, rows in had.items() if not rows} <= {
        "account_deletions",
        "exports",
    }
    for key in (upload_key(id_of(ada), 7), export_key(id_of(ada), b"t" * 16)):
        await objects.put(key, b"content", content_type="text/plain")
    kept = upload_key(id_of(bob), 7)
    await objects.put(kept, b"content", content_type="text/plain")
    wrong = await ada(DELETE, password=OTHER_PASSWORD)
    assert wrong["deleteAccount"]["code"] == "WRONG_CREDENTIALS"
    await delete(ada)
    await ask.services.background.drain()
    assert not any((await rows_of(ask.services.pool, id_of(ada))).values())
    assert await tables_that_name(ask.services.pool, id_of(ada)) == []
    assert await rows_of(ask.services.pool, id_of(bob)) == bobs
    for table in CLAIMS:
        assert await ask.services.pool.fetchval(f"SELECT count(*) FROM {table}") == 3, table
    assert not await ask.services.pool.fetchval(
        "SELECT count(*) FROM playlist_collaborators WHERE collaborator_id = $1", id_of(ada)
    )
    assert not await ask.services.pool.fetchval(
        "SELECT count(*) FROM playlist_entries WHERE added_by = $1", id_of(ada)
    )
    assert [item.key async for item in objects.list(UPLOADS)] == [kept]
    assert [item.key async for item in objects.list(EXPORTS)] == []
    await with_address(ask, mail)  # name and address are free again


async def test_who_is_deleted_is_gone_at_once(
    ask: Asked, mail: Mailbox, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is done in the background."""

    async def not_yet(*_: object) -> bool:
        return False

    monkeypatch.setattr("resolvers.deletions.erase", not_yet)
    ada = await make_rich_person(ask, mail, factory)
    friend = ask.by(None)
    playlist = await ask.services.pool.fetchval(
        "SELECT id FROM playlists WHERE user_id = $1", id_of(ada)
    )
    await ask.services.pool.execute("UPDATE playlists SET visibility = 'PUBLIC'")
    seen = f"""{{
        node(id: "user_{id_of(ada):x}") {{ id }}
        playlist(id: "playlist_{id_of(ada):x}_{playlist:x}") {{ name }}
    }}"""
    assert (await friend(seen))["playlist"] == {"name": "Rain"}
    await delete(ada)
    assert await friend(seen) == {"node": None, "playlist": None}
    assert (await sign_in(ask, "ada"))["code"] == "WRONG_CREDENTIALS"
    assert (await sign_in(ask, "ada@example.com"))["code"] == "WRONG_CREDENTIALS"
    error = await ada.error("{ viewer { user { userName } } }")
    assert error["message"] == "This account does not exist any more."
    error = await ada.error(DELETE, password=PASSWORD)
    assert error["message"] == "This account does not exist any more."
    name = 'mutation { updateProfile(input: {displayName: "A"}) { __typename } }'
    assert (await ada.error(name))["extensions"]["code"] == "NOT_SIGNED_IN"
    # The name is not free before everything is gone.
    assert await ask.services.pool.fetchval("SELECT count(*) FROM user_names") == 2


async def test_a_deletion_is_begun_whole_or_not_at_all(ask: Asked, mail: Mailbox) -> None:
    ada = await with_address(ask, mail)
    await ask.services.pool.execute(
        "ALTER TABLE account_deletions ADD CONSTRAINT none CHECK (user_id < 0)"
    )
    try:
        await ada.error(DELETE, password=PASSWORD)
    finally:
        await ask.services.pool.execute("ALTER TABLE account_deletions DROP CONSTRAINT none")
    assert (await sign_in(ask, "ada"))["__typename"] == "SignInPayload"
    assert (await ada("{ viewer { email { address } } }"))["viewer"]["email"]


async def test_an_account_without_a_password_is_deleted(
    ask: Asked, people: People, objects: Objects
) -> None:
    viewer = await people.make("ada")
    pool = ask.services.pool
    await pool.execute(
        "INSERT INTO accounts (user_id, role, subject_key) VALUES ($1, 'LISTENER', 'me')", viewer.id
    )
    await pool.execute("INSERT INTO user_subjects VALUES ('me', $1)", viewer.id)
    answer = await ask.by(viewer)(DELETE)
    assert answer["deleteAccount"]["deletedUserId"] == f"user_{viewer.id:x}"
    await ask.services.background.drain()
    assert not await pool.fetchval("SELECT count(*) FROM user_subjects")


async def test_what_is_written_meanwhile_goes_as_well(
    ask: Asked,
    mail: Mailbox,
    factory: Factory,
    objects: Objects,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An access token is good for a while; what it writes after its table was done is swept."""
    ada = await with_address(ask, mail)
    song = await factory.make_song()
    leave = "resolvers.deletions.exports_prefix"

    def meanwhile(user_id: int) -> str:
        late.append(asyncio.ensure_future(like()))
        return f"exports/{user_id:x}/"

    late: list[asyncio.Future[None]] = []

    async def like() -> None:
        query = (
            f'mutation {{ likeSongs(input: {{songIds: ["song_{song.id:x}"]}}) {{ __typename }} }}'
        )
        await ada.by(ada.caller).answer(query)

    monkeypatch.setattr(leave, meanwhile)
    await delete(ada)
    await ask.services.background.drain()
    await asyncio.gather(*late)
    assert late
    assert not any((await rows_of(ask.services.pool, id_of(ada))).values())


async def test_two_workers_do_a_deletion_once(
    ask: Asked, mail: Mailbox, factory: Factory, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.deletions.ROWS_AT_ONCE", 1)
    ada = await make_rich_person(ask, mail, factory)
    monkeypatch.setattr("resolvers.accounts._erase", nothing)
    await delete(ada)
    pool = ask.services.pool
    done = await asyncio.gather(*(erase(pool, objects, id_of(ada)) for _ in range(4)))
    assert sorted(done) == [False, False, False, True]
    assert not any((await rows_of(pool, id_of(ada))).values())
    assert await erase_due(pool, objects) == 0


async def nothing(*_: object) -> None:
    pass


@pytest.mark.parametrize("batches", [0, 3, 9, 15])
async def test_after_a_kill_another_worker_goes_on(
    ask: Asked,
    mail: Mailbox,
    factory: Factory,
    objects: Objects,
    database_url: str,
    s3: S3,
    monkeypatch: pytest.MonkeyPatch,
    batches: int,
) -> None:
    ada = await make_rich_person(ask, mail, factory)
    await objects.put(upload_key(id_of(ada), 7), b"content", content_type="text/plain")
    monkeypatch.setattr("resolvers.accounts._erase", nothing)
    await delete(ada)
    where = [s3.endpoint_url, s3.region, s3.access_key_id, s3.secret_access_key, s3.bucket]
    process = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.schema.killed", "erase", str(batches), database_url, *where],
        timeout=60,
        check=False,
        capture_output=True,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()
    pool = ask.services.pool
    assert await pool.fetchval("SELECT count(*) FROM user_names") == 2
    assert await erase_due(pool, objects) == 0  # the dead worker's, for two minutes
    await pool.execute("UPDATE account_deletions SET due_at = now()")
    assert await erase_due(pool, objects) == 1
    assert not any((await rows_of(pool, id_of(ada))).values())
    assert await pool.fetchval("SELECT count(*) FROM user_names") == 1
    assert [item.key async for item in objects.list(UPLOADS)] == []
