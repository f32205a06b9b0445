"""Editing songs, albums and artists, by curators."""

from typing import Annotated, Any, Final, TypeAlias

import strawberry

from resolvers.context import Info
from resolvers.curation import albums, artists, songs
from schema.access import CURATOR, mutation
from schema.album import Album, AlbumKind
from schema.artist import Artist
from schema.failures import Conflict, Invalid, NotFound, payload
from schema.song import Song

REVISION: Final = "The revision that the change is made to."


@strawberry.input(description="What to change of a song; what is left out stays as it is.")
class UpdateSongInput:
    song_id: strawberry.ID = strawberry.field(description="The song.")
    revision: int = strawberry.field(description=REVISION)
    title: str | None = strawberry.field(
        default=strawberry.UNSET, description="1 to 500 characters."
    )
    artist_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="The main artists, 1 to 50."
    )
    featured_artist_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="The guests, up to 50."
    )
    album_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Its album; null for none."
    )
    disc_number: int | None = strawberry.field(
        default=strawberry.UNSET, description="Which disc of the album, from 1; null if unknown."
    )
    track_number: int | None = strawberry.field(
        default=strawberry.UNSET, description="Which track of the disc, from 1; null if unknown."
    )
    year: int | None = strawberry.field(
        default=strawberry.UNSET, description="Year of its release; null if unknown."
    )
    isrc: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its ISRC; null for none."
    )
    explicit: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether the words may offend."
    )
    genres: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Names of up to 20 genres, the main one first; new ones are made.",
    )


@strawberry.type(description="The song was changed, and is found as it is now.")
class UpdateSongPayload:
    is_type_of = payload

    song: Song = strawberry.field(description="The song as it is now.")


UpdateSongResult: TypeAlias = Annotated[
    UpdateSongPayload | Invalid | NotFound | Conflict,
    strawberry.union("UpdateSongResult", description="What became of it."),
]


@strawberry.input(description="What to change of an album; what is left out stays as it is.")
class UpdateAlbumInput:
    album_id: strawberry.ID = strawberry.field(description="The album.")
    revision: int = strawberry.field(description=REVISION)
    title: str | None = strawberry.field(
        default=strawberry.UNSET, description="1 to 500 characters."
    )
    kind: AlbumKind | None = strawberry.field(
        default=strawberry.UNSET, description="What sort of release it is."
    )
    artist_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Whose album it is, 1 to 50 artists."
    )
    year: int | None = strawberry.field(
        default=strawberry.UNSET, description="Year of its release; null if unknown."
    )


@strawberry.type(
    description="The album was changed. It is found as it is now at once, its songs soon after."
)
class UpdateAlbumPayload:
    is_type_of = payload

    album: Album = strawberry.field(description="The album as it is now.")


UpdateAlbumResult: TypeAlias = Annotated[
    UpdateAlbumPayload | Invalid | NotFound | Conflict,
    strawberry.union("UpdateAlbumResult", description="What became of it."),
]


@strawberry.input(description="What to change of an artist; what is left out stays as it is.")
class UpdateArtistInput:
    artist_id: strawberry.ID = strawberry.field(description="The artist.")
    revision: int = strawberry.field(description=REVISION)
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="1 to 500 characters."
    )
    sort_name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The name to sort by; made from the name when that alone is changed.",
    )
    aliases: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Up to 50 other names to be found by, in place of those that there are.",
    )


@strawberry.type(
    description="The artist was changed. It is found as it is now at once, its songs soon after."
)
class UpdateArtistPayload:
    is_type_of = payload

    artist: Artist = strawberry.field(description="The artist as it is now.")


UpdateArtistResult: TypeAlias = Annotated[
    UpdateArtistPayload | Invalid | NotFound | Conflict,
    strawberry.union("UpdateArtistResult", description="What became of it."),
]


def _given(input: Any, names: dict[str, str]) -> dict[str, Any]:
    """The fields of an input that are there, by the names that GraphQL has for them."""
    values = {name: getattr(input, attribute) for attribute, name in names.items()}
    return {name: value for name, value in values.items() if value is not strawberry.UNSET}


_SONG: Final = {
    "title": "title",
    "artist_ids": "artistIds",
    "featured_artist_ids": "featuredArtistIds",
    "album_id": "albumId",
    "disc_number": "discNumber",
    "track_number": "trackNumber",
    "year": "year",
    "isrc": "isrc",
    "explicit": "explicit",
    "genres": "genres",
}
_ALBUM: Final = {"title": "title", "kind": "kind", "artist_ids": "artistIds", "year": "year"}
_ARTIST: Final = {"name": "name", "sort_name": "sortName", "aliases": "aliases"}


async def _update_song(info: Info, input: UpdateSongInput) -> Any:
    return await songs.update(
        info.context,
        song_id=input.song_id,
        revision=input.revision,
        given=_given(input, _SONG),
    )


async def _update_album(info: Info, input: UpdateAlbumInput) -> Any:
    return await albums.update(
        info.context,
        album_id=input.album_id,
        revision=input.revision,
        given=_given(input, _ALBUM),
    )


async def _update_artist(info: Info, input: UpdateArtistInput) -> Any:
    return await artists.update(
        info.context,
        artist_id=input.artist_id,
        revision=input.revision,
        given=_given(input, _ARTIST),
    )


@strawberry.type
class CurationMutations:
    update_song: UpdateSongResult = mutation(
        _update_song, allowed=CURATOR, description="Changes what is said of a song."
    )
    update_album: UpdateAlbumResult = mutation(
        _update_album, allowed=CURATOR, description="Changes what is said of an album."
    )
    update_artist: UpdateArtistResult = mutation(
        _update_artist, allowed=CURATOR, description="Changes what is said of an artist."
    )
