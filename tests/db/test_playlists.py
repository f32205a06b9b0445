from datetime import timedelta

import pytest

from db.cursor import INT8
from db.playlist_entries import (
    delete_playlist_entries,
    insert_playlist_entries,
    select_entry_ids,
    select_gap_after,
    select_gap_before,
    select_last_position,
    select_playlist_entries,
    update_entry_positions,
)
from db.playlists import (
    PlaylistRecord,
    delete_collaborator,
    delete_collaborators,
    delete_playlist,
    delete_saved_playlist,
    insert_collaborator,
    insert_playlist,
    insert_saved_playlist,
    select_collaborators,
    select_owned_revision,
    select_playlist_to_change,
    select_playlists,
    select_playlists_of_users,
    select_saved_playlists,
    update_playlist,
    update_playlist_changed,
)
from db.rows import Connection
from tests.db.people import NOW, make_person

SHARE = b"s" * 16
INVITE = b"i" * 16
WRONG = b"w" * 16
PLAYLIST = 77


async def make_playlist(
    connection: Connection, visibility: str = "PRIVATE", *, invite: bytes | None = None
) -> int:
    """A playlist, number 77 of a new person's, whose id is given."""
    owner = await make_person(connection)
    await insert_playlist(
        connection,
        owner_id=owner,
        playlist_id=PLAYLIST,
        name="Rain",
        description="",
        visibility=visibility,
        share_token=SHARE if visibility == "UNLISTED" else None,
        invite_token=invite,
        created_at=NOW,
    )
    return owner


async def seen(
    connection: Connection, viewer: int | None, owner: int, token: bytes | None = None
) -> PlaylistRecord | None:
    found = await select_playlists(connection, viewer, [(owner, PLAYLIST, token)])
    return found[0] if found else None


async def add(connection: Connection, owner: int, positions: dict[int, str]) -> None:
    await insert_playlist_entries(
        connection,
        owner,
        PLAYLIST,
        ids=list(positions),
        song_ids=[100 + entry for entry in positions],
        durations_ms=[1_000] * len(positions),
        positions=list(positions.values()),
        added_by=owner,
        added_at=NOW,
    )


