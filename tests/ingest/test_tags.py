"""What files say of themselves, read back from files that ffmpeg wrote."""

import struct
import zlib
from pathlib import Path
from uuid import UUID

import pytest

from ingest.formats import NotAudio
from ingest.tags import MAX_NAME, UNKNOWN_ARTIST, AudioDescription, Credit, Lyrics, clean, read_tags
from tests.ingest.audio import ENCODERS, make_audio, make_cover

CODECS = {
    ".mp3": ("MP3", "audio/mpeg"),
    ".flac": ("FLAC", "audio/flac"),
    ".m4a": ("AAC", 'audio/mp4; codecs="mp4a.40.2"'),
    ".alac.m4a": ("ALAC", 'audio/mp4; codecs="alac"'),
    ".ogg": ("VORBIS", 'audio/ogg; codecs="vorbis"'),
    ".opus": ("OPUS", 'audio/ogg; codecs="opus"'),
    ".wav": ("PCM", "audio/wav"),
}
UUIDS = [UUID(int=0x1111_2222_3333_4444_5555_6666_7777_8880 + n) for n in range(3)]


def names(named: tuple[Credit, ...]) -> list[str]:
    return [credit.name for credit in named]


def describe(path: Path, **tags: object) -> AudioDescription:
    return read_tags(make_audio(path, **tags))  # type: ignore[arg-type]


@pytest.mark.parametrize("extension", ENCODERS)
def test_each_format_gives_tags_and_technical_data(tmp_path: Path, extension: str) -> None:
    tags = {"title": "Für Elise 献给", "artist": "Beethoven", "album": "Bagatellen"}
    found = describe(tmp_path / f"a{extension}", date="1867-01-01", genre="Classical", **tags)
    assert (found.codec, found.mime_type) == CODECS[extension]
    assert found.title == "Für Elise 献给"
    assert names(found.artists) == ["Beethoven"]
    assert (found.album, found.year, found.genres) == ("Bagatellen", 1867, ("Classical",))
    assert abs(found.duration_ms - 2_000) < 60
    assert found.sample_rate_hz == (48_000 if extension == ".opus" else 44_100)
    assert found.channels == 2
    assert found.bit_depth == (16 if extension in (".flac", ".alac.m4a", ".wav") else None)
    assert 8 <= found.bitrate_kbps <= 1_500
    assert found.notes == ()


@pytest.mark.parametrize("extension", [e for e in ENCODERS if e != ".wav"])
def test_numbers_and_album_artist(tmp_path: Path, extension: str) -> None:
    found = describe(
        tmp_path / f"a{extension}",
        title="T", artist="A", album="B", album_artist="C", track="3/12", disc="2/2",
    )  # fmt: skip
    assert (found.track, found.disc) == (3, 2)
    assert names(found.album_artists) == ["C"]
    assert not found.compilation


def test_mono_aac_is_mono(tmp_path: Path) -> None:
    # The sample entry of an MP4 file says two channels whatever is inside.
    assert describe(tmp_path / "a.m4a", channels=1, title="T", artist="A").channels == 1


@pytest.mark.parametrize(
    ("artist", "title", "main", "featured", "plain_title"),
    [
        ("AC/DC", "T", ["AC/DC"], [], "T"),
        ("Simon & Garfunkel", "T", ["Simon & Garfunkel"], [], "T"),
        ("Tyler, The Creator", "T", ["Tyler, The Creator"], [], "T"),
        ("Earth, Wind & Fire", "T", ["Earth, Wind & Fire"], [], "T"),
        ("A; B", "T", ["A", "B"], [], "T"),
        ("A / B", "T", ["A", "B"], [], "T"),
        ("A feat. B", "T", ["A"], ["B"], "T"),
        ("A (ft. B & C)", "T", ["A"], ["B & C"], "T"),
        ("A", "T (feat. B)", ["A"], ["B"], "T"),
        ("A", "T [ft. B] (Live)", ["A"], ["B"], "T (Live)"),
        ("A", "6 ft under", ["A"], [], "6 ft under"),
        ("Feature", "Featuring", ["Feature"], [], "Featuring"),
        ("A feat. B", "T (feat. B)", ["A"], ["B"], "T"),
        ("A; a", "T", ["A"], [], "T"),
    ],
)
def test_credits(
    tmp_path: Path,
    artist: str,
    title: str,
    main: list[str],
    featured: list[str],
    plain_title: str,
) -> None:
    found = describe(tmp_path / "a.flac", artist=artist, title=title)
    assert (names(found.artists), names(found.featured)) == (main, featured)
    assert found.title == plain_title


