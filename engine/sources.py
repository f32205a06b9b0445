"""Where the values of a field come from: found out once for each field of the schema.

A source gives the column of a field, one value for each parent. Strawberry's resolvers are called
directly, in the way that Strawberry calls them; a field that Strawberry wraps (extensions,
permissions, exception handlers, a field class of one's own) is called through its wrapper.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial
from inspect import Parameter
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import strawberry
from graphql import FieldNode, GraphQLField, VariableNode, default_field_resolver
from graphql.execution.values import get_argument_values
from graphql.language import ListValueNode, ObjectValueNode
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.field import StrawberryField

from engine.batch import Batch, batch_of, reads_of, together_of
from engine.info import CellInfo
from engine.leaves import Column, Failed, column, column_of

if TYPE_CHECKING:
    from engine.plan import FieldPlan
    from engine.run import Level, Run

Source = Callable[["Run", "Level", "FieldPlan"], Column]

IMMUTABLE: Final = (str, int, float, bytes, frozenset, Enum)
SCALARS: Final = (str, int, float, bool, strawberry.ID)
POSITIONAL: Final = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


class Recipe(NamedTuple):
    """Arguments that are the same for all parents: constants, and values of variables, which are
    None among the constants.

    `lists` names those that are lists of strings, of which each parent must have its own.
    """

    constants: dict[str, Any]
    variables: tuple[tuple[str, str], ...]
    lists: frozenset[str]

    def made(self, coerced: Mapping[str, Any], parents: int) -> dict[str, Any] | None:
        """The arguments; None where a variable has no value, which needs a closer look."""
        if not self.variables:
            return self.constants
        if self.lists and parents != 1:
            return None
        made = dict(self.constants)
        for name, variable in self.variables:
            value = coerced.get(variable)
            if value is None:
                return None
            made[name] = value.copy() if name in self.lists else value
        return made


class Arguments:
    """The arguments of a field, as its resolver takes them."""

    __slots__ = ("_definition", "_field", "_lists", "_names", "_strawberry")

    def __init__(
        self, definition: GraphQLField, field: StrawberryField | None, strawberry: Any
    ) -> None:
        self._definition = definition
        self._field = field
        self._strawberry = strawberry
        if field is None:
            self._names = {
                name: argument.out_name or name for name, argument in definition.args.items()
            }
        else:
            converter = strawberry.config.name_converter
            self._names = {
                converter.from_argument(argument): argument.python_name
                for argument in field.arguments
            }
        # Those of which each call gets a list of its own, where nothing else is to be converted.
        self._lists: frozenset[str] | None = None
        plain = [] if field is None else [_plain(argument.type) for argument in field.arguments]
        if None not in plain:
            names = list(self._names.values())
            self._lists = frozenset(
                name for name, kind in zip(names, plain, strict=False) if kind is list
            )

    def __call__(self, run: "Run", plan: "FieldPlan", info: Any = None) -> dict[str, Any]:
        values = get_argument_values(self._definition, plan.nodes[0], run.variable_values)
        if self._field is None:
            return values
        if self._lists is not None:
            names = self._names
            converted = {names[name]: value for name, value in values.items()}
            for name in self._lists & converted.keys():
                if isinstance(converted[name], list):
                    converted[name] = converted[name].copy()
            return converted
        return convert_arguments(
            values,
            self._field.arguments,
            scalar_registry=self._strawberry.schema_converter.scalar_registry,
            config=self._strawberry.config,
            info=info,
        )

    def shared(self, run: "Run", plan: "FieldPlan", parents: int) -> dict[str, Any] | None:
        """The arguments of all parents, unless each must have its own: what a resolver changes
        in a list or an object that it is given is not for the others to see."""
        if not self._definition.args:
            return {}
        coerced = run.variable_values.coerced
        if plan.recipe is not None:
            made = plan.recipe.made(coerced, parents)
            if made is not None:
                return made
        values = self(run, plan)
        if plan.recipe is None:
            plan.recipe = self._recipe(plan.nodes[0], values, coerced)
        return values if parents == 1 or all(map(_is_immutable, values.values())) else None

    def _recipe(
        self, node: FieldNode, values: dict[str, Any], coerced: Mapping[str, Any]
    ) -> Recipe | None:
        """What `values` were made of; None where that is more than constants and variables."""
        variables: list[tuple[str, str]] = []
        lists: set[str] = set()
        for argument in node.arguments or ():
            name, given = self._names[argument.name.value], argument.value
            value = values.get(name)
            if isinstance(given, VariableNode):
                variable = given.name.value
                if variable not in coerced:
                    return None
                if _same_strings(value, coerced[variable]):
                    lists.add(name)
                elif value is not coerced[variable] or not _is_immutable(value):
                    return None
                variables.append((name, variable))
            elif isinstance(given, (ListValueNode, ObjectValueNode)):
                return None
        named = {name for name, _ in variables}
        constants = {name: None if name in named else value for name, value in values.items()}
        if not all(map(_is_immutable, constants.values())):
            return None
        return Recipe(constants, tuple(variables), frozenset(lists))


def _plain(type_: Any) -> type | None:
    """Whether Strawberry hands values of an argument's type on as they are coerced, which it does
    with scalars (`object`), or in a new list (`list`); None where it makes something of them."""
    if type(type_) is StrawberryOptional:
        type_ = type_.of_type
    if not isinstance(type_, StrawberryList):
        return object if type_ in SCALARS else None
    item: Any = type_.of_type
    if type(item) is StrawberryOptional:
        item = item.of_type
    return list if item in SCALARS else None


def _is_immutable(value: Any) -> bool:
    return value is None or isinstance(value, IMMUTABLE)


def _same_strings(value: Any, coerced: Any) -> bool:
    """Whether a resolver gets a list of strings as the variable has it."""
    return (
        isinstance(value, list)
        and isinstance(coerced, list)
        and bool(value)
        and all(item.__class__ is str for item in value)
        and value == coerced
    )


def _with_arguments(
    run: "Run",
    level: "Level",
    plan: "FieldPlan",
    arguments: Arguments,
    call: Callable[..., Any],
    infos: Callable[["Run", "Level", "FieldPlan"], list[Any]],
    *,
    needed: bool,
) -> Column:
    """`call(parent, info, **arguments)` for each parent; with `needed`, infos that `call` reads."""
    parents = level.parents
    try:
        shared = arguments.shared(run, plan, len(parents))
    except Exception as error:
        return [Failed(error)] * len(parents)
    if shared is not None:
        places = infos(run, level, plan) if needed else [None] * len(parents)
        return column(partial(call, **shared) if shared else call, parents, places)

    def each(parent: Any, info: Any) -> Any:
        return call(parent, info, **arguments(run, plan, info))

    return column(each, parents, infos(run, level, plan))


def _raw_infos(run: "Run", level: "Level", plan: "FieldPlan") -> list[Any]:
    return [CellInfo(run, level, plan, index) for index in range(len(level.parents))]


class Read:
    """A function of the object alone, as the read of an attribute is.

    `reads` are the attributes that it reads, None where they are not known.
    """

    __slots__ = ("function", "reads")

    def __init__(self, function: Callable[[Any], Any], reads: frozenset[str] | None) -> None:
        self.function = function
        self.reads = reads

    def __call__(self, _run: "Run", level: "Level", _plan: "FieldPlan") -> Column:
        return column_of(self.function, level.parents)


def attribute(name: str) -> Source:
    return Read(attrgetter(name), frozenset({name}))


def default_resolver(read: Callable[[Any, str], Any], name: str) -> Source:
    def source(_run: "Run", level: "Level", _plan: "FieldPlan") -> Column:
        return column(lambda parent: read(parent, name), level.parents)

    return source


def resolved(definition: GraphQLField) -> Source:
    """The field as graphql-core would call it."""
    arguments = Arguments(definition, None, None)
    resolve = definition.resolve or default_field_resolver

    def source(run: "Run", level: "Level", plan: "FieldPlan") -> Column:
        return _with_arguments(run, level, plan, arguments, resolve, _raw_infos, needed=True)

    return source


def called(definition: GraphQLField, field: StrawberryField, strawberry: Any) -> Source:
    """A resolver of Strawberry, called without the wrappers that it does not need."""
    resolver = field.base_resolver
    assert resolver is not None
    function = cast("Callable[..., Any]", resolver.wrapped_func)
    own = resolver.self_parameter
    parents = {p.name for p in (resolver.parent_parameter, resolver.root_parameter) if p}
    info = resolver.info_parameter
    arguments = Arguments(definition, field, strawberry)

    # A resolver that takes its parent, and perhaps the info, first is called without keywords.
    names = [p.name if p.kind in POSITIONAL else "" for p in resolver.signature.parameters.values()]
    parent_first = names[:1] == [own.name] if own else set(names[:1]) == parents
    if parent_first and own is not None and parents:
        parent_first = False
    if parent_first and info is None and not definition.args:
        return Read(function, reads_of(function))
    if parent_first and info is not None and names[1:2] == [info.name]:
        call = function
    else:

        def call(parent: Any, place: Any, /, **values: Any) -> Any:
            values.update(dict.fromkeys(parents, parent))
            if info is not None:
                values[info.name] = place
            return function(parent, **values) if own is not None else function(**values)

    def infos(run: "Run", level: "Level", plan: "FieldPlan") -> list[Any]:
        return _infos(field, strawberry, run, level, plan)

    def source(run: "Run", level: "Level", plan: "FieldPlan") -> Column:
        return _with_arguments(run, level, plan, arguments, call, infos, needed=info is not None)

    return source


def _infos(
    field: StrawberryField | None, strawberry: Any, run: "Run", level: "Level", plan: "FieldPlan"
) -> list[Any]:
    info_class = strawberry.config.info_class
    return [
        info_class(_raw_info=CellInfo(run, level, plan, index), _field=field)
        for index in range(len(level.parents))
    ]


class Together:
    """A function that is called once, for all parents."""

    __slots__ = ("_arguments", "_function", "reads")

    def __init__(self, definition: GraphQLField, field: StrawberryField, strawberry: Any) -> None:
        function = together_of(field.metadata)
        assert function is not None
        self._function = function
        self._arguments = Arguments(definition, field, strawberry) if definition.args else None
        self.reads = reads_of(function)

    def __call__(self, run: "Run", level: "Level", plan: "FieldPlan") -> Column:
        parents = level.parents
        arguments = self._arguments
        try:
            values = None if arguments is None else arguments.shared(run, plan, 1)
            results = self._function(run.context, parents, **(values or {}))
            if results.__class__ is list and len(results) == len(parents):
                return results
            return [result for _, result in zip(parents, results, strict=True)]
        except Exception as error:
            return [Failed(error)] * len(parents)


class Keys:
    """The keys that a batched field asks its loader for."""

    __slots__ = ("_arguments", "_field", "_strawberry", "batch", "reads")

    def __init__(
        self,
        batch: Batch[Any, Any],
        definition: GraphQLField,
        field: StrawberryField | None,
        strawberry: Any,
    ) -> None:
        self.batch = batch
        self.reads = reads_of(batch.key)
        self._field = field
        self._strawberry = strawberry
        self._arguments = Arguments(definition, field, strawberry) if definition.args else None

    def __call__(self, run: "Run", level: "Level", plan: "FieldPlan") -> Column:
        key = self.batch.key
        if self._arguments is None:
            return column_of(key, level.parents)
        if plan.recipe is not None:
            values = plan.recipe.made(run.variable_values.coerced, len(level.parents))
            if values is not None:
                return column_of(partial(key, **values), level.parents)
        return _with_arguments(
            run, level, plan, self._arguments, self._call, self._infos, needed=False
        )

    def _call(self, parent: Any, _info: Any, /, **values: Any) -> Any:
        return self.batch.key(parent, **values)

    def _infos(self, run: "Run", level: "Level", plan: "FieldPlan") -> list[Any]:
        return _infos(self._field, self._strawberry, run, level, plan)


def source_of(definition: GraphQLField, strawberry: Any) -> Source | Keys:
    """The source of a field; `strawberry` is Strawberry's schema, None where there is none."""
    field: Any = (definition.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if (
        strawberry is None
        or not isinstance(field, StrawberryField)
        or type(field).get_result is not StrawberryField.get_result
        or field.extensions
        or field.is_subscription  # its resolver gives the events, not their value
        or strawberry.exception_handlers
        or definition.resolve is None
    ):
        return resolved(definition)
    if field.base_resolver is None:
        if field.default_resolver is getattr:
            return attribute(field.python_name)
        return default_resolver(field.default_resolver, field.python_name)
    batch = batch_of(field.metadata)
    if batch is not None:
        return Keys(batch, definition, field, strawberry)
    if together_of(field.metadata) is not None:
        return Together(definition, field, strawberry)
    if not callable(field.base_resolver.wrapped_func):
        return resolved(definition)
    return called(definition, field, strawberry)
