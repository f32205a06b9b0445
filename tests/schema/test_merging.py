"""Merging and deleting: what was one's is the other's, for the catalogue and for people."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from db.songs import SongRecord
from ingest.tags import Lyrics
from resolvers.curation.deleting import delete_batch
from resolvers.curation.settling import SETTLES_AFTER, delete_objects, settle
from resolvers.curation.settling import _step as step_of_walk
from resolvers.ids import song_id
from resolvers.rollup import roll_up
from resolvers.viewer import Role
from storage.keys import cover_key
from storage.objects import Objects
from tests.factories import Factory
from tests.schema.conftest import Asked, People
from tests.schema.test_uploads import objects

__all__ = ["objects"]

MERGE = """
mutation ($ids: [ID!]!, $into: ID!) {
  merge%(Kind)ss(input: {%(kind)sIds: $ids, into%(Kind)sId: $into}) {
    ... on Merge%(Kind)ssPayload { %(kind)s { id } }
    ... on Error { code message }
  }
}
"""
DELETE = """
mutation ($id: ID!%(declared)s) {
  delete%(Kind)s(input: {%(kind)sId: $id%(given)s}) {
    ... on Delete%(Kind)sPayload { %(kind)sId }
    ... on Error { code message }
  }
}
"""
SONG = """
query ($id: ID!) {
  song(id: $id) {
    id title year isrc popularity likedByViewer
    artists { name } album { title } lyrics { text } files { id codec } genres { name }
  }
}
"""
NODE = "query ($id: ID!) { node(id: $id) { id } }"
MINE = """
{ viewer {
  likedSongs { nodes { id } }
  followedArtists { nodes { id } }
  savedAlbums { nodes { id } }
  playlists { nodes { entries { nodes { song { id } } } } }
  history { nodes { song { id } } }
  topSongs { plays song { id } }
  topArtists { plays artist { id } }
  queue { songs { nodes { id } } }
} }
"""
FILL = """
mutation ($songs: [ID!]!, $artists: [ID!]!, $albums: [ID!]!, $plays: [PlayReport!]!) {
  likeSongs(input: {songIds: $songs}) { __typename }
  followArtists(input: {artistIds: $artists}) { __typename }
  saveAlbums(input: {albumIds: $albums}) { __typename }
  setQueue(input: {revision: 0, songIds: $songs}) { __typename }
  reportPlays(input: {plays: $plays}) { ... on ReportPlaysPayload { plays { heardMs } } }
  createPlaylist(input: {name: "Mine"}) {
    ... on CreatePlaylistPayload { playlist { id } }
  }
}
"""
ADD = """
mutation ($playlist: ID!, $songs: [ID!]!) {
  addToPlaylist(input: {playlistId: $playlist, songIds: $songs}) { __typename }
}
"""
UNLIKE = """
mutation ($id: ID!) {
  unlikeSongs(input: {songIds: [$id]}) { ... on UnlikeSongsPayload { songs { id } } }
}
"""


@pytest.fixture
async def curator(ask: Asked, people: People) -> Asked:
    return ask.by(await people.make("curator", Role.CURATOR))


@pytest.fixture
async def listener(ask: Asked, people: People) -> Asked:
    return ask.by(await people.make("listener"))


def artist(song: SongRecord) -> str:
    return f"artist_{song.main_artist_ids[0]:x}"


def album(song: SongRecord) -> str:
    return f"album_{song.album_id:x}"


async def merge(curator: Asked, kind: str, gone: str | list[str], into: str) -> Any:
    ids = [gone] if isinstance(gone, str) else gone
    names = {"kind": kind, "Kind": kind.title()}
    [answer] = (await curator(MERGE % names, ids=ids, into=into)).values()
    await curator.services.background.drain()
    return answer


async def delete(curator: Asked, kind: str, gone: str, *, with_songs: bool | None = None) -> Any:
    names = {"kind": kind, "Kind": kind.title(), "declared": "", "given": ""}
    if with_songs is not None:
        names |= {"declared": ", $with: Boolean!", "given": ", withSongs: $with"}
    variables = {} if with_songs is None else {"with": with_songs}
    [answer] = (await curator(DELETE % names, id=gone, **variables)).values()
    await curator.services.background.drain()
    return answer


async def settled(asked: Asked) -> int:
    return await settle(asked.services.pool, datetime.now(UTC) + 2 * SETTLES_AFTER)


async def fill(listener: Asked, songs: list[SongRecord]) -> None:
    """Likes, follows, saves, queues, plays, and puts into a playlist."""
    started = datetime.now(UTC) - timedelta(seconds=1_000 * len(songs))
    plays = [
        {
            "id": str(uuid4()),
            "songId": song_id(song),
            "startedAt": (started + timedelta(seconds=1_000 * n)).isoformat(),
            "at": (started + timedelta(seconds=1_000 * n + 100)).isoformat(),
            "heardMs": 100_000,
        }
        for n, song in enumerate(songs)
    ]
    pool = listener.services.pool
    await pool.execute("UPDATE users SET created_at = 'epoch'")
    ids = [song_id(song) for song in songs]
    made = await listener(
        FILL,
        songs=ids,
        artists=list({artist(song) for song in songs}),
        albums=list({album(song) for song in songs}),
        plays=plays,
    )
    await listener(ADD, playlist=made["createPlaylist"]["playlist"]["id"], songs=ids)


async def rows(asked: Asked, gone: int) -> int:
    """How many rows of people have an id."""
    found: int = await asked.services.pool.fetchval(
        """
        SELECT (SELECT count(*) FROM library_items WHERE item_id = $1)
             + (SELECT count(*) FROM playlist_entries WHERE song_id = $1)
             + (SELECT count(*) FROM plays WHERE song_id = $1 OR $1 = ANY(artist_ids))
             + (SELECT count(*) FROM playback_queues WHERE $1 = ANY(song_ids))
        """,
        gone,
    )
    return found


async def test_songs_become_one(factory: Factory, curator: Asked) -> None:
    kept = await factory.make_song("Hello", artists=("Adele",), featured=("Bob",), cover=b"k" * 32)
    gone = await factory.make_song(
        "Helo",
        artists=("Adel",),
        album="Twenty-five",
        codec="FLAC",
        year=2015,
        isrc="GBBKS1500214",
        genres=("Pop",),
        lyrics=Lyrics("PLAIN", "it's me", "en"),
        cover=b"g" * 32,
    )
    await curator.services.pool.execute("UPDATE songs SET popularity = 7")
    old_file = (await curator(SONG, id=song_id(gone)))["song"]["files"][0]["id"]
    done = await merge(curator, "song", song_id(gone), song_id(kept))
    assert done == {"song": {"id": song_id(kept)}}
    song = (await curator(SONG, id=song_id(gone)))["song"]
    assert [file["codec"] for file in song.pop("files")] == ["MP3", "FLAC"]
    assert song == {
        "id": song_id(kept),
        "title": "Hello",
        "year": 2015,
        "isrc": "GBBKS1500214",
        "popularity": 14,
        "likedByViewer": False,
        "artists": [{"name": "Adele"}, {"name": "Bob"}],
        "album": {"title": "25"},
        "lyrics": {"text": "it's me"},
        "genres": [{"name": "Pop"}],
    }
    assert (await curator(NODE, id=song_id(gone)))["node"] == {"id": song_id(kept)}
    moved = (await curator(NODE, id=old_file))["node"]
    assert moved["id"].startswith(f"file_{kept.id:x}_")
    lists = "query ($id: ID!) { album(id: $id) { songs { nodes { id } } } }"
    assert (await curator(lists, id=album(gone)))["album"]["songs"]["nodes"] == [
        {"id": song_id(kept)}
    ]
    search = '{ search(query: "%s") { songs { nodes { id } } } }'
    assert (await curator(search % "hello"))["search"]["songs"]["nodes"] == [{"id": song_id(kept)}]
    found = (await curator('{ search(query: "helo adel") { songs { nodes { id } } } }'))["search"]
    assert {"id": song_id(gone)} not in found["songs"]["nodes"]
    again = await factory.make_song("Helo", artists=("Adel",), album="Twenty-five", codec="OPUS")
    assert again.id == kept.id


async def test_files_of_both_isrcs_are_of_the_song_that_both_became(
    factory: Factory, curator: Asked
) -> None:
    kept = await factory.make_song("Hello", isrc="GBBKS1500214")
    gone = await factory.make_song("Hello", isrc="GBBKS1500999", album="26")
    await merge(curator, "song", song_id(gone), song_id(kept))
    for isrc in ("GBBKS1500214", "GBBKS1500999"):
        song = await factory.make_song("Whatever", isrc=isrc, codec="OPUS")
        assert (song.id, song.isrc) == (kept.id, "GBBKS1500214")


async def test_albums_become_one(factory: Factory, curator: Asked) -> None:
    kept = await factory.make_song("Hello", album="25")
    gone = await factory.make_song("I Miss You", album="Twentyfive", track=4, year=2015)
    done = await merge(curator, "album", album(gone), album(kept))
    assert done == {"album": {"id": album(kept)}}
    query = """
    query ($id: ID!) {
      album(id: $id) { id title year songs { nodes { title album { title } } }
        artists { albums { nodes { id year } } } }
    }
    """
    assert (await curator(query, id=album(gone)))["album"] == {
        "id": album(kept),
        "title": "25",
        "year": 2015,
        "songs": {
            "nodes": [
                {"title": "Hello", "album": {"title": "25"}},
                {"title": "I Miss You", "album": {"title": "25"}},
            ]
        },
        "artists": [{"albums": {"nodes": [{"id": album(kept), "year": 2015}]}}],
    }
    found = await curator('{ search(query: "miss 25") { songs { nodes { title } } } }')
    assert found["search"]["songs"]["nodes"] == [{"title": "I Miss You"}]
    other = await factory.make_song("River Lea", album="Twentyfive", year=2015)
    assert album(other) == album(kept)


async def test_artists_become_one(factory: Factory, curator: Asked) -> None:
    kept = await factory.make_song("Hello", artists=("Adele",))
    gone = await factory.make_song(
        "Skyfall", artists=("Adel", "Adele"), featured=("Bob",), album="Singles"
    )
    guest = await factory.make_song("Water", artists=("Cy",), featured=("Adel",), album=None)
    done = await merge(curator, "artist", artist(gone), artist(kept))
    assert done == {"artist": {"id": artist(kept)}}
    query = """
    query ($id: ID!) {
      artist(id: $id) {
        id name aliases albums { nodes { title artists { name } } }
        songs { nodes { title artists { name } } }
      }
    }
    """
    one = (await curator(query, id=artist(gone)))["artist"]
    assert (one["id"], one["name"], one["aliases"]) == (artist(kept), "Adele", ["Adel"])
    assert sorted(node["title"] for node in one["albums"]["nodes"]) == ["25", "Singles"]
    credited = {node["title"]: node["artists"] for node in one["songs"]["nodes"]}
    assert credited == {
        "Hello": [{"name": "Adele"}],
        "Skyfall": [{"name": "Adele"}, {"name": "Bob"}],
        "Water": [{"name": "Cy"}, {"name": "Adele"}],
    }
    found = await curator('{ search(query: "adel water") { songs { nodes { id } } } }')
    assert found["search"]["songs"]["nodes"] == [{"id": song_id(guest)}]
    assert (await factory.make_song("New", artists=("Adel",))).main_artist_ids == [
        kept.main_artist_ids[0]
    ]


async def test_what_people_have_is_read_as_the_kept_one_at_once_and_settled_later(
    factory: Factory, curator: Asked, listener: Asked
) -> None:
    gone = await factory.make_song("Helo", artists=("Adel",), album="26")
    kept = await factory.make_song("Hello", artists=("Adele",), album="25")
    await fill(listener, [gone])
    await merge(curator, "song", song_id(gone), song_id(kept))
    await merge(curator, "artist", artist(gone), artist(kept))
    await merge(curator, "album", album(gone), album(kept))
    one = {"id": song_id(kept)}
    expected = {
        "likedSongs": {"nodes": [one]},
        "followedArtists": {"nodes": [{"id": artist(kept)}]},
        "savedAlbums": {"nodes": [{"id": album(kept)}]},
        "playlists": {"nodes": [{"entries": {"nodes": [{"song": one}]}}]},
        "history": {"nodes": [{"song": one}]},
        "topSongs": [{"plays": 1, "song": one}],
        "topArtists": [{"plays": 1, "artist": {"id": artist(kept)}}],
        "queue": {"songs": {"nodes": [one]}},
    }
    assert (await listener(MINE))["viewer"] == expected
    assert (await listener(SONG, id=song_id(kept)))["song"]["likedByViewer"] is True
    await roll_up(listener.services.pool)
    assert (await listener(SONG, id=song_id(kept)))["song"]["popularity"] == 1
    assert await rows(listener, gone.id) == 4
    assert await settle(listener.services.pool, datetime.now(UTC)) == 0, "requests may run yet"
    assert await settled(listener) == 3
    assert (await listener(MINE))["viewer"] == expected
    assert (await listener(SONG, id=song_id(gone)))["song"]["likedByViewer"] is True
    for number in (gone.id, gone.main_artist_ids[0], gone.album_id):
        assert number is not None
        assert await rows(listener, number) == 0
    assert await settled(listener) == 0


async def test_what_somebody_has_twice_is_once_since_the_earlier_time(
    factory: Factory, curator: Asked, listener: Asked
) -> None:
    songs = [
        await factory.make_song(title, artists=(name,), album=title)
        for title, name in (("Hello", "Adele"), ("Helo", "Adel"), ("Hallo", "Adéla"))
    ]
    await fill(listener, songs)
    kept, *others = songs
    since = "SELECT min(added_at) FROM library_items WHERE kind = 'SONG'"
    earliest = await listener.services.pool.fetchval(since)
    await merge(curator, "song", [song_id(song) for song in others], song_id(kept))
    await merge(curator, "artist", [artist(song) for song in others], artist(kept))
    assert await settled(listener) == 4
    mine = (await listener(MINE))["viewer"]
    one = {"id": song_id(kept)}
    assert mine["likedSongs"]["nodes"] == [one]
    assert mine["topSongs"] == [{"plays": 3, "song": one}]
    assert mine["topArtists"] == [{"plays": 3, "artist": {"id": artist(kept)}}]
    [playlist] = mine["playlists"]["nodes"]
    assert playlist["entries"]["nodes"] == [{"song": one}] * 3
    assert mine["queue"]["songs"]["nodes"] == [one] * 3
    assert await listener.services.pool.fetchval(since) == earliest


async def test_an_old_id_can_be_liked_and_unliked_before_and_after_it_is_settled(
    factory: Factory, curator: Asked, listener: Asked
) -> None:
    like = "mutation ($id: ID!) { likeSongs(input: {songIds: [$id]}) { __typename } }"
    kept = await factory.make_song("Hello")
    gone = await factory.make_song("Helo")
    for settle_first in (False, True):
        await listener(like, id=song_id(gone))
        if not settle_first:
            await merge(curator, "song", song_id(gone), song_id(kept))
        else:
            await settled(listener)
        for id_ in (song_id(gone), song_id(kept)):
            assert (await listener(SONG, id=id_))["song"]["likedByViewer"] is True
            done = await listener(UNLIKE, id=id_)
            assert done["unlikeSongs"]["songs"] == [{"id": song_id(kept)}]
            assert (await listener(SONG, id=id_))["song"]["likedByViewer"] is False
            await listener(like, id=id_)
        assert (await listener(MINE))["viewer"]["likedSongs"]["nodes"] == [{"id": song_id(kept)}]
        assert await rows(listener, gone.id) == 0
        await listener(UNLIKE, id=song_id(kept))


async def test_merges_of_merged_ones_lead_to_the_last(factory: Factory, curator: Asked) -> None:
    songs = await factory.make_songs(4)
    for gone, kept in ((0, 1), (1, 2), (2, 3)):
        await merge(curator, "song", song_id(songs[gone]), song_id(songs[kept]))
    for song in songs:
        assert (await curator(NODE, id=song_id(song)))["node"] == {"id": song_id(songs[3])}
    assert len(await factory.files(songs[3])) == 4
    assert (await merge(curator, "song", song_id(songs[0]), song_id(songs[3])))["code"] == (
        "NOT_FOUND"
    ), "it has been merged already"


async def test_what_cannot_be_merged_is_told_and_nothing_is_done(
    factory: Factory, curator: Asked
) -> None:
    song = await factory.make_song("Hello")
    own = song_id(song)
    assert (await merge(curator, "song", own, own))["code"] == "INVALID"
    assert (await merge(curator, "song", [], own))["code"] == "INVALID"
    assert (await merge(curator, "song", [own] * 21, own))["code"] == "INVALID"
    assert (await merge(curator, "song", own, "song_1"))["code"] == "NOT_FOUND"
    assert (await merge(curator, "song", ["song_1"], own))["code"] == "NOT_FOUND"
    other = await factory.make_song("Other")
    done = await merge(curator, "song", [song_id(other), "song_ffff"], own)
    assert done["code"] == "NOT_FOUND"
    assert (await curator(NODE, id=song_id(other)))["node"] == {"id": song_id(other)}


async def test_a_walk_goes_on_where_another_worker_has_stopped(
    factory: Factory, curator: Asked, people: People
) -> None:
    gone, kept = await factory.make_song("Helo"), await factory.make_song("Hello")
    listeners = [curator.by(await people.make(f"person{n}")) for n in range(5)]
    for each in listeners:
        await fill(each, [gone])
    await merge(curator, "song", song_id(gone), song_id(kept))
    pool = curator.services.pool
    now = datetime.now(UTC) + 2 * SETTLES_AFTER
    async with pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO redirect_walks VALUES (true, ARRAY[$1::bigint], -1)", gone.id
        )
        async with connection.transaction():
            assert await step_of_walk(connection, now, people=3) == []
            async with pool.acquire() as other, other.transaction():
                assert await step_of_walk(other, now) is None, "one worker at a time"
    assert 0 < await rows(curator, gone.id) < 20
    later = await factory.make_song("Later")
    await merge(curator, "song", song_id(later), song_id(kept))
    assert await settled(curator) == 2, "the walk that was begun, and one for what came later"
    assert await rows(curator, gone.id) == 0


# Deleting


async def store(objects: Objects, factory: Factory, song: SongRecord) -> list[str]:
    """Puts something where the song's files and cover are; the keys."""
    keys = [file.object_key for file in await factory.files(song)]
    if song.cover_sha256 is not None:
        keys += [cover_key(song.cover_sha256, size) for size in (64, 300, 640)]
    for key in keys:
        await objects.put(key, b"x", content_type="audio/mpeg")
    return keys


