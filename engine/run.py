"""Running a plan: level by level, one call for each field of a level.

A *level* is all objects that one selection is read of. Its fields give columns, the columns make
rows, and a row is a dict of the answer. A field that must wait (for a batch, for awaitables)
leaves its cells empty; when nothing is left but such fields, all that is waited for is asked for
at once, each loader once: that is a *wave*. What comes of it makes new levels.

Cells that failed are `Failed` until the end; engine/settle.py then makes nulls and errors of them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Sequence
from itertools import chain, islice
from time import perf_counter
from types import GeneratorType, NoneType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfoHelpers,
    Undefined,
    is_object_type,
)
from graphql.execution.executor import default_type_resolver
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, gather_with_cancel, inspect, is_iterable
from strawberry.execution import optimized_is_awaitable as is_awaitable

from engine.batch import Loader
from engine.info import CellInfo
from engine.leaves import Column, Failed, column, column_of
from engine.objects import classes_of, is_usual_resolve_type
from engine.plan import FieldPlan, Plan, Selection
from engine.sources import Keys

if TYPE_CHECKING:
    from engine.trace import Trace

LISTS: Final = frozenset({list, tuple})
UNUSUAL: Final = frozenset({NoneType, Failed})
ORDINARY_CLASSES: Final = 64
"""How many classes a field remembers to be ordinary."""


class Load(NamedTuple):
    """What a field waits for: `found` has all the keys then."""

    loader: Loader[Any, Any]
    keys: Sequence[Any]


Wanted: TypeAlias = Load | list[Any]
Steps: TypeAlias = Generator[Wanted, Any, Column]


class Level:
    """All objects that one selection is read of, and the rows made of them.

    `above`, `field`, `shapes` and `kept` tell where they lie in the answer: the field of the
    level above, the lists at each depth, and which of what is in the lists are objects here.
    """

    __slots__ = ("_paths", "above", "field", "kept", "parents", "rows", "shapes")

    def __init__(
        self,
        parents: Column,
        above: "Level | None" = None,
        field: FieldPlan | None = None,
        shapes: Sequence[Column] = (),
        kept: Sequence[int] | None = None,
    ) -> None:
        self.parents = parents
        self.above = above
        self.field = field
        self.shapes = shapes
        self.kept = kept
        self.rows: list[dict[str, Any]] = []
        self._paths: list[Path] | None = None

    def field_path(self, field: FieldPlan, index: int) -> Path:
        """The path of a field of the object at `index`."""
        return Path(self.path(index), field.key, field.parent_type.name)

    def path(self, index: int) -> Path | None:
        """The path of the object at `index`; None for the root."""
        if self.above is None or self.field is None:
            return None
        if self._paths is None:
            above, field = self.above, self.field
            paths = [above.field_path(field, place) for place in range(len(above.parents))]
            for lists in self.shapes:
                paths = [
                    path.add_key(place)
                    for path, items in zip(paths, lists, strict=True)
                    for place in range(len(_items(items)))
                ]
            self._paths = paths if self.kept is None else [paths[place] for place in self.kept]
        return self._paths[index]


class Waiting(NamedTuple):
    """A field that goes on when it has what it wants."""

    steps: Steps
    wanted: Wanted
    level: Level
    field: FieldPlan


def _items(value: Any) -> Sequence[Any]:
    if value.__class__ is Failed:
        return value.items or ()
    return () if value is None else value


class Run:
    """One execution of a plan."""

    is_awaitable = staticmethod(is_awaitable)

    __slots__ = (
        "_background",
        "_trace",
        "_waiting",
        "context",
        "failed",
        "operation_extensions",
        "plan",
        "root_value",
        "selections",
        "variable_values",
    )

    def __init__(
        self,
        plan: Plan,
        context: Any,
        root_value: Any,
        variable_values: VariableValues,
        operation_extensions: Any = None,
        trace: "Trace | None" = None,
    ) -> None:
        self.plan = plan
        self.context = context
        self.root_value = root_value
        self.variable_values = variable_values
        self.operation_extensions = operation_extensions
        self.failed = False
        self.selections: dict[int, Selection] = {}
        self._waiting: list[Waiting] = []
        self._background: set[asyncio.Future[Any]] = set()
        self._trace = trace

    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:
        return GraphQLResolveInfoHelpers(
            gather=lambda values: gather_with_cancel(*values), track=self._track
        )

    def _track(self, values: Sequence[Any]) -> None:
        awaitables = [value for value in values if is_awaitable(value)]
        if awaitables:
            future = asyncio.gather(*awaitables, return_exceptions=True)
            self._background.add(future)
            future.add_done_callback(self._background.discard)

    async def execute(self) -> dict[str, Any]:
        """The data; cells may be `Failed` when `failed` is set."""
        rows = self._rows(self.plan.root, Level([self.root_value]))
        while self._waiting:
            await self._wave()
        return rows[0]

    # Columns and rows

    def _rows(self, selection: Selection, level: Level) -> list[dict[str, Any]]:
        if not level.parents:
            return level.rows
        columns: list[Column] = []
        for field in selection.fields:
            cells = None
            if field.read is not None and field.leaf is not None:
                values = column_of(field.read, level.parents)
                cells = field.leaf.usual(values)
                if cells is None:
                    cells = self._start(self._complete(field, level, values), field, level)
            columns.append(self._cells(field, level) if cells is None else cells)
        if columns:
            level.rows = selection.build(selection.keys, columns)
        else:
            level.rows = [{} for _ in level.parents]
        return level.rows

    def _cells(self, field: FieldPlan, level: Level) -> Column:
        if field.constant is not None:
            return [field.constant] * len(level.parents)
        source = field.source
        if isinstance(source, Keys):
            return self._start(self._batch(source, field, level), field, level)
        values = source(self, level, field)
        cells = self._usual(field, level, values)
        if cells is not None:
            return cells
        return self._start(self._complete(field, level, values), field, level)

    def _usual(self, field: FieldPlan, level: Level, values: Column) -> Column | None:
        """The cells of values as they usually are; None where something is to be seen to."""
        shapes: list[Column] = []
        for _ in field.lists:
            if not set(map(type, values)) <= LISTS:
                return None
            shapes.append(values)
            values = list(chain.from_iterable(values))
        cells: Column | None
        if field.leaf is not None:
            cells = field.leaf.usual(values)
            if cells is None:
                return None
        elif field.selection is not None and field.ordinary.issuperset(map(type, values)):
            cells = self._rows(field.selection, Level(values, level, field, shapes))
        else:
            return None
        for lists in reversed(shapes):
            cells = _refilled(lists, cells)
        return cells

    def _start(self, steps: Steps, field: FieldPlan, level: Level) -> Column:
        try:
            wanted = next(steps)
        except StopIteration as done:
            cells: Column = done.value
            return cells
        self._waiting.append(Waiting(steps, wanted, level, field))
        return [None] * len(level.parents)

    def _go_on(self, waiting: Waiting, answer: Any) -> None:
        try:
            wanted = waiting.steps.send(answer)
        except StopIteration as done:
            key = waiting.field.key
            for row, cell in zip(waiting.level.rows, done.value, strict=True):
                row[key] = cell
        else:
            self._waiting.append(waiting._replace(wanted=wanted))

    # Waves

    async def _wave(self) -> None:
        waiting, self._waiting = self._waiting, []
        if self._trace is not None:
            self._trace.waves += 1
        if len(waiting) == 1 and isinstance(waiting[0].wanted, Load):
            loader, keys = waiting[0].wanted
            self._go_on(waiting[0], await self._load(loader, keys))
            return
        loads: dict[Loader[Any, Any], list[Sequence[Any]]] = {}
        awaited: list[Awaitable[Any]] = []
        for one in waiting:
            if isinstance(one.wanted, Load):
                loads.setdefault(one.wanted.loader, []).append(one.wanted.keys)
            else:
                awaited.extend(one.wanted)
        together: list[Coroutine[Any, Any, Any]] = [
            self._load(loader, keys[0] if len(keys) == 1 else list(chain.from_iterable(keys)))
            for loader, keys in loads.items()
        ]
        together.extend(_caught(awaitable) for awaitable in awaited)
        answers = await _together(together)
        failures = dict(zip(loads, answers, strict=False))
        results = iter(answers[len(loads) :])
        for one in waiting:
            if isinstance(one.wanted, Load):
                self._go_on(one, failures[one.wanted.loader])
            else:
                self._go_on(one, list(islice(results, len(one.wanted))))

    async def _load(self, loader: Loader[Any, Any], keys: Sequence[Any]) -> Exception | None:
        started = 0.0 if self._trace is None else perf_counter()
        try:
            await self.context.loaders[loader].fetch(keys)
        except Exception as error:
            return error
        finally:
            if self._trace is not None:
                self._trace.read(loader.name, keys, perf_counter() - started)
        return None

    def _batch(self, source: Keys, field: FieldPlan, level: Level) -> Steps:
        batch = source.batch
        wanted = source(self, level, field)
        keys: Sequence[Any]
        kinds = set(map(type, wanted))
        if batch.many:
            keys = list(chain.from_iterable(map(_keys, wanted)))
        elif NoneType in kinds or Failed in kinds:
            keys = [key for key in wanted if key is not None and key.__class__ is not Failed]
        else:
            keys = wanted
        failure: Exception | None = None
        try:
            found = self.context.loaders[batch.loader].found
            unread = not all(map(found.__contains__, keys))
        except Exception as error:  # a key that is not hashable
            return (yield from self._complete(field, level, [Failed(error)] * len(wanted)))
        if unread:
            failure = yield Load(batch.loader, keys)
        if failure is None and batch.many and kinds <= LISTS and field.selection is not None:
            objects = [found[key] for key in keys]
            if set(map(type, objects)) <= field.ordinary and len(field.lists) == 1:
                rows = self._rows(field.selection, Level(objects, level, field, [wanted]))
                return _refilled(wanted, rows)

        def result(key: Any) -> Any:
            if key is None or key.__class__ is Failed:
                return key
            if not batch.many:
                return found[key] if failure is None or key in found else Failed(failure)
            if failure is not None and not all(map(found.__contains__, key)):
                return Failed(failure)
            results = [found[one] for one in key]
            for one in results:
                if isinstance(one, Exception):
                    return Failed(one)
            return [one for one in results if one is not None]

        if failure is None and keys is wanted:
            values = [found[key] for key in wanted]
        else:
            values = list(map(result, wanted))
        cells = self._usual(field, level, values)
        if cells is not None:
            return cells
        return (yield from self._complete(field, level, values))

    # Completion

    def _waits(self, kinds: set[type]) -> bool:
        return any(hasattr(kind, "__await__") or kind is GeneratorType for kind in kinds)

    def _awaited(self, values: Column, kinds: set[type]) -> Steps:
        """The values, with those that are awaitable awaited."""
        if not self._waits(kinds):
            return values
        places = [place for place, value in enumerate(values) if is_awaitable(value)]
        if not places:
            return values
        answers = yield [values[place] for place in places]
        values = list(values)
        for place, answer in zip(places, answers, strict=True):
            values[place] = answer
        return values

    def _complete(self, field: FieldPlan, level: Level, values: Column) -> Steps:
        """The cells of a field, whose type may be of lists, objects and awaitables."""
        kinds = set(map(type, values))
        values = yield from self._awaited(values, kinds)
        shapes: list[Column] = []
        for required in field.lists:
            kinds = set(map(type, values))
            if not kinds <= LISTS:
                values = yield from self._lists(field, values)
                kinds = set(map(type, values))
                if Failed in kinds or (required and NoneType in kinds):
                    self.failed = True
            shapes.append(values)
            values = list(chain.from_iterable(map(_items, values)))
            values = yield from self._awaited(values, set(map(type, values)))
        kinds = set(map(type, values))
        if field.leaf is not None:
            cells = self._leaves(field, values, kinds)
        elif kinds <= field.ordinary and field.selection is not None:
            cells = self._rows(field.selection, Level(values, level, field, shapes))
        else:
            cells = yield from self._objects(field, level, values, shapes)
        for lists in reversed(shapes):
            rest = iter(cells)
            cells = [_refilled_one(value, rest) for value in lists]
        return cells

    def _leaves(self, field: FieldPlan, values: Column, kinds: set[type]) -> Column:
        assert field.leaf is not None
        cells = field.leaf.complete(values, kinds)
        if cells is not values:
            kinds = set(map(type, cells))
        if Failed in kinds or (field.required and NoneType in kinds):
            self.failed = True
        return cells

    def _lists(self, field: FieldPlan, values: Column) -> Steps:
        """Each value as a list, None or `Failed`."""
        lists: Column = []
        for value in values:
            if hasattr(value, "__aiter__") and not isinstance(value, Exception):
                # The items of asynchronous iterables come one after the other.
                lists.extend((yield [_drained(value)]))
            else:
                lists.append(_listed(value, field))
        return lists

    def _objects(
        self, field: FieldPlan, level: Level, values: Column, shapes: list[Column]
    ) -> Steps:
        """The rows of objects, where some are null, failed, of another type or of many."""
        cells: Column = list(map(_plain, values))
        kinds = set(map(type, cells))
        kept = [
            place
            for place, cell in enumerate(cells)
            if cell is not None and cell.__class__ is not Failed
        ]
        if Failed in kinds or (field.required and NoneType in kinds):
            self.failed = True
        if field.selection is not None and kinds - UNUSUAL <= field.ordinary:
            return self._placed(field, field.selection, cells, kept, level, shapes)

        owners = _owners(len(level.parents), shapes)

        def info(place: int) -> CellInfo:
            return CellInfo(self, level, field, owners[place])

        groups: dict[GraphQLObjectType, list[int]] = {}
        known = kinds - UNUSUAL <= field.by_class.keys()
        if field.choices is None:
            groups[field.named_type] = kept
        elif known:
            for place in kept:
                groups.setdefault(field.by_class[type(cells[place])], []).append(place)
        else:
            abstract = field.named_type
            resolve: Any = abstract.resolve_type or default_type_resolver
            names = column(lambda place: resolve(cells[place], info(place), abstract), kept)
            names = yield from self._awaited(names, set(map(type, names)))
            for place, name in zip(kept, names, strict=True):
                try:
                    if name.__class__ is Failed:
                        raise name.error
                    type_ = self._runtime_type(name, field, cells[place])
                except Exception as error:
                    cells[place] = self._fail(error)
                else:
                    groups.setdefault(type_, []).append(place)
                    self._remember_type(field, type(cells[place]), type_)
        for type_, places in groups.items():
            if type_.is_type_of is not None and not known:
                places = yield from self._of_type(type_, field, cells, places, info)
            if field.selection is not None:
                self._remember(field, {type(cells[place]) for place in places})
            selection = field.selection or self.plan.choose(field, type_)
            self._placed(field, selection, cells, places, level, shapes)
        return cells

    def _placed(
        self,
        field: FieldPlan,
        selection: Selection,
        cells: Column,
        places: list[int],
        level: Level,
        shapes: list[Column],
    ) -> Column:
        """`cells` with rows in place of the objects at `places`."""
        objects = [cells[place] for place in places]
        rows = self._rows(selection, Level(objects, level, field, shapes, places))
        for place, row in zip(places, rows, strict=True):
            cells[place] = row
        if field.choices is not None:
            self.selections.update((id(row), selection) for row in rows)
        return cells

    def _of_type(
        self,
        type_: GraphQLObjectType,
        field: FieldPlan,
        cells: Column,
        places: list[int],
        info: Callable[[int], CellInfo],
    ) -> Steps:
        """Those of `places` whose objects are of the type; the cells of the others fail."""
        is_type_of: Any = type_.is_type_of
        answers = column(lambda place: is_type_of(cells[place], info(place)), places)
        answers = yield from self._awaited(answers, set(map(type, answers)))
        good: list[int] = []
        for place, answer in zip(places, answers, strict=True):
            if answer.__class__ is Failed:
                cells[place] = self._fail(answer.error)
            elif answer:
                good.append(place)
            else:
                message = f"Expected value of type '{type_}' but got: {inspect(cells[place])}."
                cells[place] = self._fail(GraphQLError(message, field.nodes))
        return good

    def _fail(self, error: Exception) -> Failed:
        self.failed = True
        return Failed(error)

    def _remember(self, field: FieldPlan, kinds: set[type]) -> None:
        """Remembers classes whose objects need no look the next time."""
        is_type_of = field.named_type.is_type_of
        by_class = getattr(is_type_of, "classes", None)
        if is_type_of is not None:
            kinds = {kind for kind in kinds if by_class and issubclass(kind, by_class)}
        if len(field.ordinary) + len(kinds) <= ORDINARY_CLASSES:
            field.ordinary |= kinds

    def _remember_type(self, field: FieldPlan, kind: type, type_: GraphQLObjectType) -> None:
        """Remembers the type of a class, where `instances_of` decides for all possible types."""
        if kind in field.by_class or not issubclass(kind, classes_of(type_)):
            return
        possible = self.plan.schema.get_possible_types(field.named_type)
        if all(map(classes_of, possible)) and is_usual_resolve_type(field.named_type):
            field.by_class[kind] = type_

    def _runtime_type(self, name: Any, field: FieldPlan, value: Any) -> GraphQLObjectType:
        """As graphql-core's `ensure_valid_runtime_type`, with its words."""
        schema, abstract = self.plan.schema, field.named_type
        if isinstance(name, str):
            type_ = schema.get_type(name)
            if type_ is None:
                message = (
                    f"Abstract type '{abstract}' was resolved to a type '{name}' that does not"
                    " exist inside the schema."
                )
            elif not is_object_type(type_):
                message = f"Abstract type '{abstract}' was resolved to a non-object type '{name}'."
            elif not schema.is_sub_type(abstract, type_):
                message = f"Runtime Object type '{type_}' is not a possible type for '{abstract}'."
            else:
                return type_
        else:
            start = (
                f"Abstract type '{abstract}' must resolve to an Object type at runtime for field"
                f" '{field.parent_type}.{field.name}'"
            )
            message = (
                f"{start}. Either the '{abstract}' type should provide a 'resolve_type' function"
                " or each possible type should provide an 'is_type_of' function."
                if name is None
                else f"{start} with value {inspect(value)}, received '{inspect(name)}', which is"
                " not a valid Object type name."
            )
        raise GraphQLError(message, field.nodes)


