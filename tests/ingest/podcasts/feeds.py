"""Makes feeds."""

from typing import Any
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
)


def item(
    guid: str | None = "1",
    *,
    title: str = "First",
    url: str = "https://cdn.example.com/1.mp3",
    published: str | None = "Tue, 24 Nov 2020 10:00:00 +0000",
    mime_type: str = "audio/mpeg",
    length: str = "1000000",
    more: str = "",
) -> str:
    enclosure = (
        f"<enclosure url={quoteattr(url)} type={quoteattr(mime_type)} length={quoteattr(length)}/>"
    )
    parts = [
        f"<title>{escape(title)}</title>",
        f'<guid isPermaLink="false">{escape(guid)}</guid>' if guid is not None else "",
        f"<pubDate>{escape(published)}</pubDate>" if published is not None else "",
        enclosure,
        more,
    ]
    return f"<item>{''.join(parts)}</item>"


def rss(*items: str, title: str = "The Show", more: str = "") -> bytes:
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {NAMESPACES}><channel>'
        f"<title>{escape(title)}</title>{more}{''.join(items)}</channel></rss>"
    )
    return document.encode()


def tags(**values: Any) -> str:
    """`itunes:` elements."""
    return "".join(f"<itunes:{name}>{value}</itunes:{name}>" for name, value in values.items())
