"""Covers: URLs of the resized images. All sizes exist from the moment the cover does."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from strawberry import Parent

from db.albums import AlbumRecord
from db.covers import select_covers
from db.playlists import PlaylistRecord
from db.shows import ShowRecord
from db.songs import SongRecord
from engine.batch import Loader
from resolvers.context import Context, Info
from resolvers.streams import sign
from storage.keys import cover_key


class CoverSize(Enum):
    """Values are the width and height in pixels."""

    SMALL = 64
    MEDIUM = 300
    LARGE = 640


@dataclass(frozen=True, slots=True)
class Cover:
    sha256: bytes


def cover(owner: Parent[AlbumRecord | PlaylistRecord | ShowRecord | SongRecord]) -> Cover | None:
    return None if owner.cover_sha256 is None else Cover(owner.cover_sha256)


def cover_url(cover: Cover, info: Info, size: CoverSize) -> str:
    return sign(info.context, cover_key(cover.sha256, size.value)).url


async def _load_colors(context: Context, sha256s: Sequence[bytes]) -> list[str | None]:
    async with context.connection() as connection:
        covers = await select_covers(connection, sha256s)
    found = {cover.sha256: f"#{cover.dominant_color:06x}" for cover in covers}
    return [found.get(sha256) for sha256 in sha256s]


COLORS_BY_COVER: Loader[bytes, str] = Loader("colors_by_cover", _load_colors)