def _owners(parents: int, shapes: Sequence[Column]) -> list[int]:
    """For each of what lies in the lists, the parent that it belongs to."""
    owners = list(range(parents))
    for lists in shapes:
        owners = [owner for owner, items in zip(owners, lists, strict=True) for _ in _items(items)]
    return owners


def _keys(wanted: Any) -> Iterable[Any]:
    return () if wanted is None or wanted.__class__ is Failed else wanted


def _plain(value: Any) -> Any:
    if value is None or value is Undefined:
        return None
    if isinstance(value, Exception):
        return Failed(value)
    return value


def _listed(value: Any, field: FieldPlan) -> Any:
    value = _plain(value)
    if value is None or isinstance(value, (list, tuple, Failed)):
        return value
    if not is_iterable(value):
        return Failed(
            GraphQLError(
                "Expected Iterable, but did not find one for field"
                f" '{field.parent_type}.{field.name}'."
            )
        )
    items: Column = []
    try:
        items.extend(value)
    except Exception as error:
        return Failed(error, items)
    return items


async def _drained(value: Any) -> Any:
    items: Column = []
    try:
        async for item in value:
            items.append(item)
    except Exception as error:
        return Failed(error, items)
    return items


def _refilled(lists: Column, cells: Column) -> Column:
    """Lists of the cells, each as long as the one that they were made of."""
    if len(lists) == 1:
        return [cells]
    rest = iter(cells)
    return [list(islice(rest, len(items))) for items in lists]


def _refilled_one(value: Any, cells: Any) -> Any:
    """A list of as many cells as the list has that they were made of."""
    if value is None:
        return None
    if value.__class__ is Failed:
        return Failed(value.error, list(islice(cells, len(value.items or ()))))
    return list(islice(cells, len(value)))


async def _together(coroutines: list[Coroutine[Any, Any, Any]]) -> list[Any]:
    """The results of all, of which none raises; one of them needs no task of its own."""
    first, *others = coroutines
    tasks = [asyncio.ensure_future(other) for other in others]
    try:
        return [await first, *[await task for task in tasks]]
    except BaseException:  # cancelled, or what is no Exception
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def _caught(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except Exception as error:
        return Failed(error)
