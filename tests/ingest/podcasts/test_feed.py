import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.podcasts.document import NotAFeed
from ingest.podcasts.feed import Feed, FeedEpisode, read_feed
from tests.ingest.podcasts.feeds import NAMESPACES, item, rss, tags

URL = "https://feeds.example.com/show/feed.xml"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def read(body: bytes, **options: Any) -> Feed:
    return read_feed(body, **{"url": URL, "now": NOW, **options})


def only(body: bytes, **options: Any) -> FeedEpisode:
    [episode] = read(body, **options).episodes
    return episode


def test_a_whole_feed() -> None:
    more = (
        tags(author="Ada L.", explicit="yes", summary="Not this")
        + "<description><![CDATA[<p>About <b>things</b>.</p>]]></description>"
        + "<language>pt-br</language><link>https://example.com/show</link>"
        + '<itunes:image href="cover.jpg"/>'
        + '<itunes:category text="Society &amp; Culture"><itunes:category text="Places"/>'
        + '</itunes:category><itunes:category text="History"/>'
        + "<podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>"
        + "<itunes:new-feed-url>https://new.example.com/feed</itunes:new-feed-url>"
    )
    episode = item(
        "abc",
        title="Q&A",
        url="https://cdn.example.com/a.mp3?x=1&y=2",
        more=tags(
            duration="1:02:03", season=2, episode=7, episodeType="bonus", explicit="no", title="No"
        )
        + "<content:encoded><![CDATA[<p>Full</p><p>notes</p>]]></content:encoded>"
        + "<description>Short</description><link>https://example.com/7</link>"
        + '<podcast:chapters url="https://example.com/7.json" type="application/json+chapters"/>',
    )
    assert read(rss(episode, more=more)) == Feed(
        title="The Show",
        author="Ada L.",
        description="About things.",
        language="pt-BR",
        explicit=True,
        categories=("Society & Culture", "Places", "History"),
        link="https://example.com/show",
        image="https://feeds.example.com/show/cover.jpg",
        guid="917393e3-1b1e-5cef-ace4-edaa54e1f810",
        moved_to="https://new.example.com/feed",
        episodes=(
            FeedEpisode(
                guid="abc",
                title="Q&A",
                description="Full\n\nnotes",
                kind="BONUS",
                season=2,
                number=7,
                explicit=False,
                published_at=datetime(2020, 11, 24, 10, 0, tzinfo=UTC),
                duration_ms=3_723_000,
                link="https://example.com/7",
                chapters_url="https://example.com/7.json",
                enclosure="https://cdn.example.com/a.mp3?x=1&y=2",
                mime_type="audio/mpeg",
                size_bytes=1_000_000,
            ),
        ),
    )


def test_atom() -> None:
    feed = read(
        b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Atom Show</title>
        <subtitle>About</subtitle><author><name>Ada</name></author>
        <link href="https://example.com/"/><logo>https://example.com/logo.png</logo>
        <entry><title type="html">&lt;i&gt;One&lt;/i&gt;</title><id>urn:1</id>
          <published>2020-11-24T10:00:00Z</published><updated>2021-01-01T00:00:00Z</updated>
          <link rel="alternate" href="https://example.com/1"/>
          <link rel="enclosure" type="audio/mp4" length="5" href="https://example.com/1.m4a"/>
          <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>A</p><p>B</p></div>
          </content></entry></feed>"""
    )
    assert (feed.title, feed.author, feed.description) == ("Atom Show", "Ada", "About")
    assert (feed.link, feed.image) == ("https://example.com/", "https://example.com/logo.png")
    [episode] = feed.episodes
    assert (episode.guid, episode.title, episode.description) == ("urn:1", "One", "A\n\nB")
    assert (episode.mime_type, episode.size_bytes, episode.link) == (
        "audio/mp4",
        5,
        "https://example.com/1",
    )
    assert episode.published_at == datetime(2020, 11, 24, 10, 0, tzinfo=UTC)


def test_rss_1_has_its_items_beside_the_channel() -> None:
    feed = read(
        b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns="http://purl.org/rss/1.0/"><channel><title>Old</title></channel>
        <item><title>One</title><enclosure url="https://example.com/1.mp3"/></item></rdf:RDF>"""
    )
    assert (feed.title, [episode.title for episode in feed.episodes]) == ("Old", ["One"])


