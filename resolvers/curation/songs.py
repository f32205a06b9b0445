"""Editing songs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from db.albums import insert_album_song, select_albums
from db.artists import insert_artist_song, select_artists
from db.curation.songs import (
    delete_album_songs,
    delete_artist_songs,
    delete_genre_songs,
    lock_songs,
    update_song,
)
from db.genres import insert_genre, insert_genre_song, select_genres_by_slug
from db.normalise import normalise
from db.rows import Connection
from db.search import upsert_songs
from db.search.catalogue import select_song_documents
from db.songs import SongRecord, insert_song_key, select_song_keys, select_songs
from db.transactions import Conflict as TransactionConflict
from ingest.identity import tags_keys
from resolvers.context import Context
from resolvers.curation.edits import (
    MAX_CREDITS,
    MAX_TEXT,
    Changed,
    change,
    differences,
    global_ids,
    note_edit,
    required,
    whole_number,
)
from resolvers.errors import Conflict, Invalid, NotFound
from resolvers.ids import parse_id
from resolvers.library import load_all, parse_ids
from resolvers.loaders import ALBUMS_BY_ID, ARTISTS_BY_ID, SONGS_BY_ID
from resolvers.texts import clean_line

MAX_GENRES: Final = 20
YEARS: Final = (1000, 2999)
_ISRC: Final = re.compile(r"(?a:[A-Z]{2}[A-Z0-9]{3}\d{7})")


@dataclass(frozen=True, slots=True)
class EditedSong:
    song: SongRecord


async def load_song(context: Context, song_id: str) -> SongRecord:
    """The song of a global id, as it is now; raises `NotFound`."""
    song = await context.loaders[SONGS_BY_ID].load(parse_id(song_id, "song").numbers[0])
    if song is None:
        raise NotFound("There is no song of this id")
    return song


async def update(
    context: Context, *, song_id: str, revision: int, given: Mapping[str, Any]
) -> EditedSong:
    """Changes the fields that are `given`, by their GraphQL names.

    Raises `Invalid`, `NotFound` and `Conflict`.
    """
    number = (await load_song(context, song_id)).id
    checked = await _checked(context, given)
    genres = _genres(given["genres"]) if "genres" in given else None

    async def work(connection: Connection) -> None:
        await lock_songs(connection, [number])
        songs = await select_songs(connection, [number])
        if not songs:
            raise NotFound("The song was merged or deleted meanwhile.")
        [song] = songs
        if song.revision != revision:
            raise Conflict(song.revision)
        after = editable(song) | checked
        main = after["main_artist_ids"]
        after["featured_artist_ids"] = [a for a in after["featured_artist_ids"] if a not in main]
        if genres is not None:
            after["genre_ids"] = await _resolve_genres(context, connection, genres)
        await write_song(connection, song, after)
        await note_edit(context, connection, "SONG", "UPDATED", song.id, _changes(song, after))

    await change(context, work)
    return EditedSong(await load_song(context, song_id))


async def write_song(connection: Connection, song: SongRecord, after: Mapping[str, Any]) -> None:
    """Writes a song that is locked, with its lists, its keys and its search row."""
    await update_song(connection, song.id, **after)
    before = {*song.main_artist_ids, *song.featured_artist_ids}
    credited = [*after["main_artist_ids"], *after["featured_artist_ids"]]
    await delete_artist_songs(connection, sorted(before.difference(credited)), song.id)
    for artist_id in sorted(set(credited) - before):
        await insert_artist_song(connection, artist_id, song.id, song.popularity)
    place = (after["album_id"], after["disc_number"], after["track_number"])
    if place != (song.album_id, song.disc_number, song.track_number):
        if song.album_id is not None:
            await delete_album_songs(connection, [song.album_id], song.id)
        if after["album_id"] is not None:
            await delete_album_songs(connection, [after["album_id"]], song.id)
            await insert_album_song(connection, place[0], song.id, place[1] or 0, place[2] or 0)
    gone = sorted(set(song.genre_ids).difference(after["genre_ids"]))
    await delete_genre_songs(connection, song.id, gone)
    for genre_id in after["genre_ids"]:
        if genre_id not in song.genre_ids:
            await insert_genre_song(connection, genre_id, song.id, song.popularity)
    await _claim_keys(connection, song, after)
    await upsert_songs(connection, await select_song_documents(connection, [song.id]))


def editable(song: SongRecord) -> dict[str, Any]:
    """What `update_song` writes, as it is."""
    return {
        "title": song.title,
        "main_artist_ids": song.main_artist_ids,
        "featured_artist_ids": song.featured_artist_ids,
        "album_id": song.album_id,
        "disc_number": song.disc_number,
        "track_number": song.track_number,
        "year": song.year,
        "isrc": song.isrc,
        "explicit": song.explicit,
        "genre_ids": song.genre_ids,
        "cover_sha256": song.cover_sha256,
    }


async def _checked(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of what is given; raises `Invalid` and `NotFound`."""
    after: dict[str, Any] = {}
    for field, value in given.items():
        match field:
            case "title":
                after["title"] = clean_line(required(value, field), field, MAX_TEXT)
            case "artistIds":
                after["main_artist_ids"] = await artist_ids(context, required(value, field), field)
            case "featuredArtistIds":
                ids = required(value, field)
                after["featured_artist_ids"] = await artist_ids(context, ids, field) if ids else []
            case "albumId":
                after["album_id"] = await _album_id(context, value)
            case "discNumber":
                after["disc_number"] = whole_number(value, field, 1, 999)
            case "trackNumber":
                after["track_number"] = whole_number(value, field, 1, 9_999)
            case "year":
                after["year"] = whole_number(value, field, *YEARS)
            case "isrc":
                after["isrc"] = _isrc(value)
            case "explicit":
                after["explicit"] = required(value, field)
    if both := set(after.get("main_artist_ids", ())) & set(after.get("featured_artist_ids", ())):
        [name, *_] = global_ids("artist", sorted(both))
        raise Invalid("featuredArtistIds", f"{name} is a main artist already")
    return after


