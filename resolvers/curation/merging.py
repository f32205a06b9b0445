"""Merging songs, albums and artists: what was one's is the other's, and its id stands for that.

The catalogue changes in one transaction. People's rows may have the old ids for a while after it,
which loaders read as what they stand for; `settling` puts the new ones in their place.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

from db.albums import AlbumRecord, insert_album_song, select_albums
from db.artist_aliases import insert_artist_aliases, select_artist_aliases
from db.artists import ArtistRecord, select_artists
from db.curation.albums import (
    delete_album,
    delete_artist_albums,
    insert_album_songs_of,
    lock_albums,
    update_album_keys,
    update_songs_of_album,
)
from db.curation.artists import (
    delete_artist,
    insert_artist_albums_of,
    insert_artist_songs_of,
    lock_artists,
    update_artist,
    update_artist_keys,
    update_credits_of_albums,
    update_credits_of_songs,
)
from db.curation.songs import (
    delete_album_songs,
    delete_artist_songs,
    delete_song,
    insert_files_of,
    insert_lyrics_of,
    lock_songs,
    select_album_songs_of,
    update_play_counts_merged,
    update_song_keys,
    update_song_recording,
)
from db.normalise import normalise
from db.popularity import update_popularities, update_song_popularities
from db.redirects import CatalogueKind, insert_redirect
from db.rows import Connection
from db.search import ALBUMS, ARTISTS, delete_albums, delete_artists, delete_songs, upsert_artists
from db.search.catalogue import select_artist_documents
from db.search.renames import (
    select_album_ids_of_artist,
    select_song_ids_of_artist,
    upsert_rename,
)
from db.songs import SongRecord, select_songs
from db.unneeded import insert_unneeded_covers
from resolvers.context import Context
from resolvers.curation import albums, artists, songs
from resolvers.curation.albums import EditedAlbum
from resolvers.curation.artists import EditedArtist
from resolvers.curation.edits import Changed, change, note_edit
from resolvers.curation.songs import EditedSong
from resolvers.errors import Invalid, NotFound
from resolvers.library import parse_ids
from resolvers.sessions import utc

MAX_MERGED: Final = 20
"""Songs, albums or artists that one mutation merges into another."""

MAX_SONGS: Final = 50_000
"""Songs of an album or artist that is merged: what one transaction does in some seconds."""

BATCH: Final = 2_000
MAX_POPULARITY: Final = 2**31 - 1

Record = TypeVar("Record", SongRecord, AlbumRecord, ArtistRecord)


async def merge_songs(context: Context, song_ids: Sequence[str], into: str) -> EditedSong:
    """Raises `Invalid` and `NotFound`."""
    kept_id = (await songs.load_song(context, into)).id
    gone_ids = _gone_ids(song_ids, kept_id, "song")

    async def work(connection: Connection) -> None:
        await lock_songs(connection, [*gone_ids, kept_id])
        for gone_id in gone_ids:
            pair = {song.id: song for song in await select_songs(connection, [gone_id, kept_id])}
            gone = _present(pair.get(gone_id), "song")
            await _merge_song(context, connection, gone, _present(pair.get(kept_id), "song"))

    await change(context, work)
    return EditedSong(await songs.load_song(context, into))


async def _merge_song(
    context: Context, connection: Connection, gone: SongRecord, kept: SongRecord
) -> None:
    places = await select_album_songs_of(connection, gone.id)
    for place in places:
        await insert_album_song(
            connection, place.album_id, kept.id, place.disc_number, place.track_number
        )
    await delete_album_songs(connection, [place.album_id for place in places], gone.id)
    await delete_artist_songs(
        connection, [*gone.main_artist_ids, *gone.featured_artist_ids], gone.id
    )
    await update_song_keys(connection, gone.id, kept.id)
    await insert_files_of(connection, gone.id, kept.id)
    await insert_lyrics_of(connection, gone.id, kept.id)
    await update_song_recording(connection, gone.id, kept.id)
    await update_play_counts_merged(connection, gone.id, kept.id)
    await _leave(context, connection, "SONG", gone.id, kept.id, gone.title)
    await delete_song(connection, gone.id)
    await delete_songs(connection, [gone.id])
    popularity = _together(gone.popularity, kept.popularity)
    await update_song_popularities(connection, {kept.id: popularity})
    [kept] = await select_songs(connection, [kept.id])
    after = songs.editable(kept)
    if kept.album_id is None:
        after |= {
            "album_id": gone.album_id,
            "disc_number": gone.disc_number,
            "track_number": gone.track_number,
        }
    after["year"] = kept.year or gone.year
    after["isrc"] = kept.isrc or gone.isrc
    after["genre_ids"] = kept.genre_ids or gone.genre_ids
    after["cover_sha256"] = kept.cover_sha256 or gone.cover_sha256
    await songs.write_song(connection, kept, after)
    if gone.cover_sha256 is not None and after["cover_sha256"] != gone.cover_sha256:
        await insert_unneeded_covers(connection, [gone.cover_sha256])


async def merge_albums(context: Context, album_ids: Sequence[str], into: str) -> EditedAlbum:
    """Raises `Invalid` and `NotFound`."""
    kept_id = (await albums.load_album(context, into)).id
    gone_ids = _gone_ids(album_ids, kept_id, "album")

    async def work(connection: Connection) -> None:
        await lock_albums(connection, [*gone_ids, kept_id])
        for gone_id in gone_ids:
            pair = {row.id: row for row in await select_albums(connection, [gone_id, kept_id])}
            gone = _present(pair.get(gone_id), "album")
            await _merge_album(context, connection, gone, _present(pair.get(kept_id), "album"))

    await change(context, work)
    return EditedAlbum(await albums.load_album(context, into))


async def _merge_album(
    context: Context, connection: Connection, gone: AlbumRecord, kept: AlbumRecord
) -> None:
    song_ids = await insert_album_songs_of(connection, gone.id, kept.id)
    _check_size(len(song_ids), "albumIds")
    for at in range(0, len(song_ids), BATCH):
        await update_songs_of_album(connection, song_ids[at : at + BATCH], gone.id, kept.id)
    await delete_artist_albums(connection, gone.artist_ids, gone.id)
    await update_album_keys(connection, gone.id, kept.id)
    await update_play_counts_merged(connection, gone.id, kept.id)
    await _leave(context, connection, "ALBUM", gone.id, kept.id, gone.title)
    await delete_album(connection, gone.id)
    await delete_albums(connection, [gone.id])
    popularity = _together(gone.popularity, kept.popularity)
    await update_popularities(connection, {kept.id: popularity}, kind=ALBUMS)
    after = albums.editable(kept)
    after["year"] = kept.year or gone.year
    after["cover_sha256"] = kept.cover_sha256 or gone.cover_sha256
    after["musicbrainz_id"] = kept.musicbrainz_id or gone.musicbrainz_id
    await albums.write_album(connection, kept, after)
    await upsert_rename(connection, "album", kept.id)  # its new songs are to be found by it
    if gone.cover_sha256 is not None and after["cover_sha256"] != gone.cover_sha256:
        await insert_unneeded_covers(connection, [gone.cover_sha256])


async def merge_artists(context: Context, artist_ids: Sequence[str], into: str) -> EditedArtist:
    """Raises `Invalid` and `NotFound`."""
    kept_id = (await artists.load_artist(context, into)).id
    gone_ids = _gone_ids(artist_ids, kept_id, "artist")

    async def work(connection: Connection) -> None:
        await lock_artists(connection, [*gone_ids, kept_id])
        for gone_id in gone_ids:
            pair = {row.id: row for row in await select_artists(connection, [gone_id, kept_id])}
            gone = _present(pair.get(gone_id), "artist")
            await _merge_artist(context, connection, gone, _present(pair.get(kept_id), "artist"))

    await change(context, work)
    return EditedArtist(await artists.load_artist(context, into))


async def _merge_artist(
    context: Context, connection: Connection, gone: ArtistRecord, kept: ArtistRecord
) -> None:
    song_ids = await select_song_ids_of_artist(connection, gone.id, -1, MAX_SONGS + 1)
    _check_size(len(song_ids), "artistIds")
    for at in range(0, len(song_ids), BATCH):
        await update_credits_of_songs(connection, song_ids[at : at + BATCH], gone.id, kept.id)
    album_ids = await select_album_ids_of_artist(connection, gone.id)
    await update_credits_of_albums(connection, album_ids, gone.id, kept.id)
    await insert_artist_songs_of(connection, gone.id, kept.id)
    await insert_artist_albums_of(connection, gone.id, kept.id)
    await update_artist_keys(connection, gone.id, kept.id)
    aliases = [row.alias for row in await select_artist_aliases(connection, [gone.id])]
    aliases = [name for name in [gone.name, *aliases] if normalise(name) != normalise(kept.name)]
    await insert_artist_aliases(connection, [kept.id] * len(aliases), aliases)
    await update_play_counts_merged(connection, gone.id, kept.id)
    await _leave(context, connection, "ARTIST", gone.id, kept.id, gone.name)
    await delete_artist(connection, gone.id)
    await delete_artists(connection, [gone.id])
    popularity = _together(gone.popularity, kept.popularity)
    await update_popularities(connection, {kept.id: popularity}, kind=ARTISTS)
    await update_artist(
        connection,
        kept.id,
        name=kept.name,
        sort_name=kept.sort_name,
        musicbrainz_id=kept.musicbrainz_id or gone.musicbrainz_id,
    )
    await upsert_artists(connection, await select_artist_documents(connection, [kept.id]))
    await upsert_rename(connection, "artist", kept.id)


def _gone_ids(ids: Sequence[str], kept_id: int, kind: str) -> list[int]:
    """Raises `Invalid`."""
    numbers = set(parse_ids(ids, kind, f"{kind}Ids", MAX_MERGED))
    if kept_id in numbers:
        raise Invalid(f"{kind}Ids", f"`{kind}Ids` names what the others are to be merged into")
    return sorted(numbers)


def _present(record: Record | None, kind: str) -> Record:
    if record is None:
        raise NotFound(f"One of the {kind}s is not there: it may have been merged already.")
    return record


def _check_size(song_count: int, field: str) -> None:
    if song_count > MAX_SONGS:
        raise Invalid(field, f"One has more than {MAX_SONGS:,} songs: keep that one instead")


def _together(one: int, other: int) -> int:
    return min(one + other, MAX_POPULARITY)


async def _leave(
    context: Context,
    connection: Connection,
    kind: CatalogueKind,
    gone_id: int,
    kept_id: int,
    name: str,
) -> None:
    """Leaves an id that stands for what is kept, and the record of it there."""
    await insert_redirect(connection, kind, gone_id, kept_id, utc(context))
    merged = Changed("merged", f"{kind.lower()}_{gone_id:x}", name)
    await note_edit(context, connection, kind, "MERGED", kept_id, [merged])
