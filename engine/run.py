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

from engine.batch import RequestLoader
from engine.code import rows_function
from engine.info import CellInfo
from engine.leaves import Column, Failed, column
from engine.objects import classes_of, is_usual_resolve_type
from engine.plan import FieldPlan, Plan, Selection
from engine.sources import Keys

if TYPE_CHECKING:
    from engine.trace import Trace

LISTS: Final = frozenset({list, tuple})
UNUSUAL: Final = frozenset({NoneType, Failed})
LONG_STEP: Final = 0.000_5
"""Seconds after which a run lets others go on, between two fields."""

ORDINARY_CLASSES: Final = 64
"""How many classes a field remembers to be ordinary."""


class Load(NamedTuple):
    """What a batched field waits for: `wanted` are its keys, of classes `kinds`, one for each
    parent, and `missing` those that the loader has not found yet."""

    loader: RequestLoader[Any, Any]
    missing: list[Any]
    wanted: Column
    kinds: set[type]


Failures: TypeAlias = dict[RequestLoader[Any, Any], Exception | None]
Steps: TypeAlias = Generator[list[Any], Any, Column]
"""What completes a column, and asks for results of awaitables meanwhile."""


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
    """A field that goes on when it has what it wants: a batched one where there are no `steps`."""

    steps: Steps | None
    wanted: Any
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
        "_chosen",
        "_trace",
        "_waiting",
        "context",
        "failed",
        "operation_extensions",
        "plan",
        "root_value",
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
        self._chosen: list[tuple[Selection, Column]] = []
        self._waiting: list[Waiting] = []
        self._background: set[asyncio.Future[Any]] = set()
        self._trace = trace

    @property
    def selections(self) -> dict[int, Selection]:
        """By the id of a row of an abstract type, what was read of its object."""
        return {id(row): selection for selection, rows in self._chosen for row in rows}

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
            waiting, self._waiting = self._waiting, []
            await self._wave(waiting)
        return rows[0]

    # Columns and rows

    def _rows(self, selection: Selection, level: Level) -> list[dict[str, Any]]:
        if not level.parents:
            return level.rows
        if selection.rows is not None:
            return selection.rows(self, level)
        if selection.ran:
            selection.rows = rows_function(selection.fields)
        selection.ran = True
        if selection.fields:
            columns = [self.cells(field, level) for field in selection.fields]
            level.rows = [
                dict(zip(selection.keys, row, strict=True)) for row in zip(*columns, strict=True)
            ]
        else:
            level.rows = [{} for _ in level.parents]
        return level.rows

    def cells(self, field: FieldPlan, level: Level) -> Column:
        """The column of a field; its cells are empty where it must be waited for."""
        if field.constant is not None:
            return [field.constant] * len(level.parents)
        source = field.source
        if isinstance(source, Keys):
            return self.ask(field, source, level)
        values = source(self, level, field)
        cells = self._usual(field, level, values)
        return self.complete(field, level, values) if cells is None else cells

    def complete(self, field: FieldPlan, level: Level, values: Column) -> Column:
        """As `cells`, of values in which something is to be seen to."""
        cells = self._start(self._complete(field, level, values), field, level)
        return [None] * len(level.parents) if cells is None else cells

    def ask(self, field: FieldPlan, source: Keys, level: Level) -> Column:
        """As `cells`, of a batched field."""
        wanted = source(self, level, field)
        batch = source.batch
        kinds = set(map(type, wanted))
        keys: Iterable[Any] = wanted
        if batch.many:
            keys = chain.from_iterable(wanted if kinds <= LISTS else map(_keys, wanted))
        elif not kinds.isdisjoint(UNUSUAL):
            keys = [key for key in wanted if key is not None and key.__class__ is not Failed]
        try:
            loader = self.context.loaders.narrowed(
                batch.loader, self.plan.columns.get(batch.loader)
            )
            found = loader.found
            missing = [key for key in dict.fromkeys(keys) if key not in found]
        except Exception as error:  # a key that is not hashable
            return self.complete(field, level, [Failed(error)] * len(wanted))
        cells = None
        load = Load(loader, missing, wanted, kinds)
        if missing:
            self._waiting.append(Waiting(None, load, level, field))
        else:
            cells = self._found(field, level, load, None)
        return [None] * len(level.parents) if cells is None else cells

    def _found(
        self, field: FieldPlan, level: Level, load: Load, failure: Exception | None
    ) -> Column | None:
        """The cells of a batched field, for which all has been read; None if it waits again."""
        found, wanted, kinds = load.loader.found, load.wanted, load.kinds
        many = isinstance(field.source, Keys) and field.source.batch.many
        values: Column | None = None
        cells: Column | None = None
        if failure is None:
            if not many:
                values = (
                    [found[key] for key in wanted]
                    if kinds.isdisjoint(UNUSUAL)
                    else [found[key] if key.__class__ not in UNUSUAL else key for key in wanted]
                )
                cells = self._usual(field, level, values)
            elif kinds <= LISTS and field.selection is not None and len(field.lists) == 1:
                objects = [found[key] for keys in wanted for key in keys]
                if field.ordinary.issuperset(map(type, objects)):
                    below = Level(objects, level, field, [wanted])
                    cells = _refilled(wanted, self._rows(field.selection, below))
        if cells is not None:
            return cells
        if values is None:
            values = [_result(key, found, failure, many) for key in wanted]
        return self._start(self._complete(field, level, values), field, level)

    def _usual(self, field: FieldPlan, level: Level, values: Column) -> Column | None:
        """The cells of values as they usually are; None where something is to be seen to."""
        shapes: list[Column] = []
        for _ in field.lists:
            if not LISTS.issuperset(map(type, values)):
                return None
            shapes.append(values)
            values = list(chain.from_iterable(values))
        cells: Column | None
        if field.leaf is not None:
            cells = field.leaf.usual(values)
            if cells is None:
                return None
        elif field.selection is not None:
            if not field.ordinary.issuperset(map(type, values)):
                return None
            cells = self._rows(field.selection, Level(values, level, field, shapes))
        else:
            selection = field.selection_of(values)
            if selection is None:
                return None
            cells = self._rows(selection, Level(values, level, field, shapes))
            self._chosen.append((selection, cells))
        for lists in reversed(shapes):
            cells = _refilled(lists, cells)
        return cells

    def _start(self, steps: Steps, field: FieldPlan, level: Level) -> Column | None:
        """The cells that steps give; None if they must wait."""
        try:
            wanted = next(steps)
        except StopIteration as done:
            cells: Column = done.value
            return cells
        self._waiting.append(Waiting(steps, wanted, level, field))
        return None

    # Waves

    async def _wave(self, waiting: list[Waiting]) -> None:
        """Waits for what is wanted, and goes on with it.

        Other requests wait for the event loop meanwhile: after a long step they have a turn.
        """
        if self._trace is not None:
            self._trace.waves += 1
        if len(waiting) == 1 and waiting[0].steps is None:
            one = waiting[0]
            failure: Exception | None = None
            try:
                await self._read(one.wanted.loader, one.wanted.missing)
            except Exception as error:
                failure = error
            self._fill(one, self._found(one.field, one.level, one.wanted, failure))
            return
        failures, answers = await self._read_all(waiting)
        results = iter(answers)
        began = perf_counter()
        for one in waiting:
            if one.steps is None:
                load = one.wanted
                self._fill(one, self._found(one.field, one.level, load, failures[load.loader]))
            else:
                self._go_on(one, list(islice(results, len(one.wanted))))
            if perf_counter() - began > LONG_STEP:
                await asyncio.sleep(0)
                began = perf_counter()

    async def _read_all(self, waiting: list[Waiting]) -> tuple[Failures, list[Any]]:
        """What failed of the loads that are wanted, and the results of awaitables, in order."""
        loads: dict[RequestLoader[Any, Any], list[Any]] = {}
        awaited: list[Any] = []
        for one in waiting:
            if one.steps is not None:
                awaited.extend(one.wanted)
                continue
            loader, missing = one.wanted.loader, one.wanted.missing
            known = loads.get(loader)
            loads[loader] = missing if known is None else [*dict.fromkeys([*known, *missing])]
        failures: Failures = dict.fromkeys(loads)

        async def read(*loaders: RequestLoader[Any, Any]) -> None:
            for loader in loaders:
                try:
                    await self._read(loader, loads[loader])
                except Exception as error:
                    failures[loader] = error

        together: list[Coroutine[Any, Any, Any]] = [_caught(one) for one in awaited]
        together.extend(read(loader) for loader in loads if not loader.quick)
        if quick := [loader for loader in loads if loader.quick]:
            together.append(read(*quick))
        if len(together) == 1:
            return failures, [await together[0]]
        return failures, await _together(together)

    def _go_on(self, waiting: Waiting, answer: Any) -> None:
        assert waiting.steps is not None
        try:
            wanted = waiting.steps.send(answer)
        except StopIteration as done:
            self._fill(waiting, done.value)
        else:
            self._waiting.append(waiting._replace(wanted=wanted))

    def _fill(self, waiting: Waiting, cells: Column | None) -> None:
        if cells is not None:
            key = waiting.field.key
            for row, cell in zip(waiting.level.rows, cells, strict=True):
                row[key] = cell

    def _read(self, loader: RequestLoader[Any, Any], missing: list[Any]) -> Awaitable[None]:
        """Reads what is missing, each key once; some may have been found meanwhile."""
        fetched = loader.fetch_distinct(missing)
        return fetched if self._trace is None else _traced(self._trace, fetched, loader, missing)

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
        if self._waits(kinds):
            values = yield from self._awaited(values, kinds)
            cells: Column | None = self._usual(field, level, values)
            if cells is not None:
                return cells
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
            self._chosen.append((selection, rows))
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


def _result(key: Any, found: dict[Any, Any], failure: Exception | None, many: bool) -> Any:
    """The value of a batched field whose key, or keys, something may be wrong with."""
    if key is None or key.__class__ is Failed:
        return key
    keys = key if many else (key,)
    if failure is not None and not all(map(found.__contains__, keys)):
        return Failed(failure)
    results = [found[one] for one in keys]
    if not many:
        return results[0]
    for one in results:
        if isinstance(one, Exception):
            return Failed(one)
    return [one for one in results if one is not None]


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


async def _traced(
    trace: "Trace",
    fetched: Awaitable[None],
    loader: RequestLoader[Any, Any],
    missing: list[Any],
) -> None:
    started = perf_counter()
    try:
        await fetched
    finally:
        trace.read(loader.name, missing, perf_counter() - started)


async def _caught(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except Exception as error:
        return Failed(error)
