"""The documents of what is in the catalogue."""

from collections.abc import Sequence

from db.albums import select_albums
from db.artist_aliases import select_artist_aliases
from db.artists import select_artists
from db.episodes import EpisodeKey, select_episode_places, select_episodes
from db.files import select_files_of_songs
from db.public_playlists import select_public_playlists
from db.rows import Connection
from db.search.documents import (
    AlbumDocument,
    ArtistDocument,
    EpisodeDocument,
    PlaylistDocument,
    ShowDocument,
    SongDocument,
)
from db.shows import select_shows
from db.songs import select_songs


async def select_song_documents(
    connection: Connection, song_ids: Sequence[int]
) -> list[SongDocument]:
    """The documents of songs, as they stand now. A withdrawn song has none."""
    songs = [song for song in await select_songs(connection, song_ids) if not song.withdrawn_at]
    credited = {song.id: song.main_artist_ids + song.featured_artist_ids for song in songs}
    artist_ids = list({artist_id: None for ids in credited.values() for artist_id in ids})
    names = {artist.id: artist.name for artist in await select_artists(connection, artist_ids)}
    aliases = await _aliases(connection, artist_ids)
    album_ids = list({song.album_id: None for song in songs if song.album_id is not None})
    titles = {album.id: album.title for album in await select_albums(connection, album_ids)}
    codecs: dict[int, dict[str, None]] = {song.id: {} for song in songs}
    for file in await select_files_of_songs(connection, list(codecs)):
        codecs[file.song_id][file.codec] = None
    return [
        SongDocument(
            id=song.id,
            title=song.title,
            artists=[names[artist_id] for artist_id in credited[song.id] if artist_id in names],
            aliases=[alias for artist in credited[song.id] for alias in aliases.get(artist, ())],
            artist_ids=credited[song.id],
            album=None if song.album_id is None else titles.get(song.album_id),
            album_id=song.album_id,
            popularity=song.popularity,
            year=song.year,
            duration_ms=song.duration_ms,
            explicit=song.explicit,
            genre_ids=song.genre_ids,
            codecs=list(codecs[song.id]),
        )
        for song in songs
    ]


async def select_album_documents(
    connection: Connection, album_ids: Sequence[int]
) -> list[AlbumDocument]:
    """The documents of albums, as they stand now."""
    albums = await select_albums(connection, album_ids)
    artist_ids = list({artist_id: None for album in albums for artist_id in album.artist_ids})
    names = {artist.id: artist.name for artist in await select_artists(connection, artist_ids)}
    aliases = await _aliases(connection, artist_ids)
    return [
        AlbumDocument(
            id=album.id,
            title=album.title,
            artists=[names[artist_id] for artist_id in album.artist_ids if artist_id in names],
            aliases=[alias for artist in album.artist_ids for alias in aliases.get(artist, ())],
            artist_ids=album.artist_ids,
            popularity=album.popularity,
            year=album.year,
        )
        for album in albums
    ]


async def select_artist_documents(
    connection: Connection, artist_ids: Sequence[int]
) -> list[ArtistDocument]:
    """The documents of artists, as they stand now."""
    aliases = await _aliases(connection, artist_ids)
    return [
        ArtistDocument(
            id=artist.id,
            name=artist.name,
            aliases=aliases.get(artist.id, ()),
            popularity=artist.popularity,
        )
        for artist in await select_artists(connection, artist_ids)
    ]


async def select_show_documents(
    connection: Connection, show_ids: Sequence[int]
) -> list[ShowDocument]:
    """The documents of shows, as they stand now."""
    return [
        ShowDocument(id=show.id, title=show.title, author=show.author, popularity=show.popularity)
        for show in await select_shows(connection, show_ids)
    ]


async def select_episode_documents(
    connection: Connection, episode_ids: Sequence[int]
) -> list[EpisodeDocument]:
    """The documents of episodes, as they stand now."""
    places = await select_episode_places(connection, episode_ids)
    popularity = {place.id: place.popularity for place in places}
    shows = await select_shows(connection, list({place.show_id for place in places}))
    titles = {show.id: show.title for show in shows}
    keys = [EpisodeKey(place.show_id, place.id) for place in places]
    return [
        EpisodeDocument(
            id=episode.id,
            title=episode.title,
            show=titles.get(episode.show_id, ""),
            popularity=popularity[episode.id],
            year=episode.published_at.year,
            duration_ms=episode.duration_ms,
            explicit=episode.explicit,
        )
        for episode in await select_episodes(connection, keys)
    ]


async def select_playlist_documents(
    connection: Connection, playlist_ids: Sequence[int]
) -> list[PlaylistDocument]:
    """The documents of public playlists, as they stand now."""
    return [
        PlaylistDocument(id=playlist.id, name=playlist.name, popularity=playlist.popularity)
        for playlist in await select_public_playlists(connection, playlist_ids)
    ]


async def _aliases(connection: Connection, artist_ids: Sequence[int]) -> dict[int, list[str]]:
    aliases: dict[int, list[str]] = {}
    for row in await select_artist_aliases(connection, artist_ids):
        aliases.setdefault(row.artist_id, []).append(row.alias)
    return aliases
