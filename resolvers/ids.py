"""Global ids: what a client sees as the id of an object, `song_<hexadecimal>`.

The prefix makes them legible in a log; clients treat them as opaque. A file's holds its song's id
too, a playlist's its owner's and an episode's its show's, since those tell where their rows lie on
a cluster.
"""

import re
from collections.abc import Sequence
from operator import ne
from typing import Final, NamedTuple

from strawberry import Parent

from db.albums import AlbumRecord
from db.artists import ArtistRecord
from db.cursor import INT8
from db.episodes import EpisodeRecord
from db.files import FileRecord
from db.genres import GenreRecord
from db.playlist_entries import PlaylistEntryRecord
from db.playlists import PlaylistRecord
from db.shows import ShowRecord
from db.songs import SongRecord
from db.users import UserRecord
from engine.batch import reads
from resolvers.errors import BadInput

_FORM: Final = re.compile(r"(?a:([a-z]+)_([0-9a-f]{1,16})(?:_([0-9a-f]{1,16}))?)")
KINDS: Final = {
    "album": 1,
    "artist": 1,
    "episode": 2,
    "file": 2,
    "genre": 1,
    "playlist": 2,
    "show": 1,
    "song": 1,
    "user": 1,
}
"""Kinds of objects, and how many numbers make their id."""

PART_KINDS: Final = {"entry": 1}
"""The same for what is found through the object that it is part of."""

_ALL_KINDS: Final = KINDS | PART_KINDS


MOST: Final = INT8[-1]
"""The largest number in an id."""


class GlobalId(NamedTuple):
    kind: str
    numbers: tuple[int, ...]


def parse_id(text: str, kind: str | None = None) -> GlobalId:
    """Reads a global id; raises `BadInput` when it is none, or not of `kind`."""
    found = _FORM.fullmatch(text)
    if found is not None:
        named, first, second = found.groups()
        kinds = KINDS if kind is None else _ALL_KINDS
        number = int(first, 16)
        numbers = (number,) if second is None else (number, int(second, 16))
        if kinds.get(named) == len(numbers) and number <= MOST and numbers[-1] <= MOST:
            if kind is None or kind == named:
                return GlobalId(named, numbers)
            raise BadInput(f"`id` takes the id of a {kind}, and this is one of: {named}")
    raise BadInput(f"{text[:80]!r} is not an id: send one that Tonearm gave, as it is")


def number_of(text: str, kind: str) -> int:
    """The number of an id of `kind`, whose ids have one; raises `BadInput` as `parse_id` does."""
    try:
        number = int(text[len(kind) + 1 :], 16)
    except ValueError:
        number = -1
    if 0 <= number <= MOST and text == f"{kind}_{number:x}":  # as Tonearm writes it
        return number
    return parse_id(text, kind).numbers[0]


def plain_numbers(texts: Sequence[str], kind: str) -> list[int] | None:
    """The numbers of ids that are all of one kind and written as Tonearm writes them.

    Otherwise None: then `parse_id` tells what each of them is.
    """
    if _ALL_KINDS.get(kind) != 1:
        return None
    start = len(kind) + 1
    try:
        numbers = [int(text[start:], 16) for text in texts]
    except ValueError:
        return None
    if any(map(ne, texts, [f"{kind}_{number:x}" for number in numbers])):
        return None
    return numbers if min(numbers, default=0) >= 0 and max(numbers, default=0) <= MOST else None


@reads("id")
def album_id(album: Parent[AlbumRecord]) -> str:
    return f"album_{album.id:x}"


@reads("id")
def artist_id(artist: Parent[ArtistRecord]) -> str:
    return f"artist_{artist.id:x}"


def episode_id(episode: Parent[EpisodeRecord]) -> str:
    return f"episode_{episode.show_id:x}_{episode.id:x}"


@reads("song_id", "id")
def file_id(file: Parent[FileRecord]) -> str:
    return f"file_{file.song_id:x}_{file.id:x}"


def genre_id(genre: Parent[GenreRecord]) -> str:
    return f"genre_{genre.id:x}"


def show_id(show: Parent[ShowRecord]) -> str:
    return f"show_{show.id:x}"


def playlist_id(playlist: Parent[PlaylistRecord]) -> str:
    return f"playlist_{playlist.user_id:x}_{playlist.id:x}"


def playlist_entry_id(entry: Parent[PlaylistEntryRecord]) -> str:
    return f"entry_{entry.id:x}"


@reads("id")
def song_id(song: Parent[SongRecord]) -> str:
    return f"song_{song.id:x}"


def user_id(user: Parent[UserRecord]) -> str:
    return global_user_id(user.id)


def global_user_id(number: int) -> str:
    return f"user_{number:x}"
