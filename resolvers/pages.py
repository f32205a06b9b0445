"""Pages of a list: what a connection shows, by keyset, so that no page costs more than another."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from db.cursor import Key, decode_cursor, encode_cursor
from db.errors import InvalidCursor
from db.rows import Row
from engine.batch import Loader
from resolvers.context import Context
from resolvers.errors import BadInput

MAX_PAGE: Final = 100

Node = TypeVar("Node")
CoNode = TypeVar("CoNode", covariant=True)


class PageRequest(NamedTuple):
    first: int
    after: str | None


class PageKey(NamedTuple):
    """The key of a loader of pages: whose list, and which part of it."""

    parent: Any
    page: PageRequest


class PageEdge(Protocol[CoNode]):
    """A node, and the cursor behind it."""

    @property
    def node(self) -> CoNode: ...

    @property
    def cursor(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Edge(Generic[Node]):
    """An edge whose cursor is made when it is asked for."""

    node: Node
    order: str
    key: tuple[Key, ...]

    @property
    def cursor(self) -> str:
        return encode_cursor(self.order, *self.key)


@dataclass(frozen=True, slots=True)
class Page(Generic[Node]):
    """Part of a list; `has_next_page` tells whether more follows."""

    edges: Sequence[PageEdge[Node]]
    has_next_page: bool
    has_previous_page: bool

    @property
    def page_info(self) -> "Page[Node]":
        return self

    @property
    def nodes(self) -> list[Node]:
        return [edge.node for edge in self.edges]

    @property
    def start_cursor(self) -> str | None:
        return self.edges[0].cursor if self.edges else None

    @property
    def end_cursor(self) -> str | None:
        return self.edges[-1].cursor if self.edges else None


@dataclass(frozen=True, slots=True)
class Order:
    """An order that pages are read in: its columns, and a key that is before every row."""

    name: str
    columns: tuple[range | type[str], ...]
    start: tuple[Key, ...]

    def after(self, cursor: str | None) -> tuple[Any, ...]:
        """The key to go on from; raises `BadInput` for a cursor of another order."""
        if cursor is None:
            return self.start
        try:
            return tuple(decode_cursor(cursor, self.name, *self.columns))
        except InvalidCursor as error:
            raise BadInput(str(error), argument="after") from error


def page_request(first: int, after: str | None) -> PageRequest:
    """Raises `BadInput` for a page that is too large or empty."""
    if not 1 <= first <= MAX_PAGE:
        raise BadInput(
            f"`first` takes 1 to {MAX_PAGE}; for more, send the `endCursor` as `after`",
            argument="first",
        )
    return PageRequest(first, after)


ListRow = TypeVar("ListRow", bound=Row)
RowNodes = Callable[[Context, list[ListRow]], Awaitable[Sequence[Node | None]]]


def make_page(
    order: Order,
    page: PageRequest,
    members: Sequence[tuple[ListRow, Node | None]],
    key: Callable[[ListRow], tuple[Key, ...]],
    edge: Callable[[Node, str, tuple[Key, ...], ListRow], PageEdge[Node]] | None = None,
) -> Page[Node]:
    """A page of rows and what they point to, of which one more was read than the page has.

    A row whose node is gone is left out. `edge` makes the edges that are more than an `Edge`.
    """
    shown = [(row, node) for row, node in members[: page.first] if node is not None]
    return Page(
        edges=[
            Edge(node, order.name, key(row))
            if edge is None
            else edge(node, order.name, key(row), row)
            for row, node in shown
        ],
        has_next_page=len(members) > page.first,
        has_previous_page=page.after is not None,
    )


def listed(
    order: Order,
    select: Callable[..., Awaitable[list[ListRow]]],
    parent_id: Callable[[ListRow], int],
    node_id: Callable[[ListRow], int],
    key: Callable[[ListRow], tuple[Key, ...]],
    nodes: Loader[int, Node],
) -> Loader[PageKey, Page[Node]]:
    """A loader of pages of a list table: one statement for the lists of many parents.

    `select(connection, parent ids, limit, after)` reads the rows, `nodes` what they point to. A
    row whose node is gone is left out.
    """

    async def found(context: Context, rows: list[ListRow]) -> Sequence[Node | None]:
        return await context.loaders[nodes].read([node_id(row) for row in rows])

    return _paged(order, select, parent_id, key, found)


def selected(
    order: Order,
    select: Callable[..., Awaitable[list[ListRow]]],
    parent_id: Callable[[ListRow], int],
    key: Callable[[ListRow], tuple[Key, ...]],
) -> Loader[PageKey, Page[ListRow]]:
    """A loader of pages of the rows themselves, which lie with their parent; see `listed`."""

    async def themselves(_context: Context, rows: list[ListRow]) -> Sequence[ListRow | None]:
        return rows

    return _paged(order, select, parent_id, key, themselves)


def _paged(
    order: Order,
    select: Callable[..., Awaitable[list[ListRow]]],
    parent_id: Callable[[ListRow], int],
    key: Callable[[ListRow], tuple[Key, ...]],
    nodes: RowNodes[ListRow, Node],
) -> Loader[PageKey, Page[Node]]:
    async def load_page(
        context: Context, parents: list[int], page: PageRequest
    ) -> dict[int, Page[Node]]:
        after = order.after(page.after)
        async with context.connection() as connection:
            rows = await select(connection, parents, page.first + 1, after)
        found = await nodes(context, rows)
        lists: dict[int, list[tuple[ListRow, Node | None]]] = {parent: [] for parent in parents}
        for row, node in zip(rows, found, strict=True):
            lists[parent_id(row)].append((row, node))
        return {parent: make_page(order, page, members, key) for parent, members in lists.items()}

    async def load(context: Context, keys: Sequence[PageKey]) -> list[Page[Node]]:
        pages: dict[PageKey, Page[Node]] = {}
        for page in {key.page: None for key in keys}:  # all the same, unless aliases differ
            parents = [key.parent for key in keys if key.page == page]
            found = await load_page(context, parents, page)
            pages |= {PageKey(parent, page): members for parent, members in found.items()}
        return [pages[key] for key in keys]

    return Loader(order.name, load)
