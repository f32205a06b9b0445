"""The archive of all that a person has."""

import asyncio
import io
import json
import signal
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from db.exports import select_export
from db.personal_data import KEPT, NOT_KEPT, select_kept
from resolvers.exports import work_off_exports
from storage.credentials import Credentials
from storage.keys import EXPORTS
from storage.objects import Objects
from storage.signer import UrlSigner
from tests.conftest import S3
from tests.factories import Factory
from tests.schema.conftest import Asked
from tests.schema.personal_data import PRIVATE, make_rich_person, rows_of
from tests.schema.test_accounts import ERROR, Mailbox, with_address
from tests.schema.test_deletions import id_of, nothing
from tests.schema.test_sessions import PASSWORD

FIELDS = "state requestedAt sizeBytes expiresAt url"
REQUEST = f"""
mutation ($password: String) {{
  requestExport(input: {{password: $password}}) {{
    {ERROR} ... on RequestExportPayload {{ export {{ {FIELDS} }} }}
  }}
}}
"""
EXPORT = f"{{ viewer {{ export {{ {FIELDS} }} }} }}"
SECRETS = ("password_hash", "seed", "sha256", "token")


@pytest.fixture
def objects(own_bucket: Objects) -> Objects:
    return own_bucket


@pytest.fixture
def ask(ask: Asked, s3: S3) -> Asked:
    """With URLs that open."""
    signer = UrlSigner(
        public_endpoint_url=s3.endpoint_url,
        region=s3.region,
        bucket=s3.bucket,
        addressing_style="path",
        credentials=lambda: Credentials(s3.access_key_id, s3.secret_access_key),
    )
    object.__setattr__(ask.services, "signer", signer)
    return ask


@pytest.fixture
def mail(ask: Asked, tmp_path: Path) -> Mailbox:
    return Mailbox(ask, tmp_path / "mail")


async def request(person: Asked) -> Any:
    answer = (await person(REQUEST, password=PASSWORD))["requestExport"]
    assert answer["__typename"] == "RequestExportPayload", answer
    return answer["export"]


async def export(person: Asked) -> Any:
    return (await person(EXPORT))["viewer"]["export"]


