"""Relay connections: lists that are read page by page."""

from datetime import datetime
from typing import Generic, TypeVar

import strawberry

Node = TypeVar("Node")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follows this page.")
    has_previous_page: bool = strawberry.field(description="Whether this is not the first page.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first edge; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last edge: send it as `after` for the next page."
    )


@strawberry.type(description="An object's place in a list.")
class Edge(Generic[Node]):
    node: Node = strawberry.field(description="The object.")
    cursor: str = strawberry.field(
        description="Opaque; sent as `after`, the list goes on behind this object."
    )


@strawberry.type(description="A page of a list.")
class Connection(Generic[Node]):
    edges: list[Edge[Node]] = strawberry.field(description="The objects with their cursors.")
    nodes: list[Node] = strawberry.field(description="The objects alone.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in the list.")


@strawberry.type(description="An object's place in the viewer's library.")
class LibraryEdge(Generic[Node]):
    node: Node = strawberry.field(description="The object.")
    cursor: str = strawberry.field(
        description="Opaque; sent as `after`, the list goes on behind this object."
    )
    added_at: datetime = strawberry.field(description="Since when it is there.")


@strawberry.type(description="A page of the viewer's library, newest first.")
class LibraryConnection(Generic[Node]):
    edges: list[LibraryEdge[Node]] = strawberry.field(
        description="The objects, with their cursors and since when they are there."
    )
    nodes: list[Node] = strawberry.field(description="The objects alone.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in the list.")


@strawberry.type(description="Something that was found.")
class SearchEdge(Generic[Node]):
    node: Node = strawberry.field(description="What was found.")
    cursor: str = strawberry.field(
        description="Opaque; sent as `after`, the search goes on behind this hit."
    )


@strawberry.type(description="A page of what was found.")
class SearchConnection(Generic[Node]):
    edges: list[SearchEdge[Node]] = strawberry.field(description="The hits with their cursors.")
    nodes: list[Node] = strawberry.field(description="The hits alone.")
    page_info: PageInfo = strawberry.field(description="Where this page lies among the hits.")