async def there(objects: Objects) -> set[str]:
    return {item.key async for item in objects.list()}


async def test_a_song_is_deleted_with_all_that_is_its_alone(
    factory: Factory, curator: Asked, listener: Asked, objects: Objects
) -> None:
    gone = await factory.make_song("Hello", album="25", cover=b"g" * 32, genres=("Pop",))
    kept = await factory.make_song("Other", album="26", artists=("Bob",), cover=b"k" * 32)
    keys = await store(objects, factory, gone)
    kept_keys = await store(objects, factory, kept)
    await fill(listener, [gone])
    assert await delete(curator, "song", song_id(gone)) == {"songId": song_id(gone)}
    assert (await curator(SONG, id=song_id(gone)))["song"] is None
    found = await curator('{ search(query: "hello") { songs { nodes { id } } } }')
    assert found["search"]["songs"]["nodes"] == []
    pool = curator.services.pool
    for table in ("files", "song_keys", "artist_songs", "album_songs", "genre_songs"):
        query = f"SELECT count(*) FROM {table} WHERE song_id = $1"
        assert await pool.fetchval(query, gone.id) == 0, table
    # Its album still has the picture, so that alone stays.
    assert await delete_objects(pool, objects) == 1
    assert await there(objects) == {*keys[1:], *kept_keys}
    assert await delete(curator, "album", album(gone), with_songs=False) == {"albumId": album(gone)}
    assert await delete_objects(pool, objects) == 1
    assert await there(objects) == set(kept_keys)
    await settled(curator)
    mine = (await listener(MINE))["viewer"]
    assert mine["likedSongs"]["nodes"] == mine["savedAlbums"]["nodes"] == []
    assert mine["playlists"]["nodes"] == [{"entries": {"nodes": [{"song": None}]}}]
    assert (await delete(curator, "song", song_id(gone)))["code"] == "NOT_FOUND"


