"""Documents that were seen before: parsed, validated and compiled once.

New documents come into a small part of the cache, and only those that are sent again move into
the large one: a flood of documents that are sent once pushes out one another and nothing else.
The size of an entry is the length of its text.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, TypeAlias

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
)

from engine.plan import Compiler, Conditions, NotCovered, Plan, Shapes
from engine.variables import Variables

MAX_PLANS: Final = 16
"""How many combinations of the values of its conditions an operation is compiled for."""

Rules: TypeAlias = tuple[type[ASTValidationRule], ...]


class Operation:
    """One operation of a document, and its plans."""

    __slots__ = ("_conditions", "_document", "_plans", "_shapes", "definition", "reason", "variables")

    def __init__(
        self, shapes: Shapes, document: DocumentNode, definition: OperationDefinitionNode
    ) -> None:
        self.definition = definition
        self.variables = Variables(shapes.schema, definition)
        self._shapes = shapes
        self._document = document
        self._plans: dict[tuple[bool, ...], Plan] = {}
        self.reason: str | None = None
        try:
            self._conditions = Conditions(document, definition)
        except NotCovered as error:
            self.reason = str(error)

    def plan(self, coerced: dict[str, object]) -> Plan:
        """The plan for these values of the variables; raises `NotCovered`."""
        if self.reason is not None:
            raise NotCovered(self.reason)
        values = self._conditions.of(coerced)
        plan = self._plans.get(values)
        if plan is None:
            conditions = dict(zip(self._conditions.names, values, strict=True))
            try:
                plan = Compiler(self._shapes, self._document, self.definition, conditions).compile()
            except NotCovered as error:
                self.reason = str(error)
                raise
            except RecursionError:
                self.reason = "nesting"
                raise NotCovered(self.reason) from None
            if len(self._plans) >= MAX_PLANS:
                del self._plans[next(iter(self._plans))]
            self._plans[values] = plan
        return plan


class Document:
    """A document: its tree, or the error that it does not parse for."""

    __slots__ = ("_operations", "_shapes", "node", "size", "syntax_error", "verdicts")

    def __init__(
        self, shapes: Shapes, size: int, node: DocumentNode | None, error: GraphQLError | None = None
    ) -> None:
        self.size = size
        self.node = node
        self.syntax_error = error
        self.verdicts: dict[Rules, Sequence[GraphQLError]] = {}
        self._shapes = shapes
        self._operations: dict[str | None, Operation | GraphQLError] = {}

    def operation(self, name: str | None) -> Operation | GraphQLError:
        """The operation of that name, or the only one."""
        if name in self._operations:
            return self._operations[name]
        found = self._find(name)
        if isinstance(found, Operation):
            self._operations[name] = found
        return found

    def _find(self, name: str | None) -> Operation | GraphQLError:
        assert self.node is not None
        definitions = [
            definition
            for definition in self.node.definitions
            if isinstance(definition, OperationDefinitionNode)
            and (name is None or (definition.name is not None and definition.name.value == name))
        ]
        if not definitions:
            if name is None:
                return GraphQLError("Must provide an operation.")
            return GraphQLError(f"Unknown operation named '{name}'.")
        if name is None and len(definitions) > 1:
            return GraphQLError("Must provide operation name if query contains multiple operations.")
        return Operation(self._shapes, self.node, definitions[-1])


class Documents:
    """The cache of documents, by their text."""

    def __init__(self, shapes: Shapes, *, new_size: int, known_size: int) -> None:
        self._shapes = shapes
        self._new = _Recent(new_size)
        self._known = _Recent(known_size)
        self._by_node: dict[int, Document] = {}

    def get(self, text: str) -> Document | None:
        document = self._known.get(text)
        if document is None:
            document = self._new.pop(text)
            if document is not None:  # sent a second time
                self._forget(self._known.put(text, document))
        return document

    def add(
        self, text: str, node: DocumentNode | None, error: GraphQLError | None = None
    ) -> Document:
        """Keeps what a text was parsed to."""
        document = Document(self._shapes, len(text), node, error)
        if node is not None:
            self._by_node[id(node)] = document
        self._forget(self._new.put(text, document))
        return document

    def of_node(self, node: DocumentNode) -> Document:
        """The document of a tree; one that is not kept when it did not come from here."""
        return self._by_node.get(id(node)) or Document(self._shapes, 0, node)

    def _forget(self, documents: list[Document]) -> None:
        for document in documents:
            self._by_node.pop(id(document.node), None)

    def __len__(self) -> int:
        return len(self._new) + len(self._known)


class _Recent:
    """The entries used last, up to a size."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._used = 0
        self._entries: OrderedDict[str, Document] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, text: str) -> Document | None:
        document = self._entries.get(text)
        if document is not None:
            self._entries.move_to_end(text)
        return document

    def pop(self, text: str) -> Document | None:
        document = self._entries.pop(text, None)
        if document is not None:
            self._used -= document.size
        return document

    def put(self, text: str, document: Document) -> list[Document]:
        """Adds an entry; gives those that had to go for it, itself if it is too large."""
        gone: list[Document] = []
        replaced = self.pop(text)
        if replaced is not None:
            gone.append(replaced)
        self._entries[text] = document
        self._used += document.size
        while self._used > self._size:
            _, oldest = self._entries.popitem(last=False)
            self._used -= oldest.size
            gone.append(oldest)
        return gone
