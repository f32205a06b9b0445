"""The longest steps of the event loop.

While a step runs, every other request of the worker waits. Steps are timed by the CPU of the
thread that runs the loop, so that other processes do not count.
"""

import asyncio
import time
from asyncio import events
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson

from app.asgi import query_bounds, spare_collector
from app.protocol import encode
from app.services import open_services
from app.settings import Settings
from benchmarks.graphql.catalogue import Catalogue
from benchmarks.graphql.servers import STORAGE
from benchmarks.graphql.workloads import PAGE, workloads
from resolvers.context import Context
from schema.schema import make_schema

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


@dataclass(frozen=True, slots=True)
class Steps:
    """Milliseconds of CPU; `most` is what the longest step may take."""

    document: str
    median: float
    p99: float
    longest: float
    most: float


def measure_steps(database_url: str, catalogue: Catalogue) -> list[Steps]:
    """Measures in this process, with the schema, the limits and the services of a server."""
    values = STORAGE | {"TONEARM_DATABASE_URL": database_url}
    settings = Settings.model_validate(
        {name.removeprefix("TONEARM_").lower(): value for name, value in values.items()}
    )
    pages = [orjson.loads(body) for body in workloads(catalogue)["page"].bodies]
    found = []
    for name, steps in asyncio.run(measure(settings, pages)).items():
        ordered = sorted(steps)
        most = BARS[name.partition(":")[0]]
        middle, last = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
        found.append(Steps(name, middle, last, ordered[-1], most))
    return found
