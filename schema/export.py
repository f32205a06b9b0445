"""The archive of all that the viewer has."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers import exports
from resolvers.context import Info
from schema.access import SIGNED_IN, mutation
from schema.failures import WrongCredentials, payload
from schema.scalars import BigInt

strawberry.enum(
    exports.ExportState,
    description="PENDING: the archive is being made. READY: it can be fetched.",
)


@strawberry.type(description="An archive of all that is kept of the viewer: a ZIP of JSON.")
class Export:
    state: exports.ExportState = strawberry.field(description="Whether it can be fetched.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    size_bytes: BigInt | None = strawberry.field(description="Its size; null until it is ready.")
    expires_at: datetime | None = strawberry.field(
        description="When it is deleted, a week after it was made; null until it is ready."
    )
    url: str | None = strawberry.field(
        description=(
            "Opens it for an hour or so, for whoever has this URL; null until it is ready. Ask "
            "again for another one."
        )
    )


@strawberry.input(description="What proves that it is the viewer who wants this.")
class RequestExportInput:
    password: str | None = strawberry.field(
        default=None,
        description="The password; none for who signs in with an external provider.",
    )


@strawberry.type(description="The archive is being made, or there is one of the last hour.")
class RequestExportPayload:
    is_type_of = payload

    export: Export = strawberry.field(description="The archive; `viewer.export` tells more later.")


RequestExportResult: TypeAlias = Annotated[
    RequestExportPayload | WrongCredentials,
    strawberry.union("RequestExportResult", description="What became of it."),
]


async def _request_export(info: Info, input: RequestExportInput) -> Any:
    return await exports.request_export(info.context, password=input.password)


def export_key(viewer: Any) -> int:
    """Whose archive it is."""
    return int(viewer.id)


@strawberry.type
class ExportMutations:
    request_export: RequestExportResult = mutation(
        _request_export,
        allowed=SIGNED_IN,
        description="Has an archive made of all that is kept of the viewer.",
    )
