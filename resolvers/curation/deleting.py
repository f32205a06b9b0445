"""Deleting songs, albums and artists: their rows, and in S3 what nothing else needs.

A song goes in one transaction. An album or an artist that goes with its songs is noted, and goes
in batches (`delete_batch`), so that whoever ends half-way loses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from db.albums import AlbumRecord, select_albums
from db.artists import select_artists
from db.curation.albums import (
    delete_album,
    delete_artist_albums,
    lock_albums,
    update_songs_of_album,
)
from db.curation.artists import delete_artist, delete_credits, lock_artists
from db.curation.deletions import (
    Deletion,
    delete_deletion,
    insert_deletion,
    select_deletion_locked,
)
from db.curation.songs import (
    delete_album_songs,
    delete_artist_songs,
    delete_files_of,
    delete_play_counts,
    delete_song,
    delete_song_keys,
    lock_songs,
    select_album_songs_of,
)
from db.pool import Pool
from db.redirects import insert_redirect
from db.rows import Connection
from db.search import (
    delete_albums,
    delete_artists,
    delete_songs,
    upsert_albums,
    upsert_songs,
)
from db.search.catalogue import select_album_documents, select_song_documents
from db.search.renames import (
    select_album_ids_of_artist,
    select_song_ids_of_album,
    select_song_ids_of_artist,
)
from db.songs import SongRecord, select_songs
from db.transactions import transact
from db.unneeded import insert_unneeded_audio, insert_unneeded_covers
from resolvers.context import Context
from resolvers.curation.albums import load_album
from resolvers.curation.artists import load_artist
from resolvers.curation.edits import Changed, change, note_edit
from resolvers.curation.songs import load_song
from resolvers.errors import Invalid, NotFound
from resolvers.sessions import utc

BATCH: Final = 100
"""Songs that are deleted in one transaction."""

MAX_SONGS: Final = 2_000
"""Songs of an album that is deleted and leaves them."""


@dataclass(frozen=True, slots=True)
class DeletedSong:
    song_id: str


@dataclass(frozen=True, slots=True)
class DeletedAlbum:
    album_id: str


@dataclass(frozen=True, slots=True)
class DeletedArtist:
    artist_id: str


async def delete_one_song(context: Context, song_id: str) -> DeletedSong:
    """Raises `NotFound`."""
    number = (await load_song(context, song_id)).id

    async def work(connection: Connection) -> None:
        await lock_songs(connection, [number])
        songs = await select_songs(connection, [number])
        if not songs:
            raise NotFound("The song was merged or deleted meanwhile.")
        await _delete_song(connection, songs[0], utc(context))
        title = Changed("title", songs[0].title, None)
        await note_edit(context, connection, "SONG", "DELETED", number, [title])

    await change(context, work)
    return DeletedSong(f"song_{number:x}")


async def delete_one_album(context: Context, album_id: str, *, with_songs: bool) -> DeletedAlbum:
    """Its songs stay, on no album, unless `with_songs`. Raises `NotFound` and `Invalid`."""
    number = (await load_album(context, album_id)).id

    async def work(connection: Connection) -> None:
        await lock_albums(connection, [number])
        albums = await select_albums(connection, [number])
        if not albums:
            raise NotFound("The album was merged or deleted meanwhile.")
        if with_songs:
            await insert_deletion(connection, "ALBUM", number)
            await delete_albums(connection, [number])
        else:
            await _delete_album(connection, albums[0], utc(context))
        title = Changed("title", albums[0].title, None)
        await note_edit(context, connection, "ALBUM", "DELETED", number, [title])

    await change(context, work)
    context.services.background.start(_finish(context))
    return DeletedAlbum(f"album_{number:x}")


async def delete_one_artist(context: Context, artist_id: str, *, with_songs: bool) -> DeletedArtist:
    """Raises `NotFound`, and `Invalid` for one that has songs or albums unless `with_songs`."""
    number = (await load_artist(context, artist_id)).id

    async def work(connection: Connection) -> None:
        await lock_artists(connection, [number])
        artists = await select_artists(connection, [number])
        if not artists:
            raise NotFound("The artist was merged or deleted meanwhile.")
        has_songs = await select_song_ids_of_artist(connection, number, -1, 1)
        if not with_songs and (has_songs or await select_album_ids_of_artist(connection, number)):
            raise Invalid(
                "withSongs",
                "There are songs or albums of this artist: merge it into another, or send "
                "`withSongs: true` to delete them as well.",
            )
        await insert_deletion(connection, "ARTIST", number)
        await delete_artists(connection, [number])
        name = Changed("name", artists[0].name, None)
        await note_edit(context, connection, "ARTIST", "DELETED", number, [name])

    await change(context, work)
    context.services.background.start(_finish(context))
    return DeletedArtist(f"artist_{number:x}")


async def _finish(context: Context) -> None:
    await finish_deletions(context.services.pool, utc(context))


async def finish_deletions(pool: Pool, now: datetime) -> int:
    """Goes on with what is being deleted, until nothing is left; how many batches that took."""
    batches = 0
    while await transact(pool, lambda connection: delete_batch(connection, now)):
        batches += 1
    return batches


async def delete_batch(connection: Connection, now: datetime) -> bool:
    """Deletes some songs of an album or artist, and in the end itself. False when there is none
    to be deleted that nobody else is at."""
    deletion = await select_deletion_locked(connection)
    if deletion is None:
        return False
    batch = _album_batch if deletion.kind == "ALBUM" else _artist_batch
    done = await batch(connection, deletion, now)
    if done:
        await delete_deletion(connection, deletion.id)
    return True


async def _album_batch(connection: Connection, deletion: Deletion, now: datetime) -> bool:
    song_ids = await select_song_ids_of_album(connection, deletion.id, -1, BATCH)
    await lock_songs(connection, song_ids)
    for song in await select_songs(connection, song_ids):
        if song.album_id == deletion.id:
            await _delete_song(connection, song, now)
    for song_id in song_ids:  # what other albums have as well is on this one no more
        await delete_album_songs(connection, [deletion.id], song_id)
    if len(song_ids) == BATCH:
        return False
    for album in await select_albums(connection, [deletion.id]):
        await _delete_album(connection, album, now)
    return True


async def _artist_batch(connection: Connection, deletion: Deletion, now: datetime) -> bool:
    artist_id = deletion.id
    song_ids = await select_song_ids_of_artist(connection, artist_id, -1, BATCH)
    await lock_songs(connection, song_ids)
    others: list[int] = []
    for song in await select_songs(connection, song_ids):
        if song.main_artist_ids == [artist_id]:
            await _delete_song(connection, song, now)
        else:
            others.append(song.id)
    await delete_credits(connection, others, [], artist_id)
    await upsert_songs(connection, await select_song_documents(connection, others))
    if len(song_ids) == BATCH:
        return False
    album_ids = await select_album_ids_of_artist(connection, artist_id)
    await lock_albums(connection, album_ids)
    others = []
    for album in await select_albums(connection, album_ids):
        if album.artist_ids == [artist_id]:
            await _delete_album(connection, album, now)
        else:
            others.append(album.id)
    await delete_credits(connection, [], others, artist_id)
    await upsert_albums(connection, await select_album_documents(connection, others))
    await delete_play_counts(connection, artist_id)
    await delete_artist(connection, artist_id)
    await insert_redirect(connection, "ARTIST", artist_id, None, now)
    return True


async def _delete_song(connection: Connection, song: SongRecord, now: datetime) -> None:
    """Deletes a song that is locked, with all that is in the catalogue of it."""
    await delete_artist_songs(
        connection, [*song.main_artist_ids, *song.featured_artist_ids], song.id
    )
    places = await select_album_songs_of(connection, song.id)
    await delete_album_songs(connection, [place.album_id for place in places], song.id)
    await delete_song_keys(connection, song.id)
    files = await delete_files_of(connection, song.id)
    await delete_play_counts(connection, song.id)
    await delete_song(connection, song.id)
    await delete_songs(connection, [song.id])
    await insert_unneeded_audio(
        connection, [file.sha256 for file in files], [file.object_key for file in files]
    )
    await _unneeded_cover(connection, song.cover_sha256)
    await insert_redirect(connection, "SONG", song.id, None, now)


async def _delete_album(connection: Connection, album: AlbumRecord, now: datetime) -> None:
    """Deletes an album that is locked; its songs stay."""
    song_ids = await select_song_ids_of_album(connection, album.id, -1, MAX_SONGS + 1)
    if len(song_ids) > MAX_SONGS:
        raise Invalid(
            "withSongs", f"It has more than {MAX_SONGS:,} songs: merge it into another album."
        )
    await update_songs_of_album(connection, song_ids, album.id, None)
    await _find_anew(connection, song_ids)
    await delete_artist_albums(connection, album.artist_ids, album.id)
    await delete_play_counts(connection, album.id)
    await delete_album(connection, album.id)
    await delete_albums(connection, [album.id])
    await _unneeded_cover(connection, album.cover_sha256)
    await insert_redirect(connection, "ALBUM", album.id, None, now)


async def _find_anew(connection: Connection, song_ids: Sequence[int]) -> None:
    for at in range(0, len(song_ids), BATCH):
        documents = await select_song_documents(connection, song_ids[at : at + BATCH])
        await upsert_songs(connection, documents)


async def _unneeded_cover(connection: Connection, sha256: bytes | None) -> None:
    if sha256 is not None:
        await insert_unneeded_covers(connection, [sha256])
