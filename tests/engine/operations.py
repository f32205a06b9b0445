"""Operations of any schema, made by hypothesis: valid documents with variables right and wrong."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

# A seed for each operation: no two alike, and quickly made. They do not shrink, but are small.
RANDOMS = st.randoms(use_true_random=True)

Literals = dict[str, tuple[list[str], list[Any], list[Any]]]
"""For a scalar: literals that it takes, values of variables that it takes, and that it does not."""

LITERALS: Literals = {
    "Int": (["0", "1", "-7", "20"], [1, 20, -5, 2.0], [2**31, "1", 1.5, True]),
    "Float": (["1.5", "2", "-1e3"], [1.5, 2], ["x", True]),
    "String": (['"a"', '""', '"""block"""', '"é\\u00e9"'], ["a", "", "é"], [3, ["x"]]),
    "Boolean": (["true", "false"], [True, False], ["true", 1]),
    "ID": (['"x"', "7"], ["x", 7], [True]),
}


@dataclass
class Generated:
    """An operation, and what is sent with it."""

    text: str
    variables: dict[str, Any]


@dataclass
class _Document:
    random: Random
    schema: GraphQLSchema
    literals: Literals
    avoided: frozenset[str]
    definitions: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    fragments: dict[str, str] = field(default_factory=dict)
    conditions: dict[str, str] = field(default_factory=dict)
    size: int = 0
    wrong: bool = False
    """Whether variables may have values that they do not take."""

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def one(self, options: Any) -> Any:
        return self.random.choice(list(options))

    def selections(self, type_: Any, depth: int, least: int = 1) -> str:
        count = self.random.randint(least, least + 3)
        return "{ " + " ".join(self.selection(type_, depth) for _ in range(count)) + " }"

    def selection(self, type_: Any, depth: int) -> str:
        self.size += 1
        if depth > 0 and self.size < 40 and self.chance(25):
            return self.fragment(type_, depth)
        if not (is_object_type(type_) or hasattr(type_, "fields")) or self.chance(6):
            return "__typename" + self.condition()
        fields = {
            name: definition
            for name, definition in type_.fields.items()
            if name not in self.avoided
            and (is_leaf_type(get_named_type(definition.type)) or (depth > 0 and self.size < 40))
        }
        if not fields:
            return "__typename"
        name: str = self.one(fields)
        definition: GraphQLField = fields[name]
        alias = f"a{self.random.randint(0, 30)}: " if self.chance(25) else ""
        text = alias + name + self.arguments(definition) + self.condition()
        named = get_named_type(definition.type)
        if not is_leaf_type(named):
            text += " " + self.selections(named, depth - 1)
        return text

    def fragment(self, type_: Any, depth: int) -> str:
        possible = (
            list(self.schema.get_possible_types(type_)) if is_abstract_type(type_) else [type_]
        )
        conditions: list[Any] = [type_, *possible]
        conditions.extend(
            other
            for other in self.schema.type_map.values()
            if is_abstract_type(other)
            and any(self.schema.is_sub_type(other, one) for one in possible)
        )
        condition: Any = self.one(conditions)
        if self.chance(50):
            on = f" on {condition.name}" if condition is not type_ or self.chance(50) else ""
            return f"...{on}{self.condition()} {self.selections(condition, depth - 1)}"
        name = f"F{len(self.fragments)}"
        if self.fragments and self.chance(30):
            again = [one for one, on in self.conditions.items() if on == condition.name]
            if again:
                return f"...{self.one(again)}{self.condition()}"
        self.fragments[name] = ""
        text = self.selections(condition, depth - 1)
        self.fragments[name] = f"fragment {name} on {condition.name} {text}"
        self.conditions[name] = condition.name
        return f"...{name}{self.condition()}"

    def condition(self) -> str:
        if not self.chance(12):
            return ""
        directive = self.one(("skip", "include"))
        if self.chance(50):
            return f" @{directive}(if: {self.one(('true', 'false'))})"
        name = f"c{self.random.randint(0, 2)}"
        self.definitions[name] = self.one(("Boolean!", "Boolean! = true", "Boolean = false"))
        if self.chance(75):
            self.values[name] = self.one((True, False, None, "x") if self.wrong else (True, False))
        elif not self.wrong:
            self.definitions[name] = self.one(("Boolean! = true", "Boolean = false"))
            self.values.pop(name, None)
        return f" @{directive}(if: ${name})"

    def arguments(self, definition: GraphQLField) -> str:
        given = []
        for name, argument in definition.args.items():
            if is_required_argument(argument) or self.chance(50):
                given.append(f"{name}: {self.value(argument)}")
        return f"({', '.join(given)})" if given else ""

    def value(self, argument: GraphQLArgument) -> str:
        if not self.chance(40):
            return self.literal(argument.type)
        name = f"v{len(self.definitions)}"
        type_ = str(argument.type)
        if self.chance(30):
            type_ = f"{type_.removesuffix('!')} = {self.literal(argument.type)}"
        self.definitions[name] = type_
        if self.chance(80) or (type_.endswith("!") and not self.wrong):
            self.values[name] = self.variable(argument.type)
        return f"${name}"

    def literal(self, type_: Any) -> str:
        if is_non_null_type(type_):
            return self.literal_of(type_.of_type)
        return "null" if self.chance(10) else self.literal_of(type_)

    def literal_of(self, type_: Any) -> str:
        if is_list_type(type_):
            items = [self.literal(type_.of_type) for _ in range(self.random.randint(0, 3))]
            return f"[{', '.join(items)}]"
        if isinstance(type_, GraphQLEnumType):
            return str(self.one(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            fields = [
                f"{name}: {self.literal(definition.type)}"
                for name, definition in type_.fields.items()
                if is_required_input_field(definition) or self.chance(60)
            ]
            return f"{{{', '.join(fields)}}}"
        return str(self.one(self.literals[type_.name][0]))

    def variable(self, type_: Any) -> Any:
        if is_non_null_type(type_):
            if self.wrong and self.chance(5):
                return None
            return self.variable_of(type_.of_type)
        return None if self.chance(10) else self.variable_of(type_)

    def variable_of(self, type_: Any) -> Any:
        if is_list_type(type_):
            if self.chance(10):
                return self.variable(type_.of_type)
            return [self.variable(type_.of_type) for _ in range(self.random.randint(0, 3))]
        if isinstance(type_, GraphQLEnumType):
            return "NONE_OF_THESE" if self.wrong and self.chance(10) else self.one(type_.values)
        if isinstance(type_, GraphQLInputObjectType):
            value = {
                name: self.variable(definition.type)
                for name, definition in type_.fields.items()
                if is_required_input_field(definition) or self.chance(70)
            }
            return value | ({"unknown": 1} if self.wrong and self.chance(5) else {})
        right, wrong = self.literals[type_.name][1:]
        return self.one(right + wrong if self.wrong else right)


@st.composite
def operations(
    draw: DrawFn,
    schema: GraphQLSchema,
    *,
    literals: Literals | None = None,
    depth: int = 3,
    avoided: frozenset[str] = frozenset(),
) -> Generated:
    """A query. It may be invalid by aliases that clash or by unused variables of no use."""
    document = _Document(draw(RANDOMS), schema, LITERALS | (literals or {}), avoided)
    document.wrong = document.chance(15)
    root = schema.query_type
    assert isinstance(root, GraphQLObjectType)
    text = document.selections(root, depth, least=2)
    definitions = ", ".join(f"${name}: {type_}" for name, type_ in document.definitions.items())
    head = f"query Q({definitions}) " if definitions else ""
    return Generated(
        "\n".join([head + text, *filter(None, document.fragments.values())]), document.values
    )
