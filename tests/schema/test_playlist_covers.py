"""Pictures for playlists, into the real object store."""

import hashlib
from typing import Any

import pytest

from ingest.covers import SIZES
from resolvers.curation.settling import delete_objects
from resolvers.viewer import Role
from storage.keys import UPLOADS, cover_key
from storage.objects import Objects
from tests.ingest.audio import make_cover
from tests.schema.conftest import Asked, People
from tests.schema.test_uploads import COMPLETE, keys, objects, put, request

__all__ = ["objects"]

CREATE = """
mutation {
  createPlaylist(input: {name: "Rain", collaborative: true, visibility: PUBLIC}) {
    ... on CreatePlaylistPayload { playlist { id inviteToken cover { url } } }
  }
}
"""
ANNOUNCE = """
mutation ($input: RequestPlaylistCoverInput!) {
  requestPlaylistCover(input: $input) {
    ... on RequestPlaylistCoverPayload { uploadId url headers { name value } }
    ... on Error { code message }
    ... on Invalid { field }
  }
}
"""
SET = """
mutation ($playlist: ID!, $upload: ID!) {
  setPlaylistCover(input: {playlistId: $playlist, uploadId: $upload}) {
    ... on SetPlaylistCoverPayload {
      playlist { revision cover { url(size: SMALL) dominantColor } }
    }
    ... on Error { code message }
  }
}
"""
REMOVE = """
mutation ($playlist: ID!) {
  removePlaylistCover(input: {playlistId: $playlist}) {
    ... on RemovePlaylistCoverPayload { playlist { cover { url } } }
    ... on Error { code message }
  }
}
"""
DELETE = """
mutation ($id: ID!) { deletePlaylist(input: {playlistId: $id}) { __typename } }
"""
COVER = "query ($id: ID!) { playlist(id: $id) { revision cover { dominantColor } } }"
JOIN = """
mutation ($id: ID!, $token: String!) {
  joinPlaylist(input: {playlistId: $id, inviteToken: $token}) { __typename }
}
"""


@pytest.fixture
async def owner(ask: Asked, people: People) -> Asked:
    return ask.by(await people.make("owner"))


async def make_playlist(owner: Asked) -> Any:
    return (await owner(CREATE))["createPlaylist"]["playlist"]


async def announce(asked: Asked, playlist: str, picture: bytes, **given: Any) -> Any:
    values = {
        "playlistId": playlist,
        "mimeType": "image/jpeg",
        "sizeBytes": len(picture),
        "sha256": hashlib.sha256(picture).hexdigest(),
    }
    return (await asked(ANNOUNCE, input=values | given))["requestPlaylistCover"]


async def set_cover(asked: Asked, playlist: str, picture: bytes) -> Any:
    upload = await announce(asked, playlist, picture)
    assert await put(upload, picture) == 200
    answer = await asked(SET, playlist=playlist, upload=upload["uploadId"])
    return answer["setPlaylistCover"]


async def test_few_pictures_may_be_announced_that_are_not_set(owner: Asked) -> None:
    playlist = await make_playlist(owner)
    answers = [await announce(owner, playlist["id"], b"x") for _ in range(21)]
    assert all("uploadId" in answer for answer in answers[:20])
    assert (answers[20]["code"], answers[20]["field"]) == ("INVALID", "sizeBytes")
    assert "6 hours" in answers[20]["message"]


async def test_a_picture_becomes_the_cover_and_is_taken_off(
    owner: Asked, ask: Asked, objects: Objects
) -> None:
    playlist = await make_playlist(owner)
    assert playlist["cover"] is None
    picture = make_cover("teal", size=(1000, 700))
    done = (await set_cover(owner, playlist["id"], picture))["playlist"]
    sha256 = hashlib.sha256(picture).digest()
    assert f"/{cover_key(sha256, 64)}?" in done["cover"]["url"]
    assert done["cover"]["dominantColor"] == "#008083"
    assert done["revision"] == 2
    assert await keys(objects, "covers/") == sorted(cover_key(sha256, size) for size in SIZES)
    assert await keys(objects, UPLOADS) == []
    seen = (await ask(COVER, id=playlist["id"]))["playlist"]
    assert seen == {"revision": 2, "cover": {"dominantColor": "#008083"}}
    removed = (await owner(REMOVE, playlist=playlist["id"]))["removePlaylistCover"]
    assert removed["playlist"]["cover"] is None
    assert (await owner(REMOVE, playlist=playlist["id"]))["removePlaylistCover"] == removed
    assert (await ask(COVER, id=playlist["id"]))["playlist"]["revision"] == 3
    assert await delete_objects(owner.services.pool, objects) == 1
    assert await keys(objects, "covers/") == []


