"""Policies: who may use what, and how much of it at once. An omission fails."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from resolvers.allowed import Allowed
from resolvers.viewer import Role, Viewer
from schema.access import ALLOWED_KEY
from schema.schema import schema
from tests.schema.conftest import Asked

GRAPHQL: GraphQLSchema = schema._schema
assert GRAPHQL.mutation_type is not None
MUTATIONS: dict[str, GraphQLField] = GRAPHQL.mutation_type.fields

PRIVATE_TYPES = {
    "AlbumLibraryConnection",
    "ArtistLibraryConnection",
    "ArtistTotal",
    "CatalogueEdit",
    "ChangePage",
    "Discovery",
    "EpisodeProgressChange",
    "Export",
    "LibraryChange",
    "Play",
    "PlayChange",
    "PlaybackQueue",
    "PlaylistChange",
    "PlaylistEntryChange",
    "PlaylistLibraryConnection",
    "PlaylistOrderChange",
    "SavedPlaylistChange",
    "SongLibraryConnection",
    "SongTotal",
    "StartOver",
    "Viewer",
    "YearInMusic",
}
"""Types whose objects are one person's: only a field that says who may use it gives them."""


def allowed(field: GraphQLField) -> Allowed | None:
    found: Allowed | None = field.extensions["strawberry-definition"].metadata.get(ALLOWED_KEY)
    return found


def capital(name: str) -> str:
    return name[0].upper() + name[1:]


def object_fields() -> Iterator[tuple[str, GraphQLObjectType, GraphQLField]]:
    for type_ in GRAPHQL.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}", type_, field


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_says_who_may_use_it(name: str) -> None:
    assert allowed(MUTATIONS[name]) is not None, f"declare it by `mutation(…, allowed=…)`: {name}"


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_takes_one_input_and_gives_its_payload_or_an_error(name: str) -> None:
    field = MUTATIONS[name]
    assert {key: str(argument.type) for key, argument in field.args.items()} == {
        "input": f"{capital(name)}Input!"
    }
    assert str(field.type) == f"{capital(name)}Result!"
    result = get_named_type(field.type)
    assert isinstance(result, GraphQLUnionType)
    payload, *errors = result.types
    assert payload.name == f"{capital(name)}Payload"
    assert errors, "there is always something that can be wrong"
    for error in errors:
        assert [interface.name for interface in error.interfaces] == ["Error"]


def payloads() -> set[str]:
    """Types that only a mutation gives, to whom the mutation allows."""
    results = (get_named_type(field.type) for field in MUTATIONS.values())
    return {result.types[0].name for result in results if isinstance(result, GraphQLUnionType)}


def test_what_is_private_is_given_only_by_fields_that_say_to_whom() -> None:
    pages = {f"{name}{part}" for name in PRIVATE_TYPES for part in ("Connection", "Edge")}
    guarded = PRIVATE_TYPES | pages | payloads()
    for place, parent, field in object_fields():
        private = get_named_type(field.type).name in PRIVATE_TYPES | pages
        if private and parent.name not in guarded:
            assert allowed(field) is not None, place


BOUNDED = {
    "AddToPlaylistPayload.entries": "as many as were given",
    "Artist.similar": "`first` takes at most 50",
    "Album.artists": "who is credited on an album",
    "AlbumSearchEdge.match": "the texts of one album",
    "Artist.aliases": "the other names of one artist",
    "CatalogueEdit.changes": "the fields of one edit",
    "ArtistSearchEdge.match": "the texts of one artist",
    "EpisodeSearchEdge.match": "the texts of one episode",
    "PlaylistSearchEdge.match": "the name of one playlist",
    "ShowSearchEdge.match": "the texts of one show",
    "ChangePage.changes": "`first` takes at most 100",
    "CompleteUploadPayload.notes": "what is odd about one file",
    "FollowArtistsPayload.artists": "as many as were given",
    "LikeSongsPayload.songs": "as many as were given",
    "Lyrics.lines": "the lines of one text",
    "Match.ranges": "the words of one text",
    "PlaybackLease.streams": "at most 20 songs are leased",
    "Playlist.collaborators": "at most 100 may join",
    "Query.nodes": "as many as `ids`, which are at most 100",
    "Query.suggest": "`first` takes at most 20",
    "ReportPlaysPayload.plays": "as many as were given",
    "ReportPlaysPayload.refused": "as many as were given",
    "RequestPlaylistCoverPayload.headers": "the headers of one request",
    "RequestUploadPayload.headers": "the headers of one request",
    "RequestUploadPayload.parts": "a file of 1 GiB has 64",
    "ResumeUploadPayload.headers": "the headers of one request",
    "ResumeUploadPayload.parts": "a file of 1 GiB has 64",
    "UploadPart.headers": "the headers of one request",
    "SaveAlbumsPayload.albums": "as many as were given",
    "SearchResult.top": "`first` takes at most 20",
    "SaveShowsPayload.shows": "as many as `showIds`",
    "Show.categories": "at most 20 are read from a feed",
    "Song.artists": "who is credited on a song",
    "Song.featuredArtists": "who is credited on a song",
    "Song.files": "the formats of one song",
    "Song.genres": "the genres of one song",
    "Song.similar": "`first` takes at most 50",
    "SongSearchEdge.match": "the texts of one song",
    "UnfollowArtistsPayload.artists": "as many as were given",
    "UnlikeSongsPayload.songs": "as many as were given",
    "UnsaveAlbumsPayload.albums": "as many as were given",
    "UnsaveShowsPayload.shows": "as many as `showIds`",
    "Viewer.devices": "at most 50 sessions are kept",
    "Viewer.discover": "`first` takes at most 100",
    "Viewer.recentlyPlayed": "`first` takes at most 100",
    "Viewer.topArtists": "`first` takes at most 100",
    "Viewer.topSongs": "`first` takes at most 100",
    "YearInMusic.months": "a year has twelve",
    "YearInMusic.topArtists": "`first` takes at most 100",
    "YearInMusic.topSongs": "`first` takes at most 100",
}
"""Lists that are read whole, and what bounds each; all others are connections."""


