"""Leaf values: a column of scalars or enums, completed as graphql-core completes each of them.

A column whose classes need no conversion is returned as it is; that costs one look at the class
of each value. All else goes, value by value, through the type's own `coerce_output_value`.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from math import isfinite
from types import NoneType
from typing import Any, Final, TypeAlias

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import inspect

Column: TypeAlias = list[Any]

NOTHING: Final = frozenset({NoneType, type(Undefined)})


class Failed:
    """A cell that could not be given; `items` are those of a list that broke off after them."""

    __slots__ = ("error", "items")

    def __init__(self, error: Exception, items: Column | None = None) -> None:
        self.error = error
        self.items = items


def column_of(function: Callable[[Any], Any], rows: Sequence[Any]) -> Column:
    """As `column`; quicker for a single row."""
    if len(rows) != 1:
        return column(function, rows)
    try:
        return [function(rows[0])]
    except Exception as error:
        return [Failed(error)]


def column(function: Callable[..., Any], *arguments: Iterable[Any]) -> Column:
    """`function` of each row; a row for which it raises is a `Failed`."""
    cells: Column = []
    rows = map(function, *arguments)
    while True:
        try:
            cells.extend(rows)
        except Exception as error:  # what was appended before stays, and `rows` goes on behind it
            cells.append(Failed(error))
        else:
            return cells


def _within_32_bits(values: Sequence[Any]) -> bool:
    return not values or (min(values) >= GRAPHQL_MIN_INT and max(values) <= GRAPHQL_MAX_INT)


def _finite(values: Sequence[Any]) -> bool:
    return all(map(isfinite, values))


_PLAIN: Final[dict[GraphQLLeafType, tuple[type, Callable[[Sequence[Any]], bool] | None]]] = {
    GraphQLString: (str, None),
    GraphQLID: (str, None),
    GraphQLBoolean: (bool, None),
    GraphQLInt: (int, _within_32_bits),
    GraphQLFloat: (float, _finite),
}


class Leaf:
    """How values of a leaf type are completed."""

    __slots__ = ("_check", "_names", "_plain", "type")

    def __init__(self, type_: GraphQLLeafType) -> None:
        plain, check = _PLAIN.get(type_, (None, None))
        self.type = type_
        self._plain: frozenset[type] = frozenset() if plain is None else frozenset({plain})
        self._check = check
        self._names: dict[type, dict[Any, str]] | None = (
            {} if isinstance(type_, GraphQLEnumType) else None
        )

    def classes(self, required: bool) -> frozenset[type]:
        """Classes whose values all go out as they are; none where a value must be looked at."""
        if self._check is not None or not self._plain:
            return frozenset()
        return self._plain if required else self._plain | {NoneType}

    def usual(self, values: Column) -> Column | None:
        """The cells of values as they usually are; None where each must be looked at."""
        if self._plain.issuperset(map(type, values)):
            return values if self._check is None or self._check(values) else None
        if self._names is not None and values:
            names = self._names.get(type(values[0]))
            if names is not None and len(set(map(type, values))) == 1:
                try:
                    return [names[value] for value in values]
                except (KeyError, TypeError):
                    pass  # a value not seen before, or one that is not hashable
        return None

    def complete(self, values: Column, kinds: set[type]) -> Column:
        """The cells of values, whose classes are `kinds`; those that failed among them."""
        if kinds - {NoneType} <= self._plain and (
            self._check is None or self._check([value for value in values if value is not None])
        ):
            return values
        return [self._complete(value) for value in values]

    def _complete(self, value: Any) -> Any:
        if value is None or value is Undefined:
            return None
        if isinstance(value, Failed):
            return value
        if isinstance(value, Exception):
            return Failed(value)
        type_ = self.type
        try:
            coerced = type_.coerce_output_value(value)
            if coerced is None or coerced is Undefined:
                raise TypeError(
                    f"Expected `{inspect(type_)}.coerce_output_value({inspect(value)})` to return"
                    f" non-nullable value, returned: {inspect(coerced)}"
                )
        except Exception as error:
            return Failed(error)
        if self._names is not None and (type(value) is str or isinstance(value, Enum)):
            self._names.setdefault(type(value), {})[value] = coerced
        return coerced
