"""Playlists: who sees them, and what their owners make of them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final, NamedTuple

from strawberry import Parent

from db.changes import insert_changes
from db.cursor import INT8, MICROSECONDS, from_microseconds, to_microseconds
from db.playlists import (
    PlaylistRecord,
    SavedPlaylist,
    delete_collaborator,
    delete_collaborators,
    delete_playlist,
    delete_saved_playlist,
    insert_collaborator,
    insert_playlist,
    insert_saved_playlist,
    select_collaborators,
    select_owned_revision,
    select_playlists,
    select_playlists_of_users,
    select_saved_playlists,
    update_invite_token,
    update_playlist,
)
from db.public_playlists import (
    delete_public_playlist,
    delete_public_playlists_of_user,
    select_public_playlists,
    update_times_saved,
    upsert_public_playlist,
)
from db.rows import Connection
from db.search import PlaylistDocument, delete_playlists, upsert_playlists
from db.unneeded import insert_unneeded_covers
from db.users import UserRecord
from engine.batch import Loader
from resolvers.context import Context
from resolvers.errors import BadInput, Conflict, Invalid, NotFound
from resolvers.ids import parse_id
from resolvers.loaders import USERS_BY_ID
from resolvers.pages import Edge, Order, Page, PageKey, make_page
from resolvers.texts import clean_line, clean_paragraphs

MAX_NAME_CHARACTERS: Final = 200
MAX_DESCRIPTION_CHARACTERS: Final = 2_000
MAX_COLLABORATORS: Final = 100
TOKEN_BYTES: Final = 16


class PlaylistVisibility(Enum):
    PRIVATE = "PRIVATE"
    UNLISTED = "UNLISTED"
    PUBLIC = "PUBLIC"


class PlaylistKey(NamedTuple):
    """A playlist, and the token with which somebody may have been let in."""

    owner_id: int
    id: int
    share_token: bytes | None = None


@dataclass(frozen=True, slots=True)
class PlaylistPayload:
    playlist: PlaylistRecord


@dataclass(frozen=True, slots=True)
class DeletedPlaylist:
    playlist_id: str


def playlist_key(id: str, share_token: str | None = None) -> PlaylistKey:  # noqa: A002
    """The key of a global id; raises `BadInput`."""
    owner_id, number = parse_id(id, "playlist").numbers
    return PlaylistKey(owner_id, number, parse_token(share_token, "shareToken"))


def parse_token(text: str | None, argument: str) -> bytes | None:
    try:
        token = None if text is None else bytes.fromhex(text)
    except ValueError:
        token = b""
    if token is not None and len(token) != TOKEN_BYTES:
        raise BadInput(
            f"`{argument}` takes the {TOKEN_BYTES * 2} characters that came with the link",
            argument=argument,
        )
    return token


def share_token(playlist: Parent[PlaylistRecord]) -> str | None:
    return None if playlist.share_token is None else playlist.share_token.hex()


def invite_token(playlist: Parent[PlaylistRecord]) -> str | None:
    return None if playlist.invite_token is None else playlist.invite_token.hex()


async def _load_playlists(
    context: Context, keys: Sequence[PlaylistKey]
) -> list[PlaylistRecord | None]:
    viewer = context.viewer
    async with context.connection() as connection:
        rows = await select_playlists(connection, viewer.id if viewer else None, keys)
    found = {row.key: row for row in rows}
    return [found.get(number) for number in range(len(keys))]


PLAYLISTS: Loader[PlaylistKey, PlaylistRecord] = Loader("playlists", _load_playlists)


async def _load_public(context: Context, ids: Sequence[int]) -> list[PlaylistRecord | None]:
    async with context.connection() as connection:
        places = await select_public_playlists(connection, ids)
    keys = [PlaylistKey(place.user_id, place.id) for place in places]
    playlists = await context.loaders[PLAYLISTS].load_many(keys)
    found = {key.id: playlist for key, playlist in zip(keys, playlists, strict=True)}
    return [found.get(id_) for id_ in ids]


PUBLIC_PLAYLISTS_BY_ID: Loader[int, PlaylistRecord] = Loader("public_playlists_by_id", _load_public)

_NEWEST_FIRST: Final = Order("playlists_of_user", (INT8,), (INT8[-1],))


async def _load_playlists_of_users(
    context: Context, keys: Sequence[PageKey]
) -> list[Page[PlaylistRecord]]:
    viewer = context.viewer
    pages: dict[PageKey, Page[PlaylistRecord]] = {}
    for page in {key.page: None for key in keys}:  # all the same, unless aliases differ
        owners = [key.parent for key in keys if key.page == page]
        (after,) = _NEWEST_FIRST.after(page.after)
        async with context.connection() as connection:
            rows = await select_playlists_of_users(
                connection, viewer.id if viewer else None, owners, page.first + 1, after
            )
        lists: dict[int, list[tuple[PlaylistRecord, PlaylistRecord]]] = {o: [] for o in owners}
        for row in rows:
            lists[row.user_id].append((row, row))
        for owner, members in lists.items():
            pages[PageKey(owner, page)] = make_page(
                _NEWEST_FIRST, page, members, lambda row: (row.id,)
            )
    return [pages[key] for key in keys]


PLAYLISTS_OF_USER: Loader[PageKey, Page[PlaylistRecord]] = Loader(
    "playlists_of_user", _load_playlists_of_users
)


@dataclass(frozen=True, slots=True)
class SavedPlaylistEdge(Edge[PlaylistRecord]):
    added_at: datetime


_LAST_SAVED_FIRST: Final = Order(
    "saved_playlists", (MICROSECONDS, INT8), (MICROSECONDS[-1], INT8[-1])
)


def _saved_edge(
    playlist: PlaylistRecord, order: str, key: tuple[int | str, ...], saved: SavedPlaylist
) -> SavedPlaylistEdge:
    return SavedPlaylistEdge(playlist, order, key, saved.added_at)


async def _load_saved_playlists(
    context: Context, keys: Sequence[PageKey]
) -> list[Page[PlaylistRecord]]:
    pages: list[Page[PlaylistRecord]] = []
    for user_id, page in keys:
        microseconds, number = _LAST_SAVED_FIRST.after(page.after)
        after = (from_microseconds(microseconds), number)
        async with context.connection() as connection:
            rows = await select_saved_playlists(connection, user_id, page.first + 1, after)
        wanted = [PlaylistKey(row.owner_id, row.playlist_id, row.share_token) for row in rows]
        playlists = await context.loaders[PLAYLISTS].load_many(wanted)
        pages.append(
            make_page(
                _LAST_SAVED_FIRST,
                page,
                list(zip(rows, playlists, strict=True)),
                lambda row: (to_microseconds(row.added_at), row.playlist_id),
                _saved_edge,
            )
        )
    return pages


SAVED_PLAYLISTS: Loader[PageKey, Page[PlaylistRecord]] = Loader(
    "saved_playlists", _load_saved_playlists
)


async def _load_collaborators(
    context: Context, keys: Sequence[tuple[int, int]]
) -> list[list[UserRecord]]:
    async with context.connection() as connection:
        rows = await select_collaborators(connection, keys)
    users = await context.loaders[USERS_BY_ID].load_many([row.collaborator_id for row in rows])
    found: dict[tuple[int, int], list[UserRecord]] = {key: [] for key in keys}
    for row, user in zip(rows, users, strict=True):
        if user is not None:
            found[row.user_id, row.playlist_id].append(user)
    return [found[key] for key in keys]


COLLABORATORS: Loader[tuple[int, int], list[UserRecord]] = Loader(
    "collaborators_of_playlist", _load_collaborators
)


async def load_playlist(context: Context, key: PlaylistKey) -> PlaylistRecord:
    """The playlist as it is now; raises `NotFound` unless the viewer may see it."""
    [playlist] = await _load_playlists(context, [key])
    if playlist is None:
        raise NotFound("There is no such playlist, or it is not shared with you.")
    return playlist


async def create(
    context: Context,
    *,
    name: str,
    description: str,
    visibility: PlaylistVisibility,
    collaborative: bool,
) -> PlaylistPayload:
    """An empty playlist of the viewer's; raises `Invalid`."""
    key = PlaylistKey(context.signed_in().id, context.services.ids.next())
    unlisted = visibility is PlaylistVisibility.UNLISTED
    name = clean_line(name, "name", MAX_NAME_CHARACTERS)
    description = clean_paragraphs(description, "description", MAX_DESCRIPTION_CHARACTERS)

    async def work(connection: Connection) -> None:
        await insert_playlist(
            connection,
            owner_id=key.owner_id,
            playlist_id=key.id,
            name=name,
            description=description,
            visibility=visibility.value,
            share_token=secrets.token_bytes(TOKEN_BYTES) if unlisted else None,
            invite_token=secrets.token_bytes(TOKEN_BYTES) if collaborative else None,
            created_at=datetime.fromtimestamp(context.now, UTC),
        )
        if visibility is PlaylistVisibility.PUBLIC:
            await _publish(connection, key, name)

    await context.transact(work)
    return PlaylistPayload(await load_playlist(context, key))


