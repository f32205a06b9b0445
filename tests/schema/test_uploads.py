"""Uploads by curators, into the real object store."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from resolvers.uploads import LIFE, clean_up
from resolvers.viewer import Role
from storage.keys import UPLOADS, audio_key
from storage.objects import PART_SIZE, Objects
from tests.ingest.audio import make_audio, make_cover
from tests.schema.conftest import Asked, People

REQUEST = """
mutation ($name: String!, $size: BigInt!, $sha256: String!) {
  requestUpload(input: {fileName: $name, sizeBytes: $size, sha256: $sha256}) {
    __typename
    ... on RequestUploadPayload { uploadId url headers { name value } expiresAt }
    ... on Error { code message }
    ... on Invalid { field }
  }
}
"""
COMPLETE = """
mutation ($id: ID!) {
  completeUpload(input: {uploadId: $id}) {
    __typename
    ... on CompleteUploadPayload {
      isNewSong
      notes
      song { title artists { name } cover { dominantColor } files { codec sha256 } }
    }
    ... on Error { code message }
  }
}
"""


@pytest.fixture
def objects(own_bucket: Objects) -> Objects:
    return own_bucket


@pytest.fixture
async def curator(ask: Asked, people: People) -> Asked:
    return ask.by(await people.make("curator", Role.CURATOR))


async def request(curator: Asked, content: bytes, name: str = "song.mp3") -> Any:
    answer = await curator(
        REQUEST, name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest()
    )
    assert answer["requestUpload"]["__typename"] == "RequestUploadPayload", answer
    return answer["requestUpload"]


async def put(upload: Any, content: bytes, **headers: str) -> int:
    given = {header["name"]: header["value"] for header in upload["headers"]} | headers
    async with httpx.AsyncClient() as client:
        return (await client.put(upload["url"], content=content, headers=given)).status_code


async def complete(curator: Asked, upload: Any) -> Any:
    return (await curator(COMPLETE, id=upload["uploadId"]))["completeUpload"]


async def keys(objects: Objects, prefix: str) -> list[str]:
    return [item.key async for item in objects.list(prefix)]


async def test_a_file_becomes_a_song(curator: Asked, objects: Objects, tmp_path: Path) -> None:
    content = make_audio(
        tmp_path / "a.mp3", title="Hello", artist="Adele", album="25", cover=make_cover()
    ).read_bytes()
    upload = await request(curator, content)
    assert await put(upload, content) == 200
    done = await complete(curator, upload)
    assert done["isNewSong"] is True
    song = done["song"]
    assert (song["title"], song["artists"]) == ("Hello", [{"name": "Adele"}])
    assert song["cover"]["dominantColor"]
    [file] = song["files"]
    assert file == {"codec": "MP3", "sha256": hashlib.sha256(content).hexdigest()}
    key = audio_key(hashlib.sha256(content).digest(), "mp3")
    assert await objects.get(key) == content
    info = await objects.head(key)
    assert info is not None
    assert (info.content_type, info.cache_control) == (
        "audio/mpeg",
        "public, max-age=31536000, immutable",
    )
    assert await keys(objects, UPLOADS) == []
    found = await curator('{ search(query: "hello") { songs { nodes { title } } } }')
    assert found["search"]["songs"]["nodes"] == [{"title": "Hello"}]
    pool = curator.services.pool
    assert await pool.fetchval("SELECT count(*) FROM uploads") == 0
    assert await pool.fetchval("SELECT count(*) FROM ingested_paths") == 0
    assert (await complete(curator, upload))["code"] == "NOT_FOUND"


async def test_another_format_joins_its_song_and_the_same_bytes_change_nothing(
    curator: Asked, tmp_path: Path
) -> None:
    for name, new in (("a.mp3", True), ("b.flac", False), ("c.mp3", False)):
        path = make_audio(tmp_path / name, title="Hello", artist="Adele", album="25")
        upload = await request(curator, path.read_bytes(), name)
        await put(upload, path.read_bytes())
        done = await complete(curator, upload)
        assert done["isNewSong"] is new, name
    assert sorted(file["codec"] for file in done["song"]["files"]) == ["FLAC", "MP3"]


async def test_only_what_was_announced_can_be_put(curator: Asked, tmp_path: Path) -> None:
    content = make_audio(tmp_path / "a.mp3", title="Hello", artist="Adele").read_bytes()
    upload = await request(curator, content)
    assert await put(upload, content + b"more") == 403
    assert await put(upload, content, **{"content-type": "text/html"}) == 403
    assert (await complete(curator, upload))["message"] == "Nothing has been put at the URL yet."


async def test_what_lies_there_is_checked_again(
    curator: Asked, objects: Objects, tmp_path: Path
) -> None:
    """A store that does not verify checksums is not believed."""
    content = make_audio(tmp_path / "a.mp3", title="Hello", artist="Adele").read_bytes()
    upload = await request(curator, content)
    key = "/".join(upload["url"].partition("?")[0].split("/")[-3:])
    changed = bytes([content[0] ^ 1]) + content[1:]
    await objects.put(key, changed, content_type="audio/mpeg")
    done = await complete(curator, upload)
    assert done["message"] == "Its SHA-256 is not the one that was announced."
    await objects.put(key, content + b"more", content_type="audio/mpeg")
    assert "bytes" in (await complete(curator, upload))["message"]
    assert await curator.services.pool.fetchval("SELECT count(*) FROM songs") == 0
    for stored in (content, changed):
        assert await objects.head(audio_key(hashlib.sha256(stored).digest(), "mp3")) is None
    await objects.put(key, content, content_type="audio/mpeg")
    assert (await complete(curator, upload))["isNewSong"] is True


async def test_what_is_not_audio_is_told(curator: Asked) -> None:
    content = b"not audio at all"
    upload = await request(curator, content)
    assert await put(upload, content) == 200
    done = await complete(curator, upload)
    assert done["code"] == "INVALID"
    assert done["message"].startswith("It cannot be taken: ")


async def test_an_upload_is_its_curators(
    ask: Asked, curator: Asked, people: People, tmp_path: Path
) -> None:
    content = make_audio(tmp_path / "a.mp3", title="Hello", artist="Adele").read_bytes()
    upload = await request(curator, content)
    await put(upload, content)
    other = ask.by(await people.make("other", Role.CURATOR))
    assert (await complete(other, upload))["code"] == "NOT_FOUND"
    assert (await complete(curator.later(6 * 3600 + 1), upload))["code"] == "NOT_FOUND"
    assert (await complete(curator, upload))["isNewSong"] is True
    for wrong in ("x", "upload_", "upload_ffffffffffffffff", "song_1"):
        assert (await complete(curator, {"uploadId": wrong}))["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fileName", "a.exe"),
        ("fileName", ".mp3"),
        ("fileName", "x" * 300 + ".mp3"),
        ("fileName", ""),
        ("sizeBytes", 0),
        ("sizeBytes", 2**30 + 1),
        ("sha256", "abc"),
    ],
)
async def test_what_cannot_be_announced_is_told_by_field(
    curator: Asked, field: str, value: str | int
) -> None:
    given = {"fileName": "a.mp3", "sizeBytes": 1, "sha256": "0" * 64} | {field: value}
    answer = await curator(
        REQUEST, name=given["fileName"], size=given["sizeBytes"], sha256=given["sha256"]
    )
    assert answer["requestUpload"]["field"] == field


async def test_a_path_becomes_its_last_part(curator: Asked) -> None:
    await request(curator, b"x", "../../etc/C:\\Music\\song.mp3")
    names = await curator.services.pool.fetch("SELECT file_name FROM uploads")
    assert [row["file_name"] for row in names] == ["song.mp3"]


# Uploads in parts

REQUEST_PARTS = """
mutation ($input: RequestUploadInput!) {
  requestUpload(input: $input) {
    ... on RequestUploadPayload {
      uploadId url headers { name value }
      parts { number firstByte sizeBytes url headers { name value } }
    }
    ... on Error { code message }
    ... on Invalid { field }
  }
}
"""
RESUME = """
mutation ($id: ID!) {
  resumeUpload(input: {uploadId: $id}) {
    ... on ResumeUploadPayload {
      uploadId url headers { name value }
      parts { number firstByte sizeBytes url headers { name value } }
    }
    ... on Error { code message }
  }
}
"""


@pytest.fixture(scope="session")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """40 MiB of WAV: two whole parts and a bit."""
    path = tmp_path_factory.mktemp("long") / "long.wav"
    return make_audio(path, seconds=240, title="Long", artist="Adele").read_bytes()


def pieces(content: bytes) -> list[bytes]:
    return [content[at : at + PART_SIZE] for at in range(0, len(content), PART_SIZE)]


async def request_parts(curator: Asked, content: bytes, *, announced: bool) -> Any:
    given = {
        "fileName": "long.wav",
        "sizeBytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if announced:
        digests = [hashlib.sha256(piece).hexdigest() for piece in pieces(content)]
        given |= {"partSha256s": digests}
    return (await curator(REQUEST_PARTS, input=given))["requestUpload"]


def of(part: Any, content: bytes) -> bytes:
    return content[part["firstByte"] : part["firstByte"] + part["sizeBytes"]]


@pytest.mark.parametrize("announced", [True, False])
async def test_a_large_file_is_put_in_parts_and_resumed(
    curator: Asked, objects: Objects, long_file: bytes, announced: bool
) -> None:
    upload = await request_parts(curator, long_file, announced=announced)
    parts = upload["parts"]
    assert [part["number"] for part in parts] == [1, 2, 3]
    assert b"".join(of(part, long_file) for part in parts) == long_file
    names = {header["name"] for part in parts for header in part["headers"]}
    assert names == ({"x-amz-checksum-sha256"} if announced else set())
    assert await put(parts[2], of(parts[2], long_file)) == 200
    assert await put(parts[0], of(parts[0], long_file)) == 200
    refused = await complete(curator, upload)
    assert refused["code"] == "INVALID"
    assert refused["message"].startswith("1 of its 3 parts are missing, the first is 2")
    resumed = (await curator(RESUME, id=upload["uploadId"]))["resumeUpload"]
    [missing] = resumed["parts"]
    assert missing["number"] == 2
    assert await put(missing, of(missing, long_file)) == 200
    assert (await curator(RESUME, id=upload["uploadId"]))["resumeUpload"]["parts"] == []
    done = await complete(curator, upload)
    assert done["isNewSong"] is True
    key = audio_key(hashlib.sha256(long_file).digest(), "wav")
    info = await objects.head(key)
    assert info is not None
    assert (info.size_bytes, info.content_type) == (len(long_file), "audio/wav")
    assert await keys(objects, UPLOADS) == []
    assert await objects.list_unfinished(UPLOADS) == []


async def test_only_the_part_that_was_announced_can_be_put(
    curator: Asked, long_file: bytes
) -> None:
    upload = await request_parts(curator, long_file, announced=True)
    part = upload["parts"][2]
    content = of(part, long_file)
    assert await put(part, content + b"more") == 403
    other = bytes([content[0] ^ 1]) + content[1:]
    assert await put(part, other) >= 400, "the store checks the checksum"
    assert await put(part, other, **{"x-amz-checksum-sha256": "x"}) == 403
    assert await put(part, content) == 200


async def test_parts_that_are_not_the_file_are_refused(
    curator: Asked, objects: Objects, long_file: bytes
) -> None:
    upload = await request_parts(curator, long_file, announced=False)
    for part in upload["parts"]:
        content = of(part, long_file)
        changed = bytes([content[0] ^ 1]) + content[1:]
        assert await put(part, changed) == 200
    assert (await complete(curator, upload))["message"] == (
        "Its SHA-256 is not the one that was announced."
    )
    assert await objects.head(audio_key(hashlib.sha256(long_file).digest(), "wav")) is None


async def test_a_large_file_can_be_put_as_a_whole_as_well(
    curator: Asked, objects: Objects, long_file: bytes
) -> None:
    upload = await request_parts(curator, long_file, announced=False)
    assert await put(upload, long_file) == 200
    assert (await complete(curator, upload))["isNewSong"] is True
    assert await objects.list_unfinished(UPLOADS) == []


async def test_a_small_file_has_no_parts(curator: Asked) -> None:
    upload = await request_parts(curator, b"small", announced=True)
    assert upload["parts"] == []
    assert (await curator(RESUME, id=upload["uploadId"]))["resumeUpload"]["parts"] == []


async def test_digests_of_other_parts_than_it_has_are_told(
    curator: Asked, objects: Objects
) -> None:
    given = {"fileName": "a.wav", "sizeBytes": 2 * PART_SIZE + 1, "sha256": "0" * 64}
    for digests in (["0" * 64] * 2, ["0" * 64, "0" * 64, "abc"], []):
        answer = await curator(REQUEST_PARTS, input=given | {"partSha256s": digests})
        assert answer["requestUpload"]["field"] == "partSha256s"
    assert await objects.list_unfinished(UPLOADS) == []


async def test_what_nobody_completes_is_deleted_in_time(
    curator: Asked, objects: Objects, people: People, ask: Asked
) -> None:
    content = bytes(2 * PART_SIZE + 1)
    parts = await request_parts(curator, content, announced=False)
    await put(parts["parts"][2], b"\0")
    small = await request(curator, b"small")
    await put(small, b"small")
    pool = curator.services.pool
    assert await clean_up(pool, objects, datetime.now(UTC)) == 0
    assert len(await objects.list_unfinished(UPLOADS)) == 1
    other = ask.by(await people.make("other", Role.CURATOR))
    assert (await other(RESUME, id=parts["uploadId"]))["resumeUpload"]["code"] == "NOT_FOUND"
    assert await clean_up(pool, objects, datetime.now(UTC) + LIFE * 1.1) == 2
    assert await objects.list_unfinished(UPLOADS) == []
    assert await keys(objects, UPLOADS) == []
    assert await pool.fetchval("SELECT count(*) FROM uploads") == 0
    assert (await curator(RESUME, id=parts["uploadId"]))["resumeUpload"]["code"] == "NOT_FOUND"
