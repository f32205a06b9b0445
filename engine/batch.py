"""A batch, declared once on a field, and used by the loaders of a request and by plans alike."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from inspect import Parameter, signature
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast

import strawberry

Key = TypeVar("Key")
Result = TypeVar("Result")

METADATA_KEY = "tonearm.batch"

_Root: TypeAlias = strawberry.Parent[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Loader(Generic[Key, Result]):
    """Reads the results of many keys in one go.

    `load` takes the request's context and distinct keys, and returns one result a key, in the
    order of the keys, None where there is nothing. A result that is an exception is raised where
    its key was asked for.
    """

    name: str
    load: Callable[[Any, Sequence[Key]], Awaitable[Sequence[Result | None]]]


@dataclass(frozen=True, slots=True, eq=False)
class Batch(Generic[Key, Result]):
    """What a field reads: `key(parent, **arguments)` gives the loader's key.

    A key of None gives null without a look-up. With `many`, `key` gives a sequence of keys and
    the field a list of their results, without those that have none.
    """

    loader: Loader[Key, Result]
    key: Callable[..., Any]
    many: bool = False


class Results(Generic[Key, Result]):
    """What one loader has read in one request: no key is read twice."""

    __slots__ = ("_coming", "_context", "_loader", "_wanted", "found")

    def __init__(self, loader: Loader[Key, Result], context: Any) -> None:
        self.found: dict[Key, Result | None] = {}
        self._loader = loader
        self._context = context
        self._coming: dict[Key, asyncio.Future[Exception | None]] = {}
        self._wanted: dict[Key, None] = {}

    async def load(self, key: Key) -> Result | None:
        """The result of a key, read together with what others ask for at the same time."""
        [result] = await self.load_many((key,))
        return result

    async def load_many(self, keys: Iterable[Key]) -> list[Result | None]:
        """The results of keys, read together with what others ask for at the same time."""
        keys = list(keys)
        if not all(map(self.found.__contains__, keys)):
            self._wanted |= dict.fromkeys(keys)
            # Executed one by one, fields of one level come within two turns of the event loop.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            wanted, self._wanted = self._wanted, {}
            await self.fetch(keys, wanted)
        return self._results(keys)

    async def read(self, keys: Sequence[Key]) -> list[Result | None]:
        """The results of keys, for a caller that has all of them: nothing else is waited for."""
        await self.fetch(keys)
        return self._results(keys)

    async def fetch(self, keys: Iterable[Key], others: Iterable[Key] = ()) -> None:
        """Reads those of `keys` and `others` that are not in `found`; raises for `keys` alone."""
        found, coming = self.found, self._coming
        while missing := [key for key in dict.fromkeys(keys) if key not in found]:
            wanted = dict.fromkeys((*missing, *others))
            unread = [key for key in wanted if key not in found and key not in coming]
            if unread:
                await self._read(unread)
            for future in {coming[key] for key in missing if key in coming}:
                error = await asyncio.shield(future)
                if error is not None:
                    raise error

    async def _read(self, keys: list[Key]) -> None:
        future = asyncio.get_running_loop().create_future()
        self._coming |= dict.fromkeys(keys, future)
        failure: Exception | None = None
        try:
            results = await self._loader.load(self._context, keys)
            self.found |= zip(keys, results, strict=True)
        except Exception as error:
            failure = error
            raise
        finally:
            for key in keys:
                del self._coming[key]
            future.set_result(failure)

    def _results(self, keys: Sequence[Key]) -> list[Result | None]:
        results = [self.found[key] for key in keys]
        for result in results:
            if isinstance(result, Exception):
                raise result
        return results

    def clear(self) -> None:
        """Forgets what was read, after it was changed."""
        self.found.clear()


@dataclass(slots=True)
class Loaders:
    """What the loaders of one request have read; it must not outlive it."""

    context: Any
    _by_loader: dict[Loader[Any, Any], Results[Any, Any]] = field(default_factory=dict)

    def __getitem__(self, loader: Loader[Key, Result]) -> Results[Key, Result]:
        results = self._by_loader.get(loader)
        if results is None:
            results = self._by_loader[loader] = Results(loader, self.context)
        return results


class HasLoaders(Protocol):
    """What the engine asks of a request's context."""

    @property
    def loaders(self) -> Loaders: ...


def batch_of(metadata: Any) -> Batch[Any, Any] | None:
    """The batch that a field's metadata declares."""
    return cast("Batch[Any, Any] | None", (metadata or {}).get(METADATA_KEY))


def batched(
    loader: Loader[Any, Any], key: Callable[..., Any], *, many: bool = False, **options: Any
) -> Any:
    """A Strawberry field that reads `loader` at `key(parent, **arguments)`.

    `key` is a plain function; its first parameter is the parent record, the others become the
    field's arguments. `options` are those of `strawberry.field`.
    """
    batch = Batch(loader, key, many)
    parent, *arguments = signature(key).parameters.values()

    @wraps(key)
    async def resolve(**values: Any) -> Any:
        results = values.pop("info").context.loaders[loader]
        wanted = key(values.pop(parent.name), **values)
        if wanted is None:
            return None
        if not many:
            return await results.load(wanted)
        found = await results.load_many(wanted)
        return [result for result in found if result is not None]

    info = Parameter("info", Parameter.KEYWORD_ONLY, annotation=strawberry.Info)
    root = parent.replace(annotation=_Root)
    resolve.__signature__ = signature(key).replace(  # type: ignore[attr-defined]
        parameters=[root, *arguments, info], return_annotation=Any
    )
    resolve.__annotations__ = {
        **{argument.name: argument.annotation for argument in arguments},
        parent.name: root.annotation,
        "info": strawberry.Info,
        "return": Any,
    }
    return strawberry.field(resolver=resolve, metadata={METADATA_KEY: batch}, **options)
