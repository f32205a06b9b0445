"""The document of a feed: its bytes as a tree, strictly read if that can be, else mended.

No entity of a document is expanded and nothing is loaded.
"""

import codecs
import html
import html.entities
import re
from typing import Final

from lxml import etree
from lxml.html import HTMLParser

_PREFIXES: Final = {
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "podcastindex.org/namespace/1.0": "podcast:",
    "github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast:",
    "search.yahoo.com/mrss": "media:",
    "purl.org/rss/1.0/modules/content": "content:",
    "purl.org/dc/elements/1.1": "dc:",
    "www.w3.org/2005/atom": "atom:",
    "purl.org/atom/ns#": "atom:",
}
_KNOWN_PREFIXES: Final = frozenset(_PREFIXES.values())
_PLAIN: Final = (
    "purl.org/rss/1.0",
    "purl.org/net/rss",
    "backend.userland.com/rss",
    "my.netscape.com/rdf",
    "www.w3.org/1999/02/22-rdf-syntax-ns",
    "www.w3.org/1999/xhtml",
)

_DECLARED: Final = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]{0,500}\?>")
_TEXT_CODECS: Final = re.compile(
    r"ascii|utf-8|utf-(?:16|32)(?:-[bl]e)?|iso8859-\d+|cp\d+|koi8-[rtu]|mac-\w+|gb\w+|big5\w*"
    r"|euc_\w+|shift_jis\w*|tis-620|hz"
)
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HTML: Final = re.compile(r"<!doctype\s+html|<html", re.IGNORECASE)
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITY: Final = re.compile(r"&(?:(#(?:\d{1,7}|x[0-9a-fA-F]{1,6})|[A-Za-z][A-Za-z0-9]{1,31});)?")
_XML_ENTITIES: Final = frozenset(("amp", "lt", "gt", "quot", "apos"))


class NotAFeed(ValueError):
    """This is no feed of a podcast; the message is the reason, for people."""


def parse(body: bytes, charset: str | None) -> etree._Element:
    """The root of a document; `charset` is what its host declared. Raises `NotAFeed`."""
    return _parse(_decode(body, charset))


def name_of(element: etree._Element) -> str:
    """The local name, with a prefix for the namespaces that are known, however they are spelt."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    if tag[0] == "{":
        namespace, _, local = tag[1:].partition("}")
        key = namespace.lower().partition("://")[2].rstrip("/")
        return _PREFIXES.get(key, "" if key.startswith(_PLAIN) else "other:") + local
    prefix, colon, _ = tag.partition(":")  # a prefix that was not declared
    return tag if not colon or prefix + colon in _KNOWN_PREFIXES else f"other:{tag}"


def text_of(element: etree._Element) -> str | None:
    """The text inside; of markup (Atom's xhtml) as HTML."""
    if not len(element):
        return element.text
    if element.get("type") == "xhtml":
        return etree.tostring(element, encoding="unicode", method="html", with_tail=False)
    return "".join(element.itertext())


def _decode(body: bytes, charset: str | None) -> str:
    """The text, by what is true rather than declared: a wrong declaration is found out."""
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return body.decode(encoding, "replace").removeprefix("\ufeff")
    if body[:2] == b"<\0":
        return body.decode("utf-16-le", "replace")
    if body[:2] == b"\0<":
        return body.decode("utf-16-be", "replace")
    declared = _DECLARED.match(body[:400])
    for name in (declared and declared[1].decode(), charset, "utf-8"):
        codec = _codec(name) if name else None
        if codec is not None:
            try:
                return body.decode(codec)
            except UnicodeError:
                continue
    return body.decode("cp1252", "replace")


def _codec(name: str) -> str | None:
    """Python's name of an encoding of text; Latin-1 is what browsers take it for."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    if found.startswith(("utf-16", "utf-32")):
        return None  # it had neither a mark nor zeros
    return ("cp1252" if found == "iso8859-1" else found) if _TEXT_CODECS.fullmatch(found) else None


def _parse(document: str) -> etree._Element:
    document = _DECLARATION.sub("", _NOT_XML.sub("", document.lstrip("\ufeff")), count=1).lstrip()
    if not document:
        raise NotAFeed("it is empty")
    root: etree._Element | None
    if _HTML.match(document):
        root = etree.fromstring(document.encode(), HTMLParser(encoding="utf-8", no_network=True))
    else:
        try:
            return etree.fromstring(document.encode(), _parser(recover=False))
        except etree.XMLSyntaxError:
            mended = _ENTITY.sub(_mended, document).encode()
            root = etree.fromstring(mended, _parser(recover=True))
    if root is None:
        raise NotAFeed("it is no XML")
    return root


def _parser(*, recover: bool) -> etree.XMLParser[etree._Element]:
    return etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _mended(found: re.Match[str]) -> str:
    """HTML's entities as characters; an ampersand that begins none, escaped."""
    name: str | None = found[1]
    if name is None:
        return "&amp;"
    if name.startswith("#") or name in _XML_ENTITIES:
        return found[0]
    character = html.entities.html5.get(f"{name};")
    return html.escape(character) if character is not None else f"&amp;{name};"
