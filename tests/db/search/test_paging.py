"""Pages of a search: nothing twice, nothing left out, whatever is written meanwhile."""

from collections.abc import Awaitable, Callable

import pytest

from db.rows import Connection
from db.search import SONGS, SongDocument, delete_songs, search_songs, upsert_songs
from db.search.kinds import SearchKind
from db.search.read import MAX_HITS
from db.search.rebuild import rebuild


def love_songs(ids: range) -> list[SongDocument]:
    """Songs of few popularities, of which every tenth has the one title."""
    return [
        SongDocument(
            id=n,
            title="Love" if n % 10 == 0 else f"{'Love' if n % 3 else 'My love'} {n}",
            artists=[f"Artist {n % 7}"],
            popularity=n * 7919 % 50,
        )
        for n in ids
    ]


async def pages(
    connection: Connection,
    text: str,
    *,
    first: int,
    between: Callable[[int], Awaitable[None]] | None = None,
) -> list[int]:
    """The ids of all pages; `between` is called with the number of each page but the last."""
    ids: list[int] = []
    after = None
    number = 0
    while True:
        page = await search_songs(connection, text, first=first, after=after)
        assert len(page.hits) <= first
        ids += [hit.id for hit in page.hits]
        if not page.has_next:
            return ids
        assert len(page.hits) == first
        after = page.hits[-1].cursor
        number += 1
        if between is not None:
            await between(number)


@pytest.fixture(params=["delta", "tiers", "both"])
async def songs(
    connection: Connection, request: pytest.FixtureRequest, small_tiers: None
) -> Connection:
    """900 songs with the word love."""
    await upsert_songs(connection, love_songs(range(1, 901)))
    if request.param != "delta":
        await rebuild(connection, SONGS)
    if request.param == "both":
        await upsert_songs(connection, love_songs(range(300, 601)))
    return connection


@pytest.mark.parametrize("first", [9, 20, 100])
@pytest.mark.parametrize("text", ["lov", "love art"])
async def test_pages_have_every_song_once(songs: Connection, text: str, first: int) -> None:
    ids = await pages(songs, text, first=first)
    assert len(ids) == len(set(ids))
    assert set(ids) == set(range(1, 901))


async def test_every_hit_has_the_cursor_behind_it(songs: Connection) -> None:
    whole = (await search_songs(songs, "love", first=100)).hits
    for at in (0, 41, 98):
        rest = await search_songs(songs, "love", first=20, after=whole[at].cursor)
        assert [hit.id for hit in rest.hits][: 99 - at] == [hit.id for hit in whole[at + 1 :]][:20]


async def test_other_songs_come_once_while_songs_are_written(songs: Connection) -> None:
    async def write(number: int) -> None:
        await delete_songs(songs, range(number, 901, 90))
        await upsert_songs(songs, love_songs(range(10_000 + number * 10, 10_005 + number * 10)))

    ids = await pages(songs, "love", first=20, between=write)
    assert len(ids) == len(set(ids))
    deleted = {n for number in range(1, 51) for n in range(number, 901, 90)}
    assert set(range(1, 901)) - deleted <= set(ids)


async def test_pages_go_on_after_a_rebuild(songs: Connection) -> None:
    async def rebuild_once(number: int) -> None:
        if number == 3:
            await rebuild(songs, SONGS)

    ids = await pages(songs, "love", first=20, between=rebuild_once)
    assert len(set(ids)) > 500


async def test_a_search_ends(connection: Connection) -> None:
    await upsert_songs(connection, love_songs(range(1, 1_201)))
    assert len(await pages(connection, "love", first=100)) == MAX_HITS


async def test_the_first_pages_are_the_most_popular(songs: Connection) -> None:
    page = await search_songs(songs, "artist 3 lo", first=20)
    popularity = [hit.id * 7919 % 50 for hit in page.hits]
    assert popularity == sorted(popularity, reverse=True)


async def test_a_page_is_one_statement_within_the_window(
    songs: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_statement(*_: object, **__: object) -> list[object]:
        raise AssertionError("the tiers were read")

    monkeypatch.setattr("db.search.read.select_tiers", no_statement)
    page = await search_songs(songs, "love", first=20)
    await search_songs(songs, "love", first=20, after=page.hits[-1].cursor)
    await search_songs(songs, "nothing at all", first=20)


@pytest.mark.parametrize("kind", [SONGS])
async def test_rebuild_sorts_rows_into_tiers(
    connection: Connection, small_tiers: None, kind: SearchKind
) -> None:
    await upsert_songs(connection, love_songs(range(1, 901)))
    await rebuild(connection, kind)
    rows = await connection.fetch(
        """
        SELECT tier, popularity, id FROM song_search ORDER BY tier, ctid
        """
    )
    assert [row["tier"] for row in rows] == [1] * 150 + [2] * 200 + [3] * 300 + [4] * 250
    order = [(row["popularity"], row["id"]) for row in rows]
    assert order == sorted(order, reverse=True)
