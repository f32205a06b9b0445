"""A batch, declared once on a field, and used by the loaders of a request and by plans alike."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial, wraps
from inspect import Parameter, signature
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast

import strawberry
from strawberry.dataloader import AbstractCache, DataLoader

Key = TypeVar("Key")
Result = TypeVar("Result")
Function = TypeVar("Function", bound=Callable[..., Any])

BATCH_KEY = "tonearm.batch"
TOGETHER_KEY = "tonearm.together"

_Root: TypeAlias = strawberry.Parent[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Loader(Generic[Key, Result]):
    """Reads the results of many keys in one go.

    `load` takes the request's context and distinct keys, and returns one result a key, in the
    order of the keys, None where there is nothing; or a dict of those that there are, by their
    keys, and perhaps others. A result that is an exception is raised where its key was asked for.

    With `reads`, attributes of the records, `load` takes `columns=` as well: None, or those
    attributes that are all that will be read of the records.

    It says which loaders it `uses` itself; plans that have both read all columns of those, so that
    nothing is read twice.

    A `quick` loader looks rows up by their keys, and no more: plans call such loaders one after
    the other, since a task for each costs more than the look-up.
    """

    name: str
    load: Callable[..., Awaitable[Sequence[Result | None] | dict[Key, Result]]]
    reads: frozenset[str] = frozenset()
    quick: bool = False
    uses: "tuple[Loader[Any, Any], ...]" = ()


@dataclass(frozen=True, slots=True, eq=False)
class Batch(Generic[Key, Result]):
    """What a field reads: `key(parent, **arguments)` gives the loader's key.

    A key of None gives null without a look-up. With `many`, `key` gives a sequence of keys and
    the field a list of their results, without those that have none.
    """

    loader: Loader[Key, Result]
    key: Callable[..., Any]
    many: bool = False


class RequestLoader(DataLoader[Key, Result | None]):
    """Strawberry's data loader of one loader and one request, and what plans share with it.

    `found` has all that was read in this request, by plans and by `load` alike; no key is read
    twice, also when it is asked for while it is being read. A plan, which has all keys of a level
    at hand, calls `fetch` and then looks into `found`: no future is made for each key.
    """

    max_batch_size = None
    cache = True
    _loop = None

    def __init__(
        self, loader: Loader[Key, Result], context: Any, columns: frozenset[str] | None = None
    ) -> None:
        # Not DataLoader's, whose cache is made when something is loaded by a key: see `cache_map`.
        self.found: dict[Key, Result | None] = {}
        self.name = loader.name
        self.quick = loader.quick
        self._load = loader.load if columns is None else partial(loader.load, columns=columns)
        self._context = context
        self._reads: list[_Read] = []

    @cached_property
    def cache_map(self) -> AbstractCache[Key, Result | None]:  # type: ignore[override]
        return _Found(self.found)

    async def load_fn(self, keys: list[Key]) -> Sequence[Result | None]:
        """Reads keys that were gathered from calls of `load`."""
        await self.fetch(keys)
        return [self.found[key] for key in keys]

    def fetch(self, keys: Iterable[Key]) -> Awaitable[None]:
        """Reads those of `keys` that are not in `found`; raises what the loader raises."""
        return self.fetch_distinct(list(dict.fromkeys(keys)))

    def fetch_distinct(self, keys: list[Key]) -> Awaitable[None]:
        """As `fetch`, of keys of which none is there twice."""
        found = self.found
        missing = [key for key in keys if key not in found] if found else keys
        # No coroutine around the one that reads, where nothing else is being read.
        return self._read(missing) if missing and not self._reads else self._read_beside(missing)

    async def _read_beside(self, missing: list[Key]) -> None:
        """Reads keys of which some may be being read."""
        found = self.found
        while missing:
            unread = missing
            if self._reads:
                unread = [key for key in missing if not any(key in one for one in self._reads)]
            if unread:
                await self._read(unread)
            if unread is missing:
                return
            for one in self._reads.copy():
                if one in self._reads and any(key in one for key in missing):
                    await one.end()
            missing = [key for key in missing if key not in found]

    async def read(self, keys: Sequence[Key]) -> list[Result | None]:
        """The results of keys, for a caller that has all of them: nothing else is waited for."""
        await self.fetch(keys)
        results = [self.found[key] for key in keys]
        for result in results:
            if isinstance(result, Exception):
                raise result
        return results

    async def _read(self, keys: list[Key]) -> None:
        self._reads.append(read := _Read(keys))
        try:
            results = await self._load(self._context, keys)
            if isinstance(results, dict):
                # Not what it has of other keys, which may be many.
                self.found.update(zip(keys, map(results.get, keys), strict=True))
            else:
                self.found.update(zip(keys, results, strict=True))
        except Exception as error:
            read.failure = error
            raise
        finally:
            self._reads.remove(read)
            for future in read.waiting:
                if not future.done():
                    future.set_result(None)


class _Read:
    """Keys that are being read, and those who wait for some of them."""

    __slots__ = ("_keys", "failure", "waiting")

    def __init__(self, keys: Collection[Any]) -> None:
        self._keys = keys
        self.failure: Exception | None = None
        self.waiting: list[asyncio.Future[None]] = []

    def __contains__(self, key: Any) -> bool:
        if not isinstance(self._keys, frozenset):  # made when there is somebody who asks
            self._keys = frozenset(self._keys)
        return key in self._keys

    async def end(self) -> None:
        """Waits for the end; raises what the read raised."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        await future
        if self.failure is not None:
            raise self.failure


