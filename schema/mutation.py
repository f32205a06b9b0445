"""The mutations, one module a noun."""

import strawberry

from schema.account import AccountMutations
from schema.curation import CurationMutations
from schema.episode_progress import EpisodeProgressMutations
from schema.library import LibraryMutations
from schema.merging import MergingMutations
from schema.playback import PlaybackMutations
from schema.playback_queue import PlaybackQueueMutations
from schema.playlist_covers import PlaylistCoverMutations
from schema.playlist_entries import PlaylistEntryMutations
from schema.playlists import PlaylistMutations
from schema.plays import PlayMutations
from schema.profile import ProfileMutations
from schema.session import SessionMutations
from schema.upload import UploadMutations
from schema.withdrawal import WithdrawalMutations


@strawberry.type(
    description=(
        "What can be changed. Each takes one `input`, and gives its payload or an `Error` that "
        "says why nothing was done."
    )
)
class Mutation(
    AccountMutations,
    SessionMutations,
    ProfileMutations,
    LibraryMutations,
    PlaylistMutations,
    PlaylistEntryMutations,
    PlaylistCoverMutations,
    PlaybackMutations,
    PlayMutations,
    PlaybackQueueMutations,
    UploadMutations,
    WithdrawalMutations,
    CurationMutations,
    MergingMutations,
    EpisodeProgressMutations,
):
    pass
