"""What an attacker who is signed in, and knows every id, can do to somebody else: nothing.

The walk goes through all mutations there are, so a new one is attacked as soon as it is there.
"""

import json
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from db.distribution import DISTRIBUTION
from db.pool import Pool
from resolvers.allowed import Allowed
from resolvers.viewer import Role, Viewer
from tests.factories import Factory
from tests.ingest.podcasts.feeds import item
from tests.schema.conftest import Asked, People
from tests.schema.test_access import MUTATIONS, allowed
from tests.schema.test_playlists import ADD, CREATE, JOIN
from tests.schema.test_sessions import sign_up

SECRET = "Zanzibar"
"""Stands in all that the victim has written."""

COVER = """
mutation ($id: ID!) {
  requestPlaylistCover(
    input: {playlistId: $id, mimeType: "image/png", sizeBytes: 100, sha256: "SHA256"}
  ) { ... on RequestPlaylistCoverPayload { uploadId } }
}
""".replace("SHA256", "0" * 64)
FILL = """
mutation ($song: ID!, $artist: ID!, $album: ID!) {
  likeSongs(input: {songIds: [$song]}) { __typename }
  followArtists(input: {artistIds: [$artist]}) { __typename }
  saveAlbums(input: {albumIds: [$album]}) { __typename }
  setQueue(input: {revision: 0, songIds: [$song], device: "Zanzibar"}) {
    ... on SetQueuePayload { queue { revision } }
  }
}
"""
DEVICES = "{ viewer { devices { id } } }"


class Victim:
    """Somebody who has one of everything, and the ids of it by the names of inputs' fields."""

    def __init__(self, asked: Asked, user_id: int, ids: dict[str, str]) -> None:
        self.asked = asked
        self.user_id = user_id
        self.ids = ids

    async def rows(self, pool: Pool) -> dict[str, list[str]]:
        """All that the database has of them, by table."""
        found: dict[str, list[str]] = {}
        async with pool.acquire() as connection:
            for table, column in DISTRIBUTION.items():
                if column == "user_id" or table == "users":
                    rows = await connection.fetch(
                        f'SELECT row_to_json(t)::text AS row FROM "{table}" AS t '
                        f"WHERE {column} = $1 ORDER BY 1",
                        self.user_id,
                    )
                    found[table] = [row["row"] for row in rows]
        return found


async def signed_up(ask: Asked, name: str) -> tuple[Asked, int]:
    asked = await ask.with_token((await sign_up(ask, name))["accessToken"])
    assert isinstance(asked.caller, Viewer)
    return asked, asked.caller.id


@pytest.fixture
async def victim(ask: Asked, factory: Factory) -> Victim:
    asked, user_id = await signed_up(ask, "ada")
    song = await factory.make_song()
    show = await factory.make_show(item())
    [episode] = await factory.pool.fetch("SELECT id FROM episodes LIMIT 1")
    catalogue = {
        "songIds": f"song_{song.id:x}",
        "intoSongId": f"song_{song.id:x}",
        "songId": f"song_{song.id:x}",
        "intoArtistId": f"artist_{song.main_artist_ids[0]:x}",
        "featuredArtistIds": f"artist_{song.main_artist_ids[0]:x}",
        "intoAlbumId": f"album_{song.album_id:x}",
        "albumId": f"album_{song.album_id:x}",
        "artistId": f"artist_{song.main_artist_ids[0]:x}",
        "artistIds": f"artist_{song.main_artist_ids[0]:x}",
        "albumIds": f"album_{song.album_id:x}",
        "showIds": f"show_{show.id:x}",
        "episodeId": f"episode_{show.id:x}_{episode['id']:x}",
    }
    filled = await asked(
        FILL,
        song=catalogue["songId"],
        artist=catalogue["artistIds"],
        album=catalogue["albumIds"],
    )
    assert filled["setQueue"]["queue"]["revision"] == 1
    made = await asked(CREATE, input={"name": SECRET, "collaborative": True})
    playlist = made["createPlaylist"]["playlist"]["id"]
    added = await asked(ADD, input={"playlistId": playlist, "songIds": [catalogue["songId"]]})
    entry = added["addToPlaylist"]["entries"][0]["id"]
    upload = await asked(COVER, id=playlist)
    [device] = (await asked(DEVICES))["viewer"]["devices"]
    ids = catalogue | {
        "playlistId": playlist,
        "entryIds": entry,
        "before": entry,
        "after": entry,
        "uploadId": upload["requestPlaylistCover"]["uploadId"],
        "deviceId": device["id"],
        "userId": f"user_{user_id:x}",
        "contextId": playlist,
    }
    return Victim(asked, user_id, ids)


GUESSES = {
    "inviteToken": "0" * 32,
    "shareToken": "0" * 32,
    "token": "0" * 32,
    "email": "ada@example.com",
    "login": "ada",
    "userName": "ada",
    "password": "a wrong password",
    "currentPassword": "a wrong password",
    "newPassword": "what mallory knows",
    "code": "AAAA-AAAA-AAAA",
    "mimeType": "image/png",
    "sha256": "0" * 64,
    "isrc": "USRC17607839",
    "fileName": "a.mp3",
}