class _Found(AbstractCache[Key, Result | None]):
    """A data loader's cache over what was found; a load that failed is not kept."""

    def __init__(self, found: dict[Key, Result | None]) -> None:
        self._found = found
        self._futures: dict[Key, asyncio.Future[Result | None]] = {}

    def get(self, key: Key) -> "asyncio.Future[Result | None] | None":
        future = self._futures.get(key)
        if future is not None and (key in self._found or not future.done()):
            return future
        if key not in self._found:
            return None
        future = self._futures[key] = asyncio.get_running_loop().create_future()
        result = self._found[key]
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
        return future

    def set(self, key: Key, value: "asyncio.Future[Result | None]") -> None:
        self._futures[key] = value
        if value.done():  # primed
            self._found[key] = value.result()

    def delete(self, key: Key) -> None:
        self._futures.pop(key, None)
        self._found.pop(key, None)

    def clear(self) -> None:
        self._futures.clear()
        self._found.clear()


@dataclass(slots=True)
class Loaders:
    """The data loaders of one request; they must not outlive it."""

    context: Any
    _by_loader: dict[Loader[Any, Any], RequestLoader[Any, Any]] = field(default_factory=dict)
    _narrowed: dict[Any, RequestLoader[Any, Any]] = field(default_factory=dict)

    def __getitem__(self, loader: Loader[Key, Result]) -> RequestLoader[Key, Result]:
        found = self._by_loader.get(loader)
        if found is None:
            found = self._by_loader[loader] = RequestLoader(loader, self.context)
        return found

    def narrowed(
        self, loader: Loader[Key, Result], columns: frozenset[str] | None
    ) -> RequestLoader[Key, Result]:
        """A loader whose records may have no more than `columns`, for plans that read no more.

        What it has found is its own: others may read more. Where the records have already been
        read as a whole, those are what it gives.
        """
        if columns is None or loader in self._by_loader:
            return self[loader]
        found = self._narrowed.get((loader, columns))
        if found is None:
            found = self._narrowed[loader, columns] = RequestLoader(loader, self.context, columns)
        return found

    def close(self) -> None:
        """Ends the loaders with their request.

        They hold the context, which holds them: such a cycle keeps all that the request has read
        until the garbage collector finds it, which took a quarter of the time of a page.
        """
        self._by_loader.clear()
        self._narrowed.clear()
        self.context = None


def reads(*attributes: str) -> Callable[[Function], Function]:
    """Declares which attributes a function of records reads of them, and that it reads no others.

    Nothing else of the records need be loaded then. Without it a function may read all; one that
    gives a record on declares nothing, since others read of that.
    """

    def declare(function: Function) -> Function:
        function.reads = frozenset(attributes)  # type: ignore[attr-defined]
        return function

    return declare


class HasLoaders(Protocol):
    """What the engine asks of a request's context."""

    @property
    def loaders(self) -> Loaders: ...


def reads_of(function: Callable[..., Any]) -> frozenset[str] | None:
    """The attributes that a function declares; None where it may read all."""
    declared: frozenset[str] | None = getattr(function, "reads", None)
    return declared


def batch_of(metadata: Any) -> Batch[Any, Any] | None:
    """The batch that a field's metadata declares."""
    return cast("Batch[Any, Any] | None", (metadata or {}).get(BATCH_KEY))


def together_of(metadata: Any) -> Callable[..., Sequence[Any]] | None:
    """The function for all parents at once that a field's metadata declares."""
    return cast("Callable[..., Sequence[Any]] | None", (metadata or {}).get(TOGETHER_KEY))


def batched(
    loader: Loader[Any, Any], key: Callable[..., Any], *, many: bool = False, **options: Any
) -> Any:
    """A Strawberry field that reads `loader` at `key(parent, **arguments)`.

    `key` is a plain function; its first parameter is the parent record, the others become the
    field's arguments. `options` are those of `strawberry.field`.
    """
    parent, *arguments = signature(key).parameters.values()

    async def resolve(**values: Any) -> Any:
        loaded = values.pop("info").context.loaders[loader]
        wanted = key(values.pop(parent.name), **values)
        if wanted is None:
            return None
        if not many:
            return await loaded.load(wanted)
        found = await loaded.load_many(wanted)
        return [result for result in found if result is not None]

    return _field(resolve, key, parent, arguments, {BATCH_KEY: Batch(loader, key, many)}, options)


def together(function: Callable[..., Sequence[Any]], **options: Any) -> Any:
    """A Strawberry field whose values a plan gets by one call, for all parents at once.

    `function(context, parents, **arguments)` gives a value for each of the parents; a value that
    is an exception is raised for that parent. It is for what costs little and waits for nothing,
    on so many objects that even a call for each would tell.
    """
    _, parent, *arguments = signature(function).parameters.values()

    def resolve(**values: Any) -> Any:
        context = values.pop("info").context
        [result] = function(context, [values.pop(parent.name)], **values)
        return result

    return _field(resolve, function, parent, arguments, {TOGETHER_KEY: function}, options)


def _field(
    resolve: Callable[..., Any],
    function: Callable[..., Any],
    parent: Parameter,
    arguments: list[Parameter],
    metadata: dict[str, Any],
    options: dict[str, Any],
) -> Any:
    """A field that Strawberry resolves by `resolve`, with the arguments of `function`."""
    wraps(function)(resolve)
    info = Parameter("info", Parameter.KEYWORD_ONLY, annotation=strawberry.Info)
    root = parent.replace(annotation=_Root)
    resolve.__signature__ = signature(function).replace(  # type: ignore[attr-defined]
        parameters=[root, *arguments, info], return_annotation=Any
    )
    resolve.__annotations__ = {
        **{argument.name: argument.annotation for argument in arguments},
        parent.name: _Root,
        "info": strawberry.Info,
        "return": Any,
    }
    return strawberry.field(resolver=resolve, metadata=metadata, **options)
