"""The data loaders of a request, and what they share with plans."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
import strawberry
from strawberry.dataloader import DataLoader

from engine.batch import Loader, Loaders, batched
from engine.executor import PlannedSchema


@dataclass
class Context:
    """Notes the keys of each call of the loader."""

    calls: list[list[int]] = field(default_factory=list)
    fail: bool = False
    gate: asyncio.Event | None = None
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self)


async def _load(context: Context, keys: Sequence[int]) -> list[int | None]:
    context.calls.append(list(keys))
    await asyncio.sleep(0)
    if context.gate is not None:
        await context.gate.wait()
    if context.fail:
        raise LookupError("no database")
    return [None if key == 0 else 10 * key for key in keys]


TENS: Loader[int, int] = Loader("tens", _load)


def _two(_root: object, first: int, second: int) -> list[int]:
    return [first, second]


async def _by_hand(info: strawberry.Info, key: int) -> int | None:
    found: int | None = await info.context.loaders[TENS].load(key)
    return found


@strawberry.type
class Query:
    two: list[int] = batched(TENS, _two, many=True)
    by_hand: int | None = strawberry.field(resolver=_by_hand)


schema = PlannedSchema(Query)


async def test_a_request_s_loader_is_strawberry_s() -> None:
    assert isinstance(Context().loaders[TENS], DataLoader)


async def test_loads_of_the_same_time_are_one_call() -> None:
    context = Context()
    loader = context.loaders[TENS]
    one, many, again = await asyncio.gather(
        loader.load(1), loader.load_many([2, 3]), loader.load(1)
    )
    assert (one, many, again) == (10, [20, 30], 10)
    assert context.calls == [[1, 2, 3]]


async def test_what_a_plan_read_is_not_loaded_again() -> None:
    context = Context()
    result = await schema.executor.execute("{ two(first: 1, second: 2) }", context=context)
    assert result.data == {"two": [10, 20]}
    assert await context.loaders[TENS].load_many([2, 1, 3]) == [20, 10, 30]
    assert context.calls == [[1, 2], [3]]


async def test_what_a_data_loader_loaded_is_not_read_again_by_a_plan() -> None:
    context = Context()
    await context.loaders[TENS].load(1)
    result = await schema.executor.execute("{ two(first: 1, second: 2) }", context=context)
    assert result.data == {"two": [10, 20]}
    assert context.calls == [[1], [2]]


async def test_what_is_being_read_is_waited_for() -> None:
    context = Context()
    query = "{ byHand(key: 1) two(first: 1, second: 2) }"
    result = await schema.executor.execute(query, context=context)
    assert result.data == {"byHand": 10, "two": [10, 20]}
    assert sorted(key for call in context.calls for key in call) == [1, 2]


async def test_batches_of_one_wave_are_one_call() -> None:
    context = Context()
    query = "{ two(first: 1, second: 0) more: two(first: 2, second: 1) }"
    result = await schema.executor.execute(query, context=context)
    assert result.data == {"two": [10], "more": [20, 10]}
    assert context.calls == [[1, 0, 2]]
    assert schema.executor.counters.unplanned == {}


async def test_a_load_that_failed_can_be_tried_again() -> None:
    context = Context(fail=True)
    loader = context.loaders[TENS]
    with pytest.raises(LookupError):
        await loader.load(1)
    context.fail = False
    assert await loader.load(1) == 10


async def test_who_waits_for_a_read_that_is_cancelled_reads_itself() -> None:
    context = Context(gate=asyncio.Event())
    first = asyncio.ensure_future(context.loaders[TENS].fetch([1]))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(context.loaders[TENS].read([1]))
    await asyncio.sleep(0)
    first.cancel()
    context.gate = None
    assert await second == [10]
    assert context.calls == [[1], [1]]


async def test_a_cleared_key_is_read_again() -> None:
    context = Context()
    loader = context.loaders[TENS]
    loader.clear(5)
    await loader.load(1)
    loader.clear(1)
    await loader.load(1)
    assert context.calls == [[1], [1]]


async def test_a_primed_key_is_not_read() -> None:
    context = Context()
    context.loaders[TENS].prime(1, 11)
    result = await schema.executor.execute("{ two(first: 1, second: 1) }", context=context)
    assert result.data == {"two": [11, 11]}
    assert context.calls == []
