import asyncio

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.settings import Settings
from app.traffic import MOST_CODES, MOST_NAMES, OTHER, SECONDS, Traffic
from tests.app.conftest import free_port, serve

SONG = 'query Genre { genre(slug: "none") { name } }'


def values(text: str) -> dict[tuple[str, ...], float]:
    """Samples by their name and the values of their labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scraped(port: int) -> dict[tuple[str, ...], float]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")
    assert answer.status_code == 200
    return values(answer.text)


async def test_what_was_asked_is_counted(settings: Settings) -> None:
    port = free_port()
    with_metrics = settings.model_copy(update={"metrics_port": port})
    async with serve(with_metrics) as client:
        for _ in range(3):
            await client.post("/graphql", json={"query": SONG})
        await client.post("/graphql", json={"query": "{ noSuchField }"})
        await client.post("/graphql", content="{", headers={"content-type": "application/json"})
        await client.get("/healthz")
        assert (await client.get("/metrics")).status_code == 404  # not where the public is
        found = await scraped(port)
    assert found["tonearm_requests_total", "Genre", "200"] == 3
    assert found["tonearm_requests_total", "unread", "400"] == 1
    assert found["tonearm_request_seconds_count", "Genre"] == 3
    assert found["tonearm_request_seconds_bucket", "+Inf", "Genre"] == 3
    assert found["tonearm_request_cost_count",] == 4  # the cost comes before the validation
    assert found["tonearm_errors_total", "BAD_DOCUMENT"] == 1
    assert found["tonearm_pages_total", "200"] == 1
    assert found["tonearm_database_uses_total",] >= 3
    assert found["tonearm_database_connections", "at_hand"] >= 1
    assert found["tonearm_requests_open",] == 0
    assert found["tonearm_operations_planned_total",] >= 3
    assert found["process_resident_memory_bytes",] > 0


async def test_what_is_done_in_the_background_is_counted(settings: Settings) -> None:
    port = free_port()
    busy = settings.model_copy(update={"metrics_port": port, "rollup_seconds": 0.01})
    async with asyncio.timeout(30), serve(busy):
        while not (found := await scraped(port))["tonearm_job_runs_total", "rollup"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert found["tonearm_job_failures_total", "rollup"] == 0
    assert found["tonearm_job_succeeded_timestamp_seconds", "rollup"] > 1.7e9
    assert ("tonearm_job_runs_total", "cleanup") not in found  # it is never done here


async def test_each_worker_takes_a_port_of_its_own(settings: Settings) -> None:
    port = free_port()
    with_metrics = settings.model_copy(update={"metrics_port": port})
    async with serve(with_metrics) as first, serve(with_metrics) as second:
        await first.post("/graphql", json={"query": SONG})
        for _ in range(2):
            await second.post("/graphql", json={"query": SONG})
        assert (await scraped(port))["tonearm_requests_total", "Genre", "200"] == 1
        assert (await scraped(port + 1))["tonearm_requests_total", "Genre", "200"] == 2


async def test_without_a_port_there_are_no_metrics(settings: Settings) -> None:
    assert settings.metrics_port == 0
    port = free_port()
    async with serve(settings) as client:
        await client.post("/graphql", json={"query": SONG})
        with pytest.raises(httpx.ConnectError):
            await scraped(port)


def test_a_flood_of_names_makes_no_flood_of_series() -> None:
    traffic = Traffic()
    for number in range(10_000):
        traffic.ended(f"Name{number}", 200, 0.01, 1, ())
        traffic.ended(f"Wrong{number}", 400, 0.01, None, (f"CODE{number}",))
    assert len(traffic.requests) <= MOST_NAMES + 2
    assert len(traffic.seconds) <= MOST_NAMES + 1
    assert len(traffic.errors) <= MOST_CODES + 1
    assert traffic.requests[OTHER, 200] == 10_000 - (MOST_NAMES - 1)
    assert traffic.requests[OTHER, 400] == 10_000
    assert sum(traffic.requests.values()) == 20_000


def test_names_that_are_set_are_all_that_is_counted_by_itself() -> None:
    traffic = Traffic({"Mine"})
    for name in ("Mine", "Yours", "", None):
        traffic.ended(name, 200, 0.01, 1, ())
    assert set(traffic.requests) == {
        ("Mine", 200),
        (OTHER, 200),
        ("unnamed", 200),
        ("unread", 200),
    }


def test_a_histogram_cumulates() -> None:
    traffic = Traffic({"Mine"})
    for seconds in (0.0005, 0.001, 0.3, 100.0):
        traffic.ended("Mine", 200, seconds, None, ())
    buckets = dict(traffic.seconds["Mine"].cumulated())
    assert buckets["0.001"] == 2
    assert buckets["0.25"] == 2
    assert buckets["0.5"] == 3
    assert buckets["10"] == 3
    assert buckets["+Inf"] == 4
    assert len(buckets) == len(SECONDS) + 1
