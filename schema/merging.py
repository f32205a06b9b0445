"""Merging and deleting songs, albums and artists, by curators."""

from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers.context import Info
from resolvers.curation import deleting, merging
from schema.access import CURATOR, mutation
from schema.album import Album
from schema.artist import Artist
from schema.failures import Invalid, NotFound, payload
from schema.song import Song


@strawberry.input(description="Which songs are one.")
class MergeSongsInput:
    song_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 20 songs that are to become part of the other."
    )
    into_song_id: strawberry.ID = strawberry.field(description="The song that is kept.")


@strawberry.type(
    description=(
        "They are one song, with the files, keys, place on albums, plays, likes and "
        "entries of playlists of all. The ids of those that were merged stand for it."
    )
)
class MergeSongsPayload:
    is_type_of = payload

    song: Song = strawberry.field(description="The song that was kept.")


MergeSongsResult: TypeAlias = Annotated[
    MergeSongsPayload | Invalid | NotFound,
    strawberry.union("MergeSongsResult", description="What became of it."),
]


@strawberry.input(description="Which albums are one.")
class MergeAlbumsInput:
    album_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 20 albums that are to become part of the other."
    )
    into_album_id: strawberry.ID = strawberry.field(description="The album that is kept.")


@strawberry.type(
    description=(
        "They are one album, with the songs, keys, plays and places in libraries of all. "
        "The ids of those that were merged stand for it."
    )
)
class MergeAlbumsPayload:
    is_type_of = payload

    album: Album = strawberry.field(description="The album that was kept.")


MergeAlbumsResult: TypeAlias = Annotated[
    MergeAlbumsPayload | Invalid | NotFound,
    strawberry.union("MergeAlbumsResult", description="What became of it."),
]


@strawberry.input(description="Which artists are one.")
class MergeArtistsInput:
    artist_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 20 artists that are to become part of the other."
    )
    into_artist_id: strawberry.ID = strawberry.field(description="The artist that is kept.")


@strawberry.type(
    description=(
        "They are one artist, with the songs, albums, names, plays and followers of all. "
        "The ids of those that were merged stand for it."
    )
)
class MergeArtistsPayload:
    is_type_of = payload

    artist: Artist = strawberry.field(description="The artist that was kept.")


MergeArtistsResult: TypeAlias = Annotated[
    MergeArtistsPayload | Invalid | NotFound,
    strawberry.union("MergeArtistsResult", description="What became of it."),
]


@strawberry.input(description="Which song is to be deleted.")
class DeleteSongInput:
    song_id: strawberry.ID = strawberry.field(description="The song.")


@strawberry.type(description="The song is deleted for good; its audio goes from the store soon.")
class DeleteSongPayload:
    is_type_of = payload

    song_id: strawberry.ID = strawberry.field(description="The id that it had.")


DeleteSongResult: TypeAlias = Annotated[
    DeleteSongPayload | NotFound,
    strawberry.union("DeleteSongResult", description="What became of it."),
]


@strawberry.input(description="Which album is to be deleted.")
class DeleteAlbumInput:
    album_id: strawberry.ID = strawberry.field(description="The album.")
    with_songs: bool = strawberry.field(
        default=False,
        description="Whether its songs go as well; else they stay, on no album.",
    )


@strawberry.type(description="The album is deleted for good; what goes with it follows soon.")
class DeleteAlbumPayload:
    is_type_of = payload

    album_id: strawberry.ID = strawberry.field(description="The id that it had.")


DeleteAlbumResult: TypeAlias = Annotated[
    DeleteAlbumPayload | Invalid | NotFound,
    strawberry.union("DeleteAlbumResult", description="What became of it."),
]


@strawberry.input(description="Which artist is to be deleted.")
class DeleteArtistInput:
    artist_id: strawberry.ID = strawberry.field(description="The artist.")
    with_songs: bool = strawberry.field(
        default=False,
        description=(
            "Whether songs and albums that are this artist's alone go as well; it must "
            "have none else."
        ),
    )


@strawberry.type(description="The artist is deleted for good; what goes with it follows soon.")
class DeleteArtistPayload:
    is_type_of = payload

    artist_id: strawberry.ID = strawberry.field(description="The id that it had.")


DeleteArtistResult: TypeAlias = Annotated[
    DeleteArtistPayload | Invalid | NotFound,
    strawberry.union("DeleteArtistResult", description="What became of it."),
]


async def _merge_songs(info: Info, input: MergeSongsInput) -> Any:
    return await merging.merge_songs(info.context, input.song_ids, input.into_song_id)


async def _merge_albums(info: Info, input: MergeAlbumsInput) -> Any:
    return await merging.merge_albums(info.context, input.album_ids, input.into_album_id)


async def _merge_artists(info: Info, input: MergeArtistsInput) -> Any:
    return await merging.merge_artists(info.context, input.artist_ids, input.into_artist_id)


async def _delete_song(info: Info, input: DeleteSongInput) -> Any:
    return await deleting.delete_one_song(info.context, input.song_id)


async def _delete_album(info: Info, input: DeleteAlbumInput) -> Any:
    return await deleting.delete_one_album(
        info.context, input.album_id, with_songs=input.with_songs
    )


async def _delete_artist(info: Info, input: DeleteArtistInput) -> Any:
    return await deleting.delete_one_artist(
        info.context, input.artist_id, with_songs=input.with_songs
    )


@strawberry.type
class MergingMutations:
    merge_songs: MergeSongsResult = mutation(
        _merge_songs,
        allowed=CURATOR,
        description=(
            "Makes songs part of another. Its words, year, genres, cover and ISRC fill "
            "what the kept one lacks; its artists do not."
        ),
    )
    merge_albums: MergeAlbumsResult = mutation(
        _merge_albums,
        allowed=CURATOR,
        description=(
            "Makes albums part of another. Its year and cover fill what the kept one lacks."
        ),
    )
    merge_artists: MergeArtistsResult = mutation(
        _merge_artists,
        allowed=CURATOR,
        description="Makes artists part of another. Its name becomes another name of the kept one.",
    )
    delete_song: DeleteSongResult = mutation(
        _delete_song,
        allowed=CURATOR,
        description="Deletes a song with its files. `withdrawSong` can be taken back, this cannot.",
    )
    delete_album: DeleteAlbumResult = mutation(
        _delete_album, allowed=CURATOR, description="Deletes an album."
    )
    delete_artist: DeleteArtistResult = mutation(
        _delete_artist, allowed=CURATOR, description="Deletes an artist."
    )