async def update(
    context: Context,
    *,
    playlist_id: str,
    revision: int,
    name: str | None,
    description: str | None,
    visibility: PlaylistVisibility | None,
    collaborative: bool | None,
) -> PlaylistPayload:
    """Changes what is not None; raises `Invalid`, `NotFound`, `Conflict`."""
    viewer, key = context.signed_in(), playlist_key(playlist_id)
    if name is not None:
        name = clean_line(name, "name", MAX_NAME_CHARACTERS)
    if description is not None:
        description = clean_paragraphs(description, "description", MAX_DESCRIPTION_CHARACTERS)

    async def work(connection: Connection) -> None:
        changed = await update_playlist(
            connection,
            viewer.id,
            key.owner_id,
            key.id,
            revision,
            name=name,
            description=description,
            visibility=None if visibility is None else visibility.value,
            share_token=secrets.token_bytes(TOKEN_BYTES),
            collaborative=collaborative,
            invite_token=secrets.token_bytes(TOKEN_BYTES),
            updated_at=datetime.fromtimestamp(context.now, UTC),
        )
        if changed is None:
            current = await select_owned_revision(connection, viewer.id, key.owner_id, key.id)
            if current is None:
                raise NotFound("There is no such playlist, or it is not yours.")
            raise Conflict(current)
        if changed.visibility == PlaylistVisibility.PUBLIC.value:
            if name is not None or visibility is not None:
                await _publish(connection, key, changed.name)
        elif visibility is not None:
            await _unpublish(connection, key)
        if collaborative is False:
            await delete_collaborators(connection, viewer.id, key.owner_id, key.id)
        await _note(context, connection, key)

    await context.transact(work)
    return PlaylistPayload(await load_playlist(context, key))


