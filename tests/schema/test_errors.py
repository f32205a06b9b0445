import logging
from dataclasses import replace
from typing import Any

import pytest

from db.pool import open_pool
from resolvers.ids import song_id
from tests.factories import Factory
from tests.schema.conftest import Asked


async def test_what_goes_wrong_on_our_side_is_logged_and_not_told(
    ask: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    async with ask.services.pool.acquire() as connection:
        await connection.execute("ALTER TABLE genres RENAME TO gone")
        try:
            error = await ask.error("{ genres { nodes { name } } }")
        finally:
            await connection.execute("ALTER TABLE gone RENAME TO genres")
    assert error["extensions"] == {"code": "INTERNAL"}
    assert error["path"] == ["genres"]
    assert "genres" not in error["message"]
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "relation" in record.getMessage()


async def test_a_document_that_is_wrong_is_the_clients(ask: Asked) -> None:
    error = await ask.error("{ nonsense: xyz }")
    assert error["message"] == "Cannot query field 'xyz' on type 'Query'."
    assert error["extensions"] == {"code": "BAD_DOCUMENT"}


async def test_a_database_that_is_gone_is_told_as_such(ask: Asked, database_url: str) -> None:
    async with open_pool(database_url) as pool:
        ask.services = replace(ask.services, pool=pool)
        await pool.close()
        error = await ask.error('{ genre(slug: "rock") { name } }')
    assert error["extensions"] == {"code": "UNAVAILABLE"}


async def test_a_statement_that_takes_too_long_is_given_up(ask: Asked, database_url: str) -> None:
    async with open_pool(database_url, statement_timeout=0.05) as pool:
        ask.services = replace(ask.services, pool=pool)
        async with ask.services.pool.acquire() as connection, connection.transaction():
            await connection.execute("LOCK TABLE genres")
            error = await ask.error('{ genre(slug: "rock") { name } }')
    assert error["extensions"] == {"code": "TIMEOUT"}


@pytest.mark.parametrize("field", ["stream { url }", "files { streamUrl }"])
async def test_streams_are_for_those_who_signed_in_unless_anonymous_may(
    factory: Factory, ask: Asked, field: str
) -> None:
    song = await factory.make_song()
    ask.services = replace(ask.services, anonymous_streaming=False)
    answer: dict[str, Any] = await ask.answer(
        f"query ($id: ID!) {{ song(id: $id) {{ title {field} }} }}", id=song_id(song)
    )
    assert answer["data"]["song"]["title"] == "Hello"
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "NOT_SIGNED_IN"}
    assert "Authorization" in error["message"]
