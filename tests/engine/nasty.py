"""A made-up schema in which everything that can happen to a field happens.

What a field gives depends on the seed of its object, its name and its arguments alone, so it is
the same for every executor. Whether it comes at once or must be awaited is the context's choice.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_list_type,
    is_non_null_type,
)
from graphql.pyutils import Path

from engine.batch import Batch, Loader, Loaders
from engine.sources import Keys, Read


@dataclass(frozen=True)
class Thing:
    """An object; `kind` is the name of its type."""

    seed: int
    kind: str


@dataclass
class Context:
    """`waits` is the share, in percent, of what must be awaited."""

    waits: int = 0
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self)


def dice(*of: Any) -> random.Random:
    return random.Random(repr(of))


class Odd(Exception):
    """A resolver's own error."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.extensions = {"code": "ODD"}


SOURCE = "source"
"""The extension of a field that says what a plan reads it from."""

SHAPES: dict[str, Callable[[Any], Any]] = {
    "": lambda t: t,
    "N": GraphQLNonNull,
    "L": GraphQLList,
    "LN": lambda t: GraphQLList(GraphQLNonNull(t)),
    "NL": lambda t: GraphQLNonNull(GraphQLList(t)),
    "NLN": lambda t: GraphQLNonNull(GraphQLList(GraphQLNonNull(t))),
    "LL": lambda t: GraphQLList(GraphQLList(t)),
    "NLNLN": lambda t: GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLList(GraphQLNonNull(t))))),
}


def _even(value: Any) -> Any:
    if value == 7:
        return None
    if value == 9:
        raise ValueError("Even does not like 9")
    return f"<{value}>"


EVEN = GraphQLScalarType("Even", coerce_output_value=_even)
COLOR = GraphQLEnumType("Color", {"RED": 1, "GREEN": "green", "BLUE": (3, 4)})
POINT = GraphQLInputObjectType(
    "Point",
    {
        "x": GraphQLInputField(GraphQLNonNull(GraphQLInt)),
        "y": GraphQLInputField(GraphQLInt, default_value=5),
        "names": GraphQLInputField(GraphQLList(GraphQLNonNull(GraphQLString))),
    },
)
ARGUMENTS = {
    "number": GraphQLArgument(GraphQLInt, default_value=3),
    "color": GraphQLArgument(COLOR),
    "point": GraphQLArgument(POINT),
    "ids": GraphQLArgument(GraphQLList(GraphQLNonNull(GraphQLID)), out_name="identifiers"),
    "must": GraphQLArgument(GraphQLNonNull(GraphQLBoolean)),
}

GOOD: dict[str, list[Any]] = {
    "Int": [1, 0, True, -5, 2.0, "12", 2**31 - 1],
    "Float": [1.5, 2, True, "2.5", -0.0],
    "String": ["a", "", "ö", 3, True, 1.5],
    "Boolean": [True, False, 1, 0.0],
    "ID": ["x", 3, "ü"],
    "Even": [2, "two", 4],
    "Color": [1, "green", (3, 4)],
}
BAD: dict[str, list[Any]] = {
    "Int": [2**31, "x", 1.5, object, [1], {}],
    "Float": ["x", float("nan"), float("inf"), [1]],
    "String": [[1], {}, b"x"],
    "Boolean": ["true", [], float("nan")],
    "ID": [True, 1.5, []],
    "Even": [7, 9],
    "Color": [2, "red", [3, 4], {}],
}


