"""Edits: what every change by a curator has in common, and the record of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import orjson
from strawberry import Parent

from db.cursor import INT8
from db.edits import Action, EditRecord, insert_edit, select_edits, select_edits_of
from db.pool import acquire
from db.redirects import CatalogueKind
from db.rows import Connection
from db.search.renames import drain_renames
from resolvers.context import Context
from resolvers.errors import AccountGone, BadInput, Invalid, NotFound
from resolvers.ids import parse_id
from resolvers.pages import Order, Page, make_page, page_request
from resolvers.sessions import utc

MAX_CREDITS: Final = 50
"""Artists of a song or an album."""

MAX_TEXT: Final = 500


class EditAction(Enum):
    UPDATED = "UPDATED"
    MERGED = "MERGED"
    WITHDRAWN = "WITHDRAWN"
    RESTORED = "RESTORED"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Changed:
    """A field that was changed; None is nothing."""

    field: str
    before: str | None
    after: str | None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Changed]:
    """The fields of `after` that are not as they were."""
    return [
        Changed(field, _text(before[field]), _text(value))
        for field, value in after.items()
        if value != before[field]
    ]


def _text(value: Any) -> str | None:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def global_ids(kind: str, numbers: Sequence[int]) -> list[str]:
    return [f"{kind}_{number:x}" for number in numbers]


async def note_edit(
    context: Context,
    connection: Connection,
    kind: CatalogueKind,
    action: Action,
    item_id: int,
    changes: Sequence[Changed] = (),
) -> None:
    """Records that the viewer has changed something; call it in the transaction that does."""
    await insert_edit(
        connection,
        item_id=item_id,
        edit_id=context.services.ids.next(),
        kind=kind,
        action=action,
        editor_id=context.signed_in().id,
        edited_at=utc(context),
        changes=orjson.dumps([[c.field, c.before, c.after] for c in changes]).decode(),
    )


async def change(context: Context, work: Callable[[Connection], Awaitable[None]]) -> None:
    """Does `work` in a transaction, and lets search follow it by and by.

    Raises `NotFound` when something that it refers to goes meanwhile.
    """
    try:
        await context.transact(work)
    except AccountGone as error:  # a reference within the catalogue, here
        raise NotFound("Something that this names was merged or deleted meanwhile.") from error
    context.services.background.start(_follow(context))
    context.forget()


async def _follow(context: Context) -> None:
    async with acquire(context.services.pool, timeout=60) as connection:
        await drain_renames(connection)


def whole_number(value: int | None, field: str, least: int, most: int) -> int | None:
    """Raises `Invalid` for a number that is out of bounds."""
    if value is not None and not least <= value <= most:
        raise Invalid(field, f"`{field}` takes {least} to {most}, or null for none")
    return value


def required(value: Any, field: str) -> Any:
    """Raises `Invalid` for null."""
    if value is None:
        raise Invalid(field, f"`{field}` cannot be null: leave it out to let it be as it is")
    return value


_NEWEST_FIRST: Final = Order("catalogue_edits", (INT8,), (INT8[-1],))


async def edit_page(
    context: Context, of: str | None, first: int, after: str | None
) -> Page[EditRecord]:
    """Edits of the whole catalogue, or of one song, album or artist; raises `BadInput`."""
    page = page_request(first, after)
    (before,) = _NEWEST_FIRST.after(page.after)
    async with context.connection() as connection:
        if of is None:
            rows = await select_edits(connection, page.first + 1, before)
        else:
            rows = await select_edits_of(connection, _item_id(of), page.first + 1, before)
    return make_page(_NEWEST_FIRST, page, [(row, row) for row in rows], lambda row: (row.id,))


def _item_id(of: str) -> int:
    found = parse_id(of)
    if found.kind.upper() not in ("SONG", "ALBUM", "ARTIST"):
        raise BadInput("`of` takes the id of a song, an album or an artist", argument="of")
    return found.numbers[0]


def edited_id(edit: Parent[EditRecord]) -> str:
    return f"{edit.kind.lower()}_{edit.item_id:x}"


def edit_changes(edit: Parent[EditRecord]) -> list[Changed]:
    return [Changed(*change) for change in orjson.loads(edit.changes)]