def test_items_without_anything_to_play_are_no_episodes() -> None:
    feed = read(
        rss(
            "<item><title>A blog post</title></item>",
            item("2", url="https://example.com/2.pdf", mime_type="application/pdf"),
            item("3", url="javascript:alert(1)"),
            item("4", url="file:///etc/passwd"),
            item("5", url=""),
            item("6", url="../6.mp3"),
        )
    )
    assert [episode.enclosure for episode in feed.episodes] == ["https://feeds.example.com/6.mp3"]


@pytest.mark.parametrize(
    ("mime_type", "url", "expected"),
    [
        ("audio/mpeg; charset=binary", "https://a.example/1", "audio/mpeg"),
        ("audio/mp3", "https://a.example/1.mp3", "audio/mpeg"),
        ("AUDIO/X-M4A", "https://a.example/1", "audio/mp4"),
        ("application/octet-stream", "https://a.example/1.OGG?x", "audio/ogg"),
        ("", "https://a.example/1.m4a", "audio/mp4"),
        ("", "https://a.example/play/1", "audio/mpeg"),
        ("video/mp4", "https://a.example/1.mp4", "video/mp4"),
        ("text/html", "https://a.example/1.mp3", "audio/mpeg"),
    ],
)
def test_media_types_are_made_sense_of(mime_type: str, url: str, expected: str) -> None:
    assert only(rss(item(url=url, mime_type=mime_type))).mime_type == expected


def test_of_several_enclosures_audio_by_https_is_chosen() -> None:
    more = (
        '<enclosure url="https://a.example/1.mp4" type="video/mp4" length="9"/>'
        '<media:group><media:content url="https://a.example/1.mp3" type="audio/mpeg" '
        'fileSize="77"/></media:group>'
    )
    episode = only(rss(item(url="http://a.example/1.mp3", more=more)))
    assert (episode.enclosure, episode.size_bytes) == ("https://a.example/1.mp3", 77)


@pytest.mark.parametrize("length", ["", "0", "-1", "many", "9" * 30, "1e3", "१"])
def test_a_length_that_cannot_be_is_unknown(length: str) -> None:
    assert only(rss(item(length=length))).size_bytes is None


def test_a_date_in_the_future_is_not_believed() -> None:
    assert only(rss(item(published="Tue, 24 Nov 2099 10:00:00 GMT"))).published_at is None


def test_without_a_guid_the_enclosure_identifies() -> None:
    assert only(rss(item(None))).guid == "https://cdn.example.com/1.mp3"
    assert only(rss(item("  "))).guid == "https://cdn.example.com/1.mp3"


def test_a_long_guid_is_hashed() -> None:
    assert len(only(rss(item("x" * 10_000))).guid) == 71


def test_of_episodes_with_one_guid_the_oldest_keeps_it() -> None:
    feed = read(
        rss(
            item("1", title="New", url="https://a.example/2.mp3", published="2021-01-01"),
            item("1", title="Old", url="https://a.example/1.mp3", published="2020-01-01"),
            item("1", title="Old, again", url="https://a.example/1.mp3", published="2020-01-01"),
        )
    )
    assert {episode.guid: episode.title for episode in feed.episodes} == {
        "1": "Old, again",
        "1 https://a.example/2.mp3": "New",
    }


def test_without_a_title_the_description_names_it() -> None:
    assert only(rss(item(title="", more="<description>What it is</description>"))).title == (
        "What it is"
    )
    assert only(rss(item(title=""))).title == "Untitled"
    assert read(rss(title="")).title == "feeds.example.com"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Grüße 日本", "utf-8"),
        ("Grüße 日本", "utf-8-sig"),
        ("Grüße 日本", "utf-16"),
        ("Grüße 日本", "utf-16-le"),
        ("Grüße 日本", "utf-16-be"),
        ("Grüße – “x”", "cp1252"),
        ("Grüße", "latin-1"),
    ],
)
def test_wrong_declarations_of_the_encoding(text: str, encoding: str) -> None:
    """All of them claim to be UTF-8, or nothing."""
    assert read(rss(title=text).decode().encode(encoding)).title == text
    bare = f"<rss><channel><title>{text}</title></channel></rss>"
    assert read(bare.encode(encoding)).title == text


