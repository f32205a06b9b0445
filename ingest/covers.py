"""Covers: from the image in a file, or beside it, to three JPEGs and a colour."""

import hashlib
import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

SIZES: Final = (64, 300, 640)
"""Pixels of the longer side. A smaller original keeps its size, under all three names."""
MAX_BYTES: Final = 32 << 20
MAX_PIXELS: Final = 64_000_000
"""Of a JPEG, which is decoded at a fraction of its size."""
MAX_PIXELS_WHOLE: Final = 25_000_000
"""Of the other formats, of which 64 million pixels in 115 kB took 6.6 s and 965 MB; so many take
a second and 300 MB."""
QUALITY: Final = {64: 80, 300: 82, 640: 85}
NAMES: Final = ("cover", "folder", "front", "album", "albumart")
"""Names, without extension, of images that stand beside the music, the best first."""
EXTENSIONS: Final = (".jpg", ".jpeg", ".png", ".webp", ".gif")
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


class NotAnImage(ValueError):
    """This is no image that can be a cover; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Cover:
    sha256: bytes
    """Of the original, which is the cover's name."""
    width: int
    height: int
    dominant_color: int
    """0xRRGGBB."""
    jpegs: Mapping[int, bytes]
    """By size; progressive, sRGB, without metadata."""


def make_cover(original: bytes) -> Cover:
    """Resizes an image; takes tens of milliseconds. Raises `NotAnImage`."""
    if len(original) > MAX_BYTES:
        raise NotAnImage(f"the cover is too large: {len(original):,} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image, (width, height) = _decode(original)
    except NotAnImage:
        raise
    except Image.DecompressionBombError as error:
        raise NotAnImage("the cover is too large") from error
    # Pillow's decoders raise whatever a broken image makes them stumble over.
    except Exception as error:
        raise NotAnImage("the cover is no readable image") from error
    jpegs = {}
    smaller = image
    for size in sorted(SIZES, reverse=True):
        smaller = smaller.copy()
        smaller.thumbnail((size, size), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        smaller.save(buffer, "JPEG", quality=QUALITY[size], progressive=True, optimize=True)
        jpegs[size] = buffer.getvalue()
    return Cover(
        sha256=hashlib.sha256(original).digest(),
        width=width,
        height=height,
        dominant_color=_dominant_color(smaller),
        jpegs=jpegs,
    )


def find_cover(folder: Path) -> Path | None:
    """The image in a folder that is the cover of the music beside it."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return None
    ranked = [
        (NAMES.index(stem), name)
        for name in names
        for stem, extension in [(Path(name).stem.lower(), Path(name).suffix.lower())]
        if stem in NAMES and extension in EXTENSIONS
    ]
    return folder / min(ranked)[1] if ranked else None


def _decode(original: bytes) -> tuple[Image.Image, tuple[int, int]]:
    """The upright image, perhaps already smaller, and its true width and height."""
    image: Image.Image = Image.open(io.BytesIO(original), formats=_FORMATS)
    most = MAX_PIXELS if image.format == "JPEG" else MAX_PIXELS_WHOLE
    if image.width * image.height > most or min(image.size) < 1:
        raise NotAnImage(f"the cover is too large: {image.width} x {image.height} pixels")
    # A JPEG is decoded at a fraction of its size, which still is more than is needed.
    width, height = image.size
    if image.getexif().get(0x0112) in (5, 6, 7, 8):  # Orientation: lies on its side
        width, height = height, width
    image.draft("RGB", (2 * max(SIZES), 2 * max(SIZES)))
    image = ImageOps.exif_transpose(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        image = Image.new("RGB", rgba.size, "white")
        image.paste(rgba, mask=rgba.getchannel("A"))
    elif image.mode != "RGB":
        image = image.convert("RGB")
    image.info.clear()
    return image, (width, height)


def _dominant_color(image: Image.Image) -> int:
    """The colour of the largest of eight groups of like pixels."""
    palette_image = image.quantize(8)
    counted: list[tuple[int, int]] = palette_image.getcolors() or []  # type: ignore[assignment]
    palette = palette_image.getpalette() or [0, 0, 0]
    index = max(counted)[1] if counted else 0
    red, green, blue = palette[3 * index : 3 * index + 3]
    return red << 16 | green << 8 | blue
