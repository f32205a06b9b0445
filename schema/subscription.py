"""The subscriptions, one module a noun."""

import strawberry

from schema.playback_queue import PlaybackQueueSubscriptions


@strawberry.type(
    description=(
        "What can be listened to, over a websocket (graphql-transport-ws) or as server-sent events."
    )
)
class Subscription(PlaybackQueueSubscriptions):
    pass