async def test_the_same_file_can_be_brought_again(factory: Factory, curator: Asked) -> None:
    song = await factory.make_song("Hello")
    await delete(curator, "song", song_id(song))
    again = await factory.make_song("Hello")
    assert again.id != song.id
    assert (await curator(NODE, id=song_id(song)))["node"] is None


async def test_a_content_that_is_needed_again_is_not_deleted(
    factory: Factory, curator: Asked, objects: Objects
) -> None:
    song = await factory.make_song("Hello", cover=b"c" * 32)
    [key, *covers] = await store(objects, factory, song)
    sha256 = (await factory.files(song))[0].sha256
    await delete(curator, "song", song_id(song))
    await delete(curator, "album", album(song), with_songs=True)
    other = await factory.make_song("Other", album="26", cover=b"c" * 32)
    pool = curator.services.pool
    await pool.execute("INSERT INTO file_contents VALUES ($1, $2, 1)", sha256, other.id)
    assert await delete_objects(pool, objects) == 0
    assert await there(objects) == {key, *covers}


async def test_an_album_goes_with_its_songs_or_leaves_them(
    factory: Factory, curator: Asked
) -> None:
    songs = await factory.make_songs(3, album="25")
    others = await factory.make_songs(2, album="26")
    assert await delete(curator, "album", album(songs[0]), with_songs=True)
    assert await delete(curator, "album", album(others[0]), with_songs=False)
    for song in songs:
        assert (await curator(SONG, id=song_id(song)))["song"] is None
    for song in others:
        assert (await curator(SONG, id=song_id(song)))["song"]["album"] is None
    found = await curator('{ search(query: "song") { songs { nodes { id } } } }')
    assert {node["id"] for node in found["search"]["songs"]["nodes"]} == set(map(song_id, others))
    for song in (songs[0], others[0]):
        assert (await curator(NODE, id=album(song)))["node"] is None


