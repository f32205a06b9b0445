"""How large a document is, found before it is validated and in time linear in its length.

Validation has rules that are quadratic in a document, and counting what fragments spread out to
by walking them is exponential: each fragment is measured once, and its numbers are added wherever
it is spread. Nothing here relies on the document being valid.

The cost of an operation is the number of objects that it may read: a field of an object counts 1
(or what `cost` in its metadata says), a leaf nothing. What is selected below a list counts as
often as the list may be long: the page size for `edges` and `nodes` of a field with `first`, the
number of `ids`, else `ASSUMED_LENGTH`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    value_from_ast_untyped,
)

ASSUMED_LENGTH: Final = 5
"""Objects in a list that has no page size."""

COST_KEY: Final = "tonearm.cost"
"""Key of a Strawberry field's metadata: what one object of it costs, for what is dearer than 1."""

MOST: Final = 10**12
"""Where counting ends."""

_PAGE_SIZE: Final = "first"
_LENGTH: Final = "ids"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that a document may have. All but `operations` are for one operation, with its
    fragments spread out."""

    operations: int
    depth: int
    fields: int
    root_fields: int
    aliases: int
    directives: int


@dataclass(frozen=True, slots=True)
class Excess:
    """What there is too much of: `name` is that of the limit."""

    name: str
    found: int
    most: int


@dataclass(slots=True)
class Cost:
    """Objects that may be read: a number, and parts that depend on variables.

    In a fragment, `page` is what counts as often as the page is long on which it is spread.
    """

    number: int = 0
    parts: list["tuple[Factor, Cost]"] = field(default_factory=list)
    page: "Cost | None" = None

    def add(self, other: "Cost", factor: "Factor" = 1) -> None:
        """Adds all but the page of `other`."""
        if isinstance(factor, int) and not other.parts:
            self.number = min(self.number + factor * other.number, MOST)
        else:
            self.parts.append((factor, other))

    def add_listed(self, other: "Cost", page: "Page") -> None:
        """Adds what counts as often as `page` is long."""
        if isinstance(page, Unknown):
            self.page = self.page or Cost()
            self.page.add(other)
        else:
            self.add(other, ASSUMED_LENGTH if page is None else page)

    def of(self, variables: Mapping[str, Any]) -> int:
        """The cost with these values, which need not be of the right types."""
        return self._of(variables, {}) if self.parts else self.number

    def _of(self, variables: Mapping[str, Any], known: dict[int, int]) -> int:
        total = self.number
        for factor, part in self.parts:
            if id(part) not in known:
                known[id(part)] = part._of(variables, known)
            times = factor if isinstance(factor, int) else factor.value(variables)
            total += times * known[id(part)]
        return min(total, MOST)


@dataclass(frozen=True, slots=True)
class Variable:
    """A factor that a variable gives: an integer, or the length of a list."""

    name: str
    default: int

    def value(self, variables: Mapping[str, Any]) -> int:
        return _times(variables.get(self.name), self.default)


Factor: TypeAlias = int | Variable


class Unknown:
    """The length of the page that a fragment is spread on."""


Page: TypeAlias = Factor | Unknown | None
"""How long the lists of an object are, where it is a page of a list; None where it is none."""


def _times(value: Any, default: int) -> int:
    if isinstance(value, list):
        return len(value)
    return min(max(value, 0), MOST) if isinstance(value, int) else default


def _integer(node: IntValueNode) -> int:
    return int(node.value) if len(node.value) <= len(str(MOST)) else MOST


@dataclass(slots=True)
class Size:
    """What an operation or a fragment spreads out to."""

    depth: int = 0
    fields: int = 0
    root_fields: int = 0
    aliases: int = 0
    directives: int = 0
    cost: Cost = field(default_factory=Cost)

    def add_spread(self, other: "Size", depth: int) -> None:
        """Adds a fragment that is spread below `depth` fields."""
        self.depth = max(self.depth, depth + other.depth)
        self.fields = min(self.fields + other.fields, MOST)
        self.aliases = min(self.aliases + other.aliases, MOST)
        self.directives = min(self.directives + other.directives, MOST)
        if depth == 0:
            self.root_fields = min(self.root_fields + other.root_fields, MOST)

    def excess(self, limits: Limits) -> Excess | None:
        """The first limit that is passed."""
        for limit in fields(limits):
            found = getattr(self, limit.name, 0)
            if found > getattr(limits, limit.name):
                return Excess(limit.name, found, getattr(limits, limit.name))
        return None


def measure(document: DocumentNode, schema: GraphQLSchema) -> list[Size]:
    """The size of each operation of a document, in their order."""
    named: dict[str, FragmentDefinitionNode] = {}
    operations: list[OperationDefinitionNode] = []
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            named.setdefault(definition.name.value, definition)
        elif isinstance(definition, OperationDefinitionNode):
            operations.append(definition)
    sizes: dict[str, Size] = {}
    for name in _innermost_first(named):
        definition = named[name]
        parent = schema.get_type(definition.type_condition.name.value)
        sizes[name] = _Measure(schema, sizes, {}).size(definition, parent)
    return [
        _Measure(schema, sizes, _defaults(operation)).size(
            operation, schema.get_root_type(operation.operation)
        )
        for operation in operations
    ]


def _innermost_first(named: Mapping[str, FragmentDefinitionNode]) -> Iterator[str]:
    """Names of fragments, each behind those that it spreads, as far as there is no cycle."""
    done: set[str] = set()
    for start in named:
        waiting = [(start, iter(_spreads(named[start])))]
        open_names = {start}
        while waiting:
            name, inner = waiting[-1]
            if name in done:
                waiting.pop()
                continue
            for spread in inner:
                if spread in named and spread not in done and spread not in open_names:
                    open_names.add(spread)
                    waiting.append((spread, iter(_spreads(named[spread]))))
                    break
            else:
                done.add(name)
                yield name
                waiting.pop()


def _spreads(definition: FragmentDefinitionNode) -> list[str]:
    """Names of the fragments that a definition spreads."""
    found: list[str] = []
    waiting = [definition.selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FragmentSpreadNode):
                found.append(selection.name.value)
            elif isinstance(selection, (FieldNode, InlineFragmentNode)) and selection.selection_set:
                waiting.append(selection.selection_set)
    return found


def _defaults(operation: OperationDefinitionNode) -> dict[str, int]:
    """The integers and lengths that are defaults of variables."""
    found: dict[str, int] = {}
    for definition in operation.variable_definitions or ():
        value = definition.default_value
        if isinstance(value, IntValueNode):
            found[definition.variable.name.value] = _times(_integer(value), 0)
        elif isinstance(value, ListValueNode):
            found[definition.variable.name.value] = len(value.values)
    return found


@dataclass(frozen=True, slots=True)
class _Measure:
    schema: GraphQLSchema
    fragments: Mapping[str, Size]
    defaults: Mapping[str, int]

    def size(
        self,
        definition: FragmentDefinitionNode | OperationDefinitionNode,
        parent: GraphQLNamedType | None,
    ) -> Size:
        size = Size(directives=len(definition.directives or ()))
        page = Unknown() if isinstance(definition, FragmentDefinitionNode) else None
        size.cost = self._walk(size, definition.selection_set, parent, 0, page)
        return size

    def _walk(
        self,
        size: Size,
        selection_set: SelectionSetNode,
        parent: GraphQLNamedType | None,
        depth: int,
        page: Page,
    ) -> Cost:
        """Counts into `size`, and gives the cost of one `parent`."""
        cost = Cost()
        waiting = [(selection_set, parent)]
        while waiting:
            selections, on = waiting.pop()
            for selection in selections.selections:
                size.directives += len(selection.directives or ())
                if isinstance(selection, FieldNode):
                    self._add_field(cost, size, selection, on, depth, page)
                elif isinstance(selection, InlineFragmentNode):
                    named = selection.type_condition
                    inner = self.schema.get_type(named.name.value) if named else on
                    waiting.append((selection.selection_set, inner))
                elif isinstance(selection, FragmentSpreadNode):
                    spread = self.fragments.get(selection.name.value)
                    if spread is not None:
                        size.add_spread(spread, depth)
                        cost.add(spread.cost)
                        if spread.cost.page is not None:
                            cost.add_listed(spread.cost.page, page)
        return cost

    def _add_field(
        self,
        cost: Cost,
        size: Size,
        node: FieldNode,
        parent: GraphQLNamedType | None,
        depth: int,
        page: Page,
    ) -> None:
        size.fields += 1
        size.root_fields += depth == 0
        size.aliases += node.alias is not None
        size.depth = max(size.depth, depth + 1)
        definition: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        result = get_named_type(definition.type) if definition else None
        asked_for = self._asked_for(node, definition) if definition else None
        one = Cost(_own_cost(definition) if definition else 0)
        is_list = definition is not None and is_list_type(get_nullable_type(definition.type))
        if node.selection_set is not None:
            inner_page = None if is_list else asked_for
            one.add(self._walk(size, node.selection_set, result, depth + 1, inner_page))
        if not is_list:
            cost.add(one)
        elif asked_for is not None:
            cost.add(one, asked_for)
        else:
            cost.add_listed(one, page)

    def _asked_for(self, node: FieldNode, definition: GraphQLField) -> Factor | None:
        """How many objects a field is asked for; None where nothing says so."""
        name = next((name for name in (_PAGE_SIZE, _LENGTH) if name in definition.args), None)
        if name is None:
            return None
        default = _argument_default(definition.args[name])
        value = next((a.value for a in node.arguments or () if a.name.value == name), None)
        if isinstance(value, VariableNode):
            return Variable(value.name.value, self.defaults.get(value.name.value, default))
        if isinstance(value, IntValueNode):
            return _times(_integer(value), default)
        return len(value.values) if isinstance(value, ListValueNode) else default


def _argument_default(argument: GraphQLArgument) -> int:
    value: Any = argument.default_value
    if argument.default is not None:
        literal = argument.default.literal
        value = argument.default.value if literal is None else value_from_ast_untyped(literal)
    return _times(value, 1)


def _own_cost(definition: GraphQLField) -> int:
    if is_leaf_type(get_named_type(definition.type)):
        return 0
    declared = definition.extensions.get("strawberry-definition")
    metadata: Mapping[str, Any] = getattr(declared, "metadata", None) or {}
    own: int = metadata.get(COST_KEY, 1)
    return own
