"""What a resolver learns of the place that it is called for."""

from typing import Any

from graphql import GraphQLResolveInfo
from graphql.pyutils import Path


class CellInfo:
    """The resolve info of one field of one object.

    It has what graphql-core's has (`strawberry.Info` reads it, too); the path, which costs most,
    is made when it is asked for.
    """

    __slots__ = ("_index", "_level", "_run", "context", "field")

    def __init__(self, run: Any, level: Any, field: Any, index: int) -> None:
        self._run = run
        self._level = level
        self._index = index
        self.field = field
        self.context = run.context

    @property
    def field_name(self) -> str:
        name: str = self.field.name
        return name

    @property
    def field_nodes(self) -> Any:
        return self.field.nodes

    @property
    def return_type(self) -> Any:
        return self.field.type

    @property
    def parent_type(self) -> Any:
        return self.field.parent_type

    @property
    def path(self) -> Path:
        path: Path = self._level.field_path(self.field, self._index)
        return path

    @property
    def schema(self) -> Any:
        return self._run.plan.schema

    @property
    def fragments(self) -> Any:
        return self._run.plan.fragments

    @property
    def root_value(self) -> Any:
        return self._run.root_value

    @property
    def operation(self) -> Any:
        return self._run.plan.operation

    @property
    def variable_values(self) -> Any:
        return self._run.variable_values.coerced

    @property
    def is_awaitable(self) -> Any:
        return self._run.is_awaitable

    @property
    def abort_signal(self) -> None:
        return None

    @property
    def async_helpers(self) -> Any:
        return self._run.async_helpers

    @property
    def operation_extensions(self) -> Any:
        return self._run.operation_extensions


_FIELDS = [name for name in GraphQLResolveInfo._fields if not hasattr(CellInfo, name)]
assert not _FIELDS, f"CellInfo lacks what graphql-core's resolve info has: {_FIELDS}"
