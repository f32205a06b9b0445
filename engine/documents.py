"""Documents that were seen before: parsed, validated and compiled once.

New documents come into a small part of the cache, and only those that are sent again move into
the large one: a flood of documents that are sent once pushes out one another and nothing else.
The size of an entry is the length of its text.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    parse,
)
from strawberry.schema.schema import validate_document
from strawberry.types.graphql import OperationType

from engine.inputs import NO_LIMITS, InputLimits
from engine.limits import Limits, Size, measure
from engine.plan import Compiler, Conditions, NotCovered, Plan, Shapes
from engine.variables import Variables

MAX_PLANS: Final = 16
"""How many combinations of the values of its conditions an operation is compiled for."""

Rules: TypeAlias = tuple[type[ASTValidationRule], ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that is executed.

    Attributes:
        tokens: Tokens of a document, found before it is parsed.
        limits: Of a document, found before it is validated.
        cost: Of an operation with its variables, found before it is executed.
        inputs: Of the lists and strings in a document and in its variables.
        trusted: The only documents that are executed, by their texts; None for all.
    """

    tokens: int
    limits: Limits
    cost: int
    inputs: InputLimits = NO_LIMITS
    trusted: Collection[str] | None = None

    def size_error(self, sizes: Sequence[Size]) -> GraphQLError | None:
        """What a document has too much of."""
        if len(sizes) > self.limits.operations:
            return _too_large("operations", len(sizes), self.limits.operations)
        for size in sizes:
            excess = size.excess(self.limits)
            if excess is not None:
                return _too_large(excess.name.replace("_", " "), excess.found, excess.most)
        return None

    def cost_error(self, cost: int) -> GraphQLError:
        """Says that an operation of this cost is too dear."""
        return GraphQLError(
            f"This may read {cost} objects, and the most is {self.cost}: ask for shorter pages,"
            " or for fewer lists within lists.",
            extensions={"code": "COST_TOO_HIGH", "cost": cost, "most": self.cost},
        )


def not_trusted() -> GraphQLError:
    """Why a document is not executed where only trusted ones are."""
    return GraphQLError(
        "Only documents that this server was given beforehand are executed. Add this one to its"
        " manifest of trusted documents.",
        extensions={"code": "DOCUMENT_NOT_TRUSTED"},
    )


def _too_large(name: str, found: int, most: int) -> GraphQLError:
    return GraphQLError(
        f"The document is too large: {name} {found}, and the most is {most}. Ask for less at once.",
        extensions={"code": "DOCUMENT_TOO_LARGE", "limit": name, "found": found, "most": most},
    )


class Operation:
    """One operation of a document, and its plans."""

    __slots__ = (
        "_conditions",
        "_document",
        "_only",
        "_plans",
        "_shapes",
        "definition",
        "kind",
        "name",
        "reason",
        "size",
        "variables",
    )

    def __init__(
        self,
        shapes: Shapes,
        document: DocumentNode,
        definition: OperationDefinitionNode,
        size: Size | None = None,
    ) -> None:
        self.definition = definition
        self.size = size
        self.variables = Variables(shapes.schema, definition)
        self._shapes = shapes
        self._document = document
        self._plans: dict[tuple[bool, ...], Plan] = {}
        self._only: Plan | None = None
        self.kind = OperationType(definition.operation.value)
        self.name = "" if definition.name is None else definition.name.value
        """Empty when it has none."""
        self.reason: str | None = None
        try:
            self._conditions = Conditions(document, definition)
        except NotCovered as error:
            self.reason = str(error)

    def plan(self, coerced: dict[str, object]) -> Plan:
        """The plan for these values of the variables; raises `NotCovered`."""
        if self._only is not None:
            return self._only
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
            if not values:
                self._only = plan
        return plan


class Document:
    """A document: its tree, or the error for which it is refused.

    `verdicts` has the errors of its validation, by the rules that it was validated by; `ready`
    has the operations that the executor found to be valid, by their name.
    """

    __slots__ = (
        "_operations",
        "_shapes",
        "_sizes",
        "length",
        "node",
        "ready",
        "refused",
        "verdicts",
    )

    def __init__(
        self,
        shapes: Shapes,
        length: int,
        node: DocumentNode | None,
        refused: GraphQLError | None = None,
        sizes: Sequence[Size] = (),
    ) -> None:
        self.length = length
        self.node = node
        self.refused = refused
        self.verdicts: dict[Rules, list[GraphQLError]] = {}
        self.ready: dict[str | None, Operation] = {}
        self._shapes = shapes
        self._sizes = sizes
        self._operations: dict[str | None, Operation] = {}

    def validate(self, rules: Rules) -> list[GraphQLError]:
        """The errors of its validation, as a list of the caller's own."""
        if self.refused is not None:
            return [self.refused]
        verdict = self.verdicts.get(rules)
        if verdict is None:
            assert self.node is not None
            verdict = validate_document(self._shapes.schema, self.node, rules) if rules else []
            self.verdicts[rules] = verdict
        return list(verdict)

    def operation(self, name: str | None) -> Operation | GraphQLError:
        """The operation of that name, or the only one."""
        operation = self._operations.get(name)
        if operation is not None:
            return operation
        assert self.node is not None
        operations = [
            definition
            for definition in self.node.definitions
            if isinstance(definition, OperationDefinitionNode)
        ]
        found = [
            place
            for place, definition in enumerate(operations)
            if name is None or (definition.name is not None and definition.name.value == name)
        ]
        if not found:
            if name is None:
                return GraphQLError("Must provide an operation.")
            return GraphQLError(f"Unknown operation named '{name}'.")
        if name is None and len(found) > 1:
            return GraphQLError(
                "Must provide operation name if query contains multiple operations."
            )
        place = found[-1]
        size = self._sizes[place] if self._sizes else None
        operation = Operation(self._shapes, self.node, operations[place], size)
        self._operations[name] = operation
        return operation


