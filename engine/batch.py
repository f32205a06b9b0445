"""A batch, declared once on a field, and used by the data loader and by the compiled plan alike."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from inspect import Parameter, signature
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

Key = TypeVar("Key")
Result = TypeVar("Result")

METADATA_KEY = "tonearm.batch"

_Root: TypeAlias = strawberry.Parent[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Loader(Generic[Key, Result]):
    """Reads the results of many keys in one go.

    `load` takes the request's context and distinct keys, and returns one result a key, in the
    order of the keys, None where there is nothing.
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


@dataclass(slots=True)
class Loaders:
    """The data loaders of one request; they must not outlive it."""

    context: Any
    _by_name: dict[str, DataLoader[Any, Any]] = field(default_factory=dict)

    def __getitem__(self, loader: Loader[Key, Result]) -> DataLoader[Key, Result | None]:
        found = self._by_name.get(loader.name)
        if found is None:

            async def load(keys: list[Key]) -> Sequence[Result | None]:
                return await loader.load(self.context, keys)

            found = self._by_name[loader.name] = DataLoader(load_fn=load)
        return found


class HasLoaders(Protocol):
    """What the engine asks of a request's context."""

    @property
    def loaders(self) -> Loaders: ...


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
        loaders = values.pop("info").context.loaders
        wanted = key(values.pop(parent.name), **values)
        if wanted is None:
            return None
        if not many:
            return await loaders[loader].load(wanted)
        found = await loaders[loader].load_many(wanted)
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
