"""One file into the catalogue: a song, a further file of one, or nothing new.

Everything happens in one transaction, so a song is there with its artists, its place in the lists
and in the search, or not at all. What must be unique is claimed. A claim that fails means that
somebody else was first: `Conflict` begins the transaction anew, and it then finds what they made.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from db.albums import (
    insert_album,
    insert_album_key,
    insert_album_song,
    select_album_keys,
    select_albums,
    update_album_cover,
    update_album_musicbrainz_id,
)
from db.artists import (
    insert_artist,
    insert_artist_album,
    insert_artist_key,
    insert_artist_song,
    select_artist_keys,
    update_artist_musicbrainz_id,
)
from db.covers import insert_cover
from db.files import insert_file, insert_file_content, select_file_content
from db.genres import insert_genre, insert_genre_song, select_genres_by_slug
from db.ids import IdGenerator
from db.ingested_paths import upsert_ingested_path
from db.normalise import normalise
from db.rows import Connection
from db.search import (
    AlbumDocument,
    ArtistDocument,
    upsert_albums,
    upsert_artists,
    upsert_songs,
)
from db.search.catalogue import select_song_documents
from db.songs import (
    insert_lyrics,
    insert_song,
    insert_song_key,
    select_song_keys,
    select_songs,
    update_song_cover,
    update_song_identifiers,
)
from db.transactions import Conflict
from ingest.identity import (
    Claim,
    KnownSong,
    Match,
    album_artists,
    album_keys,
    artist_keys,
    match_song,
    song_keys,
    sort_name,
)
from ingest.tags import AudioDescription, Credit


class Outcome(enum.StrEnum):
    NEW_SONG = "new song"
    NEW_FILE = "new file of a song"
    KNOWN = "known content"
    UNCHANGED = "unchanged"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class StoredCover:
    """A cover whose images are in S3."""

    sha256: bytes
    width: int
    height: int
    dominant_color: int


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file whose object is in S3."""

    description: AudioDescription
    sha256: bytes
    object_key: str
    size_bytes: int
    folder: Path
    various: bool
    """Whether its folder holds the album as one of various artists."""
    cover: StoredCover | None


@dataclass(frozen=True, slots=True)
class SeenPath:
    """A path as it was when it was read."""

    path_sha256: bytes
    size_bytes: int
    modified_ns: int


async def add_file(
    connection: Connection, ids: IdGenerator, stored: StoredFile, seen: SeenPath
) -> Outcome:
    """Brings a file whose object is stored into the catalogue. Raises `Conflict`."""
    if await select_file_content(connection, stored.sha256) is not None:
        await note_content(connection, seen, stored.sha256)
        return Outcome.KNOWN
    outcome = await _Addition(connection, ids, stored).run()
    await note_content(connection, seen, stored.sha256)
    return outcome


async def note_content(connection: Connection, seen: SeenPath, content_sha256: bytes) -> None:
    await upsert_ingested_path(
        connection,
        path_sha256=seen.path_sha256,
        size_bytes=seen.size_bytes,
        modified_ns=seen.modified_ns,
        content_sha256=content_sha256,
        problem=None,
    )


async def note_problem(connection: Connection, seen: SeenPath, problem: str) -> None:
    await upsert_ingested_path(
        connection,
        path_sha256=seen.path_sha256,
        size_bytes=seen.size_bytes,
        modified_ns=seen.modified_ns,
        content_sha256=None,
        problem=problem,
    )


async def select_claims(connection: Connection, keys: Sequence[str]) -> dict[str, Claim]:
    """Who holds the song keys."""
    rows = await select_song_keys(connection, keys)
    songs = {
        song.id: KnownSong(song.id, song.isrc, song.musicbrainz_recording_id)
        for song in await select_songs(connection, [row.song_id for row in rows])
    }
    return {row.key: Claim(songs[row.song_id], row.duration_ms) for row in rows}


