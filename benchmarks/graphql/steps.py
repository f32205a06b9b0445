"""The longest steps of the event loop: `python -m benchmarks.graphql.steps`.

While a step runs, every other request of the worker waits. Steps are timed by the CPU of the
thread that runs the loop, so that other processes do not count.
"""

import asyncio
import tempfile
import time
from asyncio import events
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
from rich.console import Console
from rich.table import Table

from app.asgi import query_bounds, spare_collector
from app.embedded import start_database
from app.protocol import encode
from app.services import open_services
from app.settings import Settings
from benchmarks.graphql.command import prepare
from benchmarks.graphql.servers import STORAGE
from benchmarks.graphql.workloads import PAGE, workloads
from resolvers.context import Context
from schema.schema import make_schema

SONGS: Final = 2_000
REPEATS: Final = 200
BARS: Final = {"known": 2.0, "new": 15.0}
"""Milliseconds that a step of a known document, and of one never seen, may take."""


@contextmanager
def timed_steps() -> Iterator[list[float]]:
    """Milliseconds of CPU of each step that asyncio's loop makes."""
    steps: list[float] = []
    run = events.Handle._run

    def timed(handle: events.Handle) -> None:
        started = time.thread_time()
        run(handle)
        steps.append((time.thread_time() - started) * 1e3)

    events.Handle._run = timed  # type: ignore[method-assign, assignment]
    try:
        yield steps
    finally:
        events.Handle._run = run  # type: ignore[method-assign]


def large_document(settings: Settings, number: int) -> str:
    """A document that is as large as the limits allow, and another one for each number."""
    name = "title " * 8
    songs = (settings.query_max_fields - 40) // 10
    fields = min(songs, settings.query_max_aliases, settings.query_max_root_fields - 1)
    body = " ".join(
        f'a{place}: song(id: "song_{place + 1:x}") {{ {name} album {{ title }} }}'
        for place in range(fields)
    )
    return f"query Large{number} {{ {body} }}"


async def measure(settings: Settings, pages: list[dict[str, Any]]) -> dict[str, list[float]]:
    schema = make_schema()
    schema.executor.bounds = query_bounds(settings)
    found: dict[str, list[float]] = {}
    async with open_services(settings) as services:

        async def ask(query: str, variables: dict[str, Any]) -> None:
            context = Context(services)
            result = await schema.executor.execute(query, variables, None, context)
            context.loaders.close()
            assert result.errors is None, result.errors
            encode(result)

        for page in pages:
            await ask(page["query"], page["variables"])
        spare_collector()
        with timed_steps() as steps:
            for number in range(REPEATS):
                await ask(PAGE, pages[number % len(pages)]["variables"])
        found["known: the page of 20 songs"] = steps
        hundred = {"ids": [song for page in pages[:5] for song in page["variables"]["ids"]]}
        with timed_steps() as steps:
            for _ in range(REPEATS):
                await ask(PAGE, hundred)
        found["known: a page of 100 songs"] = steps
        with timed_steps() as steps:
            for number in range(REPEATS):
                new = PAGE.replace("query Page", f"query Page{number}")
                await ask(new, pages[number % len(pages)]["variables"])
        found["new: the page of 20 songs"] = steps
        with timed_steps() as steps:
            for number in range(REPEATS // 4):
                await ask(large_document(settings, number), {})
        found["new: as large as the limits allow"] = steps
    return found


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tonearm-benchmark-") as folder:
        directory = Path(folder)
        directory.chmod(0o711)
        with start_database(directory / "database", durable=False) as database:
            catalogue = asyncio.run(prepare(database.database_url, SONGS))
            values = STORAGE | {"TONEARM_DATABASE_URL": database.database_url}
            settings = Settings.model_validate(
                {name.removeprefix("TONEARM_").lower(): value for name, value in values.items()}
            )
            pages = [orjson.loads(body) for body in workloads(catalogue)["page"].bodies]
            found = asyncio.run(measure(settings, pages))
    table = Table(title="Steps of the event loop, ms of CPU")
    for heading in ("document", "median", "99 %", "longest", "at most", "kept"):
        table.add_column(heading)
    for name, steps in found.items():
        ordered = sorted(steps)
        most = BARS[name.partition(":")[0]]
        longest = ordered[-1]
        figures = (ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], longest, most)
        table.add_row(
            name, *(f"{figure:.2f}" for figure in figures), "yes" if longest <= most else "no"
        )
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
