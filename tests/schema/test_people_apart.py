"""A query by one person never shows another's through something that both have used."""

import asyncio
from typing import Any

from db.cursor import encode_cursor
from resolvers.viewer import Viewer
from tests.factories import Factory
from tests.schema.conftest import Asked, People

EVERYTHING = """
query (
  $song: ID!, $artist: ID!, $album: ID!, $playlist: ID!, $owner: ID!, $since: String
) {
  song(id: $song) { likedByViewer }
  artist(id: $artist) { followedByViewer }
  album(id: $album) { savedByViewer }
  playlist(id: $playlist) { name shareToken inviteToken changeableByViewer }
  nodes(ids: [$playlist, $owner]) { ... on User { playlists { nodes { name } } } }
  viewer {
    likedSongs { nodes { title } }
    followedArtists { nodes { name } }
    savedAlbums { nodes { title } }
    playlists { nodes { name } }
    savedPlaylists { nodes { name } }
    history { nodes { heardMs } }
    recentlyPlayed { title }
    topSongs { plays }
    topArtists { plays }
    yearInMusic(year: 2026) { totals { plays } topSongs { plays } months { plays } }
    queue { revision }
    changes(since: $since) { ... on ChangePage { changes { ... on LibraryChange { id } } } }
    discover { reason }
    export { state }
  }
}
"""

FILL = """
mutation ($song: ID!, $artist: ID!, $album: ID!) {
  likeSongs(input: {songIds: [$song]}) { __typename }
  followArtists(input: {artistIds: [$artist]}) { __typename }
  saveAlbums(input: {albumIds: [$album]}) { __typename }
  setQueue(input: {revision: 0, songIds: [$song]}) { __typename }
  createPlaylist(input: {name: "Secret", collaborative: true}) {
    ... on CreatePlaylistPayload { playlist { id } }
  }
}
"""


async def test_two_people_at_once_see_each_their_own(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada, bob = await people.make("ada"), await people.make("bob")
    song = await factory.make_song()
    given = {
        "song": f"song_{song.id:x}",
        "artist": f"artist_{song.main_artist_ids[0]:x}",
        "album": f"album_{song.album_id:x}",
    }
    made = await ask.by(ada)(FILL, **given)
    asked = given | {
        "playlist": made["createPlaylist"]["playlist"]["id"],
        "owner": f"user_{ada.id:x}",
    }

    async def everything(viewer: Viewer) -> Any:
        since = encode_cursor("changes", viewer.id, 0)
        return await ask.by(viewer)(EVERYTHING, since=since, **asked)

    answers = await asyncio.gather(*(everything(viewer) for viewer in [ada, bob] * 5))
    for adas, bobs in zip(answers[::2], answers[1::2], strict=True):
        assert adas == answers[0]
        assert bobs == {
            "song": {"likedByViewer": False},
            "artist": {"followedByViewer": False},
            "album": {"savedByViewer": False},
            "playlist": None,
            "nodes": [None, {"playlists": {"nodes": []}}],
            "viewer": {
                "likedSongs": {"nodes": []},
                "followedArtists": {"nodes": []},
                "savedAlbums": {"nodes": []},
                "playlists": {"nodes": []},
                "savedPlaylists": {"nodes": []},
                "history": {"nodes": []},
                "recentlyPlayed": [],
                "topSongs": [],
                "topArtists": [],
                "yearInMusic": {"totals": {"plays": 0}, "topSongs": [], "months": []},
                "queue": None,
                "changes": {"changes": []},
                "discover": [],
                "export": None,
            },
        }
    viewer = answers[0]["viewer"]
    assert viewer["likedSongs"]["nodes"] == [{"title": "Hello"}]
    assert viewer["playlists"]["nodes"] == [{"name": "Secret"}]
    assert viewer["queue"] == {"revision": 1}
    assert {"id": given["song"]} in viewer["changes"]["changes"]