async def artist_ids(context: Context, ids: Sequence[str], field: str) -> list[int]:
    """Artists that exist, each once; raises `Invalid` and `NotFound`."""
    numbers = parse_ids(ids, "artist", field, MAX_CREDITS)
    artists = await load_all(context, ARTISTS_BY_ID, numbers, "artist")
    return list(dict.fromkeys(artist.id for artist in artists))


async def _album_id(context: Context, album_id: str | None) -> int | None:
    if album_id is None:
        return None
    [album] = await load_all(
        context, ALBUMS_BY_ID, [parse_id(album_id, "album").numbers[0]], "album"
    )
    return album.id


def _isrc(text: str | None) -> str | None:
    isrc = None if text is None else text.replace("-", "").replace(" ", "").upper()
    if isrc is not None and _ISRC.fullmatch(isrc) is None:
        raise Invalid("isrc", "An ISRC is two letters, three letters or digits, and seven digits")
    return isrc


def _genres(names: Sequence[str] | None) -> dict[str, str]:
    """Names of genres by slug; raises `Invalid`."""
    names = names or ()
    if len(names) > MAX_GENRES:
        raise Invalid("genres", f"`genres` takes up to {MAX_GENRES} names, not {len(names)}")
    slugs: dict[str, str] = {}
    for name in names:
        cleaned = clean_line(name, "genres", 100)
        slug = normalise(cleaned).replace(" ", "-")
        if not slug:
            raise Invalid("genres", f"{cleaned!r} is not the name of a genre")
        slugs.setdefault(slug, cleaned)
    return slugs


async def _resolve_genres(
    context: Context, connection: Connection, names: Mapping[str, str]
) -> list[int]:
    """The ids of genres; those that are not known yet are made."""
    known = {row.slug: row.id for row in await select_genres_by_slug(connection, list(names))}
    for slug in sorted(names.keys() - known.keys()):
        known[slug] = context.services.ids.next()
        if not await insert_genre(connection, known[slug], slug, names[slug]):
            raise TransactionConflict
    return [known[slug] for slug in names]


async def _claim_keys(connection: Connection, song: SongRecord, after: Mapping[str, Any]) -> None:
    """Files that are tagged as the song is now are this song's, unless they are another's."""
    names = {a.id: a.name for a in await select_artists(connection, after["main_artist_ids"])}
    albums = await select_albums(connection, [after["album_id"]] if after["album_id"] else [])
    keys = tags_keys(
        [names[artist_id] for artist_id in after["main_artist_ids"]],
        albums[0].title if albums else None,
        after["disc_number"],
        after["track_number"],
        after["title"],
    )
    taken = {row.key: row.song_id for row in await select_song_keys(connection, keys)}
    if song.id not in taken.values():
        for key in [key for key in keys if key not in taken][:1]:
            await insert_song_key(connection, key, song.id, song.duration_ms)
    if after["isrc"] is not None:
        await insert_song_key(connection, f"isrc:{after['isrc']}", song.id, song.duration_ms)


def _changes(song: SongRecord, after: Mapping[str, Any]) -> list[Changed]:
    return differences(_shown(editable(song)), _shown(after))


def _shown(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns as the API names and shows them."""
    album_id = columns["album_id"]
    return {
        "title": columns["title"],
        "artistIds": global_ids("artist", columns["main_artist_ids"]),
        "featuredArtistIds": global_ids("artist", columns["featured_artist_ids"]),
        "albumId": None if album_id is None else f"album_{album_id:x}",
        "discNumber": columns["disc_number"],
        "trackNumber": columns["track_number"],
        "year": columns["year"],
        "isrc": columns["isrc"],
        "explicit": columns["explicit"],
        "genres": global_ids("genre", columns["genre_ids"]),
    }
