"""A feed, read: RSS and Atom, with the namespaces of iTunes, Podcasting 2.0 and Media RSS.

https://help.apple.com/itc/podcasts_connect/#/itcb54353390 and https://podcasting2.org/docs
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

from lxml import etree

from ingest.podcasts import text as texts
from ingest.podcasts.document import NotAFeed, name_of, parse, text_of
from ingest.podcasts.fetch import FetchError, check_url

MAX_EPISODES: Final = 20_000
MAX_CATEGORIES: Final = 20
MAX_ENCLOSURES: Final = 20
MAX_GUID: Final = 500
_MAX_LENGTH: Final = 1 << 40
"""The largest enclosure believed, in bytes."""

_AUDIO_TYPES: Final = {
    ".aac": "audio/aac",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".m4b": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
}
_VIDEO_TYPES: Final = {".m4v": "video/mp4", ".mov": "video/quicktime", ".mp4": "video/mp4"}
_SAME_TYPES: Final = {
    "audio/m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
    "audio/mpeg3": "audio/mpeg",
    "audio/mpg": "audio/mpeg",
    "audio/x-m4a": "audio/mp4",
    "audio/x-mp3": "audio/mpeg",
    "audio/x-mpeg": "audio/mpeg",
    "audio/x-wav": "audio/wav",
}
_TYPE: Final = re.compile(r"(?a:(?:audio|video)/[\w.+-]{1,60})")
_VAGUE: Final = frozenset(("", "application/octet-stream", "binary/octet-stream", "audio", "mp3"))


@dataclass(frozen=True, slots=True)
class FeedEpisode:
    """What a feed says of an episode.

    Attributes:
        guid: What the episode is known by in its show; made up where the feed has none.
        published_at: None where the feed does not say it, or says the future.
        enclosure: A URL; in a feed without one, a path beside it.
        size_bytes: What the feed believes.
    """

    guid: str
    title: str
    description: str
    kind: str
    season: int | None
    number: int | None
    explicit: bool
    published_at: datetime | None
    duration_ms: int | None
    link: str | None
    chapters_url: str | None
    enclosure: str
    mime_type: str
    size_bytes: int | None

    @property
    def is_beside(self) -> bool:
        """Whether the enclosure is a path."""
        return is_beside(self.enclosure)

    @property
    def digest(self) -> bytes:
        """Equal while the feed says the same."""
        return hashlib.sha256(repr(astuple(self)).encode("utf-8", "replace")).digest()[:16]


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of a show; episodes in its own order, each guid once.

    Attributes:
        guid: The show's own identity (`podcast:guid`), the same wherever its feed moves.
        image: A URL; in a feed without one, a path beside it.
        moved_to: Where the feed says that it is from now on (`itunes:new-feed-url`).
    """

    title: str
    author: str
    description: str
    language: str | None
    explicit: bool
    categories: tuple[str, ...]
    link: str | None
    image: str | None
    guid: str | None
    moved_to: str | None
    episodes: tuple[FeedEpisode, ...]


def read_feed(body: bytes, *, url: str | None, now: datetime, charset: str | None = None) -> Feed:
    """Reads a feed that came from `url`; raises `NotAFeed`.

    `charset` is what the host declared. With `url` None, it is a file, whose enclosures and
    picture may be paths beside it.
    """
    root = parse(body, charset)
    name = name_of(root)
    if name == "rss":
        channel = next((child for child in root if name_of(child) == "channel"), root)
        items = [child for child in channel if name_of(child) == "item"]
    elif name == "RDF":
        channel = next((child for child in root if name_of(child) == "channel"), root)
        items = [child for child in root if name_of(child) == "item"]
    elif name == "atom:feed":
        channel, items = root, [child for child in root if name_of(child) == "atom:entry"]
    else:
        raise NotAFeed(_what_it_is(root, name, url))
    return _Reader(url, now).feed(_Fields(channel), items[:MAX_EPISODES])


class _Fields:
    """The children of an element by name, `itunes:duration` for example, in their order."""

    def __init__(self, element: etree._Element) -> None:
        self._children: dict[str, list[etree._Element]] = {}
        for child in element:
            self._children.setdefault(name_of(child), []).append(child)

    def all(self, *names: str) -> Iterator[etree._Element]:
        for name in names:
            yield from self._children.get(name, ())

    def text(self, *names: str) -> str | None:
        """The first text that is not empty."""
        return next((found for child in self.all(*names) if (found := text_of(child))), None)


