"""How a type knows its objects."""

from typing import Any

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType


def instances_of(*classes: type) -> Any:
    """`is_type_of` of a Strawberry type whose objects are instances of these classes.

    Plans know what it does, and look at the class of an object instead of calling it.
    """

    def is_type_of(source: object, _info: object) -> bool:
        return isinstance(source, classes)

    is_type_of.classes = classes  # type: ignore[attr-defined]
    return staticmethod(is_type_of)


def classes_of(type_: GraphQLObjectType) -> tuple[type, ...]:
    """The classes of a type that has an `instances_of`."""
    classes: tuple[type, ...] = getattr(type_.is_type_of, "classes", ())
    return classes


def is_usual_resolve_type(type_: GraphQLInterfaceType | GraphQLUnionType) -> bool:
    """Whether graphql-core or Strawberry finds the type of an object, and no function of others."""
    resolve = type_.resolve_type
    return resolve is None or resolve.__module__ == "strawberry.schema.schema_converter"
