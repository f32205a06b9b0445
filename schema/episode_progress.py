"""How far the viewer has heard an episode."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers import episode_progress
from resolvers.context import Info
from schema.access import SIGNED_IN, mutation
from schema.failures import Invalid, NotFound, payload
from schema.podcast import Episode


@strawberry.input(description="How far the viewer has heard an episode.")
class SetEpisodeProgressInput:
    episode_id: strawberry.ID = strawberry.field(description="The episode.")
    position_ms: int = strawberry.field(
        description="Where to go on, in milliseconds from the start; 0 to 604,800,000."
    )
    completed: bool | None = strawberry.field(
        default=None,
        description=(
            "Whether it has been heard; null says so where less than half a minute or a "
            "twentieth is left."
        ),
    )
    heard_at: datetime | None = strawberry.field(
        default=None,
        description=(
            "When that was, by the listener's clock; null is now. What was reported of a later "
            "time stays, so that devices may report late and twice."
        ),
    )


@strawberry.type(description="The progress is noted, unless something later was known.")
class SetEpisodeProgressPayload:
    is_type_of = payload

    episode: Episode = strawberry.field(description="The episode; `progress` is what holds now.")


SetEpisodeProgressResult: TypeAlias = Annotated[
    SetEpisodeProgressPayload | Invalid | NotFound,
    strawberry.union("SetEpisodeProgressResult", description="What became of it."),
]


async def _set_episode_progress(info: Info, input: SetEpisodeProgressInput) -> Any:
    return await episode_progress.set_progress(
        info.context,
        input.episode_id,
        position_ms=input.position_ms,
        completed=input.completed,
        heard_at=input.heard_at,
    )


@strawberry.type
class EpisodeProgressMutations:
    set_episode_progress: SetEpisodeProgressResult = mutation(
        _set_episode_progress,
        allowed=SIGNED_IN,
        description="Notes how far the viewer has heard an episode, to go on there anywhere.",
    )