def attack(name: str, type_: Any, ids: dict[str, str]) -> Any:
    """A value of an input's field, by its name: with the victim's ids wherever it takes an id."""
    if isinstance(type_, GraphQLNonNull):
        return attack(name, type_.of_type, ids)
    if isinstance(type_, GraphQLList):
        return [attack(name, type_.of_type, ids)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        fields = type_.fields
        if type_.extensions["strawberry-definition"].is_one_of:
            fields = dict(list(fields.items())[:1])
        return {key: attack(key, field.type, ids) for key, field in fields.items()}
    if type_.name == "ID":
        assert name in ids, f"give the victim a thing with such an id: {name}"
        return ids[name]
    if type_.name == "String":
        return ids.get(name, GUESSES.get(name, "x"))
    values = {
        "Boolean": False,
        "Int": 2 if name == "revision" else 0,
        "BigInt": 100,
        "DateTime": "2026-11-20T12:00:00Z",
    }
    values["UUID"] = "018f3f6e-5b1a-7c3e-9d2b-0f6a1c2d3e4f"
    return values[type_.name]


def leaves(type_: GraphQLObjectType, depth: int) -> str:
    """A selection of all that a type tells without arguments, so many levels deep."""
    parts: list[str] = ["__typename"]
    for name, field in type_.fields.items():
        named = get_named_type(field.type)
        if is_leaf_type(named):
            parts.append(name)
        elif depth and isinstance(named, GraphQLObjectType):
            parts.append(f"{name} {{ {leaves(named, depth - 1)} }}")
    return " ".join(parts)


def inputs(name: str) -> dict[str, GraphQLInputField]:
    """The fields of a mutation's input."""
    type_ = get_named_type(MUTATIONS[name].args["input"].type)
    assert isinstance(type_, GraphQLInputObjectType)
    fields: dict[str, GraphQLInputField] = type_.fields
    return fields


PERSONAL = [
    name
    for name, field in MUTATIONS.items()
    if allowed(field) in (Allowed.ANYONE, Allowed.SIGNED_IN) or "uploadId" in inputs(name)
]
"""All but those of the catalogue, which curators may change whoever likes its songs."""


async def send(asked: Asked, name: str, ids: dict[str, str]) -> str:
    """The answer to a mutation, as text."""
    field = MUTATIONS[name]
    result = get_named_type(field.type)
    assert isinstance(result, GraphQLUnionType)
    payload, *_ = result.types
    query = (
        f"mutation ($input: {field.args['input'].type}) {{ {name}(input: $input) {{ "
        f"__typename ... on {payload.name} {{ {leaves(payload, 1)} }} "
        "... on Error { code message } } }"
    )
    answer = await asked.answer(query, input=attack(name, field.args["input"].type, ids))
    return json.dumps(answer, default=str)


@pytest.mark.parametrize("name", PERSONAL)
async def test_no_mutation_changes_or_tells_what_is_somebody_elses(
    ask: Asked, victim: Victim, clean_database: Pool, name: str
) -> None:
    _, mallory = await signed_up(ask, "mallory")
    before = await victim.rows(clean_database)
    assert before["playlists"], "the victim has what can be attacked"
    assert before["uploads"]
    asked = ask.by(Viewer(mallory, Role.ADMIN, 1))
    answer = await send(asked, name, victim.ids)
    assert SECRET not in answer
    assert "BAD_DOCUMENT" not in answer, "it was not even tried"
    assert "INTERNAL" not in answer
    assert await victim.rows(clean_database) == before


STRINGS = [
    (name, field)
    for name in MUTATIONS
    for field, definition in inputs(name).items()
    if get_named_type(definition.type).name == "String"
]


async def test_no_string_of_a_mutation_reaches_the_database_with_a_nul(
    victim: Victim,
) -> None:
    assert isinstance(victim.asked.caller, Viewer)
    asked = victim.asked.by(Viewer(victim.user_id, Role.ADMIN, victim.asked.caller.session_id))
    for name, field in STRINGS:
        answer = await send(asked, name, victim.ids | {field: "A\0b"})
        assert "INTERNAL" not in answer, (name, field)
        assert "\\u0000" not in answer, (name, field)


@pytest.mark.parametrize("name", [name for name in PERSONAL if "playlistId" in inputs(name)])
async def test_what_is_somebody_elses_is_answered_as_what_is_not_there(
    ask: Asked, victim: Victim, name: str
) -> None:
    mallory, _ = await signed_up(ask, "mallory")
    nowhere = victim.ids | {"playlistId": victim.ids["playlistId"][:-1] + "0"}
    if nowhere == victim.ids:
        nowhere["playlistId"] = victim.ids["playlistId"][:-1] + "1"
    private = await send(mallory, name, victim.ids)
    absent = await send(mallory, name, nowhere)
    assert private.replace(victim.ids["playlistId"], "") == absent.replace(
        nowhere["playlistId"], ""
    )


async def test_who_was_removed_from_a_playlist_does_not_come_back_by_the_old_invitation(
    ask: Asked, people: People
) -> None:
    ada, bob = await people.make("ada"), await people.make("bob")
    made = await ask.by(ada)(CREATE, input={"name": "Rain", "collaborative": True})
    playlist = made["createPlaylist"]["playlist"]
    invitation = {"id": playlist["id"], "token": playlist["inviteToken"]}
    await ask.by(bob)(JOIN, **invitation)
    removed = await ask.by(ada)(
        """
        mutation ($id: ID!, $user: ID!) {
          removeCollaborator(input: {playlistId: $id, userId: $user}) {
            ... on RemoveCollaboratorPayload { playlist { inviteToken } }
          }
        }
        """,
        id=playlist["id"],
        user=f"user_{bob.id:x}",
    )
    assert (await ask.by(bob)(JOIN, **invitation))["joinPlaylist"] == {"code": "NOT_FOUND"}
    new = removed["removeCollaborator"]["playlist"]["inviteToken"]
    joined = await ask.by(bob)(JOIN, id=playlist["id"], token=new)
    assert joined["joinPlaylist"]["playlist"]["changeableByViewer"], "who has the new one may"