def is_list(type_: Any) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)


def test_a_list_has_a_cap() -> None:
    lists = {
        place
        for place, parent, field in object_fields()
        if is_list(field.type) and not parent.name.endswith("Connection")
    }
    assert lists == BOUNDED.keys()


def test_a_list_that_is_given_has_a_cap() -> None:
    """Say here what refuses a longer one."""
    fields = [
        (place, name, argument.type)
        for place, _, field in object_fields()
        for name, argument in field.args.items()
    ]
    fields += [
        (type_.name, name, field.type)
        for type_ in GRAPHQL.type_map.values()
        if isinstance(type_, GraphQLInputObjectType)
        for name, field in type_.fields.items()
    ]
    lists = {f"{place}({name}:)" for place, name, type_ in fields if is_list(type_)}
    assert lists == {
        "Query.nodes(ids:)",  # resolvers/nodes.py: MAX_NODES
        "SaveShowsInput(showIds:)",  # resolvers/library.py: MAX_IDS
        "Song.stream(codecs:)",  # an enum; twice the same counts once
        "AddToPlaylistInput(songIds:)",  # resolvers/library.py: MAX_IDS
        "FollowArtistsInput(artistIds:)",  # resolvers/library.py: MAX_IDS
        "LikeSongsInput(songIds:)",  # resolvers/library.py: MAX_IDS
        "MovePlaylistEntriesInput(entryIds:)",  # resolvers/library.py: MAX_IDS
        "RemoveFromPlaylistInput(entryIds:)",  # resolvers/library.py: MAX_IDS
        "SaveAlbumsInput(albumIds:)",  # resolvers/library.py: MAX_IDS
        "UnfollowArtistsInput(artistIds:)",  # resolvers/library.py: MAX_IDS
        "UnlikeSongsInput(songIds:)",  # resolvers/library.py: MAX_IDS
        "UnsaveAlbumsInput(albumIds:)",  # resolvers/library.py: MAX_IDS
        "RenewPlaybackInput(songIds:)",  # resolvers/playback.py: MAX_SONGS
        "StartPlaybackInput(songIds:)",  # the same
        "StartPlaybackInput(codecs:)",  # an enum; twice the same counts once
        "ReportPlaysInput(plays:)",  # resolvers/plays.py: MAX_REPORTS
        "SetQueueInput(songIds:)",  # resolvers/playback_queue.py: MAX_SONGS
        "SearchFilter(albums:)",  # resolvers/filters.py
        "SearchFilter(artists:)",  # the same
        "SearchFilter(codecs:)",  # the same
        "SearchFilter(genres:)",  # the same
        "UnsaveShowsInput(showIds:)",  # resolvers/library.py: MAX_IDS
        "MergeAlbumsInput(albumIds:)",  # resolvers/curation/merging.py: MAX_MERGED
        "MergeArtistsInput(artistIds:)",  # the same
        "MergeSongsInput(songIds:)",  # the same
        "RequestUploadInput(partSha256s:)",  # resolvers/uploads.py: as many as there are parts
        "UpdateAlbumInput(artistIds:)",  # resolvers/curation/edits.py: MAX_CREDITS
        "UpdateArtistInput(aliases:)",  # resolvers/curation/artists.py: MAX_ALIASES
        "UpdateSongInput(artistIds:)",  # resolvers/curation/edits.py: MAX_CREDITS
        "UpdateSongInput(featuredArtistIds:)",  # the same
        "UpdateSongInput(genres:)",  # resolvers/curation/songs.py: MAX_GENRES
    }


def example(type_: Any) -> Any:
    """Some value of an input type."""
    if isinstance(type_, GraphQLNonNull):
        return example(type_.of_type)
    if isinstance(type_, GraphQLList):
        return [example(type_.of_type)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        return {
            name: example(field.type)
            for name, field in type_.fields.items()
            if isinstance(field.type, GraphQLNonNull)
        }
    examples: dict[str, Any] = {
        "Boolean": True,
        "Int": 1,
        "BigInt": 1,
        "Float": 1.0,
        "ID": "song_1",
    }
    examples |= {"UUID": str(uuid4()), "DateTime": "2026-11-20T12:00:00Z"}
    return examples.get(type_.name, "x")


GUARDED = [name for name, field in MUTATIONS.items() if allowed(field) is not Allowed.ANYONE]


@pytest.mark.parametrize("name", GUARDED)
async def test_a_mutation_refuses_whom_it_does_not_allow(ask: Asked, name: str) -> None:
    field = MUTATIONS[name]
    query = (
        f"mutation ($input: {field.args['input'].type}) "
        f"{{ {name}(input: $input) {{ __typename }} }}"
    )
    value = example(field.args["input"].type)
    assert (await ask.error(query, input=value))["extensions"]["code"] == "NOT_SIGNED_IN"
    least = allowed(field)
    assert least is not None
    assert least.value is not None
    for role in Role:
        if role.rank < least.value.rank:
            error = await ask.by(Viewer(1, role, 1)).error(query, input=value)
            assert error["extensions"]["code"] == "NOT_ALLOWED"
