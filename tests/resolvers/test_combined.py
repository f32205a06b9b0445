import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import pytest

from resolvers.combined import MOST_KEYS, Combined
from resolvers.errors import DeadlineExceeded, Unavailable

NEVER = 3600.0
Get: TypeAlias = Callable[..., Awaitable["asyncio.Task[dict[int, int]]"]]


class Statements:
    """Statements that end when the test says so; key `n` finds `-n`."""

    def __init__(self) -> None:
        self.keys: list[list[int]] = []
        self._ends: list[asyncio.Future[None]] = []

    async def read(self, keys: Sequence[int]) -> dict[int, int]:
        self.keys.append(list(keys))
        end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ends.append(end)
        await end
        return {key: -key for key in keys}

    def ended(self, number: int) -> bool:
        return self._ends[number].done()

    async def end(self, number: int, error: Exception | None = None) -> None:
        if error is None:
            self._ends[number].set_result(None)
        else:
            self._ends[number].set_exception(error)
        await settled()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def statements() -> Statements:
    return Statements()


@pytest.fixture
def get(statements: Statements) -> Get:
    combined: Combined[int, int] = Combined(NEVER)

    async def ask(*keys: int) -> "asyncio.Task[dict[int, int]]":
        task = asyncio.create_task(combined.get(keys, statements.read))
        await settled()
        return task

    return ask


async def test_request_alone_reads_at_once(statements: Statements, get: Get) -> None:
    await get(1, 2)
    assert statements.keys == [[1, 2]]


async def test_requests_gathered_meanwhile_share_one_statement(
    statements: Statements, get: Get
) -> None:
    first, second, third = await get(1), await get(2, 3), await get(3, 4)
    assert statements.keys == [[1]]
    await statements.end(0)
    assert statements.keys == [[1], [2, 3, 4]]
    await statements.end(1)
    assert first.result() == {1: -1}
    assert second.result() == third.result() == {2: -2, 3: -3, 4: -4}


async def test_what_is_under_way_answers_nobody_who_asks_later(
    statements: Statements, get: Get
) -> None:
    await get(1)
    await get(1)
    await statements.end(0)
    assert statements.keys == [[1], [1]]


async def test_statement_that_failed_is_made_by_each_alone(
    statements: Statements, get: Get
) -> None:
    await get(1)
    leader, second, third = await get(2), await get(3), await get(4)
    await statements.end(0)
    await statements.end(1, Unavailable())
    assert isinstance(leader.exception(), Unavailable)
    assert statements.keys[2:] == [[3], [4]]
    await statements.end(2)
    await statements.end(3)
    assert (second.result(), third.result()) == ({3: -3}, {4: -4})


async def test_statement_that_ran_out_of_time_is_not_made_again(
    statements: Statements, get: Get
) -> None:
    await get(1)
    leader, other = await get(2), await get(3)
    await statements.end(0)
    await statements.end(1, DeadlineExceeded())
    assert isinstance(leader.exception(), DeadlineExceeded)
    assert isinstance(other.exception(), DeadlineExceeded)
    assert len(statements.keys) == 2


async def test_failure_of_the_first_is_not_that_of_those_behind_it(
    statements: Statements, get: Get
) -> None:
    first, second = await get(1), await get(2)
    await statements.end(0, Unavailable())
    await statements.end(1)
    assert isinstance(first.exception(), Unavailable)
    assert second.result() == {2: -2}


async def test_request_that_is_gone_takes_nobody_with_it(statements: Statements, get: Get) -> None:
    await get(1)
    leader, other = await get(2), await get(3)
    await statements.end(0)
    leader.cancel()
    await settled()
    assert statements.keys[1:] == [[2, 3], [3]]
    await statements.end(2)
    assert other.result() == {3: -3}


async def test_request_that_is_gone_before_its_turn_hands_it_on(
    statements: Statements, get: Get
) -> None:
    first, leader, other = await get(1), await get(2), await get(3)
    first.cancel()  # ends the statement; the leader is told in this turn of the loop
    await asyncio.sleep(0)
    leader.cancel()
    await settled()
    await statements.end(1)
    assert leader.cancelled()
    assert other.result() == {2: -2, 3: -3}


async def test_nothing_is_read_for_requests_that_are_all_gone(
    statements: Statements, get: Get
) -> None:
    await get(1)
    gone = await get(2)
    gone.cancel()
    await statements.end(0)
    assert statements.keys == [[1]]
    await get(3)
    assert statements.keys == [[1], [3]]


async def test_full_group_is_followed_by_another(statements: Statements, get: Get) -> None:
    await get(0)
    await get(*range(1, MOST_KEYS + 1))
    await get(MOST_KEYS + 1)
    await statements.end(0)
    await statements.end(1)
    assert [len(keys) for keys in statements.keys] == [1, MOST_KEYS, 1]


async def test_group_that_lost_patience_goes_beside_what_is_under_way(
    statements: Statements,
) -> None:
    combined: Combined[int, int] = Combined(0)
    stuck = asyncio.create_task(combined.get([1], statements.read))
    await settled()
    second = asyncio.create_task(combined.get([2], statements.read))
    await settled()
    await statements.end(1)
    assert second.result() == {2: -2}
    assert not stuck.done()
    await statements.end(0)
    assert stuck.result() == {1: -1}


async def test_nothing_is_under_way_when_all_have_ended(statements: Statements) -> None:
    combined: Combined[int, int] = Combined(0)
    tasks = [asyncio.create_task(combined.get([number], statements.read)) for number in range(4)]
    await settled()
    while not all(task.done() for task in tasks):
        for number in range(len(statements.keys)):
            if not statements.ended(number):
                await statements.end(number)
        await asyncio.sleep(0)
    assert combined.under_way == 0
