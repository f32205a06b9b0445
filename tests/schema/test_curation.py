"""Curators edit songs, albums and artists; search follows, and nobody's edit is lost."""

from typing import Any

import pytest

from resolvers.ids import song_id
from resolvers.viewer import Role
from tests.factories import Factory
from tests.schema.conftest import Asked, People

SONG = """
mutation ($input: UpdateSongInput!) {
  updateSong(input: $input) {
    ... on UpdateSongPayload {
      song {
        title year isrc explicit discNumber trackNumber revision
        artists { name } featuredArtists { name } album { title } genres { name }
      }
    }
    ... on Error { code message }
    ... on Invalid { field }
    ... on Conflict { currentRevision }
  }
}
"""
ALBUM = """
mutation ($input: UpdateAlbumInput!) {
  updateAlbum(input: $input) {
    ... on UpdateAlbumPayload { album { title kind year revision artists { name } } }
    ... on Error { code message }
    ... on Conflict { currentRevision }
  }
}
"""
ARTIST = """
mutation ($input: UpdateArtistInput!) {
  updateArtist(input: $input) {
    ... on UpdateArtistPayload { artist { name sortName aliases revision } }
    ... on Error { code message }
    ... on Conflict { currentRevision }
  }
}
"""
SEARCH = """
query ($text: String!) {
  search(query: $text) {
    songs { nodes { title } } albums { nodes { title } } artists { nodes { name } }
  }
}
"""
EDITS = """
query ($of: ID, $first: Int! = 20, $after: String) {
  catalogueEdits(of: $of, first: $first, after: $after) {
    nodes { itemId action editor { userName } changes { field before after } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


@pytest.fixture
async def curator(ask: Asked, people: People) -> Asked:
    return ask.by(await people.make("curator", Role.CURATOR))


async def edit(curator: Asked, mutation: str, **given: Any) -> Any:
    """What came of an edit, when search has followed."""
    [answer] = (await curator(mutation, input=given)).values()
    await curator.services.background.drain()
    return answer


async def found(ask: Asked, query: str) -> set[str]:
    answer = (await ask(SEARCH, text=query))["search"]
    return {name for kind in answer.values() for node in kind["nodes"] for name in node.values()}


async def test_a_song_is_edited_in_every_field(factory: Factory, curator: Asked) -> None:
    song = await factory.make_song("Helo", genres=("Pop",), year=2014)
    other = await factory.make_song("Other", artists=("Bob", "Cy"), album="Blue")
    done = await edit(
        curator,
        SONG,
        songId=song_id(song),
        revision=1,
        title="  Hello ",
        artistIds=[f"artist_{other.main_artist_ids[0]:x}"],
        featuredArtistIds=[f"artist_{other.main_artist_ids[1]:x}"],
        albumId=f"album_{other.album_id:x}",
        discNumber=2,
        trackNumber=3,
        year=None,
        isrc="gb-bks-15-00214",
        explicit=True,
        genres=["Soul", "Pop", "soul"],
    )
    assert done["song"] == {
        "title": "Hello",
        "year": None,
        "isrc": "GBBKS1500214",
        "explicit": True,
        "discNumber": 2,
        "trackNumber": 3,
        "revision": 2,
        "artists": [{"name": "Bob"}, {"name": "Cy"}],
        "featuredArtists": [{"name": "Cy"}],
        "album": {"title": "Blue"},
        "genres": [{"name": "Soul"}, {"name": "Pop"}],
    }
    lists = """
    query ($old: ID!, $new: ID!, $guest: ID!, $from: ID!, $to: ID!) {
      old: artist(id: $old) { songs { nodes { title } } }
      new: artist(id: $new) { songs { nodes { title } } }
      guest: artist(id: $guest) { songs { nodes { title } } }
      from: album(id: $from) { songs { nodes { title } } }
      to: album(id: $to) { songs { nodes { title } } }
      soul: genre(slug: "soul") { songs { nodes { title } } }
    }
    """
    answer = await curator(
        lists,
        old=f"artist_{song.main_artist_ids[0]:x}",
        new=f"artist_{other.main_artist_ids[0]:x}",
        guest=f"artist_{other.main_artist_ids[1]:x}",
        **{"from": f"album_{song.album_id:x}", "to": f"album_{other.album_id:x}"},
    )
    titles = {
        name: {node["title"] for node in value["songs"]["nodes"]} for name, value in answer.items()
    }
    assert titles == {
        "old": set(),
        "new": {"Hello", "Other"},
        "guest": {"Hello", "Other"},
        "from": set(),
        "to": {"Hello", "Other"},
        "soul": {"Hello"},
    }
    assert "Hello" in await found(curator, "hello bob")
    assert "Helo" not in await found(curator, "helo")


async def test_only_what_is_given_changes(factory: Factory, curator: Asked) -> None:
    song = await factory.make_song("Hello", featured=("Bob",), genres=("Pop",), year=2015, track=1)
    done = await edit(curator, SONG, songId=song_id(song), revision=1, explicit=True)
    assert done["song"] == {
        "title": "Hello",
        "year": 2015,
        "isrc": None,
        "explicit": True,
        "discNumber": None,
        "trackNumber": 1,
        "revision": 2,
        "artists": [{"name": "Adele"}, {"name": "Bob"}],
        "featuredArtists": [{"name": "Bob"}],
        "album": {"title": "25"},
        "genres": [{"name": "Pop"}],
    }


async def test_an_edit_of_what_was_changed_meanwhile_is_refused(
    factory: Factory, curator: Asked
) -> None:
    song = await factory.make_song("Hello")
    assert song.album_id is not None
    targets = (
        (SONG, {"songId": song_id(song)}, "title"),
        (ALBUM, {"albumId": f"album_{song.album_id:x}"}, "title"),
        (ARTIST, {"artistId": f"artist_{song.main_artist_ids[0]:x}"}, "name"),
    )
    for mutation, target, field in targets:
        await edit(curator, mutation, **target, revision=1, **{field: "First"})
        done = await edit(curator, mutation, **target, revision=1, **{field: "Second"})
        assert (done["code"], done["currentRevision"]) == ("CONFLICT", 2)
    assert await found(curator, "second") == set()


async def test_files_with_the_tags_of_an_edited_song_join_it(
    factory: Factory, curator: Asked
) -> None:
    song = await factory.make_song("Helo")
    await edit(curator, SONG, songId=song_id(song), revision=1, title="Hello")
    assert (await factory.make_song("Helo", codec="FLAC")).id == song.id
    assert (await factory.make_song("Hello", codec="AAC")).id == song.id
    await edit(curator, ALBUM, albumId=f"album_{song.album_id:x}", revision=1, title="Twenty-Five")
    joined = await factory.make_song("Other", album="Twenty-Five")
    assert joined.album_id == song.album_id


async def test_an_album_is_edited_and_its_songs_are_found_by_it(
    factory: Factory, curator: Asked
) -> None:
    song = await factory.make_song("Hello", album="24")
    bob = await factory.make_song("Other", artists=("Bob",), album=None)
    done = await edit(
        curator,
        ALBUM,
        albumId=f"album_{song.album_id:x}",
        revision=1,
        title="Twentyfive",
        kind="EP",
        year=2015,
        artistIds=[f"artist_{bob.main_artist_ids[0]:x}"],
    )
    assert done["album"] == {
        "title": "Twentyfive",
        "kind": "EP",
        "year": 2015,
        "revision": 2,
        "artists": [{"name": "Bob"}],
    }
    assert await found(curator, "twentyfive") >= {"Twentyfive", "Hello"}
    query = "query ($id: ID!) { artist(id: $id) { albums { nodes { title } } } }"
    albums = {
        name: (await curator(query, id=f"artist_{song_.main_artist_ids[0]:x}"))["artist"]
        for name, song_ in (("adele", song), ("bob", bob))
    }
    assert albums["adele"]["albums"]["nodes"] == []
    assert albums["bob"]["albums"]["nodes"] == [{"title": "Twentyfive"}]


async def test_an_artist_is_edited_and_found_by_all_names(factory: Factory, curator: Asked) -> None:
    song = await factory.make_song("Gruppa krovi", artists=("Kinno",))
    target = {"artistId": f"artist_{song.main_artist_ids[0]:x}"}
    done = await edit(
        curator, ARTIST, **target, revision=1, name="The Kino", aliases=["Кино", "КИНО", "Kinoband"]
    )
    assert done["artist"] == {
        "name": "The Kino",
        "sortName": "Kino, The",
        "aliases": ["Kinoband", "Кино"],
        "revision": 2,
    }
    for query in ("kino", "кино", "kinoband"):
        assert await found(curator, query) >= {"The Kino", "Gruppa krovi"}, query
    done = await edit(curator, ARTIST, **target, revision=2, sortName="Kino", aliases=[])
    assert done["artist"]["sortName"] == "Kino"
    assert await found(curator, "kinoband") == set()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "  "),
        ("title", None),
        ("title", "x" * 501),
        ("title", "a\0b"),
        ("artistIds", []),
        ("artistIds", None),
        ("year", 999),
        ("discNumber", 0),
        ("trackNumber", 10_000),
        ("isrc", "nonsense"),
        ("explicit", None),
        ("genres", ["x"] * 21),
        ("genres", [" "]),
    ],
)
async def test_what_cannot_be_is_told_by_field(
    factory: Factory, curator: Asked, field: str, value: Any
) -> None:
    song = await factory.make_song("Hello")
    done = await edit(curator, SONG, songId=song_id(song), revision=1, **{field: value})
    assert (done["code"], done["field"]) == ("INVALID", field)


async def test_what_is_not_there_is_told(factory: Factory, curator: Asked) -> None:
    song = await factory.make_song("Hello")
    for mutation, target in (
        (SONG, {"songId": "song_1"}),
        (ALBUM, {"albumId": "album_1"}),
        (ARTIST, {"artistId": "artist_1"}),
        (SONG, {"songId": song_id(song), "artistIds": ["artist_1"]}),
        (SONG, {"songId": song_id(song), "albumId": "album_1"}),
    ):
        assert (await edit(curator, mutation, revision=1, **target))["code"] == "NOT_FOUND"


async def test_who_has_done_what_is_known_to_curators_alone(
    factory: Factory, ask: Asked, curator: Asked, people: People
) -> None:
    song = await factory.make_song("Helo", year=2014)
    await edit(curator, SONG, songId=song_id(song), revision=1, title="Hello", year=2014)
    await edit(curator, SONG, songId=song_id(song), revision=2, explicit=True)
    album = f"album_{song.album_id:x}"
    await edit(curator, ALBUM, albumId=album, revision=1, title="26")
    [newest, first] = (await curator(EDITS, of=song_id(song)))["catalogueEdits"]["nodes"]
    assert first == {
        "itemId": song_id(song),
        "action": "UPDATED",
        "editor": {"userName": "curator"},
        "changes": [{"field": "title", "before": "Helo", "after": "Hello"}],
    }
    assert newest["changes"] == [{"field": "explicit", "before": "false", "after": "true"}]
    page = (await curator(EDITS, first=2))["catalogueEdits"]
    assert [node["itemId"] for node in page["nodes"]] == [album, song_id(song)]
    rest = (await curator(EDITS, first=2, after=page["pageInfo"]["endCursor"]))["catalogueEdits"]
    assert rest["nodes"] == [first]
    assert not rest["pageInfo"]["hasNextPage"]
    assert (await curator.error(EDITS, of="user_1"))["extensions"]["code"] == "BAD_INPUT"
    assert (await ask.error(EDITS))["extensions"]["code"] == "NOT_SIGNED_IN"
    listener = ask.by(await people.make("listener"))
    assert (await listener.error(EDITS))["extensions"]["code"] == "NOT_ALLOWED"