class _Addition:
    """One attempt to add one file. Claims are made in one order by everybody (artists, albums,
    genres, recordings, contents; each by key), so that attempts wait rather than deadlock."""

    def __init__(self, connection: Connection, ids: IdGenerator, stored: StoredFile) -> None:
        self.connection = connection
        self.ids = ids
        self.stored = stored
        self.description = stored.description
        self.now = datetime.now(UTC)
        self.cover_is_made = False

    async def run(self) -> Outcome:
        claims = await select_claims(self.connection, song_keys(self.description))
        match = match_song(self.description, claims)
        if match.song is None:
            song_id = await self.make_song()
            outcome = Outcome.NEW_SONG
        else:
            song_id = await self.join_song(match)
            outcome = Outcome.NEW_FILE
        for key in match.free_keys:
            if not await insert_song_key(
                self.connection, key, song_id, self.description.duration_ms
            ):
                raise Conflict
        await self.make_file(song_id)
        if self.description.lyrics is not None:
            lyrics = self.description.lyrics
            await insert_lyrics(
                self.connection, song_id, lyrics.language, lyrics.format, lyrics.body
            )
        await self.index_song(song_id)
        return outcome

    # Songs

    async def make_song(self) -> int:
        description, cover = self.description, self.cover_sha256
        owners = album_artists(description, various=self.stored.various)
        on_album = owners if description.album else ()
        artists = await self.resolve_artists(
            [*description.artists, *description.featured, *on_album]
        )
        main = _ids(artists, description.artists)
        featured = [id_ for id_ in _ids(artists, description.featured) if id_ not in main]
        album_id = None
        if description.album:
            album_id = await self.resolve_album(owners, _ids(artists, owners))
        genre_ids = await self.resolve_genres()
        await self.make_cover()
        song_id = self.ids.next()
        await insert_song(
            self.connection,
            song_id=song_id,
            title=description.title,
            main_artist_ids=main,
            featured_artist_ids=featured,
            album_id=album_id,
            disc_number=description.disc,
            track_number=description.track,
            duration_ms=description.duration_ms,
            year=description.year,
            isrc=description.isrc,
            musicbrainz_recording_id=description.recording_musicbrainz_id,
            explicit=description.explicit,
            genre_ids=genre_ids,
            cover_sha256=cover,
            track_gain_db=description.track_gain_db,
            track_peak=description.track_peak,
            album_gain_db=description.album_gain_db,
            album_peak=description.album_peak,
            created_at=self.now,
        )
        for artist_id in [*main, *featured]:
            await insert_artist_song(self.connection, artist_id, song_id, 0)
        for genre_id in genre_ids:
            await insert_genre_song(self.connection, genre_id, song_id, 0)
        if album_id is not None:
            await self.list_on_album(album_id, song_id)
        return song_id

    async def join_song(self, match: Match) -> int:
        """Takes the song of another file of the recording; gives it what it lacks.

        The same recording may be on several albums; it is listed on each, and keeps its first.
        """
        assert match.song is not None
        description, song_id = self.description, match.song.song_id
        owners: tuple[Credit, ...] = ()
        artists: Mapping[Credit, int] = {}
        if description.album and not match.same_album and not await self.is_on_its_album(song_id):
            owners = album_artists(description, various=self.stored.various)
            artists = await self.resolve_artists(owners)
        # Holds the song for those who join it at the same time: each then sees all its files.
        isrc = None if match.song.isrc else description.isrc
        if not await update_song_identifiers(
            self.connection, song_id, isrc, description.recording_musicbrainz_id
        ):
            raise Conflict
        if owners:
            album_id = await self.resolve_album(owners, _ids(artists, owners))
            await self.list_on_album(album_id, song_id)
        if self.cover_sha256 is not None:
            await self.make_cover()
            await update_song_cover(self.connection, song_id, self.cover_sha256)
        return song_id

    async def is_on_its_album(self, song_id: int) -> bool:
        """Whether a file that names no album artist, as most WAV files, means the song's album."""
        if self.description.album_artists:
            return False
        [song] = await select_songs(self.connection, [song_id])
        albums = await select_albums(self.connection, [song.album_id] if song.album_id else [])
        title = normalise(self.description.album or "")
        return any(normalise(album.title) == title for album in albums)

    async def make_file(self, song_id: int) -> None:
        description, stored, file_id = self.description, self.stored, self.ids.next()
        if not await insert_file_content(self.connection, stored.sha256, song_id, file_id):
            raise Conflict
        await insert_file(
            self.connection,
            song_id=song_id,
            file_id=file_id,
            sha256=stored.sha256,
            object_key=stored.object_key,
            codec=description.codec,
            mime_type=description.mime_type,
            bitrate_kbps=description.bitrate_kbps,
            sample_rate_hz=description.sample_rate_hz,
            channels=description.channels,
            bit_depth=description.bit_depth,
            duration_ms=description.duration_ms,
            size_bytes=stored.size_bytes,
            created_at=self.now,
        )

    async def index_song(self, song_id: int) -> None:
        documents = await select_song_documents(self.connection, [song_id])
        await upsert_songs(self.connection, documents)

    # What songs point to

    async def resolve_artists(self, named: Sequence[Credit]) -> Mapping[Credit, int]:
        """The ids of the artists named; those that are not known yet are made."""
        wanted = {artist_keys(credit)[-1]: credit for credit in named}
        wanted |= {artist_keys(credit)[0]: credit for credit in named}
        rows = await select_artist_keys(self.connection, sorted(wanted))
        known = {row.key: row.artist_id for row in rows}
        resolved: dict[Credit, int] = {}
        for credit in sorted(set(named), key=lambda credit: artist_keys(credit)):
            resolved[credit] = await self.resolve_artist(credit, known)
        return resolved

    async def resolve_artist(self, credit: Credit, known: dict[str, int]) -> int:
        *mbid_keys, name_key = artist_keys(credit)
        if credit.musicbrainz_id is not None:
            if mbid_keys[0] in known:
                return known[mbid_keys[0]]
            # An artist known by name alone so far; one with another id is a namesake.
            artist_id = known.get(name_key)
            if artist_id is None or not await update_artist_musicbrainz_id(
                self.connection, artist_id, credit.musicbrainz_id
            ):
                artist_id = await self.make_artist(credit)
        elif name_key in known:
            return known[name_key]
        else:
            artist_id = await self.make_artist(credit)
        for key in [*mbid_keys, name_key]:
            if key not in known:
                if not await insert_artist_key(self.connection, key, artist_id):
                    raise Conflict
                known[key] = artist_id
        return artist_id

    async def make_artist(self, credit: Credit) -> int:
        artist_id = self.ids.next()
        await insert_artist(
            self.connection,
            artist_id=artist_id,
            name=credit.name,
            sort_name=sort_name(credit.name),
            musicbrainz_id=credit.musicbrainz_id,
            created_at=self.now,
        )
        await upsert_artists(self.connection, [ArtistDocument(id=artist_id, name=credit.name)])
        return artist_id

    async def resolve_album(self, owners: Sequence[Credit], owner_ids: Sequence[int]) -> int:
        description = self.description
        keys = album_keys(description, owners, self.stored.folder)
        known = {row.key: row.album_id for row in await select_album_keys(self.connection, keys)}
        album_id = next((known[key] for key in keys if key in known), None)
        if (
            album_id is not None
            and description.album_musicbrainz_id is not None
            and keys[0] not in known
            and not await update_album_musicbrainz_id(
                self.connection, album_id, description.album_musicbrainz_id
            )
        ):
            album_id = None  # another release under the same name
        if album_id is None:
            album_id = await self.make_album(owners, owner_ids)
        elif self.cover_sha256 is not None:
            await self.make_cover()
            await update_album_cover(self.connection, album_id, self.cover_sha256)
        for key in sorted(keys):
            if key not in known and not await insert_album_key(self.connection, key, album_id):
                raise Conflict
        return album_id

    async def make_album(self, owners: Sequence[Credit], owner_ids: Sequence[int]) -> int:
        description, album_id = self.description, self.ids.next()
        title = description.album or ""
        await self.make_cover()
        await insert_album(
            self.connection,
            album_id=album_id,
            title=title,
            kind="COMPILATION" if self.stored.various else description.album_kind,
            artist_ids=owner_ids,
            year=description.year,
            cover_sha256=self.cover_sha256,
            musicbrainz_id=description.album_musicbrainz_id,
            created_at=self.now,
        )
        for artist_id in owner_ids:
            await insert_artist_album(self.connection, artist_id, album_id, description.year or 0)
        document = AlbumDocument(
            id=album_id,
            title=title,
            artists=[owner.name for owner in owners],
            artist_ids=owner_ids,
            year=description.year,
        )
        await upsert_albums(self.connection, [document])
        return album_id

    async def list_on_album(self, album_id: int, song_id: int) -> None:
        await insert_album_song(
            self.connection,
            album_id,
            song_id,
            self.description.disc or 0,
            self.description.track or 0,
        )

    async def resolve_genres(self) -> list[int]:
        names: dict[str, str] = {}
        for name in self.description.genres:
            if slug := normalise(name).replace(" ", "-"):
                names.setdefault(slug, name)
        genres = await select_genres_by_slug(self.connection, list(names))
        known = {genre.slug: genre.id for genre in genres}
        for slug in sorted(names):
            if slug not in known:
                known[slug] = self.ids.next()
                if not await insert_genre(self.connection, known[slug], slug, names[slug]):
                    raise Conflict
        return [known[slug] for slug in names]

    @property
    def cover_sha256(self) -> bytes | None:
        return self.stored.cover.sha256 if self.stored.cover is not None else None

    async def make_cover(self) -> None:
        cover = self.stored.cover
        if cover is not None and not self.cover_is_made:
            self.cover_is_made = True
            await insert_cover(
                self.connection,
                sha256=cover.sha256,
                width=cover.width,
                height=cover.height,
                dominant_color=cover.dominant_color,
                created_at=self.now,
            )


def _ids(artists: Mapping[Credit, int], named: Sequence[Credit]) -> list[int]:
    """Ids in the order of the credits, each once: two spellings may be one artist."""
    return list(dict.fromkeys(artists[credit] for credit in named))