class _Reader:
    def __init__(self, url: str | None, now: datetime) -> None:
        self._url = url
        self._now = now

    def feed(self, channel: _Fields, items: Sequence[etree._Element]) -> Feed:
        explicit = texts.is_explicit(channel.text("itunes:explicit"))
        episodes = [
            episode
            for item in items
            if (episode := self.episode(_Fields(item), explicit)) is not None
        ]
        author = channel.text("itunes:author", "dc:creator", "author", "managingEditor")
        if author is None:
            author = next(
                (_Fields(person).text("atom:name") for person in channel.all("atom:author")), None
            )
        host = urlsplit(self._url).hostname if self._url else None
        title = channel.text("title", "atom:title", "itunes:title")
        return Feed(
            title=texts.one_line(title) or host or "Untitled",
            author=texts.one_line(author),
            description=texts.plain_text(
                channel.text("description", "itunes:summary", "atom:subtitle", "itunes:subtitle")
            ),
            language=texts.language(channel.text("language", "dc:language")),
            explicit=explicit,
            categories=_categories(channel),
            link=self.link(channel),
            image=self.image(channel),
            guid=_guid(channel.text("podcast:guid")),
            moved_to=self.address(channel.text("itunes:new-feed-url")),
            episodes=_distinct(episodes),
        )

    def episode(self, item: _Fields, explicit: bool) -> FeedEpisode | None:
        """None for an item that has nothing to play."""
        enclosure = self.enclosure(item)
        if enclosure is None:
            return None
        target, mime_type, size_bytes = enclosure
        published_at = texts.moment(
            item.text("pubDate", "dc:date", "atom:published", "atom:updated")
        )
        if published_at is not None and published_at > self._now:
            published_at = None
        description = texts.plain_text(
            item.text(
                "content:encoded", "description", "itunes:summary", "atom:content", "atom:summary",
                "itunes:subtitle",
            )
        )  # fmt: skip
        title = texts.one_line(item.text("title", "atom:title", "itunes:title"))
        own_explicit = item.text("itunes:explicit")
        return FeedEpisode(
            guid=_guid(item.text("guid", "atom:id")) or _guid(target) or "",
            title=title or description.partition("\n")[0][:100].rstrip() or "Untitled",
            description=description,
            kind=_kind(item.text("itunes:episodeType")),
            season=texts.number(item.text("itunes:season", "podcast:season")),
            number=texts.number(item.text("itunes:episode", "podcast:episode")),
            explicit=explicit if own_explicit is None else texts.is_explicit(own_explicit),
            published_at=published_at,
            duration_ms=texts.duration_ms(item.text("itunes:duration")),
            link=self.link(item),
            chapters_url=self.address(
                next((child.get("url") for child in item.all("podcast:chapters")), None)
            ),
            enclosure=target,
            mime_type=mime_type,
            size_bytes=size_bytes,
        )

    def enclosure(self, item: _Fields) -> tuple[str, str, int | None] | None:
        """What to play: audio before video, https before http, else the first."""
        found: list[tuple[bool, bool, int, tuple[str, str, int | None]]] = []
        medias = [*item.all("media:content")]
        for group in item.all("media:group"):
            medias += _Fields(group).all("media:content")
        candidates = [
            (child, child.get("url"), child.get("length")) for child in item.all("enclosure")
        ]
        candidates += [
            (child, child.get("href"), child.get("length"))
            for child in item.all("atom:link")
            if child.get("rel") == "enclosure"
        ]
        candidates += [(child, child.get("url"), child.get("fileSize")) for child in medias]
        for position, (child, address, length) in enumerate(candidates[:MAX_ENCLOSURES]):
            target = self.target(address)
            mime_type = _mime_type(child.get("type"), target) if target else None
            if target is None or mime_type is None:
                continue
            insecure = target.startswith("http:")
            is_video = mime_type.startswith("video/")
            found.append((is_video, insecure, position, (target, mime_type, _size(length))))
        return min(found)[-1] if found else None

    def image(self, channel: _Fields) -> str | None:
        candidates = [child.get("href") for child in channel.all("itunes:image")]
        candidates += [_Fields(child).text("url") for child in channel.all("image")]
        candidates += [child.get("url") for child in channel.all("media:thumbnail")]
        candidates += [text_of(child) for child in channel.all("atom:logo", "atom:icon")]
        return next((found for each in candidates if (found := self.target(each))), None)

    def link(self, fields: _Fields) -> str | None:
        candidates = [text_of(child) for child in fields.all("link")]
        candidates += [
            child.get("href")
            for child in fields.all("atom:link")
            if child.get("rel") in (None, "alternate")
        ]
        return next((found for each in candidates if (found := self.address(each))), None)

    def target(self, address: str | None) -> str | None:
        """The URL of what belongs to the feed; beside a file, the path."""
        if self._url is None and address is not None and is_beside(address.strip()):
            return address.strip()
        return self.address(address)

    def address(self, address: str | None) -> str | None:
        """An address as a URL, or None where it is none that can be fetched."""
        if not address or not address.strip():
            return None
        try:
            return check_url(urljoin(self._url or "", address.strip()).replace(" ", "%20"))
        except (FetchError, ValueError):
            return None


