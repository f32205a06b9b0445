"""Plans: an operation compiled, once, into the columns that it reads level by level.

The fields of each selection come from graphql-core's own collection, so fragments, aliases, type
conditions, @skip and @include mean what they mean there. A plan holds for one operation of one
document and for the values of those variables that @skip and @include ask for.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    VariableNode,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from graphql.language import (
    BooleanValueNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)

from engine.batch import Loader
from engine.code import Rows
from engine.leaves import Leaf
from engine.sources import Keys, Read, Recipe, Source, source_of

CONDITIONS: Final = frozenset({"skip", "include"})
PLANNED: Final = frozenset({OperationType.QUERY, OperationType.SUBSCRIPTION})
"""A subscription has a plan for each of its events."""


class NotCovered(Exception):
    """A plan cannot do this; graphql-core does. The message is the reason, in a word or two."""


class FieldPlan:
    """A field of a selection: its source, and how its values are completed.

    Attributes:
        key: Its name in the answer.
        lists: For each list that its type wraps, outermost first, whether it may not be null.
        required: Whether what is in the lists may not be null.
        leaf: For scalars and enums.
        read: For a leaf that needs nothing but the object, what gives its value.
        selection: For an object type, what is read of its objects.
        choices: For an abstract type, what is read of the objects of each type.
    """

    __slots__ = (
        "by_class",
        "choices",
        "constant",
        "definition",
        "details",
        "key",
        "leaf",
        "lists",
        "name",
        "named_type",
        "nodes",
        "ordinary",
        "parent_type",
        "read",
        "recipe",
        "required",
        "selection",
        "source",
        "type",
    )

    def __init__(
        self,
        key: str,
        details: FieldDetailsList,
        definition: GraphQLField,
        parent_type: GraphQLObjectType,
        source: Source | Keys,
    ) -> None:
        self.key = key
        self.details = details
        self.nodes: list[FieldNode] = [detail.node for detail in details]
        self.name = self.nodes[0].name.value
        self.definition = definition
        self.parent_type = parent_type
        self.source: Source | Keys = source
        self.type: GraphQLOutputType = definition.type
        self.constant: str | None = None
        lists: list[bool] = []
        type_: Any = definition.type
        while True:
            required = is_non_null_type(type_)
            if required:
                type_ = type_.of_type
            if not is_list_type(type_):
                break
            lists.append(required)
            type_ = type_.of_type
        self.lists = tuple(lists)
        self.required: bool = required
        self.named_type = type_
        self.leaf: Leaf | None = None
        self.read: Callable[[Any], Any] | None = None
        self.selection: Selection | None = None
        self.choices: dict[GraphQLObjectType, Selection] | None = None
        # Classes of values seen here that are neither null nor awaitable nor an error, and that
        # are of the object type as far as its `is_type_of` tells by the class.
        self.ordinary: set[type] = set()
        # For an abstract type, the types of classes of objects for which the class decides.
        self.by_class: dict[type, GraphQLObjectType] = {}
        # What its arguments are made of, once that is known (engine/sources.py).
        self.recipe: Recipe | None = None

    def selection_of(self, values: Sequence[Any]) -> "Selection | None":
        """For an abstract type, what is read of values that are all of one known type."""
        kinds = set(map(type, values))
        if len(kinds) != 1 or self.choices is None:
            return None
        type_ = self.by_class.get(kinds.pop())
        return None if type_ is None else self.choices.get(type_)


class Selection:
    """What is read of objects of one type.

    `rows` is the code of its own (engine/code.py) that it has from the second time on.
    """

    __slots__ = ("fields", "keys", "ran", "rows", "type")

    def __init__(self, type_: GraphQLObjectType, fields: tuple[FieldPlan, ...]) -> None:
        self.type = type_
        self.fields = fields
        self.keys = tuple(field.key for field in fields)
        self.ran = False
        self.rows: Rows | None = None


Columns: TypeAlias = dict[Loader[Any, Any], frozenset[str] | None]


class Plan:
    """An operation that is ready to run.

    `columns` has the attributes that it reads of a loader's records, None where it may be all.
    """

    __slots__ = ("_compiler", "columns", "fragments", "operation", "root", "schema")

    def __init__(self, compiler: "Compiler", root: Selection) -> None:
        self._compiler = compiler
        self.schema = compiler.schema
        self.fragments = compiler.fragment_definitions
        self.operation = compiler.operation
        self.root = root
        self.columns: Columns = {}
        add_columns(self.columns, root)

    def choose(self, field: FieldPlan, type_: GraphQLObjectType) -> Selection:
        """What is read of the objects of `type_` that a field of an abstract type gives."""
        assert field.choices is not None
        selection = field.choices.get(type_)
        if selection is None:
            selection = field.choices[type_] = self._compiler.below(field.details, type_)
            add_columns(self.columns, selection)
        return selection


def add_columns(columns: Columns, selection: Selection) -> None:
    """Adds the attributes that fields in and below a selection read of each loader's records.

    They are added up over a plan, so that it calls a loader once for all its fields.
    """
    left = [selection]
    while left:
        for one in left.pop().fields:
            if one.selection is not None:
                left.append(one.selection)
            if isinstance(one.source, Keys):
                loader = one.source.batch.loader
                columns.update(dict.fromkeys(loader.uses))
                if loader.reads:
                    known = columns.get(loader, frozenset())
                    read = None if one.selection is None else _attributes(one.selection)
                    total = None if known is None or read is None else known | read
                    columns[loader] = total if total is None or total <= loader.reads else None


def _attributes(selection: Selection) -> frozenset[str] | None:
    """The attributes that are read of a selection's objects; None where that is not known."""
    read: frozenset[str] = frozenset()
    for one in selection.fields:
        if one.constant is None:
            reads = getattr(one.source, "reads", None)
            if reads is None:
                return None
            read |= reads
    return read


