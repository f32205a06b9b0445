"""Where objects lie in the bucket.

A key is made from the sha256 of the content, so an object never changes: browsers and CDNs may
keep it for ever, and storing the same bytes twice stores them once. The first hex digits are
folders of their own. S3 splits its load by prefix, and file-backed stores and people who list
the bucket are spared a folder of millions of entries: 65,536 folders of 1,500 files at 100 M.
"""

from typing import Final

IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""The `Cache-Control` of an object whose key is made from its content."""

AUDIO_CONTENT_TYPES: Final = {
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
}
"""The content type of each extension (RFC 3003, 4337, 5334, 7845, 9639)."""


def audio_key(sha256: bytes, extension: str) -> str:
    """`audio/ab/cd/<sha256>.mp3`. The extension is one of `AUDIO_CONTENT_TYPES`, no dot."""
    if extension not in AUDIO_CONTENT_TYPES:
        raise ValueError(f"Not an extension of audio files: {extension!r}")
    digits = _hex(sha256)
    return f"audio/{digits[:2]}/{digits[2:4]}/{digits}.{extension}"


def cover_key(sha256: bytes, size_px: int) -> str:
    """`covers/ab/<sha256>/300.jpg`: the image of that sha256, scaled to `size_px` pixels."""
    digits = _hex(sha256)
    return f"covers/{digits[:2]}/{digits}/{size_px}.jpg"


UPLOADS: Final = "uploads/"
"""Where objects lie whose content nobody has seen yet."""


def upload_key(user_id: int, upload_id: int) -> str:
    """`uploads/<user>/<upload>`: not of the content, and deleted once it is known."""
    return f"{UPLOADS}{user_id:x}/{upload_id:x}"


def _hex(sha256: bytes) -> str:
    if len(sha256) != 32:
        raise ValueError(f"A sha256 has 32 bytes, not {len(sha256)}")
    return sha256.hex()