async def test_a_cover_goes_with_the_last_playlist_that_has_it(
    owner: Asked, objects: Objects
) -> None:
    pool = owner.services.pool
    playlists = [(await make_playlist(owner))["id"] for _ in range(2)]
    old, new = make_cover("red"), make_cover("blue")
    for playlist in playlists:
        await set_cover(owner, playlist, old)
    await set_cover(owner, playlists[0], new)
    assert await delete_objects(pool, objects) == 0
    await set_cover(owner, playlists[1], new)
    assert await delete_objects(pool, objects) == 1
    await owner(DELETE, id=playlists[0])
    assert await delete_objects(pool, objects) == 0
    await owner(DELETE, id=playlists[1])
    assert await delete_objects(pool, objects) == 1
    assert await keys(objects, "covers/") == []


async def test_who_may_change_a_playlist_may_give_it_a_cover(
    owner: Asked, ask: Asked, people: People, objects: Objects
) -> None:
    playlist = await make_playlist(owner)
    friend = ask.by(await people.make("friend"))
    picture = make_cover()
    assert (await announce(friend, playlist["id"], picture))["code"] == "NOT_FOUND"
    assert (await friend(REMOVE, playlist=playlist["id"]))["removePlaylistCover"]["code"] == (
        "NOT_FOUND"
    )
    own = await make_playlist(friend)
    upload = await announce(friend, own["id"], picture)
    await put(upload, picture)
    for asked, given in ((friend, playlist["id"]), (owner, playlist["id"])):
        done = await asked(SET, playlist=given, upload=upload["uploadId"])
        assert done["setPlaylistCover"]["code"] == "NOT_FOUND"
    await delete_objects(owner.services.pool, objects)
    assert await keys(objects, "covers/") == []
    await friend(JOIN, id=playlist["id"], token=playlist["inviteToken"])
    done = await friend(SET, playlist=playlist["id"], upload=upload["uploadId"])
    assert done["setPlaylistCover"]["playlist"]["cover"]


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (b"not a picture", "This cannot be used: the cover is no readable image."),
        (make_cover(size=(800, 63)), "It is less than 64 pixels wide or high."),
    ],
    ids=["no picture", "too small"],
)
async def test_what_cannot_be_a_cover_is_told_and_not_kept(
    owner: Asked, objects: Objects, picture: bytes, message: str
) -> None:
    playlist = (await make_playlist(owner))["id"]
    done = await set_cover(owner, playlist, picture)
    assert done["code"] == "INVALID"
    assert done["message"] == message
    assert (await owner(COVER, id=playlist))["playlist"]["cover"] is None
    await delete_objects(owner.services.pool, objects)
    assert await keys(objects, "covers/") == []


async def test_only_what_was_announced_can_be_put(owner: Asked) -> None:
    playlist = (await make_playlist(owner))["id"]
    picture = make_cover()
    upload = await announce(owner, playlist, picture)
    assert await put(upload, picture + b"more") == 403
    assert await put(upload, picture, **{"content-type": "text/html"}) == 403
    done = (await owner(SET, playlist=playlist, upload=upload["uploadId"]))["setPlaylistCover"]
    assert done["message"] == "Nothing has been put at the URL yet."


async def test_a_song_is_no_cover_and_a_cover_no_song(
    ask: Asked, people: People, objects: Objects
) -> None:
    curator = ask.by(await people.make("curator", Role.CURATOR))
    playlist = (await make_playlist(curator))["id"]
    picture = make_cover()
    song = await request(curator, picture)
    await put(song, picture)
    done = await curator(SET, playlist=playlist, upload=song["uploadId"])
    assert done["setPlaylistCover"]["code"] == "NOT_FOUND"
    cover = await announce(curator, playlist, picture)
    await put(cover, picture)
    done = await curator(COMPLETE, id=cover["uploadId"])
    assert done["completeUpload"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mimeType", "image/svg+xml"),
        ("sizeBytes", 0),
        ("sizeBytes", 10 * 2**20 + 1),
        ("sha256", "abc"),
    ],
)
async def test_what_cannot_be_announced_is_told_by_field(
    owner: Asked, field: str, value: Any
) -> None:
    playlist = (await make_playlist(owner))["id"]
    assert (await announce(owner, playlist, b"x", **{field: value}))["field"] == field
