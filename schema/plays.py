"""Reporting what was heard."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import strawberry

from resolvers import plays
from resolvers.context import Info
from schema.access import SIGNED_IN, mutation
from schema.failures import Invalid, payload
from schema.play import Play


@strawberry.input(description="What was heard of a song so far.")
class PlayReport:
    id: UUID = strawberry.field(
        description="Made by the client when the play began, the same in each of its reports."
    )
    song_id: strawberry.ID = strawberry.field(description="Which song.")
    started_at: datetime = strawberry.field(description="When it began, by the client's clock.")
    heard_ms: int = strawberry.field(
        description="How much was heard of it so far, in milliseconds, without pauses."
    )
    at: datetime | None = strawberry.field(
        default=None,
        description="When so much was heard, by the client's clock; null is when this is sent.",
    )
    completed: bool = strawberry.field(
        default=False, description="Whether it was heard to the end."
    )


@strawberry.input(description="What was heard.")
class ReportPlaysInput:
    plays: list[PlayReport] = strawberry.field(
        description=(
            "1 to 50 reports in any order. To send one again changes nothing, so send what is not "
            "answered again, also days later."
        )
    )
    sent_at: datetime | None = strawberry.field(
        default=None,
        description="The client's clock when it sends this, so that it need not be right.",
    )


@strawberry.type(description="A report that will never be taken: do not send it again.")
class RefusedReport:
    id: UUID = strawberry.field(description="Of the play.")
    reason: str = strawberry.field(description="Why, for people.")


@strawberry.type(description="All reports are dealt with.")
class ReportPlaysPayload:
    is_type_of = payload

    plays: list[Play] = strawberry.field(description="The plays that were reported, as known now.")
    refused: list[RefusedReport] = strawberry.field(description="What cannot be taken.")


ReportPlaysResult: TypeAlias = Annotated[
    ReportPlaysPayload | Invalid,
    strawberry.union("ReportPlaysResult", description="What became of it."),
]


async def _report_plays(info: Info, input: ReportPlaysInput) -> Any:
    reports = [
        plays.Report(
            given.id, given.song_id, given.started_at, given.heard_ms, given.at, given.completed
        )
        for given in input.plays
    ]
    return await plays.report(info.context, reports, input.sent_at)


@strawberry.type
class PlayMutations:
    report_plays: ReportPlaysResult = mutation(
        _report_plays,
        allowed=SIGNED_IN,
        description=(
            "Says what the viewer has heard: while it plays, when it ends, or later for what was "
            "played offline."
        ),
    )
