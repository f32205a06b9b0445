"""What people write: names and descriptions."""

import unicodedata

from resolvers.errors import Invalid

_UNSEEN = frozenset({"Cc", "Cs", "Co", "Cn"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of what follows, beyond the name that they stand in."""


def clean_line(text: str, field: str, most: int) -> str:
    """One line in NFC with single spaces, of 1 to `most` characters; raises `Invalid`."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(line) <= most:
        raise Invalid(field, f"`{field}` takes 1 to {most} characters, not {len(line)}")
    return _seen(line, field)


def clean_paragraphs(text: str, field: str, most: int) -> str:
    """Any number of lines in NFC, of up to `most` characters; raises `Invalid`."""
    lines = [line.rstrip() for line in unicodedata.normalize("NFC", text).strip().splitlines()]
    paragraphs = "\n".join(lines)
    if len(paragraphs) > most:
        raise Invalid(field, f"`{field}` takes up to {most} characters, not {len(paragraphs)}")
    _seen(paragraphs.replace("\n", ""), field)
    return paragraphs


def _seen(text: str, field: str) -> str:
    if any(unicodedata.category(character) in _UNSEEN for character in text):
        raise Invalid(field, f"`{field}` takes no control characters and no broken ones")
    if not _TURNING.isdisjoint(text):
        raise Invalid(field, f"`{field}` takes no marks that turn the direction of text")
    return text
