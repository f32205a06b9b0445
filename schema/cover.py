"""Covers."""

from typing import Annotated, TypeAlias

import strawberry

from engine.batch import batched
from resolvers import covers
from resolvers.context import Info
from schema.fields import resolved_by

strawberry.enum(
    covers.CoverSize,
    description="Width and height of an image: SMALL 64 pixels, MEDIUM 300, LARGE 640.",
)

Size: TypeAlias = Annotated[
    covers.CoverSize, strawberry.argument(description="How large an image to give.")
]


def _url(
    cover: strawberry.Parent[covers.Cover],
    info: Info,
    size: Size = covers.CoverSize.MEDIUM,
) -> str:
    return covers.cover_url(cover, info, size)


def _sha256(cover: covers.Cover) -> bytes:
    return cover.sha256


@strawberry.type(description="The picture of an album, a song, a show or a playlist.")
class Cover:
    url: str = resolved_by(
        _url, description="A JPEG of this size. Everyone gets the same URL for a while."
    )
    dominant_color: str = batched(
        covers.COLORS_BY_COVER,
        _sha256,
        description="The colour to show until the image is there, as `#rrggbb`.",
    )
