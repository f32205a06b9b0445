"""Fields that point at resolvers, and types whose objects are records."""

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

import strawberry

from db.rows import Row
from engine.batch import reads
from engine.objects import instances_of
from resolvers.pages import PageKey, page_request


def resolved_by(resolver: Callable[..., Any], **options: Any) -> Any:
    """A field that calls `resolver`; its type is the annotation of the class's attribute.

    `options` are those of `strawberry.field`. Gives Any, since the resolver returns records.
    """
    return strawberry.field(resolver=resolver, **options)


def of_records(*records: type[Row]) -> Any:
    """`is_type_of` of a type that is one of several: its objects are rows of these records."""

    return instances_of(*records)


First: TypeAlias = Annotated[
    int, strawberry.argument(description="How many to give at most: 1 to 100.")
]
After: TypeAlias = Annotated[
    str | None,
    strawberry.argument(description="The `endCursor` of the page before; none for the first page."),
]


@reads("id")
def page_of(parent: Any, first: First = 20, after: After = None) -> PageKey:
    """The page of the list of `parent`, a record with an id."""
    return PageKey(parent.id, page_request(first, after))
