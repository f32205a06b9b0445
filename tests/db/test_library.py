from datetime import timedelta

import pytest

from db.cursor import INT8
from db.library import (
    LibraryKind,
    delete_library_items,
    insert_library_items,
    select_library_items,
    select_library_members,
)
from db.rows import Connection
from tests.db.people import NOW, make_person

START = (NOW + timedelta(days=9_000), INT8[-1])


async def test_items_are_read_newest_first_in_the_order_given(connection: Connection) -> None:
    person = await make_person(connection)
    await insert_library_items(connection, person, "SONG", [3, 1, 2], NOW)
    await insert_library_items(connection, person, "SONG", [9], NOW + timedelta(seconds=1))
    items = await select_library_items(connection, person, "SONG", 10, START)
    assert [item.item_id for item in items] == [9, 3, 1, 2]


async def test_a_page_goes_on_behind_the_last_item(connection: Connection) -> None:
    person = await make_person(connection)
    await insert_library_items(connection, person, "SONG", list(range(1, 8)), NOW)
    first = await select_library_items(connection, person, "SONG", 4, START)
    after = (first[-1].added_at, first[-1].item_id)
    rest = await select_library_items(connection, person, "SONG", 4, after)
    assert [item.item_id for item in first + rest] == [1, 2, 3, 4, 5, 6, 7]


async def test_adding_again_keeps_the_first_time(connection: Connection) -> None:
    person = await make_person(connection)
    await insert_library_items(connection, person, "ALBUM", [1], NOW)
    await insert_library_items(connection, person, "ALBUM", [1, 1], NOW + timedelta(days=1))
    [item] = await select_library_items(connection, person, "ALBUM", 10, START)
    assert item.added_at == NOW - timedelta(microseconds=1)


async def test_kinds_are_lists_of_their_own(connection: Connection) -> None:
    person = await make_person(connection)
    await insert_library_items(connection, person, "SONG", [1, 2], NOW)
    await insert_library_items(connection, person, "ARTIST", [2], NOW)
    await delete_library_items(connection, person, "SONG", [2], NOW)
    assert await select_library_members(connection, person, "SONG", [1, 2]) == {1}
    assert await select_library_members(connection, person, "ARTIST", [1, 2]) == {2}


@pytest.mark.parametrize("kind", ["SONG", "ARTIST", "ALBUM"])
async def test_another_person_reads_and_changes_nothing(
    connection: Connection, kind: LibraryKind
) -> None:
    mine, other = await make_person(connection), await make_person(connection)
    await insert_library_items(connection, mine, kind, [1, 2], NOW)
    await delete_library_items(connection, other, kind, [1, 2], NOW)
    assert await select_library_items(connection, other, kind, 10, START) == []
    assert await select_library_members(connection, other, kind, [1, 2]) == set()
    assert await select_library_members(connection, mine, kind, [1, 2]) == {1, 2}