async def fetch(url: str) -> dict[str, list[Any]]:
    """The rows in each file of an archive."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="tonearm-export.zip"'
    assert answer.headers["cache-control"] == "private"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "user_" in archive.read("README.txt").decode()
        return {
            name.removesuffix(".jsonl"): [
                json.loads(line) for line in archive.read(name).decode().splitlines()
            ]
            for name in archive.namelist()
            if name.endswith(".jsonl")
        }


async def test_the_archive_has_every_row_of_every_private_table(
    ask: Asked, mail: Mailbox, factory: Factory, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.exports.ROWS_AT_ONCE", 2)
    ada = await make_rich_person(ask, mail, factory)
    assert await export(ada) is None
    begun = await request(ada)
    assert (begun["state"], begun["url"]) == ("PENDING", None)
    await ask.services.background.drain()
    ready = await export(ada)
    assert ready["state"] == "READY"
    assert datetime.fromisoformat(ready["expiresAt"]) > datetime.now(UTC) + timedelta(days=6)
    packed = await fetch(ready["url"])
    had = await rows_of(ask.services.pool, id_of(ada))
    assert set(PRIVATE) - set(packed) == NOT_KEPT
    for table in set(PRIVATE) - NOT_KEPT:
        assert len(packed[table]) == had[table], table
    titles = {"Song 1", "Song 2", "Song 3"}
    assert {row["song"] for row in packed["plays"]} == titles
    assert {row["song"] for row in packed["library_items"] if row["kind"] == "SONG"} == titles
    assert [row["song"] for row in packed["playlist_entries"]] == sorted(titles)
    assert packed["playlist_entries"][0]["artists"] == ["Adele"]
    assert packed["accounts"][0]["email"] == "ada@example.com"
    [show] = [row for row in packed["library_items"] if row["kind"] == "SHOW"]
    assert show["show"] == "Show of ada"
    ids = [packed["plays"][0]["songId"], packed["playlists"][0]["id"], packed["users"][0]["id"]]
    found = await ada("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert [node["id"] for node in found["nodes"]] == ids


async def test_the_archive_has_no_secrets(
    ask: Asked, mail: Mailbox, factory: Factory, objects: Objects
) -> None:
    ada = await make_rich_person(ask, mail, factory)
    await request(ada)
    await ask.services.background.drain()
    packed = json.dumps(await fetch((await export(ada))["url"]))
    for table in ("accounts", "sessions", "mailed_codes", "playlists"):
        for row in await ask.services.pool.fetch(f"SELECT * FROM {table}"):
            for column, value in row.items():
                if any(secret in column for secret in SECRETS) and value is not None:
                    text = value.hex() if isinstance(value, bytes) else str(value)
                    assert text not in packed, column


async def test_another_persons_id_reads_nothing(
    ask: Asked, mail: Mailbox, factory: Factory, objects: Objects
) -> None:
    ada = await make_rich_person(ask, mail, factory)
    await request(ada)
    await ask.services.background.drain()
    eve = await with_address(ask, mail, "eve")
    assert await export(eve) is None
    async with ask.services.pool.acquire() as connection:
        for table, kept in KEPT.items():
            mine = await select_kept(connection, table, id_of(ada), 100, kept.start)
            assert mine, table
            assert not await select_kept(connection, table, 12345, 100, kept.start), table
        key = (await select_export(connection, id_of(ada))).object_key  # type: ignore[union-attr]
    assert len(key.rpartition("/")[2]) == len("0" * 32 + ".zip")


async def test_a_wrong_password_gives_no_archive(ask: Asked, mail: Mailbox) -> None:
    ada = await with_address(ask, mail)
    answer = await ada(REQUEST, password="wrong horse battery")
    assert answer["requestExport"]["code"] == "WRONG_CREDENTIALS"
    assert await export(ada) is None


async def test_a_new_archive_takes_the_place_of_one_that_is_an_hour_old(
    ask: Asked, mail: Mailbox, objects: Objects
) -> None:
    ada = await with_address(ask, mail)
    first = await request(ada)
    again = await request(ada)
    assert again["requestedAt"] == first["requestedAt"]
    await ask.services.background.drain()
    assert (await request(ada))["state"] == "READY"
    [old] = [item.key async for item in objects.list(EXPORTS)]
    await ask.services.pool.execute(
        "UPDATE exports SET completed_at = completed_at - interval '2 hours'"
    )
    assert (await request(ada))["state"] == "PENDING"
    await ask.services.background.drain()
    [new] = [item.key async for item in objects.list(EXPORTS)]
    assert new != old


async def test_an_archive_ends_after_a_week(ask: Asked, mail: Mailbox, objects: Objects) -> None:
    ada = await with_address(ask, mail)
    await request(ada)
    await ask.services.background.drain()
    assert await work_off_exports(ask.services.pool, objects) == 0
    await ask.services.pool.execute("UPDATE exports SET due_at = due_at - interval '7 days'")
    assert await export(ada) is None
    assert await work_off_exports(ask.services.pool, objects) == 1
    assert [item.key async for item in objects.list(EXPORTS)] == []
    assert not await ask.services.pool.fetchval("SELECT count(*) FROM exports")


@pytest.mark.parametrize("batches", [0, 8])
async def test_after_a_kill_another_worker_makes_the_archive(
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
    monkeypatch.setattr("resolvers.exports._write", nothing)
    await request(ada)
    where = [s3.endpoint_url, s3.region, s3.access_key_id, s3.secret_access_key, s3.bucket]
    process = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.schema.killed", "export", str(batches), database_url, *where],
        timeout=60,
        check=False,
        capture_output=True,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()
    assert (await export(ada))["state"] == "PENDING"
    assert await work_off_exports(ask.services.pool, objects) == 0  # the dead worker's, for a while
    await ask.services.pool.execute("UPDATE exports SET due_at = now()")
    assert await work_off_exports(ask.services.pool, objects) == 1
    assert len((await fetch((await export(ada))["url"]))["plays"]) == 3


async def test_an_account_that_is_deleted_meanwhile_leaves_no_archive(
    ask: Asked, mail: Mailbox, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await with_address(ask, mail)
    put = objects.put

    async def deleted_meanwhile(*arguments: Any, **options: Any) -> None:
        await ask.services.pool.execute("DELETE FROM exports")
        await put(*arguments, **options)

    monkeypatch.setattr(objects, "put", deleted_meanwhile)
    await request(ada)
    await ask.services.background.drain()
    assert [item.key async for item in objects.list(EXPORTS)] == []
    assert await export(ada) is None
