"""`python -m benchmarks.tracing`: CPU of a request with traces off, unsampled, and on.

The application is called in this process, without HTTP, over a PostgreSQL of its own; the ways
take turns, round by round, so that whatever else the machine does is the same for all. A collector
in another process takes the spans.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

import orjson
from starlette.types import ASGIApp, Message

from app.asgi import create_app, spare_collector
from app.embedded import start_database
from app.settings import Settings
from benchmarks.graphql.catalogue import fill
from db.migrate import migrate
from db.pool import connect

SONG: Final = "query ($id: ID!) { song(id: $id) { title artists { name } album { title } } }"
WAYS: Final[dict[str, dict[str, Any]]] = {
    "off": {},
    "off, again": {},
    "on, share 0": {"traces_share": 0.0},
    "on, share 0.01": {"traces_share": 0.01},
    "on, share 1": {"traces_share": 1.0},
}


@asynccontextmanager
async def started(application: ASGIApp) -> AsyncGenerator[dict[str, Any], None]:
    """The state of an application that was started as a server does."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    state: dict[str, Any] = {}
    scope: MutableMapping[str, Any] = {
        "type": "lifespan",
        "asgi": {"version": "3.0"},
        "state": state,
    }
    living = asyncio.ensure_future(application(scope, inbox.get, outbox.put))
    inbox.put_nowait({"type": "lifespan.startup"})
    assert (await outbox.get())["type"] == "lifespan.startup.complete"
    try:
        yield state
    finally:
        inbox.put_nowait({"type": "lifespan.shutdown"})
        await living


async def ask(application: ASGIApp, state: dict[str, Any], body: bytes) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200

    headers = [(b"host", b"x"), (b"content-type", b"application/json"), (b"accept", b"*/*")]
    scope: MutableMapping[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "state": state.copy(),
    }
    await application(scope, receive, send)


async def measure(database_url: str, collector: str, rounds: int, requests: int) -> None:
    async with connect(database_url) as connection:
        await migrate(connection)
        songs = (await fill(connection, 1_000)).song_ids
    bodies = [
        orjson.dumps({"query": SONG, "variables": {"id": f"song_{song:x}"}}) for song in songs
    ]
    took: dict[str, list[float]] = {way: [] for way in WAYS}
    async with AsyncExitStack() as stack:
        applications = {}
        for way, options in WAYS.items():
            settings = Settings.model_validate(
                {
                    "database_url": database_url,
                    "s3_bucket": "none",
                    "s3_access_key_id": "none",
                    "s3_secret_access_key": "none",
                    "rate_limit_address": 0,
                    **dict.fromkeys(("rollup_seconds", "cleanup_seconds", "jobs_seconds"), 0),
                    "podcasts_seconds": 0,
                    "traces_url": collector if options else None,
                    **options,
                }
            )
            application = create_app(settings)
            applications[way] = application, await stack.enter_async_context(started(application))
        spare_collector()
        for turn in range(rounds + 1):
            for way, (application, state) in applications.items():
                began = time.process_time()
                for number in range(requests):
                    await ask(application, state, bodies[number % len(bodies)])
                if turn:  # the first is to warm up
                    took[way].append((time.process_time() - began) / requests * 1e6)
    off = took["off"]
    print(f"{rounds} rounds of {requests:,} requests, one after the other: {SONG}\n")
    print(
        "| traces | CPU of a request, µs (median) | least | more than off, µs (median of rounds) |"
    )
    print("|---|---|---|---|")
    for way, times in took.items():
        more = median(one - other for one, other in zip(times, off, strict=True))
        print(f"| {way} | {median(times):.1f} | {min(times):.1f} | {more:+.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=1_000)
    arguments = parser.parse_args()
    command = [sys.executable, "-m", "benchmarks.tracing.collector"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as collector,
        tempfile.TemporaryDirectory(prefix="tonearm-bench-") as name,
    ):
        try:
            assert collector.stdout is not None
            url = f"http://127.0.0.1:{int(collector.stdout.readline())}/v1/traces"
            Path(name).chmod(0o711)
            with start_database(Path(name), durable=False) as database:
                asyncio.run(
                    measure(database.database_url, url, arguments.rounds, arguments.requests)
                )
        finally:
            collector.terminate()


if __name__ == "__main__":
    main()