def is_beside(path: str) -> bool:
    """Whether this is a path that stays in the folder of a feed, and no URL."""
    parts = path.replace("\\", "/").split("/")
    return (
        bool(path) and ":" not in path and ".." not in parts and parts[0] != "" and "\0" not in path
    )


def _categories(channel: _Fields) -> tuple[str, ...]:
    """Apple's, each before its parts; else those of RSS."""
    names: list[str | None] = []
    for main in channel.all("itunes:category"):
        names.append(main.get("text"))
        names += [sub.get("text") for sub in main if name_of(sub) == "itunes:category"]
    if not names:
        names = [text_of(child) for child in channel.all("category")]
        names += [child.get("term") for child in channel.all("atom:category")]
    cleaned = (texts.one_line(name)[:100] for name in names)
    return tuple(dict.fromkeys(name for name in cleaned if name))[:MAX_CATEGORIES]


def _distinct(episodes: Sequence[FeedEpisode]) -> tuple[FeedEpisode, ...]:
    """Episodes of which each has a guid of its own.

    Where several have the same, the oldest keeps it, so that one that was known before stays the
    same; one that also has the same enclosure is a repetition and left out.
    """
    by_guid: dict[str, list[FeedEpisode]] = {}
    for episode in episodes:
        by_guid.setdefault(episode.guid, []).append(episode)
    if len(by_guid) == len(episodes):
        return tuple(episodes)
    kept: dict[str, FeedEpisode] = {}
    for guid, same in by_guid.items():
        last = datetime.max.replace(tzinfo=UTC)
        oldest = min(reversed(same), key=lambda episode: episode.published_at or last)
        kept[guid] = oldest
        for episode in same:
            if episode.enclosure != oldest.enclosure:
                own = _guid(f"{guid} {episode.enclosure}") or guid
                kept.setdefault(own, replace(episode, guid=own))
    return tuple(kept.values())


def _guid(text: str | None) -> str | None:
    """An identity: as it is, or its hash where it is too long for an index."""
    text = " ".join((text or "").split())
    if len(text) > MAX_GUID:
        return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return text or None


def _kind(text: str | None) -> str:
    kind = (text or "").strip().upper()
    return kind if kind in ("TRAILER", "BONUS") else "FULL"


def _size(text: str | None) -> int | None:
    text = (text or "").strip()
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
    return size if 0 < size <= _MAX_LENGTH else None


def _mime_type(declared: str | None, target: str) -> str | None:
    """The media type, by what the feed says, else by the extension; None for what cannot play."""
    path = urlsplit(target).path.lower()
    extension = path[path.rfind(".") :] if "." in path.rpartition("/")[2] else ""
    known = _AUDIO_TYPES.get(extension) or _VIDEO_TYPES.get(extension)
    mime_type = (declared or "").partition(";")[0].strip().lower()
    if _TYPE.fullmatch(mime_type):
        return _SAME_TYPES.get(mime_type, mime_type)
    if known is not None:
        return known
    return "audio/mpeg" if mime_type in _VAGUE and not extension else None


def _what_it_is(root: etree._Element, name: str, url: str | None) -> str:
    if name.lower() != "html":
        return f"it is XML, but no feed: its root is <{name[:40]}>"
    for link in root.iter("{*}link"):
        kind = (link.get("type") or "").lower()
        if kind in ("application/rss+xml", "application/atom+xml") and link.get("href"):
            found = urljoin(url or "", link.get("href") or "")
            return f"it is a web page; the feed that it names is {found[:500]}"
    return "it is a web page, and names no feed"
