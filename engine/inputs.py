"""How long the lists and strings may be that a client sends, whatever field they are for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import DocumentNode, GraphQLError, ListValueNode, Node, StringValueNode

from engine.limits import MOST

BYTES_PER_ITEM: Final = 2
"""An item of a list takes at least as many in JSON, and in a document: `1,`."""


@dataclass(frozen=True, slots=True)
class InputLimits:
    """The most items of a list and the most characters of a string."""

    list_items: int = MOST
    string_length: int = MOST

    def may_be_passed(self, length: int) -> bool:
        """Whether what is so long as a text can have too much in it."""
        return length > self.string_length or length > BYTES_PER_ITEM * self.list_items

    def error_of(self, variables: Mapping[str, Any]) -> GraphQLError | None:
        """What is too long in the values of variables."""
        waiting: list[tuple[str, Any]] = [(f"${name}", value) for name, value in variables.items()]
        while waiting:
            place, value = waiting.pop()
            if isinstance(value, str):
                if len(value) > self.string_length:
                    return self._string_error(place, len(value))
            elif isinstance(value, list):
                if len(value) > self.list_items:
                    return self._list_error(place, len(value))
                waiting += [(place, item) for item in value if isinstance(item, (str, list, dict))]
            elif isinstance(value, dict):
                waiting += [(f"{place}.{name}", item) for name, item in value.items()]
        return None

    def error_of_document(self, document: DocumentNode, text: str) -> GraphQLError | None:
        """What is too long among the values that stand in a document itself."""
        if not self.may_be_passed(len(text)):
            return None
        waiting: list[Any] = [document]
        while waiting:
            node = waiting.pop()
            if isinstance(node, StringValueNode) and len(node.value) > self.string_length:
                return self._string_error("a value in the document", len(node.value))
            if isinstance(node, ListValueNode) and len(node.values) > self.list_items:
                return self._list_error("a value in the document", len(node.values))
            for key in node.keys:
                below = getattr(node, key, None)
                if isinstance(below, Node):
                    waiting.append(below)
                elif isinstance(below, (list, tuple)):
                    waiting += [item for item in below if isinstance(item, Node)]
        return None

    def _string_error(self, place: str, found: int) -> GraphQLError:
        most = self.string_length
        return _error(f"{place} has {found:,} characters, and the most is {most:,}.", found, most)

    def _list_error(self, place: str, found: int) -> GraphQLError:
        most = self.list_items
        return _error(
            f"{place} has {found:,} items, and the most is {most:,}: send it in parts.", found, most
        )


NO_LIMITS: Final = InputLimits()


def _error(message: str, found: int, most: int) -> GraphQLError:
    return GraphQLError(
        message, extensions={"code": "INPUT_TOO_LARGE", "found": found, "most": most}
    )