class Documents:
    """The cache of documents, by their text."""

    def __init__(self, shapes: Shapes, *, new_size: int, known_size: int) -> None:
        self.bounds: Bounds | None = None
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

    def peek(self, text: str) -> Document | None:
        """The document, without its being any better known for that."""
        return self._known.peek(text) or self._new.peek(text)

    def examine(self, text: str, rules: Rules | None, max_tokens: int | None = None) -> Document:
        """A document that is not known yet: parsed, measured and validated, but not kept.

        This changes nothing here, so it may run in a thread of its own.
        """
        bounds = self.bounds
        if bounds is not None:
            max_tokens = bounds.tokens if max_tokens is None else min(max_tokens, bounds.tokens)
        try:
            node = parse(text, max_tokens=max_tokens)
        except GraphQLError as error:
            if "Parsing aborted" in error.message:  # of too many tokens or too deep nesting
                error.extensions = {"code": "DOCUMENT_TOO_LARGE"}
            return Document(self._shapes, len(text), None, error)
        except RecursionError:
            return Document(self._shapes, len(text), None, _nested())
        _unlink_tokens(node)
        sizes: Sequence[Size] = ()
        refused: GraphQLError | None = None
        if bounds is not None and bounds.trusted is not None and text not in bounds.trusted:
            refused = not_trusted()
        elif bounds is not None:
            try:
                sizes = measure(node, self._shapes.schema)
            except RecursionError:
                refused = _nested()
            else:
                refused = bounds.size_error(sizes) or bounds.inputs.error_of_document(node, text)
        document = Document(self._shapes, len(text), node, refused, sizes)
        if rules is not None and refused is None:
            document.validate(rules)
        return document

    def keep(self, text: str, document: Document) -> None:
        """Keeps what a text was examined to be."""
        if document.node is not None:
            self._by_node[id(document.node)] = document
        self._forget(self._new.put(text, document))

    def of_node(self, node: DocumentNode) -> Document:
        """The document of a tree; one that is not kept when it did not come from here."""
        return self._by_node.get(id(node)) or Document(self._shapes, 0, node)

    def _forget(self, documents: list[Document]) -> None:
        for document in documents:
            self._by_node.pop(id(document.node), None)

    def texts(self) -> list[str]:
        """The texts that are kept, those that are pushed out first in front."""
        return [*self._new, *self._known]

    def __len__(self) -> int:
        return len(self._new) + len(self._known)


def _unlink_tokens(node: DocumentNode) -> None:
    """Takes the links between a document's tokens away, which nothing reads any more.

    They are the only cycles of a tree. With them, what the cache forgets would be left to the
    garbage collector, which stops the process for 20 ms in a flood of large documents.
    """
    token = None if node.loc is None else node.loc.start_token
    while token is not None:
        following, token.prev, token.next = token.next, None, None
        token = following


def _nested() -> GraphQLError:
    return GraphQLError(
        "The document is nested too deeply.", extensions={"code": "DOCUMENT_TOO_LARGE"}
    )


class _Recent:
    """The entries used last, up to a size."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._used = 0
        self._entries: OrderedDict[str, Document] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def get(self, text: str) -> Document | None:
        document = self._entries.get(text)
        if document is not None:
            self._entries.move_to_end(text)
        return document

    def peek(self, text: str) -> Document | None:
        return self._entries.get(text)

    def pop(self, text: str) -> Document | None:
        document = self._entries.pop(text, None)
        if document is not None:
            self._used -= document.length
        return document

    def put(self, text: str, document: Document) -> list[Document]:
        """Adds an entry; gives those that had to go for it, itself if it is too large."""
        gone: list[Document] = []
        replaced = self.pop(text)
        if replaced is not None:
            gone.append(replaced)
        self._entries[text] = document
        self._used += document.length
        while self._used > self._size:
            _, oldest = self._entries.popitem(last=False)
            self._used -= oldest.length
            gone.append(oldest)
        return gone
