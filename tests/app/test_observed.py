import asyncio
import logging
import re
from typing import Any

import httpx
import pytest

from app.observed import Observed, note
from app.settings import Settings
from app.traffic import Traffic
from tests.app.conftest import serve

QUERY = '{ genre(slug: "none") { name } }'


async def test_a_request_keeps_the_id_that_it_came_with(api: httpx.AsyncClient) -> None:
    for id_ in ("a", "018f2c3a-7b1e", "Root=1-5759e988-bd862e3fe1be46a994272793"):
        answer = await api.post("/graphql", json={"query": QUERY}, headers={"x-request-id": id_})
        assert answer.headers["x-request-id"] == id_


async def test_a_request_without_a_sane_id_gets_one(api: httpx.AsyncClient) -> None:
    ids = set()
    for headers in ({}, {"x-request-id": "a b"}, {"x-request-id": "x" * 65}, {"x-request-id": ""}):
        for path in ("/graphql", "/healthz", "/no-such-page"):
            answer = await api.get(path, headers=headers)
            assert re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]+", answer.headers["x-request-id"])
            ids.add(answer.headers["x-request-id"])
    assert len(ids) == 12


async def test_an_error_of_ours_names_its_request(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("lost at postgresql://tonearm:hunter2@db")

    monkeypatch.setattr("resolvers.genres.select_genre_page", broken)
    query = "query Broken { genres { nodes { name } } }"
    answer = await api.post("/graphql", json={"query": query}, headers={"x-request-id": "mine-1"})
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "mine-1"}
    assert "hunter2" not in answer.text
    [line] = [record for record in caplog.records if record.name == "tonearm.request"]
    assert line.levelno == logging.WARNING
    told = line.fields  # type: ignore[attr-defined]
    assert told["operation"] == "Broken"
    assert told["codes"] == "INTERNAL"
    assert told["status"] == 200


async def test_every_request_is_logged_where_that_is_set(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tonearm.request")
    async with serve(settings.model_copy(update={"access_log": True})) as client:
        await client.get("/graphql", params={"query": "query Mine { __typename }"})
        await client.post("/graphql", content="{", headers={"content-type": "application/json"})
    told = [
        record.fields  # type: ignore[attr-defined]
        for record in caplog.records
        if record.name == "tonearm.request"
    ]
    assert [(line["method"], line["path"], line["status"]) for line in told] == [
        ("GET", "/graphql", 200),
        ("POST", "/graphql", 400),
    ]
    assert told[0]["operation"] == "Mine"
    assert "operation" not in told[1]


async def test_a_slow_request_is_logged_and_a_quick_one_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def app(scope: Any, _receive: Any, send: Any) -> None:
        note(scope, "Mine\n; DROP", 7, None)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def sends(slow_seconds: float) -> None:
        async def send(_message: Any) -> None:
            await asyncio.sleep(0)

        traffic = Traffic()
        observed = Observed(app, traffic, {"/graphql"}, slow_seconds=slow_seconds, access_log=False)
        scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": []}
        await observed(scope, send, send)  # type: ignore[arg-type]
        assert traffic.open == 0

    await sends(1e9)
    assert not caplog.records
    await sends(0)
    [line] = caplog.records
    assert line.message == "Slow"
    assert line.fields["operation"] == "(unnamed)"  # type: ignore[attr-defined]
    assert line.fields["cost"] == 7  # type: ignore[attr-defined]
