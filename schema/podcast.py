"""Podcasts: shows and their episodes."""

from datetime import datetime

import strawberry

from db.episodes import EpisodeKey, EpisodeRecord
from db.shows import ShowRecord
from engine.batch import batched
from resolvers import covers, episodes, ids
from resolvers.episode_progress import PROGRESS
from resolvers.library import SHOW_IS_SAVED
from resolvers.loaders import EPISODES_OF_SHOW, SHOWS_BY_ID
from schema.connections import Connection
from schema.cover import Cover
from schema.fields import of_records, page_of, resolved_by
from schema.node import Node
from schema.scalars import BigInt

strawberry.enum(
    episodes.EpisodeKind, description="What an episode is: one of the series, or about it."
)


@strawberry.type(
    description=(
        "What plays an episode now: give `url` to the player as it is. The audio lies in our own "
        "store, or else with its publisher."
    )
)
class EpisodeStream:
    url: str = strawberry.field(description="Opens the audio, whole or by HTTP Range.")
    is_linked: bool = strawberry.field(
        description=(
            "Whether the URL is the publisher's own. It does not end then, but may be redirected, "
            "may count the download and may be gone."
        )
    )
    expires_at: datetime | None = strawberry.field(
        description="From then on the URL opens nothing; null for a link, which has no such end."
    )
    refresh_after: datetime | None = strawberry.field(
        description="Ask for a new stream after this; null for a link."
    )
    mime_type: str = strawberry.field(
        description="Media type; of a link, what the feed says. Some episodes are `video/…`."
    )
    size_bytes: BigInt | None = strawberry.field(
        description="Size in bytes; of a link, what the feed says, null where it does not."
    )


def _id(show: ShowRecord) -> int:
    return show.id


@strawberry.type(description="A podcast.")
class Show(Node):
    is_type_of = of_records(ShowRecord)

    id: strawberry.ID = resolved_by(ids.show_id, description="The show's global id.")
    title: str = strawberry.field(description="The title that its feed gives.")
    author: str = strawberry.field(description="Who makes it; empty where the feed names nobody.")
    description: str = strawberry.field(description="What it is about: plain text, in paragraphs.")
    language: str | None = strawberry.field(
        description="Language tag (BCP 47), `pt-BR` for example; null where it is not known."
    )
    explicit: bool = strawberry.field(description="Whether the words may offend.")
    categories: list[str] = strawberry.field(
        description="Apple's categories, or what the feed has instead; the main one first."
    )
    link: str | None = strawberry.field(description="The show's own web page.")
    popularity: int = strawberry.field(
        description="Larger is more popular; comparable between shows only."
    )
    cover: Cover | None = resolved_by(covers.cover, description="The picture of the show.")
    saved_by_viewer: bool = batched(
        SHOW_IS_SAVED,
        _id,
        description="Whether the viewer saved it; false while nobody is signed in.",
    )
    episodes: Connection["Episode"] = batched(
        EPISODES_OF_SHOW, page_of, description="Its episodes, newest first."
    )


@strawberry.type(description="How far the viewer has heard an episode.")
class EpisodeProgress:
    position_ms: int = strawberry.field(
        description="Where to go on, in milliseconds from the start."
    )
    completed: bool = strawberry.field(description="Whether it has been heard to its end.")
    heard_at: datetime = strawberry.field(description="When that was.")


def _key(episode: EpisodeRecord) -> EpisodeKey:
    return EpisodeKey(episode.show_id, episode.id)


def _show_id(episode: EpisodeRecord) -> int:
    return episode.show_id


@strawberry.type(description="An episode of a podcast.")
class Episode(Node):
    is_type_of = of_records(EpisodeRecord)

    id: strawberry.ID = resolved_by(ids.episode_id, description="The episode's global id.")
    title: str = strawberry.field(description="The title that the feed gives.")
    description: str = strawberry.field(
        description="Its notes: plain text in paragraphs, at most 10,000 characters."
    )
    kind: episodes.EpisodeKind = strawberry.field(description="Whether it is one of the series.")
    season: int | None = strawberry.field(description="Which season, where the feed counts them.")
    number: int | None = strawberry.field(
        description="Which episode of the season or the show, where the feed counts them."
    )
    explicit: bool = strawberry.field(description="Whether the words may offend.")
    published_at: datetime = strawberry.field(
        description="When it was published; where the feed does not say it, when it was first seen."
    )
    duration_ms: int | None = strawberry.field(
        description="Length in milliseconds, as the feed says; measured for audio that we store."
    )
    link: str | None = strawberry.field(description="The episode's own web page.")
    chapters_url: str | None = strawberry.field(
        description="Its chapters as JSON (Podcasting 2.0), with the publisher."
    )
    show: Show = batched(SHOWS_BY_ID, _show_id, description="The show that it belongs to.")
    progress: EpisodeProgress | None = batched(
        PROGRESS,
        _key,
        description="How far the viewer has heard it; null if never, or while nobody is signed in.",
    )
    stream: EpisodeStream | None = resolved_by(
        episodes.episode_stream, description="What to play; null when there is nothing."
    )
