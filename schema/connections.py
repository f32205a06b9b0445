"""Relay connections: lists that are read page by page."""

from datetime import datetime
from typing import Any, Generic, TypeVar

import strawberry

from db.search.matches import MatchField, MatchReason
from engine.batch import batched
from resolvers.matches import MATCHES
from resolvers.search import Hit

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


strawberry.enum(
    MatchReason,
    description=(
        "How a text has what was typed: EXACT it is just that, PREFIX a word of it begins so, "
        "WORD it has the words, TYPO it has words that are like them, ALIAS it is another name of "
        "the artist."
    ),
)
strawberry.enum(MatchField, description="Which of its texts something was found by.")


@strawberry.type(description="A part of a text, in UTF-16 code units, as JavaScript counts.")
class TextRange:
    start: int = strawberry.field(description="Where it begins, from 0.")
    end: int = strawberry.field(description="Where it ends; this unit is no part of it.")


@strawberry.type(description="A text that has some of what was typed.")
class Match:
    reason: MatchReason = strawberry.field(description="How it has it.")
    field: MatchField = strawberry.field(description="Which of the texts it is.")
    text: str = strawberry.field(description="The text as it is written.")
    ranges: list[TextRange] = strawberry.field(description="The parts to highlight, in order.")


def _itself(hit: Hit[Any]) -> Hit[Any]:
    return hit


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
    match: list[Match] = batched(MATCHES, _itself, description="Why it was found, text by text.")


@strawberry.type(description="A page of what was found.")
class SearchConnection(Generic[Node]):
    edges: list[SearchEdge[Node]] = strawberry.field(description="The hits with their cursors.")
    nodes: list[Node] = strawberry.field(description="The hits alone.")
    page_info: PageInfo = strawberry.field(description="Where this page lies among the hits.")
