"""Playback leases."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers import playback, streams
from resolvers.context import Info
from schema.access import ANYONE, mutation
from schema.failures import Invalid, NotFound, payload
from schema.file import Stream
from schema.song import Song


@strawberry.type(description="A song of a lease, and what plays it.")
class LeasedStream:
    song: Song = strawberry.field(description="The song.")
    stream: Stream | None = strawberry.field(
        description="What to play; null when there is no file for this player."
    )


@strawberry.type(
    description=(
        "What plays a song and the next ones. Renew it after `refreshAfter`, and after any pause: "
        "the new URLs open the same files, so that the player goes on where it stopped."
    )
)
class PlaybackLease:
    token: str = strawberry.field(description="Opaque; `renewPlayback` takes it.")
    streams: list[LeasedStream] = strawberry.field(description="The songs, in order.")
    expires_at: datetime = strawberry.field(description="When the first of the URLs ends.")
    refresh_after: datetime = strawberry.field(
        description="When to renew it, so that no URL ends while it is needed."
    )
    renewable_until: datetime = strawberry.field(description="It can be renewed so long.")


@strawberry.input(description="What to play.")
class StartPlaybackInput:
    song_ids: list[strawberry.ID] = strawberry.field(
        description="The song that plays now, and those that follow: 1 to 20."
    )
    quality: streams.StreamQuality = strawberry.field(
        default=streams.StreamQuality.HIGH,
        description="How much of the network the streams may use.",
    )
    codecs: list[streams.Codec] | None = strawberry.field(
        default=None,
        description="What the player can decode (`canPlayType`); null takes any codec.",
    )


@strawberry.type(description="The songs can be played.")
class StartPlaybackPayload:
    is_type_of = payload

    lease: PlaybackLease = strawberry.field(description="What plays them.")


StartPlaybackResult: TypeAlias = Annotated[
    StartPlaybackPayload | Invalid | NotFound,
    strawberry.union("StartPlaybackResult", description="What became of it."),
]


@strawberry.input(description="The lease to renew.")
class RenewPlaybackInput:
    token: str = strawberry.field(description="The lease's `token`.")
    song_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description=(
            "The song that plays now, and those that follow, if they are others than before; those "
            "that the lease had keep their files."
        ),
    )


@strawberry.type(description="The songs can be played on.")
class RenewPlaybackPayload:
    is_type_of = payload

    lease: PlaybackLease = strawberry.field(description="What plays them from now on.")


RenewPlaybackResult: TypeAlias = Annotated[
    RenewPlaybackPayload | Invalid | NotFound,
    strawberry.union("RenewPlaybackResult", description="What became of it."),
]


async def _start_playback(info: Info, input: StartPlaybackInput) -> Any:
    return await playback.start(
        info.context, song_ids=input.song_ids, quality=input.quality, codecs=input.codecs
    )


async def _renew_playback(info: Info, input: RenewPlaybackInput) -> Any:
    return await playback.renew(info.context, token=input.token, next_song_ids=input.song_ids)


@strawberry.type
class PlaybackMutations:
    # Where streaming is for people who are signed in, the resolvers refuse others.
    start_playback: StartPlaybackResult = mutation(
        _start_playback,
        allowed=ANYONE,
        description="Gives the streams of a song and of the next ones, in one call.",
    )
    renew_playback: RenewPlaybackResult = mutation(
        _renew_playback,
        allowed=ANYONE,
        description="Gives new URLs for the files of a lease, up to 30 days after its end.",
    )