async def delete(context: Context, *, playlist_id: str) -> DeletedPlaylist:
    """Raises `NotFound`."""
    viewer, key = context.signed_in(), playlist_key(playlist_id)

    async def work(connection: Connection) -> None:
        deleted = await delete_playlist(connection, viewer.id, key.owner_id, key.id)
        if deleted is None:
            raise NotFound("There is no such playlist, or it is not yours.")
        if deleted.cover_sha256 is not None:
            await insert_unneeded_covers(connection, [deleted.cover_sha256])
        await _unpublish(connection, key)
        await _note(context, connection, key)

    await context.transact(work)
    return DeletedPlaylist(playlist_id)


async def _note(context: Context, connection: Connection, key: PlaylistKey) -> None:
    """Notes that a playlist has changed or is gone."""
    now = datetime.fromtimestamp(context.now, UTC)
    await insert_changes(connection, key.owner_id, "PLAYLIST", [key.id], now)


async def _publish(connection: Connection, key: PlaylistKey, name: str) -> None:
    """Makes a playlist findable by that name."""
    popularity = await upsert_public_playlist(connection, key.id, key.owner_id, name)
    document = PlaylistDocument(id=key.id, name=name, popularity=popularity)
    await upsert_playlists(connection, [document])


async def _unpublish(connection: Connection, key: PlaylistKey) -> None:
    if await delete_public_playlist(connection, key.id):
        await delete_playlists(connection, [key.id])


async def unpublish_all(connection: Connection, user_id: int) -> None:
    """Makes a person's playlists impossible to find, in the transaction that deletes them."""
    gone = await delete_public_playlists_of_user(connection, user_id)
    await delete_playlists(connection, gone)


