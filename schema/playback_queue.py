"""The queue that follows the viewer from device to device."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias

import strawberry

from engine.batch import batched
from resolvers import playback_queue
from resolvers.context import Info
from resolvers.loaders import SONGS_BY_ID
from resolvers.pages import PageKey, page_request
from schema.access import SIGNED_IN, mutation, subscription
from schema.connections import Connection
from schema.failures import Conflict, Invalid, NotFound, payload
from schema.fields import After, First, resolved_by
from schema.song import Song


def _page(queue: Any, first: First = 20, after: After = None) -> PageKey:
    return PageKey(tuple(queue.song_ids), page_request(first, after))


@strawberry.type(description="What the viewer plays, and where they are in it.")
class PlaybackQueue:
    revision: int = strawberry.field(
        description="Grows with every change: send it with yours, to change what you have seen."
    )
    songs: Connection[Song] = batched(
        playback_queue.SONGS_OF_QUEUE, _page, description="All songs, in order."
    )
    current_index: int = strawberry.field(description="The place of the current song, from 0.")
    current_song: Song | None = batched(
        SONGS_BY_ID,
        playback_queue.current_song_id,
        description="The current song; null in an empty queue, or when it does not exist any more.",
    )
    position_ms: int = resolved_by(
        playback_queue.position_ms,
        description=(
            "Where in the current song the viewer is now, in milliseconds, counted on since the "
            "last change while it plays; more than the song is long when a device went silent."
        ),
    )
    playing: bool = strawberry.field(description="Whether it plays, or is paused.")
    device: str | None = strawberry.field(description="Where it plays, as that device said.")
    updated_at: datetime = strawberry.field(description="When it was last changed.")


@strawberry.input(description="Songs to put into the queue, in place of those that it has.")
class SetQueueInput:
    revision: int = strawberry.field(
        description="The queue's revision; 0 while there has been none."
    )
    song_ids: list[strawberry.ID] = strawberry.field(description="Up to 1,000 songs, in order.")
    current_index: int = strawberry.field(
        default=0, description="The place of the current song, from 0."
    )
    position_ms: int = strawberry.field(
        default=0, description="Where in that song the viewer is, in milliseconds."
    )
    playing: bool = strawberry.field(default=True, description="Whether it plays.")
    device: str | None = strawberry.field(
        default=None, description="Where it plays, for people: up to 100 characters."
    )


@strawberry.type(description="The queue has these songs.")
class SetQueuePayload:
    is_type_of = payload

    queue: PlaybackQueue = strawberry.field(description="The queue as it is now.")


SetQueueResult: TypeAlias = Annotated[
    SetQueuePayload | Invalid | NotFound | Conflict,
    strawberry.union("SetQueueResult", description="What became of it."),
]


@strawberry.input(description="Where in the queue the viewer is.")
class UpdateQueueInput:
    revision: int = strawberry.field(description="The queue's revision.")
    current_index: int = strawberry.field(description="The place of the current song, from 0.")
    position_ms: int = strawberry.field(
        description="Where in that song the viewer is, in milliseconds."
    )
    playing: bool = strawberry.field(description="Whether it plays.")
    device: str | None = strawberry.field(
        default=None,
        description="Where it plays, for people: another device takes over by naming itself.",
    )


@strawberry.type(description="The queue stands there.")
class UpdateQueuePayload:
    is_type_of = payload

    queue: PlaybackQueue = strawberry.field(description="The queue as it is now.")


UpdateQueueResult: TypeAlias = Annotated[
    UpdateQueuePayload | Invalid | Conflict,
    strawberry.union("UpdateQueueResult", description="What became of it."),
]


def _state(input: SetQueueInput | UpdateQueueInput) -> playback_queue.QueueState:
    return playback_queue.QueueState(
        input.current_index, input.position_ms, input.playing, input.device
    )


async def _set_queue(info: Info, input: SetQueueInput) -> Any:
    return await playback_queue.replace_queue(
        info.context, song_ids=input.song_ids, state=_state(input), revision=input.revision
    )


async def _update_queue(info: Info, input: UpdateQueueInput) -> Any:
    return await playback_queue.update_state(
        info.context, state=_state(input), revision=input.revision
    )


@strawberry.type
class PlaybackQueueMutations:
    set_queue: SetQueueResult = mutation(
        _set_queue, allowed=SIGNED_IN, description="Puts other songs into the viewer's queue."
    )
    update_queue: UpdateQueueResult = mutation(
        _update_queue,
        allowed=SIGNED_IN,
        description="Moves on in the queue, pauses it, or takes it over to another device.",
    )


KnownRevision: TypeAlias = Annotated[
    int | None,
    strawberry.argument(
        description=(
            "The revision that is known already, as after a pause: when it is still the present "
            "one, the first event is the next change."
        )
    ),
]


def _playback_changed(info: Info, after: KnownRevision = None) -> Any:
    return playback_queue.queue_states(info.context, after)


@strawberry.type
class PlaybackQueueSubscriptions:
    playback_changed: PlaybackQueue = subscription(
        _playback_changed,
        allowed=SIGNED_IN,
        description=(
            "The viewer's queue: its present state at once, if there is one, then each change, "
            "made on whatever device. Changes in quick succession may come as one."
        ),
    )


def queue_key(viewer: Any) -> int:
    """The queue of a viewer."""
    number: int = viewer.id
    return number