def test_right_declarations_of_the_encoding() -> None:
    document = '<?xml version="1.0" encoding="{}"?><rss><channel><title>{}</title></channel></rss>'
    for text, encoding in [("Привет", "windows-1251"), ("日本語", "Shift_JIS"), ("中文", "gb2312")]:
        body = document.format(encoding, text).encode(encoding)
        assert read(body).title == text
        assert read(document.format("x", text).encode(encoding), charset=encoding).title == text


@pytest.mark.parametrize("encoding", ["zip", "hex", "punycode", "utf-7", "unicode_escape", "rot13"])
def test_an_encoding_that_is_none_is_not_used(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><rss><channel><title>A+AGE-</title>'
    assert read(body.encode() + b"</channel></rss>", charset=encoding).title == "A+AGE-"


@pytest.mark.parametrize(
    "broken",
    [
        "<title>A & B</title>",
        "<title>A &nbsp;& B</title>",
        "<title>A &amp; B</title><description>unclosed",
        "<title>A &amp; B</title><link>http://x.example/?a=1&b=2</link>",
        "<title>A &amp; B\x00\x0b</title></nonsense>",
        "<title>A &amp; B</title><undeclared:tag>x</undeclared:tag>",
        "<title><![CDATA[A & B]]></title><x a=1 a=2>",
    ],
)
def test_broken_xml_is_mended(broken: str) -> None:
    body = f"<rss {NAMESPACES}><channel>{broken}</channel></rss>"
    assert read(body.encode()).title == "A & B"


def test_addresses_survive_bare_ampersands() -> None:
    body = "<rss><channel><item><enclosure url='https://a.example/1.mp3?a=1&copy=2&b'/></item>"
    assert only(body.encode()).enclosure == "https://a.example/1.mp3?a=1&copy=2&b"


def test_namespaces_may_be_spelt_in_other_ways() -> None:
    body = rss(item(more=tags(season=3))).replace(
        b"http://www.itunes.com/dtds/podcast-1.0.dtd",
        b"HTTP://www.itunes.com/DTDs/Podcast-1.0.dtd/",
    )
    assert only(body).season == 3
    assert only(body.replace(NAMESPACES.encode(), b"")).season == 3


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b"  \n", "it is empty"),
        (b"\xff\xfe", "it is empty"),
        (b"hello", "it is no XML"),
        (b'{"a": 1}', "it is no XML"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "it is no XML"),
        (b"<opml><body/></opml>", "its root is <opml>"),
        (b"<!DOCTYPE html><title>x</title>", "it is a web page, and names no feed"),
        (
            b"<!doctype html><link rel=alternate type='application/rss+xml' href='/feed'>",
            "it is a web page; the feed that it names is https://feeds.example.com/feed",
        ),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "it is a web page"),
    ],
)
def test_what_is_no_feed(body: bytes, reason: str) -> None:
    with pytest.raises(NotAFeed) as error:
        read(body)
    assert reason in str(error.value)


ENTITY_BOMB = (
    "<!DOCTYPE rss [<!ENTITY a0 'boom'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    + "]><rss><channel><title>{}</title>{}</channel></rss>"
)


