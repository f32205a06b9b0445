"""What plays an episode."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from strawberry import Parent

from db.episodes import EpisodeRecord
from resolvers.context import Info
from resolvers.errors import NotSignedIn
from resolvers.streams import may_stream, sign
from storage.signer import SignedUrl


class EpisodeKind(Enum):
    FULL = "FULL"
    TRAILER = "TRAILER"
    BONUS = "BONUS"


@dataclass(frozen=True, slots=True)
class EpisodeStream:
    """Audio that can be played now: `signed` where it lies in S3, else a link to its publisher."""

    episode: EpisodeRecord
    url: str
    signed: SignedUrl | None

    @property
    def is_linked(self) -> bool:
        return self.signed is None

    @property
    def expires_at(self) -> datetime | None:
        return None if self.signed is None else datetime.fromtimestamp(self.signed.expires_at, UTC)

    @property
    def refresh_after(self) -> datetime | None:
        signed = self.signed
        return None if signed is None else datetime.fromtimestamp(signed.refresh_after, UTC)

    @property
    def mime_type(self) -> str:
        return self.episode.mime_type

    @property
    def size_bytes(self) -> int | None:
        return self.episode.size_bytes


def episode_stream(episode: Parent[EpisodeRecord], info: Info) -> EpisodeStream | None:
    """What to play; raises `NotSignedIn`, and `Unavailable` when URLs cannot be signed."""
    if not may_stream(info.context):
        raise NotSignedIn
    if episode.object_key is not None:
        signed = sign(info.context, episode.object_key)
        return EpisodeStream(episode, signed.url, signed)
    if episode.enclosure_url is not None:
        return EpisodeStream(episode, episode.enclosure_url, None)
    return None