def test_line_for_display_and_list_of_artists(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "a.flac", title="T")
    ids = "\0".join(map(str, UUIDS[:2]))
    write_vorbis_comments(
        path, ["ARTIST=A & B feat. C", "ARTISTS=A & B", "ARTISTS=C", "TITLE=T",
               *[f"MUSICBRAINZ_ARTISTID={text}" for text in ids.split("\0")]]
    )  # fmt: skip
    found = read_tags(path)
    assert found.artists == (Credit("A & B", UUIDS[0]),)
    assert found.featured == (Credit("C", UUIDS[1]),)


def test_identifiers(tmp_path: Path) -> None:
    found = describe(
        tmp_path / "a.flac",
        title="T",
        artist="A",
        isrc="us-abc-12-34567",
        MUSICBRAINZ_TRACKID=UUIDS[0],
        MUSICBRAINZ_ALBUMID=UUIDS[1],
        MUSICBRAINZ_ARTISTID=UUIDS[2],
        RELEASETYPE="Single",
        ITUNESADVISORY="1",
    )
    assert found.isrc == "USABC1234567"
    assert found.recording_musicbrainz_id == UUIDS[0]
    assert found.album_musicbrainz_id == UUIDS[1]
    assert found.artists[0].musicbrainz_id == UUIDS[2]
    assert found.album_kind == "SINGLE"
    assert found.explicit


@pytest.mark.parametrize("tags", [{"compilation": "1"}, {"album_artist": "Various artists"}])
def test_compilation(tmp_path: Path, tags: dict[str, str]) -> None:
    found = describe(tmp_path / "a.mp3", title="T", artist="A", album="B", **tags)
    assert found.compilation
    assert found.album_kind == "COMPILATION"


def test_replay_gain(tmp_path: Path) -> None:
    found = describe(
        tmp_path / "a.mp3",
        title="T",
        artist="A",
        REPLAYGAIN_TRACK_GAIN="-7.03 dB",
        REPLAYGAIN_TRACK_PEAK="0.98",
        REPLAYGAIN_ALBUM_GAIN="-6 dB",
        REPLAYGAIN_ALBUM_PEAK="9999",
    )
    assert (found.track_gain_db, found.track_peak, found.album_gain_db) == (-7.03, 0.98, -6)
    assert found.album_peak is None
    assert "cannot be right" in found.notes[0]


def test_gain_of_opus_is_of_another_reference(tmp_path: Path) -> None:
    found = describe(tmp_path / "a.opus", title="T", artist="A", R128_TRACK_GAIN="-512")
    assert found.track_gain_db == 3.0  # -2 dB to -23 LUFS


@pytest.mark.parametrize(
    ("text", "kind"), [("[00:01.00]La\n[00:02.50]la", "LRC"), ("La\nla", "PLAIN")]
)
def test_lyrics(tmp_path: Path, text: str, kind: str) -> None:
    found = describe(tmp_path / "a.flac", title="T", artist="A", lyrics=text, language="deu")
    assert found.lyrics == Lyrics(kind, text, "deu")


@pytest.mark.parametrize("extension", [".mp3", ".flac", ".m4a", ".alac.m4a"])
def test_embedded_cover(tmp_path: Path, extension: str) -> None:
    cover = make_cover()
    assert describe(tmp_path / f"a{extension}", title="T", artist="A", cover=cover).cover == cover


@pytest.mark.parametrize(
    ("name", "title", "track"),
    [
        ("03 - Gute Nacht.mp3", "Gute Nacht", 3),
        ("1-07 Gute_Nacht.mp3", "Gute Nacht", 7),
        ("99 Luftballons.mp3", "Luftballons", 99),
        ("夜.mp3", "夜", None),
        ("07.mp3", "07", None),
    ],
)
def test_no_tags_at_all(tmp_path: Path, name: str, title: str, track: int | None) -> None:
    found = describe(tmp_path / name)
    assert (found.title, found.track, found.title_is_tag) == (title, track, False)
    assert names(found.artists) == [UNKNOWN_ARTIST]
    assert len(found.notes) == 2


