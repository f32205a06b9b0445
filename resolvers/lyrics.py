"""Lyrics, as text and in time."""

import re
from dataclasses import dataclass
from typing import Final

from strawberry import Parent

from db.songs import LyricsRecord

_TIME: Final = re.compile(r"\[(\d{1,3}):(\d{2})(?:[.:](\d{1,3}))?\]")


@dataclass(frozen=True, slots=True)
class LyricsLine:
    """A line, and when it is sung: milliseconds from the start, None where that is unknown."""

    start_ms: int | None
    text: str


def lyrics_lines(lyrics: Parent[LyricsRecord]) -> list[LyricsLine]:
    """The lines of lyrics; of an LRC file in the order in which they are sung."""
    if lyrics.format == "PLAIN":
        return [LyricsLine(None, line.rstrip()) for line in lyrics.body.splitlines()]
    lines: list[LyricsLine] = []
    for line in lyrics.body.splitlines():
        text = _TIME.sub("", line).strip()
        for minutes, seconds, fraction in _TIME.findall(line):
            milliseconds = int(fraction.ljust(3, "0")) if fraction else 0
            start_ms = (int(minutes) * 60 + int(seconds)) * 1000 + milliseconds
            lines.append(LyricsLine(start_ms, text))
    return sorted(lines, key=lambda line: line.start_ms or 0)


def lyrics_text(lyrics: Parent[LyricsRecord]) -> str:
    """The words without times and tags."""
    if lyrics.format == "PLAIN":
        return lyrics.body
    return "\n".join(line.text for line in lyrics_lines(lyrics))
