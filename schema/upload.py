"""Uploads by curators."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias

import strawberry

from resolvers import uploads
from resolvers.context import Info
from schema.access import CURATOR, mutation
from schema.failures import Invalid, NotFound, payload
from schema.scalars import BigInt
from schema.song import Song


@strawberry.type(description="A header of an HTTP request.")
class Header:
    name: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="Its value.")


@strawberry.input(description="A file that is to be uploaded.")
class RequestUploadInput:
    file_name: str = strawberry.field(
        description="Its name: the extension says what it holds, and an untitled song gets it."
    )
    size_bytes: BigInt = strawberry.field(description="Its size, at most 1 GiB.")
    sha256: str = strawberry.field(description="SHA-256 of its bytes, in hexadecimal.")
    part_sha256s: list[str] | None = strawberry.field(
        default=None,
        description=(
            "SHA-256 of each 16 MiB of a file of more than 32 MiB: the store then checks each part "
            "as it comes. Without them the whole is checked in the end."
        ),
    )


@strawberry.type(description="A part of a file, and where to put it.")
class UploadPart:
    number: int = strawberry.field(description="Which part it is, from 1.")
    first_byte: BigInt = strawberry.field(description="Where in the file it begins, from 0.")
    size_bytes: BigInt = strawberry.field(description="How many bytes it has.")
    url: str = strawberry.field(description="Takes them by PUT.")
    headers: list[Header] = strawberry.field(description="Send these with the PUT.")


@strawberry.type(
    description=(
        "The file may be put: PUT its bytes to `url` with `headers`, or if there are `parts` each "
        "of them to its own, then `completeUpload`."
    )
)
class RequestUploadPayload:
    is_type_of = payload

    upload_id: strawberry.ID = strawberry.field(description="For `completeUpload`.")
    url: str = strawberry.field(description="Takes this file by PUT, and no other.")
    headers: list[Header] = strawberry.field(description="Send these with the PUT.")
    parts: list[UploadPart] = strawberry.field(
        description=(
            "Of a file of more than 32 MiB, to be put in any order, several at once, and each "
            "again if it fails; empty for a smaller one."
        )
    )
    expires_at: datetime = strawberry.field(description="Until then it must be completed.")


RequestUploadResult: TypeAlias = Annotated[
    RequestUploadPayload | Invalid,
    strawberry.union("RequestUploadResult", description="What became of it."),
]


@strawberry.input(description="An upload to go on with.")
class ResumeUploadInput:
    upload_id: strawberry.ID = strawberry.field(description="As `requestUpload` gave it.")


@strawberry.type(description="What is missing of the file may be put.")
class ResumeUploadPayload:
    is_type_of = payload

    upload_id: strawberry.ID = strawberry.field(description="For `completeUpload`.")
    url: str = strawberry.field(description="Takes the whole file by PUT.")
    headers: list[Header] = strawberry.field(description="Send these with that PUT.")
    parts: list[UploadPart] = strawberry.field(
        description="Those that are not there yet; empty when all are, or it has none."
    )
    expires_at: datetime = strawberry.field(description="Until then it must be completed.")


ResumeUploadResult: TypeAlias = Annotated[
    ResumeUploadPayload | NotFound,
    strawberry.union("ResumeUploadResult", description="What became of it."),
]


@strawberry.input(description="An upload whose file was put.")
class CompleteUploadInput:
    upload_id: strawberry.ID = strawberry.field(description="As `requestUpload` gave it.")


@strawberry.type(description="The file is in the catalogue.")
class CompleteUploadPayload:
    is_type_of = payload

    song: Song = strawberry.field(description="The song that it is a file of.")
    is_new_song: bool = strawberry.field(
        description="False when the song was there: the file is another format of it, or the same."
    )
    notes: list[str] = strawberry.field(description="What is odd about its tags, for people.")


CompleteUploadResult: TypeAlias = Annotated[
    CompleteUploadPayload | Invalid | NotFound,
    strawberry.union("CompleteUploadResult", description="What became of it."),
]


async def _request_upload(info: Info, input: RequestUploadInput) -> Any:
    return await uploads.request_upload(
        info.context,
        file_name=input.file_name,
        size_bytes=input.size_bytes,
        sha256=input.sha256,
        part_sha256s=input.part_sha256s,
    )


async def _resume_upload(info: Info, input: ResumeUploadInput) -> Any:
    return await uploads.resume_upload(info.context, upload_id=input.upload_id)


async def _complete_upload(info: Info, input: CompleteUploadInput) -> Any:
    return await uploads.complete_upload(info.context, upload_id=input.upload_id)


@strawberry.type
class UploadMutations:
    request_upload: RequestUploadResult = mutation(
        _request_upload,
        allowed=CURATOR,
        description="Announces a file, and gives the URL to put it at.",
    )
    resume_upload: ResumeUploadResult = mutation(
        _resume_upload,
        allowed=CURATOR,
        description="Gives URLs for the parts of a file that are not there yet.",
    )
    complete_upload: CompleteUploadResult = mutation(
        _complete_upload,
        allowed=CURATOR,
        description=(
            "Checks the file that was put, reads its tags, and makes its song, or adds it to the "
            "song that it is another format of. Can be repeated after a failure."
        ),
    )