async def test_an_artist_goes_when_nothing_is_left_or_with_all_that_is_theirs_alone(
    factory: Factory, curator: Asked
) -> None:
    own = await factory.make_song("Hello", artists=("Adele",))
    shared = await factory.make_song("Duet", artists=("Bob", "Adele"), album="Duets")
    guest = await factory.make_song("Guest", artists=("Bob",), featured=("Adele",), album="Duets")
    done = await delete(curator, "artist", artist(own), with_songs=False)
    assert done["code"] == "INVALID"
    assert await delete(curator, "artist", artist(own), with_songs=True) == {
        "artistId": artist(own)
    }
    assert (await curator(NODE, id=artist(own)))["node"] is None
    assert (await curator(NODE, id=album(own)))["node"] is None
    assert (await curator(SONG, id=song_id(own)))["song"] is None
    for song in (shared, guest):
        found = (await curator(SONG, id=song_id(song)))["song"]
        assert found["artists"] == [{"name": "Bob"}]
    found = await curator('{ search(query: "adele") { songs { nodes { id } } } }')
    assert found["search"]["songs"]["nodes"] == []


async def test_a_deletion_goes_on_where_another_worker_has_stopped(
    factory: Factory, curator: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.curation.deleting.BATCH", 2)
    songs = await factory.make_songs(5)
    pool, now = curator.services.pool, datetime.now(UTC)
    await pool.execute("INSERT INTO deletions VALUES ($1, 'ALBUM')", songs[0].album_id)
    async with pool.acquire() as connection, connection.transaction():
        assert await delete_batch(connection, now)
        async with pool.acquire() as other, other.transaction():
            assert not await delete_batch(other, now), "one worker at a time"
    assert await pool.fetchval("SELECT count(*) FROM songs") == 3
    last = await factory.make_song("Last", album="99", artists=("Bob",))
    await delete(curator, "album", album(last), with_songs=True)
    assert await pool.fetchval("SELECT count(*) FROM songs") == 0
    assert await pool.fetchval("SELECT count(*) FROM albums") == 0
    assert await pool.fetchval("SELECT count(*) FROM deletions") == 0
