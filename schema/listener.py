"""What a listener has: library, playlists, history and queue. `Viewer` is one."""

from typing import Annotated, Any, TypeAlias

import strawberry

from engine.batch import batched
from resolvers import library, listening, playback_queue
from resolvers.context import Info
from resolvers.episode_progress import IN_PROGRESS
from resolvers.playlists import PLAYLISTS_OF_USER, SAVED_PLAYLISTS
from schema.album import Album
from schema.artist import Artist
from schema.changes import Changes, viewer_changes
from schema.connections import Connection, LibraryConnection
from schema.fields import First, page_of, resolved_by
from schema.play import ArtistTotalType, Play, SongTotalType, YearInMusic, recent_key
from schema.playback_queue import PlaybackQueue, queue_key
from schema.playlist import Playlist
from schema.podcast import Episode, Show
from schema.recommendations import Discovery, viewer_discover
from schema.song import Song

Period: TypeAlias = Annotated[
    listening.ListeningPeriod, strawberry.argument(description="How far to look back.")
]


async def _top_songs(
    info: Info, period: Period = listening.ListeningPeriod.MONTH, first: First = 20
) -> Any:
    key = listening.top_key(info.context, period, first)
    return await info.context.loaders[listening.TOP_SONGS].load(key)


async def _top_artists(
    info: Info, period: Period = listening.ListeningPeriod.MONTH, first: First = 20
) -> Any:
    key = listening.top_key(info.context, period, first)
    return await info.context.loaders[listening.TOP_ARTISTS].load(key)


def _year_in_music(
    info: Info,
    year: Annotated[int, strawberry.argument(description="Which year, by UTC.")],
) -> Any:
    return listening.year_in_music(info.context, year)


@strawberry.type
class Listener:
    liked_songs: LibraryConnection[Song] = batched(
        library.LIKED_SONGS, page_of, description="Songs that the viewer likes, newest first."
    )
    followed_artists: LibraryConnection[Artist] = batched(
        library.FOLLOWED_ARTISTS,
        page_of,
        description="Artists whom the viewer follows, newest first.",
    )
    playlists: Connection[Playlist] = batched(
        PLAYLISTS_OF_USER, page_of, description="The viewer's own playlists, newest first."
    )
    saved_playlists: LibraryConnection[Playlist] = batched(
        SAVED_PLAYLISTS,
        page_of,
        description=(
            "Playlists of others that the viewer saved or joined, newest first, as long as they "
            "are shared with the viewer."
        ),
    )
    saved_albums: LibraryConnection[Album] = batched(
        library.SAVED_ALBUMS, page_of, description="Albums that the viewer saved, newest first."
    )
    saved_shows: LibraryConnection[Show] = batched(
        library.SAVED_SHOWS, page_of, description="Podcasts that the viewer saved, newest first."
    )
    episodes_in_progress: Connection[Episode] = batched(
        IN_PROGRESS,
        page_of,
        description="Episodes that the viewer has begun and not ended, the latest heard first.",
    )
    history: Connection[Play] = batched(
        listening.HISTORY, page_of, description="All that the viewer has heard, the latest first."
    )
    recently_played: list[Song] = batched(
        listening.RECENT_SONGS,
        recent_key,
        description="The songs of the last 1,000 plays, each once, the latest first.",
    )
    top_songs: list[SongTotalType] = resolved_by(
        _top_songs, description="What the viewer played most, by the number of plays."
    )
    top_artists: list[ArtistTotalType] = resolved_by(
        _top_artists, description="Whose songs the viewer played most, by the number of plays."
    )
    year_in_music: YearInMusic = resolved_by(
        _year_in_music, description="What the viewer has heard in a year."
    )
    queue: PlaybackQueue | None = batched(
        playback_queue.QUEUES,
        queue_key,
        description="What the viewer plays on whatever device; null until something was queued.",
    )
    changes: Changes = resolved_by(
        viewer_changes,
        description=(
            "What has changed of library, playlists and history, for a client that keeps a copy "
            "of them."
        ),
    )
    discover: list[Discovery] = resolved_by(
        viewer_discover,
        description=(
            "Songs that the viewer has neither played nor liked, and may like, the best first."
        ),
    )