@pytest.mark.parametrize(
    ("visibility", "token", "visible"),
    [
        ("PRIVATE", None, False),
        ("PRIVATE", SHARE, False),
        ("UNLISTED", None, False),
        ("UNLISTED", WRONG, False),
        ("UNLISTED", SHARE, True),
        ("PUBLIC", None, True),
        ("PUBLIC", WRONG, True),
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
async def test_who_else_sees_a_playlist(
    connection: Connection, visibility: str, token: bytes | None, *, visible: bool, signed_in: bool
) -> None:
    owner = await make_playlist(connection, visibility, invite=INVITE)
    viewer = await make_person(connection) if signed_in else None
    found = await seen(connection, viewer, owner, token)
    assert (found is not None) == visible
    if found is not None:
        assert found.share_token is None
        assert found.invite_token is None


async def test_the_owner_sees_the_tokens(connection: Connection) -> None:
    owner = await make_playlist(connection, "UNLISTED", invite=INVITE)
    found = await seen(connection, owner, owner)
    assert found is not None
    assert (found.share_token, found.invite_token) == (SHARE, INVITE)


async def test_another_person_changes_nothing(connection: Connection) -> None:
    owner = await make_playlist(connection, "PUBLIC")
    other = await make_person(connection)
    assert await select_playlist_to_change(connection, other, owner, PLAYLIST) is None
    assert await select_owned_revision(connection, other, owner, PLAYLIST) is None
    assert not await change(connection, other, owner, 1, name="Mine now")
    assert not await delete_playlist(connection, other, owner, PLAYLIST)
    assert not await insert_collaborator(connection, other, owner, PLAYLIST, WRONG, NOW, 10)
    found = await seen(connection, owner, owner)
    assert found is not None
    assert (found.name, found.revision) == ("Rain", 1)


async def change(
    connection: Connection,
    viewer: int,
    owner: int,
    revision: int,
    *,
    name: str | None = None,
    visibility: str | None = None,
    collaborative: bool | None = None,
    token: bytes = SHARE,
) -> bool:
    face = await update_playlist(
        connection,
        viewer,
        owner,
        PLAYLIST,
        revision,
        name=name,
        description=None,
        visibility=visibility,
        share_token=token,
        collaborative=collaborative,
        invite_token=INVITE,
        updated_at=NOW,
    )
    return face is not None


async def test_a_change_of_an_old_revision_is_refused(connection: Connection) -> None:
    owner = await make_playlist(connection)
    assert await change(connection, owner, owner, 1, name="Storm")
    assert not await change(connection, owner, owner, 1, name="Sun")
    assert await select_owned_revision(connection, owner, owner, PLAYLIST) == 2
    found = await seen(connection, owner, owner)
    assert found is not None
    assert found.name == "Storm"


async def test_a_playlist_that_was_private_in_between_has_another_token(
    connection: Connection,
) -> None:
    owner = await make_playlist(connection, "UNLISTED")
    assert await change(connection, owner, owner, 1, name="Same", token=WRONG)
    assert await seen(connection, None, owner, SHARE)
    assert await change(connection, owner, owner, 2, visibility="PRIVATE")
    assert await change(connection, owner, owner, 3, visibility="UNLISTED", token=WRONG)
    assert not await seen(connection, None, owner, SHARE)
    assert await seen(connection, None, owner, WRONG)


async def test_a_collaborator_sees_and_changes_entries_alone(connection: Connection) -> None:
    owner = await make_playlist(connection, invite=INVITE)
    friend = await make_person(connection)
    assert await insert_collaborator(connection, friend, owner, PLAYLIST, INVITE, NOW, 10)
    assert await insert_collaborator(connection, friend, owner, PLAYLIST, INVITE, NOW, 10)
    assert await seen(connection, friend, owner)
    assert await select_playlist_to_change(connection, friend, owner, PLAYLIST)
    assert not await change(connection, friend, owner, 1, name="Mine now")
    assert not await delete_playlist(connection, friend, owner, PLAYLIST)
    [row] = await select_collaborators(connection, [(owner, PLAYLIST)])
    assert row.collaborator_id == friend


async def test_a_playlist_takes_so_many_collaborators(connection: Connection) -> None:
    owner = await make_playlist(connection, invite=INVITE)
    first, second = await make_person(connection), await make_person(connection)
    assert await insert_collaborator(connection, first, owner, PLAYLIST, INVITE, NOW, 1)
    assert not await insert_collaborator(connection, second, owner, PLAYLIST, INVITE, NOW, 1)
    assert await insert_collaborator(connection, first, owner, PLAYLIST, INVITE, NOW, 1)


async def test_the_owner_is_no_collaborator(connection: Connection) -> None:
    owner = await make_playlist(connection, invite=INVITE)
    assert not await insert_collaborator(connection, owner, owner, PLAYLIST, INVITE, NOW, 10)


async def test_a_collaboration_ends(connection: Connection) -> None:
    owner = await make_playlist(connection, invite=INVITE)
    friend, stranger = await make_person(connection), await make_person(connection)
    assert await insert_collaborator(connection, friend, owner, PLAYLIST, INVITE, NOW, 10)
    assert not await delete_collaborator(connection, stranger, owner, PLAYLIST, friend)
    assert await delete_collaborator(connection, friend, owner, PLAYLIST, friend)
    assert not await seen(connection, friend, owner)
    assert await insert_collaborator(connection, friend, owner, PLAYLIST, INVITE, NOW, 10)
    assert await change(connection, owner, owner, 1, collaborative=False)
    assert not await seen(connection, friend, owner)
    assert not await select_playlist_to_change(connection, friend, owner, PLAYLIST)
    await delete_collaborators(connection, stranger, owner, PLAYLIST)
    assert await select_collaborators(connection, [(owner, PLAYLIST)])
    await delete_collaborators(connection, owner, owner, PLAYLIST)
    assert not await select_collaborators(connection, [(owner, PLAYLIST)])


async def test_lists_of_people_show_what_the_viewer_may_see(connection: Connection) -> None:
    public, private = (
        await make_playlist(connection, "PUBLIC"),
        await make_playlist(connection, "PRIVATE"),
    )
    people, start = [public, private], INT8[-1]
    for viewer, expected in [(None, [public]), (public, [public]), (private, people)]:
        found = await select_playlists_of_users(connection, viewer, people, 10, start)
        assert [playlist.user_id for playlist in found] == expected
    assert not await select_playlists_of_users(connection, private, people, 10, PLAYLIST)


async def test_saved_playlists_are_the_person_s_own(connection: Connection) -> None:
    mine, other = await make_person(connection), await make_person(connection)
    start = (NOW + timedelta(days=9_000), INT8[-1])
    await insert_saved_playlist(connection, mine, other, PLAYLIST, SHARE, NOW)
    await insert_saved_playlist(connection, mine, other, PLAYLIST, None, NOW)
    await delete_saved_playlist(connection, other, PLAYLIST)
    assert await select_saved_playlists(connection, other, 10, start) == []
    [saved] = await select_saved_playlists(connection, mine, 10, start)
    assert (saved.owner_id, saved.playlist_id, saved.share_token) == (other, PLAYLIST, SHARE)
    assert await select_saved_playlists(connection, mine, 10, (NOW, PLAYLIST)) == []
    await delete_saved_playlist(connection, mine, PLAYLIST)
    assert await select_saved_playlists(connection, mine, 10, start) == []


async def test_entries_are_read_in_the_order_of_their_keys(connection: Connection) -> None:
    first, second = await make_playlist(connection), await make_playlist(connection)
    await add(connection, first, {1: "b", 2: "a", 3: "Z"})
    await add(connection, second, {1: "k"})
    both = [(first, PLAYLIST), (second, PLAYLIST)]
    found = await select_playlist_entries(connection, both, 2, ("", -1))
    assert [(entry.user_id, entry.id) for entry in found] == [(first, 3), (first, 2), (second, 1)]
    found = await select_playlist_entries(connection, both, 2, ("a", 2))
    assert [(entry.user_id, entry.id) for entry in found] == [(first, 1), (second, 1)]


async def test_gaps_lie_beside_an_entry(connection: Connection) -> None:
    owner = await make_playlist(connection)
    assert await select_last_position(connection, owner, PLAYLIST) is None
    await add(connection, owner, {1: "a", 2: "b", 3: "c"})
    assert await select_last_position(connection, owner, PLAYLIST) == "c"
    for select, entry, expected in [
        (select_gap_after, 1, ("a", "b")),
        (select_gap_after, 3, ("c", None)),
        (select_gap_before, 1, (None, "a")),
        (select_gap_before, 3, ("b", "c")),
    ]:
        gap = await select(connection, owner, PLAYLIST, entry)
        assert gap is not None
        assert (gap.low, gap.high) == expected
        assert await select(connection, owner, PLAYLIST, 9) is None


async def test_entries_move_and_go(connection: Connection) -> None:
    owner = await make_playlist(connection)
    await add(connection, owner, {1: "a", 2: "b", 3: "c"})
    await update_entry_positions(connection, owner, PLAYLIST, [1, 2], ["x", "w"])
    assert await select_entry_ids(connection, owner, PLAYLIST) == [3, 2, 1]
    assert await select_entry_ids(connection, owner, PLAYLIST, [1, 3, 9]) == [3, 1]
    removed = await delete_playlist_entries(connection, owner, PLAYLIST, [1, 2, 9])
    assert (removed.count, removed.duration_ms) == (2, 2_000)
    assert await select_entry_ids(connection, owner, PLAYLIST) == [3]


async def test_a_change_counts_entries(connection: Connection) -> None:
    owner = await make_playlist(connection)
    await update_playlist_changed(connection, owner, PLAYLIST, NOW, entries=3, duration_ms=9)
    await update_playlist_changed(connection, owner, PLAYLIST, NOW, entries=-1, duration_ms=-2)
    found = await seen(connection, owner, owner)
    assert found is not None
    assert (found.revision, found.entry_count, found.duration_ms) == (3, 2, 7)


async def test_a_playlist_goes_with_its_entries(connection: Connection) -> None:
    owner = await make_playlist(connection)
    await add(connection, owner, {1: "a"})
    assert await delete_playlist(connection, owner, owner, PLAYLIST)
    assert await select_entry_ids(connection, owner, PLAYLIST) == []