class Shapes:
    """What is known of a schema's fields and leaf types, whichever plan uses them."""

    def __init__(self, schema: GraphQLSchema, strawberry: Any = None) -> None:
        self.schema = schema
        self._strawberry = strawberry
        self._sources: dict[int, tuple[GraphQLField, Source | Keys]] = {}
        self._leaves: dict[Any, Leaf] = {}

    def source(self, definition: GraphQLField) -> Source | Keys:
        known = self._sources.get(id(definition))
        if known is None:
            known = (definition, source_of(definition, self._strawberry))
            self._sources[id(definition)] = known
        return known[1]

    def leaf(self, type_: Any) -> Leaf:
        leaf = self._leaves.get(type_)
        if leaf is None:
            leaf = self._leaves[type_] = Leaf(type_)
        return leaf


class Conditions:
    """The variables that decide, by @skip and @include, which fields an operation has.

    Raises `NotCovered` for what no plan can have.
    """

    def __init__(self, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        if operation.operation not in PLANNED:
            raise NotCovered(operation.operation.value)
        if operation.directives:
            raise NotCovered("directive")
        self.variables: set[str] = set()
        self._selections(operation.selection_set)
        for definition in document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                if definition.variable_definitions or definition.directives:
                    raise NotCovered("fragment variables or directives")
                self._selections(definition.selection_set)
        self.names = tuple(sorted(self.variables))

    def _selections(self, selection_set: SelectionSetNode) -> None:
        left = [selection_set]
        while left:
            for node in left.pop().selections:
                if node.directives:
                    self._directives(node)
                if isinstance(node, (FieldNode, InlineFragmentNode)):
                    if node.selection_set is not None:
                        left.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and node.arguments:
                    raise NotCovered("fragment arguments")

    def _directives(self, node: Any) -> None:
        for directive in node.directives:
            if directive.name.value not in CONDITIONS:
                raise NotCovered("directive")
            [argument] = directive.arguments
            if isinstance(argument.value, VariableNode):
                self.variables.add(argument.value.name.value)
            elif not isinstance(argument.value, BooleanValueNode):
                raise NotCovered("directive")

    def of(self, coerced: Mapping[str, Any]) -> tuple[bool, ...]:
        """The values that a plan is for."""
        values = tuple(coerced.get(name) for name in self.names)
        for value in values:
            if not isinstance(value, bool):
                raise NotCovered("null condition")
        return values  # type: ignore[return-value]


class Compiler:
    """Compiles one operation, for the variables that its conditions ask for."""

    def __init__(
        self,
        shapes: Shapes,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        conditions: Mapping[str, bool],
    ) -> None:
        self.schema = shapes.schema
        self.operation = operation
        self.fragment_definitions = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._shapes = shapes
        self._fragments = {
            name: FragmentDetails(definition)
            for name, definition in self.fragment_definitions.items()
        }
        self._variables = VariableValues({}, dict(conditions))

    def compile(self) -> Plan:
        root_type = self.schema.get_root_type(self.operation.operation)
        if root_type is None:
            raise NotCovered("no root type")
        collected = collect_fields(
            self.schema, self._fragments, self._variables, root_type, self.operation
        )
        return Plan(self, self._selection(root_type, collected.grouped_field_set))

    def below(self, details: FieldDetailsList, type_: GraphQLObjectType) -> Selection:
        collected = collect_subfields(
            self.schema, self._fragments, self._variables, self.operation, type_, details
        )
        return self._selection(type_, collected.grouped_field_set)

    def _selection(self, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> Selection:
        return Selection(
            type_, tuple(self._field(type_, key, details) for key, details in grouped.items())
        )

    def _field(self, parent: GraphQLObjectType, key: str, details: FieldDetailsList) -> FieldPlan:
        definition = self.schema.get_field(parent, details[0].node.name.value)
        if definition is None:
            raise NotCovered("unknown field")
        if definition is SchemaMetaFieldDef or definition is TypeMetaFieldDef:
            raise NotCovered("introspection")
        field = FieldPlan(key, details, definition, parent, self._shapes.source(definition))
        if definition is TypeNameMetaFieldDef:
            field.constant = parent.name
        if is_leaf_type(field.named_type):
            field.leaf = self._shapes.leaf(field.named_type)
            if not field.lists and isinstance(field.source, Read):
                field.read = field.source.function
        elif is_abstract_type(field.named_type):
            field.choices = {}
        else:
            field.selection = self.below(details, field.named_type)
        return field