class Broken:
    """A list that breaks off."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __iter__(self) -> Iterator[Any]:
        yield from self.items
        raise Odd("broke off")


class Stream:
    """Items that come one after the other."""

    def __init__(self, items: list[Any], *, broken: bool) -> None:
        self.items = items
        self.broken = broken

    async def __aiter__(self) -> AsyncIterator[Any]:
        for item in self.items:
            await asyncio.sleep(0)
            yield item
        if self.broken:
            raise Odd("broke off")


def value_of(type_: Any, chance: random.Random, context: Context, *, at_root: bool) -> Any:
    """What a resolver gives for a type: mostly right, and sometimes anything but."""
    value = _value_of(type_, chance, context, at_root=at_root)
    # Drawn in every case, so that what is waited for changes nothing else.
    waits, turns = chance.randrange(100) < context.waits, chance.randrange(3)
    if waits:
        return Later(value, turns)
    if isinstance(value, _Raise):
        if at_root:
            raise value.error
        return value.error
    return value


@dataclass
class _Raise:
    error: Exception


@dataclass(eq=False)
class Later:
    """Gives its value after some turns of the event loop. Unlike a coroutine it may be dropped."""

    value: Any
    turns: int

    def __await__(self) -> Generator[Any, Any, Any]:
        for _ in range(self.turns):
            yield from asyncio.sleep(0).__await__()
        if isinstance(self.value, _Raise):
            raise self.value.error
        return self.value


def _value_of(type_: Any, chance: random.Random, context: Context, *, at_root: bool) -> Any:
    fate = chance.randrange(250)
    if fate < 4:
        return _Raise(Odd(f"odd {chance.randrange(9)}"))
    if fate < 6:
        return _Raise(GraphQLError("said", extensions={"code": "SAID"}))
    if fate < 8:
        return ValueError("returned")
    if fate < 14:
        return None
    if fate < 15:
        return Undefined
    if is_non_null_type(type_):
        type_ = type_.of_type
    if is_list_type(type_):
        if fate < 18:
            return chance.choice([3, "text", {"a": 1}, b"bytes"])
        items = [
            value_of(type_.of_type, chance, context, at_root=False)
            for _ in range(chance.randrange(4))
        ]
        container, streamed = chance.randrange(12), chance.randrange(100)
        if streamed < context.waits:
            return Stream(items, broken=container == 0)
        if container == 0:
            return Broken(items)
        if container == 1:
            return tuple(items)
        if container == 2:
            return (item for item in items)
        return items
    name = get_named_type(type_).name
    if name in GOOD:
        return chance.choice(BAD[name] if fate < 18 else GOOD[name])
    if fate < 17:
        return chance.choice([3, "text", object])
    kinds = {"Named": "ABC", "Either": "BCBCBCA"}.get(name, name * 8 + "A")
    return Thing(chance.randrange(10**6), chance.choice(kinds))


def path_text(path: Path | None) -> str:
    return "" if path is None else ".".join(map(str, path.as_list()))


def resolve(source: Any, info: Any, **arguments: Any) -> Any:
    seed = source.seed if isinstance(source, Thing) else source
    chance = dice(seed, info.field_name, sorted(arguments.items(), key=repr))
    if str(info.return_type) == "String" and chance.randrange(4) == 0:
        return f"{path_text(info.path)} {info.parent_type} {sorted(info.fragments)} {arguments}"
    return value_of(info.return_type, chance, info.context, at_root=True)


def at_once(context: Context, chance: random.Random, value: Any) -> Any:
    if chance.randrange(100) < context.waits:
        return Later(value, chance.randrange(3))
    if isinstance(value, _Raise):
        raise value.error
    return value


def is_b(source: Any, info: Any) -> Any:
    chance = dice("is_b", getattr(source, "seed", 0), path_text(info.path))
    fate = chance.randrange(30)
    value: Any = isinstance(source, Thing) and source.kind == "B"
    if fate == 0:
        # At once, since another type that says yes at once wins over one that is waited for.
        raise Odd("cannot tell")
    if fate == 1:
        value = False
    return at_once(info.context, chance, value)


def is_c(source: Any, _info: Any) -> bool:
    return isinstance(source, Thing) and source.kind == "C"


def resolve_named(source: Any, info: Any, _type: Any) -> Any:
    chance = dice("named", getattr(source, "seed", 0), path_text(info.path))
    fate = chance.randrange(40)
    value: Any = source.kind if isinstance(source, Thing) else None
    odd = {0: _Raise(Odd("no type")), 1: None, 2: "Nobody", 3: "Int", 4: 5, 5: "Query"}
    return at_once(info.context, chance, odd.get(fate, value))


def seed_of(source: Any) -> Any:
    return source.seed if isinstance(source, Thing) else source


def read_field(name: str, type_: Any) -> GraphQLField:
    """A field that a plan reads of the object alone."""

    def read(source: Any) -> Any:
        return value_of(type_, dice(seed_of(source), name), Context(), at_root=True)

    made = GraphQLField(type_, resolve=lambda source, _info: read(source))
    made.extensions = {SOURCE: Read(read, None)}
    return made


def batch_field(name: str, type_: Any, *, many: bool = False, fails: bool = False) -> GraphQLField:
    """A field that a plan reads by a loader. graphql-core has the same at once."""
    item = get_named_type(type_) if many else type_

    def find(key: Any) -> Any:
        found = value_of(item, dice("found", key), Context(), at_root=False)
        return list(found) if isinstance(found, Generator) else found

    async def load(_context: Any, keys: Sequence[Any]) -> Any:
        await asyncio.sleep(0)
        if fails:
            raise Odd("no database")
        found = {key: find(key) for key in keys}
        return found if len(keys) % 2 else list(found.values())

    def key(source: Any) -> Any:
        chance = dice("key", seed_of(source), name)
        fate = chance.randrange(30)
        if fate == 0:
            raise Odd("no key")
        if fate < 3:
            return None
        if not many:
            return name, chance.randrange(1000)
        keys = [(name, chance.randrange(1000)) for _ in range(chance.randrange(4))]
        return tuple(keys) if fate == 3 else keys

    def resolve(source: Any, _info: Any) -> Any:
        wanted = key(source)
        if wanted is None:
            return None
        if fails and wanted:
            raise Odd("no database")
        results = [find(one) for one in wanted] if many else [find(wanted)]
        for result in results:
            if isinstance(result, Exception):
                raise result
        return [one for one in results if one is not None] if many else results[0]

    made = GraphQLField(type_, resolve=resolve)
    batch: Batch[Any, Any] = Batch(Loader(name, load, quick=len(name) % 2 == 0), key, many)
    made.extensions = {SOURCE: Keys(batch, made, None, None)}
    return made


def make_schema() -> GraphQLSchema:
    leaves = [GraphQLInt, GraphQLFloat, GraphQLString, GraphQLBoolean, GraphQLID, EVEN, COLOR]

    def fields(*, own: str = "") -> dict[str, GraphQLField]:
        made: dict[str, GraphQLField] = {}
        for base in [*leaves, types["A"], types["B"], named, either]:
            for shape, wrap in SHAPES.items():
                name = f"{base.name.lower()}{shape}"
                arguments = ARGUMENTS if shape in ("", "NLN") else {}
                made[name] = GraphQLField(wrap(base), dict(arguments), resolve=resolve)
            for shape in ("", "N", "LN"):
                name = f"{base.name.lower()}Batch{shape}"
                made[name] = batch_field(name, SHAPES[shape](base))
            name = f"{base.name.lower()}Many"
            made[name] = batch_field(name, SHAPES["NLN"](base), many=True)
        for base in leaves:
            for shape in ("", "N", "LN"):
                name = f"{base.name.lower()}Read{shape}"
                made[name] = read_field(name, SHAPES[shape](base))
        made["aFailing"] = batch_field("aFailing", types["A"], fails=True)
        made["aManyFailing"] = batch_field(
            "aManyFailing", GraphQLList(types["A"]), many=True, fails=True
        )
        made["seed"] = GraphQLField(GraphQLNonNull(GraphQLInt))
        made["kind"] = GraphQLField(GraphQLString)
        made["missing"] = GraphQLField(GraphQLString)
        if own:
            made[f"own{own}"] = GraphQLField(GraphQLString, resolve=lambda *_: own)
        return made

    named = GraphQLInterfaceType("Named", lambda: fields(), resolve_type=resolve_named)
    types = {
        "A": GraphQLObjectType("A", lambda: fields(own="A"), interfaces=[named]),
        "B": GraphQLObjectType("B", lambda: fields(own="B"), interfaces=[named], is_type_of=is_b),
        "C": GraphQLObjectType("C", lambda: fields(own="C"), interfaces=[named], is_type_of=is_c),
    }
    either = GraphQLUnionType("Either", lambda: (types["B"], types["C"]))
    query = GraphQLObjectType("Query", lambda: fields())
    return GraphQLSchema(query, types=list(types.values()))
