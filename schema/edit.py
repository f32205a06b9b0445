"""Who has changed what in the catalogue, for curators."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from db.edits import EditRecord
from engine.batch import batched
from resolvers.context import Info
from resolvers.curation import edits
from resolvers.loaders import USERS_BY_ID
from schema.fields import After, First, resolved_by
from schema.user import User

strawberry.enum(
    edits.EditAction,
    description=(
        "What a curator has done: UPDATED some fields, MERGED something else into it, WITHDRAWN or "
        "RESTORED it, DELETED it."
    ),
)


def _editor_id(edit: EditRecord) -> int:
    return edit.editor_id


@strawberry.type(description="A field that a curator has changed.")
class ChangedField:
    field: str = strawberry.field(
        description="Its name, as in the input; `merged` for what was merged into this."
    )
    before: str | None = strawberry.field(
        description="What it was, several values with commas; the id of what was merged."
    )
    after: str | None = strawberry.field(
        description="What it is since then; the name of what was merged."
    )


@strawberry.type(description="Something that a curator has done.")
class CatalogueEdit:
    item_id: strawberry.ID = resolved_by(
        edits.edited_id, description="The song, album or artist; it may be gone."
    )
    action: edits.EditAction = strawberry.field(description="What was done.")
    editor: User | None = batched(
        USERS_BY_ID, _editor_id, description="Who did it; null when they are gone."
    )
    edited_at: datetime = strawberry.field(description="When.")
    changes: list[ChangedField] = resolved_by(
        edits.edit_changes, description="What is other than it was."
    )


Of = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="A song, an album or an artist; null for all of them."),
]


async def catalogue_edits(info: Info, of: Of = None, first: First = 20, after: After = None) -> Any:
    """A page of edits, the newest first."""
    return await edits.edit_page(info.context, of, first, after)