async def join(context: Context, *, playlist_id: str, token: str) -> PlaylistPayload:
    """Makes the viewer a collaborator, and keeps the playlist in the library.

    Raises `NotFound`.
    """
    viewer, key = context.signed_in(), playlist_key(playlist_id)
    invite = parse_token(token, "inviteToken")
    assert invite is not None
    now = datetime.fromtimestamp(context.now, UTC)
    async with context.connection() as connection:
        joined = await insert_collaborator(
            connection, viewer.id, key.owner_id, key.id, invite, now, MAX_COLLABORATORS
        )
        if not joined:
            raise NotFound(
                "This invitation is not good any more, or the playlist has all the people it "
                f"takes: {MAX_COLLABORATORS}. Ask its owner."
            )
        await _keep(connection, viewer.id, key, now)
    return PlaylistPayload(await load_playlist(context, key))


async def leave(context: Context, *, playlist_id: str) -> DeletedPlaylist:
    """Ends the viewer's collaboration; raises `NotFound` where there is none."""
    viewer, key = context.signed_in(), playlist_key(playlist_id)
    async with context.connection() as connection:
        left = await delete_collaborator(connection, viewer.id, key.owner_id, key.id, viewer.id)
        await _let_go(connection, viewer.id, key, datetime.fromtimestamp(context.now, UTC))
    if not left:
        raise NotFound("You are not a collaborator of this playlist.")
    return DeletedPlaylist(playlist_id)


async def remove_collaborator(
    context: Context, *, playlist_id: str, user_id: str
) -> PlaylistPayload:
    """Ends somebody's collaboration on a playlist of the viewer's; raises `NotFound`.

    Whoever is removed knows the invitation, so there is another one from then on.
    """
    viewer, key = context.signed_in(), playlist_key(playlist_id)
    (collaborator_id,) = parse_id(user_id, "user").numbers

    async def work(connection: Connection) -> None:
        if key.owner_id != viewer.id or not await delete_collaborator(
            connection, viewer.id, key.owner_id, key.id, collaborator_id
        ):
            raise NotFound("There is no such collaborator, or the playlist is not yours.")
        token = secrets.token_bytes(TOKEN_BYTES)
        await update_invite_token(connection, viewer.id, key.owner_id, key.id, token)
        await _note(context, connection, key)

    await context.transact(work)
    return PlaylistPayload(await load_playlist(context, key))


async def save(context: Context, *, playlist_id: str, token: str | None) -> PlaylistPayload:
    """Keeps a playlist of somebody else's in the library; raises `NotFound`, `Invalid`."""
    viewer, key = context.signed_in(), playlist_key(playlist_id, token)
    playlist = await load_playlist(context, key)
    if key.owner_id == viewer.id:
        raise Invalid("playlistId", "This playlist is yours: it is in `viewer.playlists` already")
    async with context.connection() as connection:
        await _keep(connection, viewer.id, key, datetime.fromtimestamp(context.now, UTC))
    return PlaylistPayload(playlist)


async def unsave(context: Context, *, playlist_id: str) -> DeletedPlaylist:
    """Takes a playlist out of the library; one that is not in it is no error."""
    viewer, key = context.signed_in(), playlist_key(playlist_id)
    async with context.connection() as connection:
        await _let_go(connection, viewer.id, key, datetime.fromtimestamp(context.now, UTC))
    return DeletedPlaylist(playlist_id)


async def _keep(connection: Connection, user_id: int, key: PlaylistKey, at: datetime) -> None:
    async with connection.transaction():
        new = await insert_saved_playlist(
            connection, user_id, key.owner_id, key.id, key.share_token, at
        )
        if new:
            await update_times_saved(connection, key.id, 1)
            await _note_saved(connection, user_id, key, at)


async def _let_go(connection: Connection, user_id: int, key: PlaylistKey, at: datetime) -> None:
    async with connection.transaction():
        if await delete_saved_playlist(connection, user_id, key.id):
            await update_times_saved(connection, key.id, -1)
            await _note_saved(connection, user_id, key, at)


async def _note_saved(connection: Connection, user_id: int, key: PlaylistKey, at: datetime) -> None:
    await insert_changes(
        connection, user_id, "SAVED_PLAYLIST", [key.id], at, lies_with=key.owner_id
    )
