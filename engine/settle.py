"""From cells that failed to nulls and errors, as the specification has it and graphql-core does it.

Runs once, after everything, and only where something failed. It walks the answer depth first, in
the order in which graphql-core executes fields that need not be waited for, so the errors come in
that order, and a field behind one that made its parent null adds none.
"""

from typing import Any

from graphql import (
    GraphQLError,
    GraphQLNonNull,
    GraphQLOutputType,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    located_error,
)
from graphql.pyutils import Path

from engine.leaves import Failed
from engine.plan import FieldPlan, Plan, Selection


def settle(
    plan: Plan, row: dict[str, Any], selections: dict[int, Selection]
) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
    """The data and the errors; `selections` tells, by the id of a row, of which type it is."""
    settling = _Settling(selections)
    try:
        return settling.fields(plan.root, row, None), settling.errors
    except GraphQLError as error:
        settling.errors.append(error)
        return None, settling.errors


class _Settling:
    def __init__(self, selections: dict[int, Selection]) -> None:
        self.errors: list[GraphQLError] = []
        self._selections = selections

    def fields(
        self, selection: Selection, row: dict[str, Any], path: Path | None
    ) -> dict[str, Any]:
        type_name = selection.type.name
        return {
            field.key: self._cell(
                field, field.type, row[field.key], Path(path, field.key, type_name)
            )
            for field in selection.fields
        }

    def _cell(self, field: FieldPlan, type_: GraphQLOutputType, cell: Any, path: Path) -> Any:
        try:
            return self._completed(field, type_, cell, path)
        except Exception as raised:
            error = located_error(raised, field.nodes, path.as_list())
            if is_non_null_type(type_):
                raise error from None
            self.errors.append(error)
            return None

    def _completed(self, field: FieldPlan, type_: Any, cell: Any, path: Path) -> Any:
        if isinstance(type_, GraphQLNonNull):
            completed = self._completed(field, type_.of_type, cell, path)
            if completed is None:
                raise TypeError(
                    f"Cannot return null for non-nullable field {field.parent_type}.{field.name}."
                )
            return completed
        if isinstance(cell, Failed):
            self._items(field, type_, cell.items or (), path)
            raise cell.error
        if cell is None or is_leaf_type(type_):
            return cell
        if is_list_type(type_):
            return self._items(field, type_, cell, path)
        selection = field.selection or self._selections[id(cell)]
        return self.fields(selection, cell, path)

    def _items(self, field: FieldPlan, type_: Any, items: Any, path: Path) -> list[Any]:
        return [
            self._cell(field, type_.of_type, item, path.add_key(place))
            for place, item in enumerate(items)
        ]
