"""Beginnings of words that very many rows have."""

from collections.abc import Sequence

import pytest

from db.rows import Connection
from db.search import SongDocument, beginnings, search_songs, upsert_songs
from db.search.beginnings import narrowed, rebuild_beginnings, select_beginnings, terms_of
from db.search.vocabulary import rebuild_vocabulary


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginnings, "HEAVY", 4)
    monkeypatch.setattr(beginnings, "MOST_WORDS", 2)


async def write(connection: Connection, titles: Sequence[str]) -> None:
    await upsert_songs(
        connection, [SongDocument(id=number, title=title) for number, title in enumerate(titles, 1)]
    )
    await rebuild_vocabulary(connection)


TITLES = ["Live", "Live Live", "Lively", "Lively Up", "Lives", "O'Livell", "Livedaroc"]


async def test_a_heavy_beginning_stands_for_its_most_frequent_words(connection: Connection) -> None:
    await write(connection, TITLES)
    found = await select_beginnings(connection, ["live", "lively", "o"])
    assert found == {"live": "('live' | 'lively')"}


async def test_light_beginnings_are_not_kept(connection: Connection) -> None:
    await write(connection, TITLES[:4])
    assert await rebuild_beginnings(connection) == 0


async def test_what_was_written_since_is_found_by_a_heavy_beginning(connection: Connection) -> None:
    await write(connection, TITLES)
    page = await search_songs(connection, "live", first=20)
    assert {hit.id for hit in page.hits} >= {1, 2, 3, 4, 5, 7}


async def test_in_the_tiers_a_heavy_beginning_finds_its_frequent_words(
    connection: Connection,
) -> None:
    await write(connection, TITLES)
    await connection.execute("UPDATE song_search SET tier = 1")
    page = await search_songs(connection, "live", first=20)
    assert {hit.id for hit in page.hits} == {1, 2, 3, 4}
    page = await search_songs(connection, "lives", first=20)
    assert page.hits[0].id == 5


@pytest.mark.parametrize(
    ("tsquery", "beginning"),
    [
        ("'love' & 'live':*", "live"),
        ("'o''live' & '''live':*", "'live"),
        (r"'a\\' & 'b\\c':*", r"b\c"),
    ],
)
def test_the_beginning_is_found_among_the_terms(tsquery: str, beginning: str) -> None:
    terms = terms_of(tsquery)
    assert terms.delta == tsquery
    assert terms.beginning == beginning
    assert terms.tiers.replace("\x01", terms.term) == tsquery


async def test_several_beginnings_are_looked_up_at_once(connection: Connection) -> None:
    await write(connection, TITLES)
    terms = await narrowed(connection, "('live':* | 'lovi':*) & 'up'")
    assert terms.tiers == "(('live' | 'lively') | 'lovi':*) & 'up'"
