"""The library in the repository: complete, small, audible."""

import re
import subprocess
from array import array
from functools import cache
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe  # type: ignore[import-untyped]

from demo.catalogue import ALBUMS
from demo.generate import MUSIC, paths
from ingest.tags import AudioDescription, read_tags

FILES = sorted(path for path in MUSIC.rglob("*") if path.is_file())
RATE = 16_000


@cache
def described(path: Path) -> AudioDescription:
    return read_tags(path)


def decode(path: Path) -> "array[float]":
    """The left channel at 16 kHz; fails unless ffmpeg reads the file without complaint."""
    command = [get_ffmpeg_exe(), "-v", "error", "-xerror", "-i", str(path)]
    command += ["-af", "pan=mono|c0=c0", "-ar", str(RATE), "-f", "f32le", "-"]
    run = subprocess.run(command, capture_output=True, check=True)
    assert run.stderr == b""
    return array("f", run.stdout)


def test_files_are_those_of_the_catalogue() -> None:
    expected = {MUSIC / path for album in ALBUMS for s in album.songs for path in paths(album, s)}
    assert set(FILES) == expected


def test_library_has_many_songs_in_few_bytes() -> None:
    assert sum(len(album.songs) for album in ALBUMS) >= 24
    assert sum(path.stat().st_size for path in FILES) <= 10_000_000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_is_tagged(path: Path) -> None:
    audio = described(path)
    assert audio.title_is_tag
    assert audio.has_known_artist
    assert audio.album
    assert audio.album_artists
    assert audio.year
    assert audio.genres
    assert audio.track
    assert audio.cover is not None
    assert audio.cover.startswith(b"\xff\xd8\xff")
    assert audio.notes == ()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_sounds(path: Path) -> None:
    samples = decode(path)
    assert len(samples) / RATE == pytest.approx(described(path).duration_ms / 1000, abs=0.2)
    assert 15 <= len(samples) / RATE <= 60
    assert max(map(abs, samples)) < 1
    level = (sum(value * value for value in samples) / len(samples)) ** 0.5
    assert level > 0.02


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_replay_gain_is_that_of_the_file(path: Path) -> None:
    gain = described(path).track_gain_db
    if gain is None:  # ffmpeg writes no such tag to MP4
        assert path.suffix == ".m4a"
        return
    command = [get_ffmpeg_exe(), "-hide_banner", "-i", str(path), "-map", "0:a"]
    command += ["-af", "ebur128=framelog=quiet", "-f", "null", "-"]
    log = subprocess.run(command, capture_output=True, check=True).stderr.decode()
    loudness = float(re.findall(r"I:\s+(-?[\d.]+) LUFS", log)[-1])
    assert gain == pytest.approx(-18 - loudness, abs=0.5)


def test_both_formats_of_a_song_say_the_same() -> None:
    pairs = 0
    for album in ALBUMS:
        for song in album.songs:
            first, *rest = (described(MUSIC / path) for path in paths(album, song))
            for other in rest:
                pairs += 1
                assert other.codec != first.codec
                assert (other.title, other.artists, other.featured, other.album) == (
                    first.title,
                    first.artists,
                    first.featured,
                    first.album,
                )
                assert (other.disc, other.track) == (first.disc, first.track)
                assert abs(other.duration_ms - first.duration_ms) < 2_000
    assert pairs >= 6


def test_codecs_of_every_kind() -> None:
    assert {described(path).codec for path in FILES} == {"MP3", "FLAC", "AAC", "VORBIS", "OPUS"}


def test_compilation_has_several_artists() -> None:
    songs = [described(path) for path in FILES if described(path).compilation]
    assert len({song.album for song in songs}) == 1
    assert len({song.artists for song in songs}) > 4


def test_songs_have_features_that_a_catalogue_shows() -> None:
    songs = [described(path) for path in FILES]
    assert any(song.featured for song in songs)
    assert any(song.isrc for song in songs)
    assert any(song.disc == 2 for song in songs)
    assert {song.lyrics.format for song in songs if song.lyrics} == {"PLAIN", "LRC"}
    assert any("beet" in song.artists[0].name.lower() for song in songs)
    gains = {song.track_gain_db for song in songs if song.codec == "MP3"}
    assert None not in gains
    assert len(gains) > 3


@pytest.mark.parametrize(
    ("script", "first", "last"),
    [
        ("kana", "\u3040", "\u30ff"),
        ("han", "\u4e00", "\u9fff"),
        ("hangul", "\uac00", "\ud7a3"),
        ("cyrillic", "\u0400", "\u04ff"),
        ("arabic", "\u0600", "\u06ff"),
        ("hebrew", "\u0590", "\u05ff"),
    ],
)
def test_titles_are_in_many_scripts(script: str, first: str, last: str) -> None:
    assert any(first <= letter <= last for path in FILES for letter in described(path).title)
