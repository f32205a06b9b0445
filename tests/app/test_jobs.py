import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from io import StringIO
from ipaddress import ip_network

import pytest
from rich.console import Console

from app.jobs import Done, Job, do_jobs, do_similar, keep_done
from app.podcasts import open_podcasts
from app.services import open_bucket
from app.settings import Settings
from db.pool import Pool
from db.show_feeds import select_show_feeds
from db.similar import upsert_listeners_due
from db.users import insert_user
from ingest.podcasts.refresh import add_show
from storage.keys import EXPORTS
from tests.app.conftest import serve
from tests.ingest.podcasts.conftest import serve_host
from tests.ingest.podcasts.feeds import item, rss

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def due(clean_database: Pool, settings: Settings) -> AsyncGenerator[Pool, None]:
    """Of each kind of job there is one."""
    async with clean_database.acquire() as connection:
        for user_id in (1, 2):
            await insert_user(connection, user_id, f"person{user_id}", "Person", NOW)
        await upsert_listeners_due(connection, [2])
        await connection.execute(
            """
            INSERT INTO account_deletions (user_id, due_at) VALUES (1, '2026-01-01');
            INSERT INTO exports (user_id, object_key, requested_at, due_at)
            VALUES (2, 'exports/2/x.zip', '2026-01-01', '2026-01-01');
            INSERT INTO changes (user_id, number, changed_at, item_id, kind)
            VALUES (2, 1, '2026-01-01', 1, 'SONG');
            """
        )
    yield clean_database
    async with open_bucket(settings) as objects:
        async for item in objects.list(EXPORTS):
            await objects.delete(item.key)


async def test_the_command_does_all_that_is_due(settings: Settings, due: Pool) -> None:
    console = Console(file=StringIO())
    assert await do_jobs(settings, console) == 0
    assert console.file.getvalue().splitlines() == [  # type: ignore[attr-defined]
        "1 accounts deleted.",
        "1 exports made or ended.",
        "1 old changes forgotten.",
        "1 listeners counted.",
    ]
    assert await due.fetchval("SELECT array_agg(id) FROM users") == [2]


async def test_a_job_that_fails_does_not_keep_the_others_from_being_done(
    settings: Settings, due: Pool
) -> None:
    console = Console(file=StringIO())
    broken = settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:1"})
    assert await do_jobs(broken, console) == 1
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "exports: " in said
    assert "1 listeners counted." in said


async def test_listeners_are_counted_by_a_command_of_their_own(
    settings: Settings, due: Pool
) -> None:
    console = Console(file=StringIO())
    assert await do_similar(settings, console) == 0
    assert console.file.getvalue() == "1 listeners counted.\n"  # type: ignore[attr-defined]


async def test_a_worker_does_them_by_itself(settings: Settings, due: Pool) -> None:
    often = settings.model_copy(update={"jobs_seconds": 0.01})
    async with asyncio.timeout(30), serve(often):
        while await due.fetchval("SELECT count(*) FROM account_deletions"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_worker_refreshes_podcasts_that_are_due(
    settings: Settings, clean_database: Pool
) -> None:
    often = settings.model_copy(
        update={"podcasts_seconds": 0.01, "podcast_networks": (ip_network("127.0.0.1/32"),)}
    )
    async with asyncio.timeout(30), serve_host() as host:
        url = host.serve("/feed", rss(item("1", url="https://cdn.example.com/1.mp3")))
        async with open_podcasts(often) as podcasts:
            added = await add_show(podcasts, url, now=NOW)
        host.serve("/feed", rss(item("2", url="https://cdn.example.com/2.mp3")))
        async with serve(often):
            while await clean_database.fetchval("SELECT count(*) FROM episodes") < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        async with clean_database.acquire() as connection:
            [feed] = await select_show_feeds(connection, [added.show_id])
        assert feed.due_at is not None
        assert feed.due_at > feed.refreshed_at > NOW


async def test_a_job_that_is_never_to_be_done_is_not() -> None:
    before = asyncio.all_tasks()
    async with keep_done([Job("never", 0, do_nothing)]):
        assert asyncio.all_tasks() == before


async def do_nothing() -> Done:
    return {}


async def test_a_fault_is_logged_with_its_traceback_and_the_job_is_done_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    again = asyncio.Event()

    async def work() -> Done:
        if job.runs == 1:
            raise ZeroDivisionError("nobody expected it")
        again.set()
        return {"things done": 3, "others done": 0}

    job = Job("fragile", 0.001, work)
    with caplog.at_level("INFO", "tonearm.jobs"):
        async with asyncio.timeout(30), keep_done([job]):
            await again.wait()
    assert "nobody expected it" in caplog.text
    assert "Traceback" in caplog.text
    assert "3 things done" in caplog.messages
    assert job.failures == 1
    assert job.runs >= 2


async def test_the_command_goes_on_after_a_fault(
    settings: Settings, due: Pool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> int:
        raise ZeroDivisionError("nobody expected it")

    monkeypatch.setattr("app.jobs.work_off_exports", fail)
    console = Console(file=StringIO())
    assert await do_jobs(settings, console) == 1
    assert "1 listeners counted." in console.file.getvalue()  # type: ignore[attr-defined]
    assert "nobody expected it" in caplog.text


async def test_what_is_at_work_at_the_end_is_completed_and_no_more_is_begun() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    completed: list[int] = []

    async def work() -> Done:
        begun.set()
        await may_end.wait()
        completed.append(job.runs)
        return {}

    job = Job("patient", 0.001, work)

    async def stop_meanwhile() -> None:
        async with keep_done([job]):
            await begun.wait()

    async with asyncio.timeout(30):
        stopping = asyncio.create_task(stop_meanwhile())
        await begun.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        assert not stopping.done()
        may_end.set()
        await stopping
    assert completed == [1]


async def test_what_takes_too_long_at_the_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.jobs.END_SECONDS", 0.01)
    begun = asyncio.Event()

    async def work() -> Done:
        begun.set()
        await asyncio.Event().wait()
        return {}

    job = Job("endless", 0.001, work)
    async with asyncio.timeout(30), keep_done([job]):
        await begun.wait()
    assert job.runs == 1
    assert job.busy_seconds > 0
