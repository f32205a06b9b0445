"""What feeds write, as plain text, times and numbers. Whatever cannot be read is None."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final

from dateutil import parser as dates
from lxml import etree
from lxml.html import HTMLParser

from ingest.tags import clean

MAX_TEXT: Final = 10_000
"""Longest description, in characters; longer ones are cut."""
_MAX_HTML: Final = 200_000
_MAX_DURATION_MS: Final = 7 * 24 * 3_600_000

_BLOCKS: Final = frozenset(
    (
        "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figcaption",
        "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main",
        "nav", "ol", "p", "pre", "section", "table", "tr", "ul",
    )
)  # fmt: skip
_SILENT: Final = frozenset(
    ("head", "iframe", "noscript", "object", "script", "style", "svg", "template", "title")
)
_MARKUP: Final = re.compile(r"<[a-zA-Z/!]|&#?\w+;")
_CLOCK: Final = re.compile(r"(?a:(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2})(?:[.,:]\d+)?)")
_SECONDS: Final = re.compile(r"(?a:(\d{1,7})(?:[.,]\d+)?\s*(?:s|secs?|seconds?)?)", re.IGNORECASE)
_UNITS: Final = re.compile(
    r"(?a:(?:pt)?\s*(?:(\d{1,3})\s*(?:h|hrs?|hours?))?\s*(?:(\d{1,4})\s*(?:m|mins?|minutes?))?"
    r"\s*(?:(\d{1,5})(?:\.\d+)?\s*(?:s|secs?|seconds?))?)",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"(?a:\d{1,6})")
_LANGUAGE: Final = re.compile(
    r"(?a:([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?)", re.IGNORECASE
)
_ZONES: Final = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "IST": 5.5, "JST": 9,
    "AEST": 10, "AEDT": 11,
}  # fmt: skip
_EARLIEST: Final = 1990


def one_line(text: str | None) -> str:
    """A title or a name: without markup, and also where it was escaped twice."""
    return clean(" ".join(plain_text(text).split()))


def plain_text(text: str | None) -> str:
    """What a person reads of HTML, or of plain text: paragraphs by line, nothing else.

    At most `MAX_TEXT` characters.
    """
    text = (text or "")[:_MAX_HTML]
    if not _MARKUP.search(text):
        return _tidy(text.splitlines())
    if "<" not in text:
        return _tidy(html.unescape(text).splitlines())
    # The parser takes bytes in one encoding, and no characters that no document may have.
    document = f"<div>{text}</div>".encode("utf-8", "replace")
    try:
        root = etree.fromstring(document, _parser())
    except etree.LxmlError:
        return ""
    return _tidy("".join(_pieces(root)).split("\n"))


def _parser() -> HTMLParser:
    return HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)


def _pieces(root: etree._Element) -> Iterator[str]:
    silent = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            silent += tag in _SILENT
            if tag in _BLOCKS:
                yield "\n• " if tag == "li" else "\n"
            elif tag == "br":
                yield "\n"
            if not silent and tag and element.text:
                yield _spaced(element.text)
        else:
            silent -= tag in _SILENT
            if tag in _BLOCKS and tag != "li":
                yield "\n"
            if not silent and element.tail:
                yield _spaced(element.tail)


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _tidy(lines: list[str]) -> str:
    """Lines without odd characters, and never two empty ones."""
    kept: list[str] = []
    for line in lines:
        line = clean(line, MAX_TEXT)
        if line.strip("•") or (kept and kept[-1]):
            kept.append(line if line.strip("•") else "")
    return "\n".join(kept).strip()[:MAX_TEXT].rstrip()


def duration_ms(text: str | None) -> int | None:
    """`1:02:03`, `62:03`, `3723`, `3723.5`, `1h 2m 3s`, `PT1H2M3S`: milliseconds."""
    text = (text or "").strip()[:40]
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
    elif found := _SECONDS.fullmatch(text):
        hours, minutes, seconds = 0, 0, int(found[1])
    elif text and (found := _UNITS.fullmatch(text)):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
    else:
        return None
    total = ((hours * 60 + minutes) * 60 + seconds) * 1000
    return total if 0 < total <= _MAX_DURATION_MS else None


def moment(text: str | None) -> datetime | None:
    """A date in whatever form, to the second; without a zone it is UTC's."""
    text = (text or "").strip()
    if not text or len(text) > 100:
        return None
    try:
        found = _parsed(text)
        if found.year < _EARLIEST:
            return None
        found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
        return found.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError, TypeError, ArithmeticError, AttributeError, IndexError):
        return None  # dateutil raises all of these


def _parsed(text: str) -> datetime:
    if text.isascii() and text.isdigit() and len(text) in (9, 10, 13):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        # What is missing of a date is taken from the default: of year 1, which is refused.
        return dates.parse(text, default=datetime(1, 1, 1), tzinfos=_zone)  # noqa: DTZ001


def _zone(name: str | None, offset: int | None) -> timezone:
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    return timezone(timedelta(hours=_ZONES.get((name or "").upper(), 0)))


def number(text: str | None) -> int | None:
    """The number of a season or an episode."""
    text = (text or "").strip()
    return int(text) if _NUMBER.fullmatch(text) else None


def language(text: str | None) -> str | None:
    """A language tag (BCP 47) in its usual case: `en`, `de-AT`, `zh-Hant`."""
    found = _LANGUAGE.fullmatch((text or "").strip())
    if found is None:
        return None
    primary, script, region = found.groups()
    parts = (primary.lower(), script and script.title(), region and region.upper())
    return "-".join(part for part in parts if part)


def is_explicit(text: str | None) -> bool:
    return (text or "").strip().lower() in ("yes", "true", "explicit", "1")
