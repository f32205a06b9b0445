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
    return f"{uploads_prefix(user_id)}{upload_id:x}"


def uploads_prefix(user_id: int) -> str:
    """What the keys of all uploads of a person begin with."""
    return f"{UPLOADS}{user_id:x}/"


EXPORTS: Final = "exports/"
"""Where archives of what people have lie, each for a week."""


def export_key(user_id: int, token: bytes) -> str:
    """`exports/<user>/<token>.zip`; the token, which cannot be guessed, is all that guards it."""
    return f"{exports_prefix(user_id)}{token.hex()}.zip"


def exports_prefix(user_id: int) -> str:
    """What the keys of all archives of a person begin with."""
    return f"{EXPORTS}{user_id:x}/"


def _hex(sha256: bytes) -> str:
    if len(sha256) != 32:
        raise ValueError(f"A sha256 has 32 bytes, not {len(sha256)}")
    return sha256.hex()
