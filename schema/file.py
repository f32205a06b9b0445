"""Files and streams."""

from datetime import datetime

import strawberry

from db.files import FileRecord
from engine.batch import reads, together
from resolvers import ids, streams
from schema.fields import of_records, resolved_by
from schema.node import Node
from schema.scalars import BigInt

strawberry.enum(streams.Codec, description="How audio is encoded.")
strawberry.enum(
    streams.StreamQuality,
    description=(
        "How much of the network a stream may use: LOW up to 96 kbit/s, NORMAL up to 160, HIGH "
        "up to 320, LOSSLESS without a limit."
    ),
)


@reads("sha256")
def _sha256(file: strawberry.Parent[FileRecord]) -> str:
    return file.sha256.hex()


@strawberry.type(description="The audio of a song in one format, as it lies in the object store.")
class File(Node):
    is_type_of = of_records(FileRecord)

    id: strawberry.ID = resolved_by(ids.file_id, description="The file's global id.")
    codec: streams.Codec = strawberry.field(description="How the audio is encoded.")
    bitrate_kbps: int = strawberry.field(description="Average bit rate in kbit/s.")
    sample_rate_hz: int = strawberry.field(description="Samples a second of each channel.")
    channels: int = strawberry.field(description="1 is mono, 2 is stereo.")
    bit_depth: int | None = strawberry.field(
        description="Bits of a sample; null where the codec has no such thing."
    )
    duration_ms: int = strawberry.field(description="Length in milliseconds.")
    size_bytes: BigInt = strawberry.field(description="Size in bytes.")
    sha256: str = resolved_by(_sha256, description="SHA-256 of the bytes, in hexadecimal.")
    mime_type: str = strawberry.field(description="Media type, for `canPlayType` and `source`.")
    stream_url: str | None = together(
        streams.file_urls,
        description=(
            "A URL that plays this file, good for a while; null when the caller may not stream. "
            "Prefer `Song.stream`, which chooses the file and tells when the URL ends."
        ),
    )


@strawberry.type(description="What plays a song now: give `url` to the player as it is.")
class Stream:
    url: str = strawberry.field(
        description=(
            "Opens the audio, whole or by HTTP Range. Everyone gets the same URL for a while, so "
            "caches can keep what it opens."
        )
    )
    expires_at: datetime = strawberry.field(description="From then on the URL opens nothing.")
    refresh_after: datetime = strawberry.field(
        description="Ask for a new stream after this, so that none ends while it is needed."
    )
    mime_type: str = strawberry.field(description="Media type of the audio.")
    size_bytes: BigInt = strawberry.field(description="Size of the audio in bytes.")
    file: File = strawberry.field(description="The file that was chosen.")