def test_absurd_numbers_are_left_out_and_told(tmp_path: Path) -> None:
    found = describe(
        tmp_path / "a.flac",
        title="T", artist="A", date="99999", track="70000", disc="123456789", isrc="nonsense",
    )  # fmt: skip
    assert (found.year, found.track, found.disc, found.isrc) == (None, None, None, None)
    assert len(found.notes) == 4


def test_year_zero_is_no_year(tmp_path: Path) -> None:
    found = describe(tmp_path / "a.flac", title="T", artist="A", date="0000")
    assert (found.year, found.notes) == (None, ())


def test_long_title_is_cut_and_told(tmp_path: Path) -> None:
    assert describe(tmp_path / "a.flac", title="x" * 999, artist="A").title == "x" * 999
    found = describe(tmp_path / "b.flac", title="夜" * 5_000, artist="A")
    assert len(found.title) == MAX_NAME
    assert len(found.notes) == 1


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\0b\x07\tc\r\n", "a b c"),
        ("\ud800x", "?x"),
        ("e\u0301", "é"),
        ("\ufeff a ", "a"),
        ("👩‍🎤", "👩‍🎤"),
        ("\0", ""),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_content_decides_the_format(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "a.mp3", format_of=".flac", title="T", artist="A")
    found = read_tags(path)
    assert found.codec == "FLAC"
    assert found.notes == ("it is named .mp3, but is FLAC",)


def refuse(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(NotAudio) as error:
        read_tags(path)
    return str(error.value)


def test_files_that_are_no_audio(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    assert "empty" in refuse(path, b"")
    assert "JPEG" in refuse(path, make_cover())
    assert "HTML" in refuse(path, b"<!DOCTYPE html><html></html>")
    assert "zeros" in refuse(path, bytes(100_000))
    assert "no known audio format" in refuse(path, b"Just some text. " * 1000)
    assert "ID3" in refuse(path, b"ID3\x04\0\0\0\0\x7f\x7f" + bytes(50))
    assert "ADTS" in refuse(path, b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(1000))


def test_noise_is_no_mp3(tmp_path: Path) -> None:
    noise = b"".join(zlib.compress(struct.pack(">Q", n)) for n in range(20_000))
    assert "no MP3 frames" in refuse(tmp_path / "a.mp3", b"\xff\xfb" + noise)


@pytest.mark.parametrize("extension", [".mp3", ".m4a", ".wav"])
def test_truncated_files_are_refused(tmp_path: Path, extension: str) -> None:
    content = make_audio(tmp_path / f"a{extension}", seconds=20, title="T").read_bytes()
    assert "cut off" in refuse(tmp_path / f"b{extension}", content[: len(content) // 3])


@pytest.mark.parametrize("extension", ENCODERS)
def test_header_alone_is_refused(tmp_path: Path, extension: str) -> None:
    content = make_audio(tmp_path / f"a{extension}", title="T").read_bytes()
    for length in (20, 60):
        assert refuse(tmp_path / f"b{extension}", content[:length])


def write_vorbis_comments(flac: Path, comments: list[str]) -> None:
    """Replaces the comments of a FLAC file (ffmpeg cannot write a tag twice)."""
    content = flac.read_bytes()
    encoded = [comment.encode() for comment in comments]
    body = struct.pack("<II", 0, len(encoded))
    body += b"".join(struct.pack("<I", len(comment)) + comment for comment in encoded)
    blocks, position, last = b"", 4, False
    while not last:
        header, size = (
            content[position],
            int.from_bytes(content[position + 1 : position + 4], "big"),
        )
        last = bool(header & 0x80)
        if header & 0x7F != 4:
            blocks += bytes([header & 0x7F]) + content[position + 1 : position + 4 + size]
        position += 4 + size
    comment_block = bytes([0x84]) + len(body).to_bytes(3, "big") + body
    flac.write_bytes(b"fLaC" + blocks + comment_block + content[position:])
