"""Withdrawing songs, by curators."""

from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers import withdrawal
from resolvers.context import Info
from schema.access import CURATOR, mutation
from schema.failures import NotFound, payload
from schema.song import Song


@strawberry.input(description="Which song is to be withdrawn.")
class WithdrawSongInput:
    song_id: strawberry.ID = strawberry.field(description="The song's id.")


@strawberry.type(
    description="The song is found no more and has no files. URLs that are out end with their time."
)
class WithdrawSongPayload:
    is_type_of = payload

    song: Song = strawberry.field(description="The song, which is not available any more.")


WithdrawSongResult: TypeAlias = Annotated[
    WithdrawSongPayload | NotFound,
    strawberry.union("WithdrawSongResult", description="What became of it."),
]


@strawberry.input(description="Which song is to be restored.")
class RestoreSongInput:
    song_id: strawberry.ID = strawberry.field(description="The song's id.")


@strawberry.type(description="The song is found and plays again.")
class RestoreSongPayload:
    is_type_of = payload

    song: Song = strawberry.field(description="The song.")


RestoreSongResult: TypeAlias = Annotated[
    RestoreSongPayload | NotFound,
    strawberry.union("RestoreSongResult", description="What became of it."),
]


async def _withdraw(info: Info, input: WithdrawSongInput) -> Any:
    return await withdrawal.withdraw_song(info.context, input.song_id)


async def _restore(info: Info, input: RestoreSongInput) -> Any:
    return await withdrawal.restore_song(info.context, input.song_id)


@strawberry.type
class WithdrawalMutations:
    withdraw_song: WithdrawSongResult = mutation(
        _withdraw,
        allowed=CURATOR,
        description="Withdraws a song until it is restored.",
    )
    restore_song: RestoreSongResult = mutation(
        _restore, allowed=CURATOR, description="Restores a song that was withdrawn."
    )