@pytest.mark.parametrize(
    "body",
    [
        ENTITY_BOMB.replace("{}", "&a11;", 1).replace("{}", ""),
        ENTITY_BOMB.replace("{}", "x", 1).replace("{}", "<item><enclosure url='&a11;'/></item>"),
        ENTITY_BOMB.replace("{}", "x & y", 1).replace("{}", "&a11;"),
        "<!DOCTYPE rss [<!ENTITY x '" + "y" * 100_000 + "'>]><rss><channel><title>"
        + "&x;" * 10_000 + "</title></channel></rss>",
        "<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><rss><channel><title>a&x;b"
        "</title></channel></rss>",
        "<!DOCTYPE rss SYSTEM 'http://169.254.169.254/dtd'><rss><channel><title>x</title>"
        "</channel></rss>",
        "<!DOCTYPE rss [<!ENTITY % p SYSTEM 'file:///etc/hostname'> %p;]><rss><channel/></rss>",
        "<a>" * 100_000,
        "<rss><channel>" + "<b>" * 100_000,
        "<rss><channel><description>" + "&lt;div&gt;" * 30_000 + "</description></channel></rss>",
        "<rss " + " ".join(f"a{n}='x'" for n in range(50_000)) + "/>",
        "<rss><channel><item>" + "<enclosure url='x'/>" * 50_000 + "</item></channel></rss>",
        "<rss><channel><title>" + "&" * 500_000 + "</title></channel></rss>",
        "<?xml " + "a" * 1_000_000,
        "<!DOCTYPE " + "[" * 200_000,
        "<rss><channel><item><pubDate>" + "1 " * 500_000 + "</pubDate><enclosure url='/a'/></item>",
    ],
    ids=range(16),
)  # fmt: skip
def test_documents_that_mean_harm_are_read_or_refused_soon(body: str) -> None:
    began = time.process_time()
    try:
        feed = read(body.encode())
    except NotAFeed:
        pass
    else:
        assert len(feed.title) < 2_000
        with open("/etc/hostname") as file:  # noqa: PTH123
            assert file.read().strip() not in feed.title
    assert time.process_time() - began < 20  # what explodes takes minutes


def test_five_thousand_episodes() -> None:
    items = [item(str(n), url=f"https://a.example/{n}.mp3") for n in range(5_000)]
    assert len(read(rss(*items)).episodes) == 5_000


def test_more_episodes_than_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.podcasts.feed.MAX_EPISODES", 3)
    items = [item(str(n), url=f"https://a.example/{n}.mp3") for n in range(5)]
    assert [episode.guid for episode in read(rss(*items)).episodes] == ["0", "1", "2"]


def test_beside_a_file_enclosures_may_be_paths() -> None:
    body = rss(
        *(item(path, url=path) for path in ["1.mp3", "a/ü 2.mp3", "/etc/x.mp3", "../x.mp3", "c:x"])
    )
    paths = [episode.enclosure for episode in read(body, url=None).episodes]
    assert paths == ["1.mp3", "a/ü 2.mp3"]


def test_a_digest_tells_whether_anything_has_changed() -> None:
    first, same = only(rss(item())), only(rss(item()))
    assert first.digest == same.digest
    assert first.digest != only(rss(item(title="Second"))).digest


@settings(max_examples=300)
@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_feed_or_not(body: bytes) -> None:
    with suppress(NotAFeed):
        read(body)


VALID = rss(
    item("1", more=tags(duration="1:02", season=1)), item("2"), more=tags(author="A", explicit="no")
)


@settings(max_examples=500)
@given(
    st.lists(
        st.tuples(st.integers(0, len(VALID)), st.integers(0, 30), st.binary(max_size=12)),
        min_size=1,
        max_size=6,
    )
)
def test_any_damage_to_a_feed_is_mended_or_told(damage: list[tuple[int, int, bytes]]) -> None:
    body = VALID
    for position, removed, added in damage:
        body = body[:position] + added + body[position + removed :]
    try:
        feed = read(body)
    except NotAFeed:
        return
    for text in (feed.title, feed.author, feed.description):
        assert "\0" not in text
        text.encode()
    for episode in feed.episodes:
        assert episode.guid
        assert episode.title
        assert episode.enclosure.startswith(("https://", "http://"))


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            ["<rss>", "<channel>", "<item>", "</item>", "<enclosure url='", "x.mp3'/>", "&", "<!",
             "[", "]]>", "<![CDATA[", "&#x0;", "&#99999999;", "<itunes:image href='//",
             "xmlns:a=''", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>",
             "<link rel='enclosure' href='", "http://[", "\ud7ff", "<?", "<guid>", "<pubDate>",
             "1", "-", "<a:b:c>"]
        ),
        max_size=30,
    )
)  # fmt: skip
def test_any_pieces_of_feeds_are_a_feed_or_not(pieces: list[str]) -> None:
    with suppress(NotAFeed):
        read("".join(pieces).encode())
