"""Songs."""

from typing import Annotated, TypeAlias

import strawberry

from db.songs import SongRecord
from engine.batch import batched
from resolvers import covers, ids, library, lyrics, streams
from resolvers.loaders import (
    ALBUMS_BY_ID,
    ARTISTS_BY_ID,
    FILES_BY_SONG_ID,
    GENRES_BY_ID,
    LYRICS_BY_SONG_ID,
)
from schema.album import Album
from schema.artist import Artist
from schema.cover import Cover
from schema.fields import of_records, resolved_by
from schema.file import File, Stream
from schema.genre import Genre
from schema.node import Node


@strawberry.type(description="A line of lyrics.")
class LyricsLine:
    start_ms: int | None = strawberry.field(
        description="When it is sung, in milliseconds from the start; null if that is unknown."
    )
    text: str = strawberry.field(description="The words.")


@strawberry.type(description="The words of a song.")
class Lyrics:
    language: str | None = strawberry.field(description="Language code, where it is known.")
    text: str = resolved_by(lyrics.lyrics_text, description="The words alone.")
    lines: list[LyricsLine] = resolved_by(
        lyrics.lyrics_lines, description="The words line by line, with times where there are any."
    )


@strawberry.type(description="How much louder to play, so that all songs are equally loud.")
class ReplayGain:
    track_gain_db: float | None = strawberry.field(description="Gain of the song alone, in dB.")
    track_peak: float | None = strawberry.field(description="Its highest sample; 1 is full scale.")
    album_gain_db: float | None = strawberry.field(
        description="Gain that keeps the differences within the album, in dB."
    )
    album_peak: float | None = strawberry.field(
        description="The album's highest sample; 1 is full scale."
    )


Quality: TypeAlias = Annotated[
    streams.StreamQuality,
    strawberry.argument(description="How much of the network the stream may use."),
]
Codecs: TypeAlias = Annotated[
    list[streams.Codec] | None,
    strawberry.argument(
        description="What the player can decode (`canPlayType`); null takes any codec."
    ),
]


def _artist_ids(song: SongRecord) -> list[int]:
    return song.main_artist_ids + song.featured_artist_ids


def _featured_artist_ids(song: SongRecord) -> list[int]:
    return song.featured_artist_ids


def _album_id(song: SongRecord) -> int | None:
    return song.album_id


def _genre_ids(song: SongRecord) -> list[int]:
    return song.genre_ids


def _id(song: SongRecord) -> int:
    return song.id


def _stream(
    song: SongRecord,
    quality: Quality = streams.StreamQuality.HIGH,
    codecs: Codecs = None,
) -> streams.StreamKey:
    return streams.stream_key(song, quality, codecs)


def _replay_gain(song: strawberry.Parent[SongRecord]) -> SongRecord | None:
    return None if song.track_gain_db is None and song.album_gain_db is None else song


def _available(song: strawberry.Parent[SongRecord]) -> bool:
    return song.withdrawn_at is None


@strawberry.type(description="A recording that can be played.")
class Song(Node):
    is_type_of = of_records(SongRecord)

    id: strawberry.ID = resolved_by(ids.song_id, description="The song's global id.")
    title: str = strawberry.field(description="The title as it was released.")
    artists: list[Artist] = batched(
        ARTISTS_BY_ID,
        _artist_ids,
        many=True,
        description="Everyone credited: the main artists first, then the featured ones.",
    )
    featured_artists: list[Artist] = batched(
        ARTISTS_BY_ID, _featured_artist_ids, many=True, description="The guests among the artists."
    )
    album: Album | None = batched(
        ALBUMS_BY_ID, _album_id, description="The album; null for a song that is on none."
    )
    disc_number: int | None = strawberry.field(description="Which disc of the album, from 1.")
    track_number: int | None = strawberry.field(description="Which track of the disc, from 1.")
    duration_ms: int = strawberry.field(description="Length in milliseconds.")
    isrc: str | None = strawberry.field(
        description="International Standard Recording Code (ISO 3901)."
    )
    explicit: bool = strawberry.field(description="Whether the words may offend.")
    year: int | None = strawberry.field(description="Year of the recording's release.")
    revision: int = strawberry.field(
        description="Grows with every edit by a curator, who sends it with theirs."
    )
    popularity: int = strawberry.field(
        description="Larger is more popular; comparable between songs only."
    )
    genres: list[Genre] = batched(
        GENRES_BY_ID, _genre_ids, many=True, description="Its genres, the main one first."
    )
    cover: Cover | None = resolved_by(covers.cover, description="The picture to show with it.")
    lyrics: Lyrics | None = batched(LYRICS_BY_SONG_ID, _id, description="The words, if known.")
    liked_by_viewer: bool = batched(
        library.SONG_IS_LIKED,
        _id,
        description="Whether the viewer likes it; false while nobody is signed in.",
    )
    replay_gain: ReplayGain | None = resolved_by(
        _replay_gain, description="Loudness, where it was measured."
    )
    available: bool = resolved_by(
        _available, description="False once the song was withdrawn: it cannot be played then."
    )
    files: list[File] = batched(
        FILES_BY_SONG_ID,
        _id,
        description="Its audio in all formats, highest bit rate first; none once withdrawn.",
    )
    stream: Stream | None = batched(
        streams.STREAMS,
        _stream,
        description="What to play: the best file for this player. Null when there is none.",
    )
