"""Conventions that every type, field and argument keeps."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_scalar_type,
)

from app.cli import SDL_PATH
from resolvers.ids import KINDS
from schema.schema import schema

GRAPHQL: GraphQLSchema = schema._schema

OWN_TYPES: list[GraphQLNamedType] = [
    type_
    for type_ in GRAPHQL.type_map.values()
    if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
]


def fields() -> Iterator[tuple[str, GraphQLField]]:
    for type_ in OWN_TYPES:
        if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)):
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}", field


def arguments() -> Iterator[tuple[str, GraphQLArgument]]:
    for place, field in fields():
        for name, argument in field.args.items():
            yield f"{place}({name}:)", argument


@pytest.mark.parametrize("type_", OWN_TYPES, ids=str)
def test_type_is_described(type_: GraphQLNamedType) -> None:
    assert type_.description


@pytest.mark.parametrize(("place", "field"), list(fields()))
def test_field_is_described(place: str, field: GraphQLField) -> None:
    assert field.description, place


@pytest.mark.parametrize(("place", "argument"), list(arguments()))
def test_argument_is_described(place: str, argument: GraphQLArgument) -> None:
    assert argument.description, place


def test_input_fields_are_described() -> None:
    for type_ in OWN_TYPES:
        if isinstance(type_, GraphQLInputObjectType):
            for name, field in type_.fields.items():
                assert field.description, f"{type_.name}.{name}"


def test_enum_values_are_upper_case() -> None:
    for type_ in OWN_TYPES:
        if isinstance(type_, GraphQLEnumType):
            assert all(value == value.upper() for value in type_.values)


def test_connections_are_paged() -> None:
    for place, field in fields():
        if str(field.type).rstrip("!").endswith("Connection"):
            assert {"first", "after"} <= set(field.args), place
            assert field.args["first"].default_value == 20, place


def test_every_node_has_a_kind_of_id() -> None:
    nodes = GRAPHQL.get_implementations(GRAPHQL.type_map["Node"]).objects  # type: ignore[arg-type]
    assert {node.name.lower() for node in nodes} == set(KINDS)


def test_the_committed_sdl_is_what_is_served() -> None:
    assert SDL_PATH.read_text(encoding="utf-8") == schema.as_str() + "\n", "run `make schema`"
