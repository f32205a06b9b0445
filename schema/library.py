"""What a person has liked, followed and saved."""

from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers import library
from resolvers.context import Info
from schema.access import SIGNED_IN, mutation
from schema.album import Album
from schema.artist import Artist
from schema.failures import Invalid, NotFound, payload
from schema.podcast import Show
from schema.song import Song


@strawberry.input(description="Songs to like.")
class LikeSongsInput:
    song_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 500 songs; the first becomes the newest of the list."
    )


@strawberry.type(description="The songs are liked, those that were before as well.")
class LikeSongsPayload:
    is_type_of = payload

    items: list[Song] = strawberry.field(name="songs", description="The songs, as given.")


LikeSongsResult: TypeAlias = Annotated[
    LikeSongsPayload | Invalid | NotFound,
    strawberry.union("LikeSongsResult", description="What became of it."),
]


@strawberry.input(description="Songs not to like any more.")
class UnlikeSongsInput:
    song_ids: list[strawberry.ID] = strawberry.field(description="1 to 500 songs.")


@strawberry.type(description="The songs are not liked.")
class UnlikeSongsPayload:
    is_type_of = payload

    items: list[Song] = strawberry.field(
        name="songs", description="The songs, as given, without those that do not exist."
    )


UnlikeSongsResult: TypeAlias = Annotated[
    UnlikeSongsPayload | Invalid,
    strawberry.union("UnlikeSongsResult", description="What became of it."),
]


@strawberry.input(description="Artists to follow.")
class FollowArtistsInput:
    artist_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 500 artists; the first becomes the newest of the list."
    )


@strawberry.type(description="The artists are followed, those that were before as well.")
class FollowArtistsPayload:
    is_type_of = payload

    items: list[Artist] = strawberry.field(name="artists", description="The artists, as given.")


FollowArtistsResult: TypeAlias = Annotated[
    FollowArtistsPayload | Invalid | NotFound,
    strawberry.union("FollowArtistsResult", description="What became of it."),
]


@strawberry.input(description="Artists not to follow any more.")
class UnfollowArtistsInput:
    artist_ids: list[strawberry.ID] = strawberry.field(description="1 to 500 artists.")


@strawberry.type(description="The artists are not followed.")
class UnfollowArtistsPayload:
    is_type_of = payload

    items: list[Artist] = strawberry.field(
        name="artists", description="The artists, as given, without those that do not exist."
    )


UnfollowArtistsResult: TypeAlias = Annotated[
    UnfollowArtistsPayload | Invalid,
    strawberry.union("UnfollowArtistsResult", description="What became of it."),
]


@strawberry.input(description="Albums to save.")
class SaveAlbumsInput:
    album_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 500 albums; the first becomes the newest of the list."
    )


@strawberry.type(description="The albums are saved, those that were before as well.")
class SaveAlbumsPayload:
    is_type_of = payload

    items: list[Album] = strawberry.field(name="albums", description="The albums, as given.")


SaveAlbumsResult: TypeAlias = Annotated[
    SaveAlbumsPayload | Invalid | NotFound,
    strawberry.union("SaveAlbumsResult", description="What became of it."),
]


@strawberry.input(description="Albums not to keep any more.")
class UnsaveAlbumsInput:
    album_ids: list[strawberry.ID] = strawberry.field(description="1 to 500 albums.")


@strawberry.type(description="The albums are not saved.")
class UnsaveAlbumsPayload:
    is_type_of = payload

    items: list[Album] = strawberry.field(
        name="albums", description="The albums, as given, without those that do not exist."
    )


UnsaveAlbumsResult: TypeAlias = Annotated[
    UnsaveAlbumsPayload | Invalid,
    strawberry.union("UnsaveAlbumsResult", description="What became of it."),
]


@strawberry.input(description="Shows to save.")
class SaveShowsInput:
    show_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 500 shows; the first becomes the newest of the list."
    )


@strawberry.type(description="The shows are saved, those that were before as well.")
class SaveShowsPayload:
    is_type_of = payload

    items: list[Show] = strawberry.field(name="shows", description="The shows, as given.")


SaveShowsResult: TypeAlias = Annotated[
    SaveShowsPayload | Invalid | NotFound,
    strawberry.union("SaveShowsResult", description="What became of it."),
]


@strawberry.input(description="Albums not to keep any more.")
class UnsaveShowsInput:
    show_ids: list[strawberry.ID] = strawberry.field(description="1 to 500 shows.")


@strawberry.type(description="The shows are not saved.")
class UnsaveShowsPayload:
    is_type_of = payload

    items: list[Show] = strawberry.field(
        name="shows", description="The shows, as given, without those that do not exist."
    )


UnsaveShowsResult: TypeAlias = Annotated[
    UnsaveShowsPayload | Invalid,
    strawberry.union("UnsaveShowsResult", description="What became of it."),
]


async def _like_songs(info: Info, input: LikeSongsInput) -> Any:
    return await library.add(info.context, library.SONGS, input.song_ids)


async def _unlike_songs(info: Info, input: UnlikeSongsInput) -> Any:
    return await library.remove(info.context, library.SONGS, input.song_ids)


async def _follow_artists(info: Info, input: FollowArtistsInput) -> Any:
    return await library.add(info.context, library.ARTISTS, input.artist_ids)


async def _unfollow_artists(info: Info, input: UnfollowArtistsInput) -> Any:
    return await library.remove(info.context, library.ARTISTS, input.artist_ids)


async def _save_albums(info: Info, input: SaveAlbumsInput) -> Any:
    return await library.add(info.context, library.ALBUMS, input.album_ids)


async def _unsave_albums(info: Info, input: UnsaveAlbumsInput) -> Any:
    return await library.remove(info.context, library.ALBUMS, input.album_ids)


async def _save_shows(info: Info, input: SaveShowsInput) -> Any:
    return await library.add(info.context, library.SHOWS, input.show_ids)


async def _unsave_shows(info: Info, input: UnsaveShowsInput) -> Any:
    return await library.remove(info.context, library.SHOWS, input.show_ids)


@strawberry.type
class LibraryMutations:
    like_songs: LikeSongsResult = mutation(
        _like_songs, allowed=SIGNED_IN, description="Adds songs to those that the viewer likes."
    )
    unlike_songs: UnlikeSongsResult = mutation(
        _unlike_songs,
        allowed=SIGNED_IN,
        description="Takes songs out of those that the viewer likes.",
    )
    follow_artists: FollowArtistsResult = mutation(
        _follow_artists, allowed=SIGNED_IN, description="Lets the viewer follow artists."
    )
    unfollow_artists: UnfollowArtistsResult = mutation(
        _unfollow_artists, allowed=SIGNED_IN, description="Lets the viewer follow artists no more."
    )
    save_albums: SaveAlbumsResult = mutation(
        _save_albums, allowed=SIGNED_IN, description="Adds albums to the viewer's library."
    )
    unsave_albums: UnsaveAlbumsResult = mutation(
        _unsave_albums, allowed=SIGNED_IN, description="Takes albums out of the viewer's library."
    )
    save_shows: SaveShowsResult = mutation(
        _save_shows, allowed=SIGNED_IN, description="Adds podcasts to the viewer's library."
    )
    unsave_shows: UnsaveShowsResult = mutation(
        _unsave_shows, allowed=SIGNED_IN, description="Takes podcasts out of the viewer's library."
    )
