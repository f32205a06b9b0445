"""Which files are the same recording, which belong to the same album, who the same artist is.

Everything is known by keys, claimed in tables whose primary key they are. So two processes that
bring the same thing at the same time find out, on any number of machines.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from db.normalise import normalise
from ingest.tags import UNKNOWN_ARTIST, VARIOUS_ARTISTS, AudioDescription, Credit

SAME_DURATION_MS: Final = 2_000
"""Recordings with the same tags are the same when they differ by no more than this."""

MAX_ALIKE: Final = 8
"""Recordings told apart by nothing but their duration or ISRC; further ones get no tags key."""

_MAX_KEY: Final = 200
_NAMELESS: Final = re.compile(r"(?:track|titel|title|piste|untitled|unknown|audio)?[\d\s]*")
_DISC_FOLDER: Final = re.compile(r"(?:cd|disc|disk)[\s._-]*\d{1,3}\b.*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class KnownSong:
    """A song that holds one of the keys asked for."""

    song_id: int
    isrc: str | None
    recording_musicbrainz_id: UUID | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A song key that is taken."""

    song: KnownSong
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Match:
    song: KnownSong | None
    """The song of the same recording; None when there is none yet."""
    same_album: bool
    """Whether it was recognised by its tags, the album among them."""
    free_keys: tuple[str, ...]
    """Keys of the recording that nobody holds, to be claimed."""


def song_keys(description: AudioDescription) -> list[str]:
    """All keys under which the recording may be known."""
    keys = []
    if description.isrc:
        keys.append(f"isrc:{description.isrc}")
    if description.recording_musicbrainz_id:
        keys.append(f"mbid:{description.recording_musicbrainz_id}")
    return keys + _tags_keys(description)


def match_song(description: AudioDescription, claims: Mapping[str, Claim]) -> Match:
    """The song of a recording among the `claims` on its `song_keys`.

    The same ISRC or MusicBrainz recording is the same song, else the same tags and duration. Two
    different ISRCs are never the same song.
    """
    song, same_album = None, False
    for key in song_keys(description):
        claim = claims.get(key)
        if claim is None:
            continue
        by_tags = key.startswith("tags:")
        if by_tags and abs(claim.duration_ms - description.duration_ms) > SAME_DURATION_MS:
            continue
        if (song is None and _may_be(description, claim.song, key)) or (
            song is not None and claim.song.song_id == song.song_id
        ):
            song, same_album = claim.song, same_album or by_tags
    free = [key for key in song_keys(description) if key not in claims]
    free_tags = [key for key in free if key.startswith("tags:")]
    kept = free_tags[:1] if not same_album else []
    return Match(song, same_album, (*[k for k in free if k not in free_tags], *kept))


def artist_keys(credit: Credit) -> list[str]:
    """Keys of an artist: by MusicBrainz id where it is known, then by name."""
    name = f"name:{_short(normalise(credit.name) or credit.name.casefold())}"
    return [f"mbid:{credit.musicbrainz_id}", name] if credit.musicbrainz_id else [name]


def sort_name(name: str) -> str:
    """`The Beatles` is sorted as `Beatles, The`."""
    article, _, rest = name.partition(" ")
    return f"{rest}, {article}" if rest and article.lower() in ("the", "a", "an") else name


def album_artists(description: AudioDescription, *, various: bool) -> tuple[Credit, ...]:
    """Whose album it is; `various` tells that its folder holds an album of several artists.

    Without an album artist it is the first artist's: the others change from track to track.
    """
    if description.album_artists:
        return description.album_artists
    if description.compilation or various:
        return (Credit(VARIOUS_ARTISTS),)
    return description.artists[:1]


def album_keys(description: AudioDescription, artists: Iterable[Credit], folder: Path) -> list[str]:
    """Keys of the album of a file in `folder`.

    By MusicBrainz release; by folder, since collections give each track its own year; by year,
    which tells apart the albums that a band named after itself.
    """
    credited = [artist.name for artist in artists]
    names = [normalise(name) or name for name in credited]
    title = normalise(description.album or "") or (description.album or "")
    if _DISC_FOLDER.fullmatch(folder.name):
        folder = folder.parent
    keys = [
        f"folder:{_digest(str(folder), *names, title)}",
        album_tags_key(credited, description.album or "", description.year),
    ]
    if description.album_musicbrainz_id:
        return [f"mbid:{description.album_musicbrainz_id}", *keys]
    return keys


def album_tags_key(artists: Iterable[str], title: str, year: int | None) -> str:
    """The key of an album by what it is called."""
    names = [normalise(name) or name for name in artists]
    return f"tags:{_digest(*names, normalise(title) or title, str(year))}"


def various_artists_albums(descriptions: Iterable[AudioDescription]) -> frozenset[str]:
    """Normalised titles of the albums of various artists among the files of one folder.

    An album is one when its files name no album artist, no artist is on all of them, and each
    has a track number of its own (two albums called "Greatest Hits" would share theirs).
    """
    by_title: dict[str, list[AudioDescription]] = {}
    for description in descriptions:
        if description.album and not description.album_artists:
            by_title.setdefault(normalise(description.album), []).append(description)
    return frozenset(title for title, files in by_title.items() if _is_various(files))


def _is_various(files: list[AudioDescription]) -> bool:
    # The same track in two formats is one place on the album.
    places: dict[tuple[int, int], str] = {}
    artists = [
        {normalise(credit.name) for credit in (*file.artists, *file.featured)} for file in files
    ]
    for file in files:
        if file.track is None or not file.has_known_artist:
            return False
        if places.setdefault((file.disc or 1, file.track), file.title) != file.title:
            return False
    return len(places) > 1 and not set.intersection(*artists)


def tags_keys(
    artists: Iterable[str], album: str | None, disc: int | None, track: int | None, title: str
) -> list[str]:
    """Keys of a recording by what it is called; none for one that has no name of its own."""
    normal = normalise(title)
    if _NAMELESS.fullmatch(normal) and not (album and track):
        return []
    digest = _digest(
        *sorted(normalise(name) or name for name in artists),
        normalise(album or ""),
        str(disc or 1),
        str(track or 0),
        normal or title,
    )
    return [f"tags:{digest}:{n}" for n in range(MAX_ALIKE)]


def _tags_keys(description: AudioDescription) -> list[str]:
    if not description.title_is_tag or description.artists[0].name == UNKNOWN_ARTIST:
        return []
    return tags_keys(
        [credit.name for credit in description.artists],
        description.album,
        description.disc,
        description.track,
        description.title,
    )


def _may_be(description: AudioDescription, song: KnownSong, key: str) -> bool:
    """Whether a recording is the song that holds one of its keys. A song that others were merged
    into holds their ISRCs as well."""
    if key.startswith("isrc:"):
        return True
    if description.isrc and song.isrc and description.isrc != song.isrc:
        return False
    recording = description.recording_musicbrainz_id
    return not (
        key.startswith("tags:")
        and not (description.isrc and description.isrc == song.isrc)
        and recording
        and song.recording_musicbrainz_id
        and recording != song.recording_musicbrainz_id
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:40]


def _short(text: str) -> str:
    return text if len(text.encode()) <= _MAX_KEY else f"sha256:{_digest(text)}"
